"""Restoring a backup into an empty database of either kind: all of it or nothing.

The rows are written in one transaction, the files into a folder beside their place. Only when the archive
has been read to its end and found whole, and its keys open what was written, do the files take their place
and is the transaction committed.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from backend.archive import afterwards, loading
from backend.archive.container import PIECE, Member, damaged
from backend.archive.contents import Manifest
from backend.archive.loading import Loading
from backend.archive.making import Progress, silent
from backend.archive.reading import Archive, File
from backend.audit import log
from backend.errors import ArchiveRefused, KeysMissing
from backend.upgrade import changing_tables, head, revisions, take_steps
from backend.vault.files import FileStore
from backend.vault.keys import KeyFile
from backend.vault.opening import proven
from backend.work import Backend, Work


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, as the operator is told."""

    made_at: datetime
    rows: int
    files: int
    erased: int
    """Cases that were passed over: they were erased since."""
    missing: int
    """Files that the archive speaks of and doesn't hold."""
    again: int
    """Messages that go out marked as a possible repeat."""
    dropped: int
    """Messages that are too old to say anything."""


async def restore(
    backend: Backend,
    archive: Archive,
    keys: KeyFile,
    *,
    erased: Mapping[str, datetime],
    progress: Progress = silent,
) -> Restored:
    """Restore an archive that is open. `erased`: the references that must not come back, and since when.

    Raises ArchiveRefused, KeysMissing and whatever the database raises; then nothing was changed.
    """
    require_known(archive.manifest)
    require_keys(archive.manifest, keys)
    with backend.database.alone(), _Staging(backend.files) as staging:
        async with changing_tables(backend.database) as connection:
            await _be_patient(connection)
            await connection.run_sync(loading.require_empty)
            known = await connection.run_sync(loading.make_tables, archive.manifest.revision)
            loaded = Loading(connection, known, erased)
            await _read(archive, loaded, staging, progress)
            await asyncio.to_thread(archive.finish, backend.vault)
            await connection.run_sync(take_steps, "head")
            await loading.count_on(connection)
            missing = loaded.stored - staging.ids
            again, dropped = await _put_right(backend, connection, keys, erased=erased, missing=missing)
            staging.take_place()
    made_at, files = archive.manifest.made_at, len(staging.ids)
    passed_over = len(loaded.passed_over)
    return Restored(made_at, loaded.rows, files, passed_over, len(missing), again, dropped)


def require_known(manifest: Manifest) -> None:
    """Raise ArchiveRefused for an archive that a later version made."""
    if manifest.revision > head():
        raise ArchiveRefused(
            f"the archive is of a later version ({manifest.revision}; this one knows {head()}): upgrade first"
        )
    if manifest.revision not in revisions():
        raise damaged()


def require_keys(manifest: Manifest, keys: KeyFile) -> None:
    """Raise KeysMissing unless the keys are there by which everything in the archive is sealed."""
    lacking = sorted(set(manifest.wrapping_keys) - keys.wrapping.keys())
    if lacking:
        raise KeysMissing(
            f"the key file lacks {', '.join(lacking)}, which the archive is sealed with: take your copy of it"
        )


async def _be_patient(connection: AsyncConnection) -> None:
    """The files are written while the transaction is open, which may take long."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


async def _read(archive: Archive, loaded: Loading, staging: _Staging, progress: Progress) -> None:
    for part in archive.parts():
        if not isinstance(part, File):
            await loaded.take(part)
        elif part.id in loaded.stored:
            await asyncio.to_thread(staging.add, part.id, part.content)
        progress("bytes read", *archive.far())


async def _put_right(
    backend: Backend,
    connection: AsyncConnection,
    keys: KeyFile,
    *,
    erased: Mapping[str, datetime],
    missing: set[str],
) -> tuple[int, int]:
    """What is otherwise now than when the backup was made; how many messages go out again, how many don't.

    Raises KeysMissing, ArchiveRefused.
    """
    async with AsyncSession(connection, expire_on_commit=False) as session:
        await proven(session, keys)
        now = backend.clock.now()
        work = Work(session, backend.vault, backend.files, backend.settings, now)
        await afterwards.bury(session, erased, now=now)
        await afterwards.give_up_files(session, missing)
        told = await afterwards.sort_outbox(session, now=now)
        await log.note(work, log.OPERATOR, "restored")
        await work.conclude()
        await session.flush()
    return told


class _Staging:
    """Files that were restored and have not taken their place yet. The folder goes when the block ends."""

    def __init__(self, store: FileStore) -> None:
        self.ids: set[str] = set()
        self._store = store
        self._folder = store.folder / ".restoring"

    def __enter__(self) -> Self:
        self._store.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(self._folder, ignore_errors=True)  # of a restore that was killed
        self._folder.mkdir(mode=0o700)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, file_id: str, content: Member) -> None:
        """Write one, durably."""
        path = self._folder / file_id
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while piece := content.read(PIECE):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        self.ids.add(file_id)

    def take_place(self) -> None:
        """Where the hotline looks for them."""
        for file_id in self.ids:
            (self._folder / file_id).replace(self._store.path(file_id))
        handle = os.open(self._store.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
