"""Opening the vault at start: the key file is made where nothing depends on it yet, and never again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import LargeBinary, exists, literal, or_, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database, Table
from backend.errors import KeysMissing, SealBroken
from backend.vault import keyring
from backend.vault.keyfile import create_key_file
from backend.vault.keys import DataKey, KeyFile, Vault
from backend.vault.model import DataKeyRow, WrappingRow
from backend.vault.sources import Ask, KeySource

FEW = 3
"""Data keys under one wrapping key that may be broken, where others show that the file is the right one."""


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
    KeysMissing with a sentence if data was sealed by keys that the source doesn't hold: an answer with
    new keys would lose that data for good.
    """
    made = _is_absent(source)
    async with database.reading() as session:
        if not made:
            return OpenedVault(await proven(session, source.read(ask), source), made=False)
        if await depends_on_keys(session):
            raise KeysMissing(f"{source.where} isn't there, and this database can't be read without it")
    if source.file is None:
        raise KeysMissing(f"{source.where} isn't there")
    create_key_file(source.file, now=now)
    return OpenedVault(Vault(source.read(), reread=source.read), made=True)


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
    named = await wrapping_by(session)
    if named:
        vault.use(named.name, named.mark)
    return vault


async def wrapping_by(session: AsyncSession) -> WrappingRow | None:
    """The wrapping key that the database names, once there was a rotation."""
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
