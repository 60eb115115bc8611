"""Opening the database for a command that comes and goes, beside a hotline that may be running."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import typer

from backend.clock import SystemClock
from backend.config import BackendSettings
from backend.database import Database, engine_url
from backend.upgrade import require_current, upgrade
from backend.vault import sources
from backend.vault.files import FileStore
from backend.vault.opening import open_vault
from backend.work import Backend
from bot import passphrase


def key_file_made(file: Path) -> str:
    """The sentence that goes with new keys: without them the database can't be read."""
    return f"made a key file: {file} (keep a copy, apart from the database)"


@contextlib.asynccontextmanager
async def opened_database(settings: BackendSettings) -> AsyncIterator[Database]:
    """The database of these settings, whose paths are absolute; closed when the block ends."""
    database = Database(engine_url(settings.database.url, base=Path()))
    try:
        yield database
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def opened_backend(settings: BackendSettings) -> AsyncIterator[Backend]:
    """The case backend. Raises DatabaseOutdated, for such a command changes no tables, and KeysMissing."""
    clock = SystemClock()
    async with opened_database(settings) as database:
        await require_current(database)
        source = sources.of_settings(settings.keys)
        opened = await open_vault(database, source, now=clock.now(), ask=passphrase.ask)
        if opened.made:
            typer.echo(key_file_made(settings.keys.file), err=True)
        yield Backend(database, opened.vault, FileStore(settings.files.folder), settings, clock)


async def bring_up_to_date(settings: BackendSettings) -> str:
    """Migrate; what was done, in a sentence."""
    async with opened_database(settings) as database:
        return (await upgrade(database)).sentence
