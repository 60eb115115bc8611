"""The folder of backups: which there are, how old, and how a new one gets there whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from backend.archive.settings import BackupSettings
from backend.errors import ArchiveRefused
from backend.vault.periods import Backups

_NAME = "hotline-%Y%m%dT%H%M%SZ.age"
_PART = ".part"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was finished; `made_at` is of the moment that it shows."""

    path: Path
    made_at: datetime


def found(folder: Path) -> list[Backup]:
    """The backups in the folder, oldest first. Other files are nobody's business."""
    backups = [Backup(path, made_at) for path in folder.glob("hotline-*.age") if (made_at := _made_at(path))]
    return sorted(backups, key=lambda each: each.made_at)


def _made_at(path: Path) -> datetime | None:
    with contextlib.suppress(ValueError):
        return datetime.strptime(path.name, _NAME).replace(tzinfo=UTC)
    return None


def needing(settings: BackupSettings, *, now: datetime) -> Backups:
    """For what keys are kept.

    Where backups are made and none is there, the newest counts as of the beginning of time: it may be
    elsewhere, and of any age. One that seems to be of the future is of a wrong clock, and proves nothing.
    """
    there = found(settings.folder)
    past = [each.made_at for each in there if each.made_at <= now]
    unknown = datetime.min.replace(tzinfo=UTC) if there or settings.recipients else None
    return Backups(settings.kept, past[-1] if past else unknown)


def drop_expired(folder: Path, *, now: datetime, kept: timedelta) -> int:
    """Delete backups older than `kept`; how many there were. The newest one stays whatever its age."""
    expired = [each for each in found(folder)[:-1] if each.made_at <= now - kept]
    for each in expired:
        each.path.unlink()
    if expired:
        _sync(folder)
    return len(expired)


@dataclass(frozen=True, slots=True)
class Draft:
    """A backup that is being written, under a name by which nobody takes it for one."""

    file: IO[bytes]
    part: Path
    path: Path

    def put_on_disk(self) -> None:
        """What was written is on the disk, and isn't kept in memory: what is read now comes from there."""
        self.file.flush()
        os.fsync(self.file.fileno())
        os.posix_fadvise(self.file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def finish(self) -> None:
        """It is on the disk to stay, under its name."""
        self.part.replace(self.path)
        _sync(self.path.parent)


@contextlib.contextmanager
def draft(folder: Path, *, now: datetime) -> Iterator[Draft]:
    """A file to write a backup into, its owner's alone. What isn't finished is gone when the block ends.

    What a backup that was killed left behind is removed. Raises ArchiveRefused while another one is made.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT, 0o600), "w") as lock:
        _hold(lock)
        for left in folder.glob(f"hotline-*.age{_PART}"):
            left.unlink()
        path = folder / f"{now.astimezone(UTC):{_NAME}}"
        part = path.with_name(f"{path.name}{_PART}")
        try:
            with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
                yield Draft(file, part, path)
        finally:
            part.unlink(missing_ok=True)


def _hold(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ArchiveRefused("another backup is being made in this folder") from None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
