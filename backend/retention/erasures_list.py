"""The list of what was erased, kept beside the backups: restoring one brings no erased case back.

One line an erasure, `REFERENCE<TAB>time in ISO 8601, UTC`. It is written from the tombstones after their
commit, and a tombstone says whether it is in the list, so that no crash loses one. A line twice is as good as
once. Each node writes the file that its own configuration names: at once what it is the first to list, and
within the hour whatever another node listed. So any of them will do; several joined do no harm.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import func, select, update

from backend.cases.codes import reference as as_reference
from backend.cases.model import TombstoneRow
from backend.work import Backend, Work

AT_ONCE = 500
LATE = timedelta(minutes=5)
"""An erasure that is not in the list after so long is a fault that somebody has to see."""
PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says: when each reference was erased. `torn`: lines that a crash cut."""

    erased: Mapping[str, datetime]
    torn: int


def read(path: Path) -> Listed:
    """The list in this file; empty if there is none. Raises OSError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Listed({}, 0)
    return parse(content)


def parse(content: bytes) -> Listed:
    """The list in these bytes, whatever they are. Of a reference that stands there twice the first counts."""
    erased: dict[str, datetime] = {}
    torn = 0
    for line in content.split(b"\n"):
        found = _entry(line)
        if found is not None:
            erased.setdefault(*found)
        elif line.strip():
            torn += 1
    return Listed(erased, torn)


def _entry(line: bytes) -> tuple[str, datetime] | None:
    try:
        word, _, written = line.decode("ascii").strip().partition("\t")
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    known = as_reference(word)
    if known is None or known != word or at.tzinfo is None:
        return None
    return known, at


def add(path: Path, erased: Mapping[str, datetime]) -> int:
    """Put into the file what it doesn't hold yet, on disk when this returns; how many. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    is_new = not path.exists()
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # the command line may write it beside a running hotline
        os.fchmod(file.fileno(), PRIVATE)
        content = file.read()
        known = parse(content).erased
        new = {reference: at for reference, at in erased.items() if reference not in known}
        if new:
            _append(file, new, torn=bool(content) and not content.endswith(b"\n"))
    if is_new:
        _sync_folder(path.parent)
    return len(new)


def _append(file: BinaryIO, new: Mapping[str, datetime], *, torn: bool) -> None:
    """`torn`: the last line was cut; what comes now begins a line of its own."""
    lines = (f"{reference}\t{at.astimezone(UTC).isoformat()}\n" for reference, at in new.items())
    file.write(("\n" if torn else "").encode() + "".join(lines).encode("ascii"))
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ── From the tombstones ─────────────────────────────────────────────────────────────────────────


async def unlisted(work: Work) -> int:
    """How many erasures wait to be put into the list."""
    waiting = select(func.count()).select_from(TombstoneRow).where(TombstoneRow.listed_at.is_(None))
    return (await work.session.execute(waiting)).scalar_one()


async def late(work: Work) -> int:
    """How many erasures should be in the list by now and aren't: it can't be written."""
    waiting = TombstoneRow.listed_at.is_(None), TombstoneRow.erased_at < work.now - LATE
    return (
        await work.session.execute(select(func.count()).select_from(TombstoneRow).where(*waiting))
    ).scalar_one()


async def write(backend: Backend) -> int:
    """List what isn't listed yet; how many. Raises OSError: then they wait, and the next call tries again."""
    listed = 0
    while some := await _unlisted(backend):
        await asyncio.to_thread(add, backend.settings.backup.erasures, some)
        async with backend.work() as work:
            await _mark(work, some)
        listed += len(some)
    return listed


async def _unlisted(backend: Backend) -> dict[str, datetime]:
    query = select(TombstoneRow.reference, TombstoneRow.erased_at).where(TombstoneRow.listed_at.is_(None))
    async with backend.looking() as work:
        rows = await work.session.execute(query.order_by(TombstoneRow.erased_at).limit(AT_ONCE))
        return {row.reference: row.erased_at for row in rows}


async def _mark(work: Work, references: Iterable[str]) -> None:
    where = TombstoneRow.reference.in_(list(references))
    await work.session.execute(update(TombstoneRow).where(where).values(listed_at=work.now))


async def complete(backend: Backend) -> int:
    """Put into this node's file whatever is missing there: listed by another node, or the file was lost.

    Raises OSError. Nothing is written, and no file made, where nothing was ever erased.
    """
    async with backend.looking() as work:
        rows = await work.session.execute(select(TombstoneRow.reference, TombstoneRow.erased_at))
        erased = {row.reference: row.erased_at for row in rows}
    return await asyncio.to_thread(add, backend.settings.backup.erasures, erased) if erased else 0
