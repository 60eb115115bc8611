"""Making a backup: one moment of the database, the files of its rows, encrypted as they are read.

What is written is read back from the disk to its last byte before it gets its name, by an identity that is
made for this one reading and forgotten. That proves that the archive opens and holds what was read; whether
anybody still has the identities of the recipients, only a restore drill can prove.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pyrage.x25519 import Identity, Recipient
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.archive import contents, folder, rows, snapshot
from backend.archive.container import Writer
from backend.archive.contents import Contents, Manifest, Seal, TableOf
from backend.archive.encryption import Encrypting
from backend.archive.reading import Archive, File
from backend.errors import ArchiveRefused
from backend.work import Backend

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""


def silent(_what: str, _done: int, _whole: int) -> None:
    """Where nobody watches."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, and how many old backups went."""

    path: Path
    size: int
    rows: int
    files: int
    missing: int
    expired: int


@dataclass
class _Making:
    """An archive under way."""

    backend: Backend
    writer: Writer
    progress: Progress
    rows: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    async def write(self, *, now: datetime) -> None:
        """All of it."""
        async with snapshot.snapshot(self.backend.database) as connection:
            await self._write_tables(connection, now)
        await self._copy_files()
        held = Contents(rows=self.rows, files=len(self.files) - len(self.missing), missing=self.missing)
        self.writer.add(contents.CONTENTS, held.written())
        digest = self.writer.tally.hex()
        seal = Seal(sha256=digest, mark=contents.mark(self.backend.vault, digest))
        self.writer.add(contents.SEAL, seal.written())
        self.writer.close()

    async def _write_tables(self, connection: AsyncConnection, now: datetime) -> None:
        listed = await snapshot.all_tables(connection)
        manifest = Manifest(
            made_at=now,
            revision=await snapshot.revision(connection),
            wrapping_keys=await snapshot.wrapping_keys(connection, listed),
            tables=[TableOf(name=table.name, columns=rows.columns(table)) for table in listed],
        )
        self.writer.add(contents.MANIFEST, manifest.written())
        whole, done = await snapshot.count(connection, listed), 0
        for table in listed:
            self.rows[table.name] = 0
            numbers = itertools.count(1)
            async for page in snapshot.pages(connection, table):
                name = contents.page_name(table.name, next(numbers))
                await asyncio.to_thread(self.writer.add, name, rows.written(page))
                self.rows[table.name] += len(page)
                done += len(page)
                self.progress("rows", done, whole)
            if table.name == "files":
                self.files = await _stored(connection, table)

    async def _copy_files(self) -> None:
        """Those of the rows that were read; what was erased since then is not there any more."""
        for number, file_id in enumerate(self.files, start=1):
            await asyncio.to_thread(self._copy, file_id)
            self.progress("files", number, len(self.files))

    def _copy(self, file_id: str) -> None:
        try:
            with self.backend.files.path(file_id).open("rb") as source:
                size = os.fstat(source.fileno()).st_size
                self.writer.copy(contents.file_name(file_id), source, size=size)
        except FileNotFoundError:
            self.missing.append(file_id)


async def _stored(connection: AsyncConnection, table: Table) -> list[str]:
    query = select(table.c.id).where(table.c.state == "stored").order_by(table.c.id)
    return list((await connection.execute(query)).scalars())


async def make(backend: Backend, recipients: Sequence[Recipient], *, progress: Progress = silent) -> Made:
    """Make a backup, verify it, and delete those that are too old.

    Raises ArchiveRefused, and OSError where the disk is full or can't be written.
    """
    settings, now = backend.settings.backup, backend.clock.now()
    reader = Identity.generate()
    with folder.draft(settings.folder, now=now) as draft:
        with Encrypting(draft.file, draft.part, to=[*recipients, reader.to_public()]) as plain:
            making = _Making(backend, Writer(plain), progress)
            await making.write(now=now)
        draft.put_on_disk()
        size = draft.part.stat().st_size
        await asyncio.to_thread(_verify, draft.part, reader, making)
        draft.finish()
    expired = folder.drop_expired(settings.folder, now=now, kept=settings.kept)
    kept = len(making.files) - len(making.missing)
    return Made(draft.path, size, sum(making.rows.values()), kept, len(making.missing), expired)


def _verify(archive: Path, reader: Identity, making: _Making) -> None:
    """Raise ArchiveRefused unless it can be decrypted to its end and holds exactly what was put into it."""
    whole = len(making.files) + sum(making.rows.values())
    with Archive(archive, by=[reader]) as written:
        done = 0
        for part in written.parts():
            done += 1 if isinstance(part, File) else len(part.rows)
            making.progress("rows and files read back", done, whole)
        held = written.finish(making.backend.vault)
    if (held.rows, held.missing) != (making.rows, making.missing):
        raise ArchiveRefused("what was read back from the disk is not what was written: is the disk broken?")
