"""Opening the vault at start: the key file is made where nothing depends on it yet, and never again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import LargeBinary, exists, literal, or_, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database, Table
from backend.errors import KeysMissing, SealBroken
from backend.vault import keyring
from backend.vault.keyfile import create_key_file, new_keys
from backend.vault.keys import DataKey, KeyFile, Vault
from backend.vault.model import DataKeyRow, WrappingRow
from backend.vault.sources import Ask, KeySource

ONLY = 1
"""The id of the one row of `wrapping`."""
FEW = 3
"""Data keys under one wrapping key that may be broken, where others show that the file is the right one."""

_TABLE = cast("SqlTable", WrappingRow.__table__)
_NAME_ONCE = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id),
}


@dataclass(frozen=True, slots=True)
class OpenedVault:
    """The vault, and whether its key file was made just now: then it has to be said where it is."""

    vault: Vault
    made: bool


async def open_vault(
    database: Database, source: KeySource, *, now: datetime, ask: Ask | None = None
) -> OpenedVault:
    """The vault of the source's keys, once it is sure that they open what the database holds.

    Where they should be in a file that isn't there, and nothing was sealed yet, the file is made. Raises
    KeysMissing with a sentence if the database depends on keys that the source doesn't hold, or another
    node's keys are this hotline's: an answer with new keys would lose data for good.
    """
    made = _is_absent(source) and await _made_first(database, source, now=now)
    async with database.reading() as session:
        vault = await proven(session, source.read(ask), source)
        is_named = await wrapping_by(session) is not None
    if not is_named:
        async with database.transaction() as session:
            await _name_first(session, vault, now=now)
            await _go_by_database(session, vault)
    return OpenedVault(vault, made)


async def _made_first(database: Database, source: KeySource, *, now: datetime) -> bool:
    """Make the key file, unless the database depends on keys; False if it is there by now.

    The database names the new key before its file is written, which only one of several can win: another
    waits for this transaction. It is committed when the file is on the disk, so that no key is ever named
    that a crash took away.
    """
    if source.file is None:
        return False
    keys = new_keys(now.date())
    async with database.transaction() as session:
        if not await depends_on_keys(session) and await _name_first(session, Vault(keys), now=now):
            create_key_file(source.file, keys)
            return True
    if _is_absent(source):
        raise KeysMissing(
            f"{source.where} isn't there, and this database can't be read without it:"
            " copy it from the other node, or take your copy of it"
        )
    return False


async def _name_first(session: AsyncSession, vault: Vault, *, now: datetime) -> bool:
    """Have the database name the vault's current key, unless it names one already; whether it does now."""
    named = {"id": ONLY, "name": vault.current, "mark": vault.mark(vault.current), "at": now}
    once = _NAME_ONCE[session.get_bind().dialect.name]
    return (await session.execute(once, [named])).scalar() is not None


def _is_absent(source: KeySource) -> bool:
    """A link to nowhere counts: whoever made it meant a disk that is missing, and new keys are no answer."""
    return source.file is not None and not (source.file.exists() or source.file.is_symlink())


async def depends_on_keys(session: AsyncSession) -> bool:
    """Whether anything in the database was sealed by keys, or can only be found by them."""
    tables = [table for table in Table.metadata.tables.values() if _is_keyed(table)]
    asked = or_(*(exists(select(literal(1)).select_from(table)) for table in tables))
    return bool((await session.execute(select(asked))).scalar())


def _is_keyed(table: SqlTable) -> bool:
    """All bytes in the database are sealed, or keyed hashes."""
    kinds = (getattr(column.type, "impl_instance", column.type) for column in table.columns)
    return any(isinstance(kind, LargeBinary) for kind in kinds)


async def proven(session: AsyncSession, keys: KeyFile, source: KeySource | None = None) -> Vault:
    """The vault of these keys, once they opened one data key of each wrapping key. Raises KeysMissing.

    It wraps by the key that the database names, where it does: all running processes go by that.
    """
    if missing := await keyring.missing_wrapping_keys(session, keys.wrapping):
        names = ", ".join(sorted(missing))
        raise KeysMissing(f"the key file lacks {names}, which data was sealed with: take your copy of it")
    vault = Vault(keys, reread=source.read if source else None)
    await _try_each(session, vault, keys.wrapping)
    await _go_by_database(session, vault)
    return vault


async def _go_by_database(session: AsyncSession, vault: Vault) -> None:
    named = await wrapping_by(session)
    if named:
        vault.use(named.name, named.mark)


async def wrapping_by(session: AsyncSession) -> WrappingRow | None:
    """The wrapping key that the database names, once a vault was opened on it."""
    return (await session.execute(select(WrappingRow))).scalar_one_or_none()


async def _try_each(session: AsyncSession, vault: Vault, names: Iterable[str]) -> None:
    """Raise KeysMissing unless each key opens what names it.

    Where another key does, a few that don't open were changed from outside, and rotation left them behind:
    no reason for a hotline not to start.
    """
    opened = {name: [_opens(vault, row) for row in await _some(session, name)] for name in names}
    proved = [name for name, tries in opened.items() if any(tries)]
    strange = [tries for name, tries in opened.items() if tries and name not in proved]
    if any(len(tries) > FEW or not proved for tries in strange):
        raise KeysMissing("the key file is another hotline's: it doesn't open this database")


async def _some(session: AsyncSession, name: str) -> Sequence[DataKeyRow]:
    query = select(DataKeyRow).where(DataKeyRow.wrapping_key == name).limit(FEW + 1)
    return (await session.execute(query)).scalars().all()


def _opens(vault: Vault, row: DataKeyRow) -> bool:
    try:
        keyring.unwrapped(vault, row, DataKey)
    except SealBroken:
        return False
    return True
