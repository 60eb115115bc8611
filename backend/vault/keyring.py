"""Data keys in the database: made with their owner's first row, loaded with it, destroyed with it.

Only cases have several epochs: one that was sealed gets a new key when somebody writes to it again. An
epoch's key is either here or sealed away to people who aren't the server, never both and never neither.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar, cast

from pyrage.x25519 import Identity, Recipient
from sqlalchemy import Table, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from backend.errors import SealBroken
from backend.vault import sealing
from backend.vault.keys import CaseKey, DataKey, Sealed, Vault, epoch_of, new_data_key
from backend.vault.model import DataKeyRow, SealedKeyRow

FIRST = 1
"""The only epoch of whoever is no case."""

K = TypeVar("K", bound=DataKey)
# Built once: putting a statement together costs several times what running it does.
_HELD = select(DataKeyRow.owner, DataKeyRow.epoch, DataKeyRow.wrapping_key, DataKeyRow.wrapped).where(
    DataKeyRow.owner.in_(bindparam("owners", expanding=True))
)
_LAST_SEALED = (
    select(SealedKeyRow.owner, func.max(SealedKeyRow.epoch))
    .where(SealedKeyRow.owner.in_(bindparam("owners", expanding=True)))
    .group_by(SealedKeyRow.owner)
)
_TABLE = cast("Table", DataKeyRow.__table__)
_INSERT_ONCE = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing(),
}
_OTHERS = aliased(DataKeyRow)
NEWEST = (
    select(func.max(_OTHERS.epoch)).where(_OTHERS.owner == DataKeyRow.owner).correlate(DataKeyRow)
).scalar_subquery()
"""For joining `DataKeyRow`: the epoch that is written with, so that an owner has one row."""


def make(session: AsyncSession, vault: Vault, owner: str, kind: type[K], *, epoch: int = FIRST) -> K:
    """A new data key for `owner`, added to the session."""
    key = new_data_key()
    _keep(session, vault, owner, epoch, key)
    return kind(owner, epoch, key)


async def shared(session: AsyncSession, vault: Vault, owner: str, kind: type[K]) -> K:
    """The data key of an owner that nobody makes a row for, made at its first use.

    Of several processes that use it first at the same moment one makes it, and the others wait and take that.
    """
    found = await load(session, vault, owner, kind)
    if found is not None:
        return found
    wrapped = vault.wrap(owner, FIRST, new_data_key())
    row = {"owner": owner, "epoch": FIRST, "wrapping_key": vault.current, "wrapped": wrapped}
    await session.execute(_INSERT_ONCE[session.get_bind().dialect.name], [row])
    made = await load(session, vault, owner, kind)
    if made is None:
        raise SealBroken("a data key that was just made isn't there")
    return made


def _keep(session: AsyncSession, vault: Vault, owner: str, epoch: int, key: bytes) -> None:
    wrapped = vault.wrap(owner, epoch, key)
    session.add(DataKeyRow(owner=owner, epoch=epoch, wrapping_key=vault.current, wrapped=wrapped))


def unwrapped(vault: Vault, row: DataKeyRow, kind: type[K]) -> K:
    """The data key of a row already loaded."""
    key = vault.unwrap(row.owner, row.epoch, by=row.wrapping_key, wrapped=row.wrapped)
    return kind(row.owner, row.epoch, key)


async def load(session: AsyncSession, vault: Vault, owner: str, kind: type[K]) -> K | None:
    """The data key of an owner who is no case, or None if it was destroyed."""
    row = await session.get(DataKeyRow, (owner, FIRST))
    return None if row is None else unwrapped(vault, row, kind)


async def load_all(
    session: AsyncSession, vault: Vault, owners: Collection[str], kind: type[K]
) -> dict[str, dict[int, K]]:
    """The data keys of these owners by epoch, as far as the server has them."""
    found: dict[str, dict[int, K]] = {}
    rows = await session.execute(_HELD, {"owners": list(owners)}) if owners else ()
    for owner, epoch, wrapping_key, wrapped in rows:
        key = vault.unwrap(owner, epoch, by=wrapping_key, wrapped=wrapped)
        found.setdefault(owner, {})[epoch] = kind(owner, epoch, key)
    return found


# ── Cases ───────────────────────────────────────────────────────────────────────────────────────


class CaseKeys:
    """The keys of one case by epoch, as far as the server has them; earlier ones are sealed away."""

    __slots__ = ("_held", "_last", "_owner", "_session", "_vault")

    def __init__(
        self, session: AsyncSession, vault: Vault, owner: str, held: dict[int, CaseKey], *, last: int
    ) -> None:
        """`last`: the latest epoch that there ever was, held or not."""
        self._session, self._vault, self._owner = session, vault, owner
        self._held, self._last = held, last

    @property
    def writing(self) -> CaseKey:
        """The key to write with: of the last epoch, or of a new one that begins now if that is sealed."""
        if self._last not in self._held:
            self._last += 1
            self._held[self._last] = make(self._session, self._vault, self._owner, CaseKey, epoch=self._last)
        return self._held[self._last]

    def reading(self, sealed: Sealed) -> CaseKey | None:
        """The key that opens this value, or None if it is sealed away. Raises SealBroken."""
        epoch = epoch_of(sealed)
        if not FIRST <= epoch <= self._last:
            raise SealBroken("a sealed value of an epoch that there never was")
        return self._held.get(epoch)


def begun(session: AsyncSession, vault: Vault, case_id: str) -> CaseKeys:
    """The keys of a case that is being made."""
    return CaseKeys(session, vault, case_id, {FIRST: make(session, vault, case_id, CaseKey)}, last=FIRST)


async def of_cases(session: AsyncSession, vault: Vault, ids: Collection[str]) -> dict[str, CaseKeys]:
    """The keys of these cases; one whose keys were destroyed is missing."""
    held = await load_all(session, vault, ids, CaseKey)
    last = {owner: max(keys) for owner, keys in held.items()}
    if others := [case_id for case_id in ids if case_id not in held]:
        last |= {row[0]: row[1] for row in await session.execute(_LAST_SEALED, {"owners": others})}
    return {
        owner: CaseKeys(session, vault, owner, held.get(owner, {}), last=epoch)
        for owner, epoch in last.items()
    }


async def seal_away(
    session: AsyncSession, vault: Vault, case_id: str, recipients: Sequence[Recipient], *, now: datetime
) -> int:
    """Have the case's keys for these recipients only, and none for the server; how many there were."""
    rows = (await session.execute(_HELD, {"owners": [case_id]})).all()
    for owner, epoch, wrapping_key, wrapped in rows:
        key = vault.unwrap(owner, epoch, by=wrapping_key, wrapped=wrapped)
        sealed = sealing.seal_key(owner, epoch, key, recipients)
        session.add(SealedKeyRow(owner=owner, epoch=epoch, at=now, wrapped=sealed))
    await session.flush()
    await session.execute(delete(DataKeyRow).where(DataKeyRow.owner == case_id))
    return len(rows)


async def bring_back(
    session: AsyncSession, vault: Vault, case_id: str, identities: Sequence[Identity]
) -> int:
    """Have the keys that were sealed away on the server again; how many there were.

    Raises IdentityWrong, SealBroken; then all is as it was.
    """
    query = select(SealedKeyRow).where(SealedKeyRow.owner == case_id)
    rows = list((await session.execute(query)).scalars())
    keys = {row.epoch: sealing.open_key(case_id, row.epoch, row.wrapped, identities) for row in rows}
    for epoch, key in keys.items():
        _keep(session, vault, case_id, epoch, key)
    await session.flush()
    await session.execute(delete(SealedKeyRow).where(SealedKeyRow.owner == case_id))
    return len(keys)


# ── All of them ─────────────────────────────────────────────────────────────────────────────────


async def destroy(session: AsyncSession, owner: str) -> None:
    """Destroy the owner's keys, sealed or not: what they sealed can't be read any more, in no copy."""
    await session.execute(delete(DataKeyRow).where(DataKeyRow.owner == owner))
    await session.execute(delete(SealedKeyRow).where(SealedKeyRow.owner == owner))


async def missing_wrapping_keys(session: AsyncSession, vault_names: Collection[str]) -> set[str]:
    """Names of wrapping keys that data was sealed with and the key file doesn't hold."""
    used = (await session.execute(select(DataKeyRow.wrapping_key).distinct())).scalars()
    return set(used) - set(vault_names)


async def count(session: AsyncSession) -> int:
    """How many data keys there are, sealed or not: none in a database without data."""
    tables = DataKeyRow, SealedKeyRow
    counts = [await session.execute(select(func.count()).select_from(table)) for table in tables]
    return sum(each.scalar_one() for each in counts)
