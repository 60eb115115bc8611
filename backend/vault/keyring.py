"""Data keys in the database: made with their owner's first row, loaded with it, destroyed with it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.vault.keys import DataKey, Vault, new_data_key
from backend.vault.model import DataKeyRow

K = TypeVar("K", bound=DataKey)


def make(session: AsyncSession, vault: Vault, owner: str, kind: type[K]) -> K:
    """A new data key for `owner`, added to the session."""
    key = new_data_key()
    session.add(
        DataKeyRow(owner=owner, epoch=1, wrapping_key=vault.current, wrapped=vault.wrap(owner, 1, key))
    )
    return kind(owner, 1, key)


def unwrapped(vault: Vault, row: DataKeyRow, kind: type[K]) -> K:
    """The data key of a row already loaded."""
    key = vault.unwrap(row.owner, row.epoch, by=row.wrapping_key, wrapped=row.wrapped)
    return kind(row.owner, row.epoch, key)


async def load(session: AsyncSession, vault: Vault, owner: str, kind: type[K]) -> K | None:
    """The data key of `owner`, or None if it was destroyed."""
    row = await session.get(DataKeyRow, (owner, 1))
    return None if row is None else unwrapped(vault, row, kind)


async def load_all(
    session: AsyncSession, vault: Vault, owners: Collection[str], kind: type[K]
) -> dict[str, K]:
    """The data keys of these owners, as far as they exist."""
    if not owners:
        return {}
    rows = (await session.execute(select(DataKeyRow).where(DataKeyRow.owner.in_(owners)))).scalars()
    return {row.owner: unwrapped(vault, row, kind) for row in rows}


async def destroy(session: AsyncSession, owner: str) -> None:
    """Destroy the data key: what it sealed can't be read any more, in no copy of the rows."""
    await session.execute(delete(DataKeyRow).where(DataKeyRow.owner == owner))


async def missing_wrapping_keys(session: AsyncSession, vault_names: Collection[str]) -> set[str]:
    """Names of wrapping keys that data was sealed with and the key file doesn't hold."""
    used = (await session.execute(select(DataKeyRow.wrapping_key).distinct())).scalars()
    return set(used) - set(vault_names)


async def count(session: AsyncSession) -> int:
    """How many data keys there are: none in a database without data."""
    return (await session.execute(select(func.count()).select_from(DataKeyRow))).scalar_one()
