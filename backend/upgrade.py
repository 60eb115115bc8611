"""Bringing the database up to date: all steps in one transaction, after a copy of an SQLite file.

Alembic is loaded only where there is something to do: a start on a current database asks one question.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.database import Database

STEPS = Path(__file__).parent / "migrations"
_LOCK = 0x686F746C696E65  # "hotline" in ASCII: PostgreSQL's advisory locks go by number
_SQLITE = b"SQLite format 3\0"  # how every database file begins: https://sqlite.org/fileformat.html


class DatabaseOutdated(Exception):
    """The database is not at the revision this version works with. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was done. `before` is None where there were no tables; `backup` is the copy of an SQLite file."""

    before: str | None
    after: str
    backup: Path | None

    @property
    def sentence(self) -> str:
        """What an operator is told."""
        if self.before == self.after:
            return f"the database is up to date ({self.after})"
        if self.before is None:
            return f"the database has its tables ({self.after})"
        done = f"the database went from {self.before} to {self.after}"
        kept = "remove it when all is well: it still holds what is erased from now on"
        return f"{done}; {self.backup} is a copy from before: {kept}" if self.backup else done


def head(steps: Path = STEPS) -> str:
    """The newest revision this version knows."""
    return max(revisions(steps))


def revisions(steps: Path = STEPS) -> set[str]:
    """Those that this version knows."""
    return {path.name.partition("_")[0] for path in (steps / "versions").glob("[0-9]*.py")}


def _file(database: Database) -> Path:
    return Path(database.url.database or "")


def _holds_sqlite(file: Path) -> bool:
    """Whether a database is there and not empty. Asked before SQLite opens, and so makes, the file."""
    if not file.exists():
        return False
    try:
        with file.open("rb") as content:
            found = content.read(len(_SQLITE))
    except IsADirectoryError:
        found = b"a folder"
    if found not in (b"", _SQLITE):
        raise DatabaseOutdated(f"database.url: {file} is not an SQLite database")
    return bool(found)


async def current(database: Database) -> str | None:
    """The revision that the database is at; None without tables, or without a file, which isn't made.

    Raises DatabaseOutdated for a file that is no database.
    """
    if database.is_sqlite and not _holds_sqlite(_file(database)):
        return None
    async with database.reading() as session:
        return await (await session.connection()).run_sync(_revision)


async def require_current(database: Database) -> None:
    """Raise DatabaseOutdated unless the database is at the newest revision."""
    found, newest = await current(database), head()
    if found is None:
        raise DatabaseOutdated("the database has no tables yet: `hotline migrate` makes them")
    if found < newest:
        raise DatabaseOutdated(f"the database is at {found}, not {newest}: `hotline migrate` brings it there")
    _refuse_newer(found, newest)


def _refuse_newer(found: str | None, newest: str) -> None:
    if found is not None and found > newest:
        raise DatabaseOutdated(f"a newer version has changed the database ({found}; this one knows {newest})")


async def upgrade(database: Database, *, steps: Path = STEPS) -> Upgraded:
    """Bring the database to the newest revision; several callers at once do it once.

    Raises DatabaseOutdated for a database that a newer version has been at.
    """
    newest = head(steps)
    if await current(database) == newest:
        return Upgraded(newest, newest, None)
    async with changing_tables(database) as connection:
        return await _upgrade(connection, database, steps)


@contextlib.asynccontextmanager
async def changing_tables(database: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction in which tables may be made and changed, one at a time for all processes.

    It is committed when the block ends well, once every row refers to one that is there.
    """
    if database.is_sqlite:
        _make_private(_file(database))
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            await connection.run_sync(_without_foreign_keys)
        else:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        try:
            yield connection
            if database.is_sqlite:
                await _check_references(connection)
            await connection.commit()
        finally:
            # Its foreign keys are off: the pool must not lend it to anybody else.
            await connection.invalidate()


def _make_private(file: Path) -> None:
    """A new database is its owner's alone, and so is its journal, which takes its mode from it."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _without_foreign_keys(connection: Connection) -> None:
    """SQLite rebuilds a table by dropping it, which would take along whatever refers to it.

    The setting can't be changed inside a transaction, so it goes to the driver, before one is begun.
    """
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.close()


async def _upgrade(connection: AsyncConnection, database: Database, steps: Path) -> Upgraded:
    """Under the lock: what was true before waiting for it may have changed."""
    newest = head(steps)
    before = await connection.run_sync(_revision)
    if before == newest:
        return Upgraded(before, newest, None)
    _refuse_newer(before, newest)
    backup = None
    if database.is_sqlite and before is not None:
        backup = await asyncio.to_thread(_copy, _file(database), newest)
    await connection.run_sync(take_steps, "head", steps=steps)
    return Upgraded(before, newest, backup)


async def _check_references(connection: AsyncConnection) -> None:
    if (await connection.execute(text("PRAGMA foreign_key_check"))).first():
        raise RuntimeError("a step left rows that refer to nothing; nothing was changed")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def take_steps(connection: Connection, to: str, *, steps: Path = STEPS) -> None:
    """Bring the tables to this revision (`head`: the newest) in the transaction that is open."""
    from alembic import command  # noqa: PLC0415 - costs half a second, and most starts need none of it
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(steps).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _copy(file: Path, newest: str) -> Path:
    """A whole and private copy of the database, with what is still in its journal."""
    backup = file.with_name(f"{file.name}.before-{newest}")
    part = backup.with_name(f"{backup.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    source, target = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True), sqlite3.connect(part)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()
    part.replace(backup)
    return backup
