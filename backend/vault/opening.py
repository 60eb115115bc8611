"""Opening the vault at start: the key file is made where nothing depends on it yet, and never again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database
from backend.errors import KeysMissing, SealBroken
from backend.vault import keyring
from backend.vault.keys import DataKey, KeyFile, Vault, create_key_file, load_key_file
from backend.vault.model import DataKeyRow


@dataclass(frozen=True, slots=True)
class OpenedVault:
    """The vault, and whether its key file was made just now: then it has to be said where it is."""

    vault: Vault
    made: bool


async def open_vault(database: Database, file: Path, *, now: datetime) -> OpenedVault:
    """The vault of the key file, once it is sure that it opens what the database holds.

    With no key file and nothing sealed yet, the file is made. Raises KeysMissing with a sentence if data
    was sealed by keys that the file doesn't hold: an answer with new keys would lose that data for good.
    """
    keys = load_key_file(file) if _is_there(file) else None
    async with database.reading() as session:
        if keys is not None:
            return OpenedVault(await proven(session, keys), made=False)
        if await keyring.count(session):
            raise KeysMissing(f"the key file {file} isn't there, and this database can't be read without it")
    return OpenedVault(Vault(create_key_file(file, now=now)), made=True)


def _is_there(file: Path) -> bool:
    """A link to nowhere counts: whoever made it meant a disk that is missing, and new keys are no answer."""
    return file.exists() or file.is_symlink()


async def proven(session: AsyncSession, keys: KeyFile) -> Vault:
    """The vault of these keys, once they opened one data key of each wrapping key. Raises KeysMissing."""
    if missing := await keyring.missing_wrapping_keys(session, keys.wrapping):
        names = ", ".join(sorted(missing))
        raise KeysMissing(f"the key file lacks {names}, which data was sealed with: take your copy of it")
    vault = Vault(keys)
    one_each = select(func.min(DataKeyRow.owner)).group_by(DataKeyRow.wrapping_key)
    rows = await session.execute(select(DataKeyRow).where(DataKeyRow.owner.in_(one_each)))
    try:
        for row in rows.scalars():
            keyring.unwrapped(vault, row, DataKey)
    except SealBroken:
        raise KeysMissing("the key file is another hotline's: it doesn't open this database") from None
    return vault
