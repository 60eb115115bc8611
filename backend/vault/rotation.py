"""Rotation: a new wrapping key takes over from the old one, while the hotline runs; contents aren't touched.

The order is what makes it safe, wherever it is cut off:
  1. the key file with the new key is on disk, beside all old keys;
  2. the database names the new key (`wrapping`), compared and set, so that two rotations can't both;
  3. every running process has read the key file again and says so (`keys_taken`): it reads what the new
     key wraps, and wraps by nothing else from then on;
  4. only then data keys are wrapped anew, in batches; each row only where it is still as it was read, so
     that one that was destroyed or changed meanwhile is left as it is;
  5. that is repeated until nothing is left that another key wraps;
  6. a key by which nothing is wrapped any more is retired, and once the last backup that may need it has
     expired, it is taken out of the key file.
Begun again after any of these, rotation finishes what it finds; nothing is written down to resume from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, cast

from sqlalchemy import (
    ARRAY,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database
from backend.errors import KeysMissing
from backend.vault.keys import Vault, WrappedRow
from backend.vault.model import DataKeyRow, WrappingRow
from backend.vault.opening import ONLY, wrapping_by

BATCH = 2000
"""Data keys of one transaction: on SQLite nobody else writes meanwhile."""
PAUSE = 0.002
"""Seconds between two of them on SQLite, whose writers poll for their turn."""
BEGINNING = ("", 0)
"""Before the first of all owners."""

Place: TypeAlias = tuple[str, int]
Changed: TypeAlias = tuple[str, int, bytes, bytes]
"""Owner, epoch, how it was wrapped, and how it is to be."""
Progress = Callable[[int], None]
"""Told how many data keys were wrapped anew since it was last told."""


@dataclass(slots=True)
class Rewrapped:
    """How many data keys were wrapped anew, and how many can't be, for they don't open."""

    done: int = 0
    broken: int = 0


async def name_in_database(session: AsyncSession, vault: Vault, name: str, *, now: datetime) -> bool:
    """Have everything wrapped by this key from now on; whether that is new.

    Raises KeysMissing if another rotation was quicker.
    """
    before = await wrapping_by(session)
    mark = vault.mark(name)
    if before is None:
        await session.execute(insert(WrappingRow).values(id=ONLY, name=name, mark=mark, at=now))
        return True
    vault.use(before.name, before.mark)
    if before.name == name:
        return False
    as_read = (WrappingRow.id == ONLY) & (WrappingRow.mark == before.mark)
    changed = await session.execute(
        update(WrappingRow).where(as_read).values(name=name, mark=mark, at=now).returning(WrappingRow.id)
    )
    if changed.scalar() is None:
        raise KeysMissing("another rotation was quicker: take a new copy of its key file, then try again")
    return True


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many data keys each wrapping key wraps."""
    query = select(DataKeyRow.wrapping_key, func.count()).group_by(DataKeyRow.wrapping_key)
    return dict((await session.execute(query)).all())


async def rewrap(database: Database, vault: Vault, progress: Progress) -> Rewrapped:
    """Wrap every data key by the current key. Ends when a look at all of them found nothing more to do.

    Raises KeysMissing, before anything else is changed, for a row whose wrapping key isn't known.
    """
    found = Rewrapped()
    while await _pass(database, vault, found, progress):
        pass
    return found


async def _pass(database: Database, vault: Vault, found: Rewrapped, progress: Progress) -> bool:
    """All data keys once, in the order of their owners; whether there was anything to do.

    What comes in behind, what somebody else is changing, and what was changed meanwhile is for the next pass.
    """
    after, writing, any_to_do = BEGINNING, None, False
    found.broken = 0
    try:
        while rows := await read(database, vault.current, after):
            after = (rows[-1][0], rows[-1][1])
            changed = vault.wrapped_anew(rows)  # while the last batch is being written
            found.broken += len(rows) - len(changed)
            any_to_do = any_to_do or bool(changed)
            _count(found, await writing if writing else 0, progress)
            writing = asyncio.create_task(_written(database, vault.current, changed))
    finally:
        _count(found, await writing if writing else 0, progress)
    await asyncio.sleep(PAUSE)  # for whoever holds what is left
    return any_to_do


def _count(found: Rewrapped, done: int, progress: Progress) -> None:
    found.done += done
    progress(done)


async def _written(database: Database, current: str, changed: Sequence[Changed]) -> int:
    """One batch, in a transaction; how many rows were still as they were read."""
    async with database.transaction() as session:
        done = await write(session, current, changed)
    if database.is_sqlite:
        await asyncio.sleep(PAUSE)
    return done


_TABLE = cast("Table", DataKeyRow.__table__)
_NEXT = text(
    "SELECT owner, epoch, wrapping_key, wrapped FROM data_keys"
    " WHERE (owner, epoch) > (:owner, :epoch) AND wrapping_key <> :current"
    " ORDER BY owner, epoch LIMIT :batch"
)


async def read(database: Database, current: str, after: Place) -> list[WrappedRow]:
    """The next ones that another key wraps. Read without a lock: they are compared when they are written."""
    async with database.reading() as session:
        asked = {"owner": after[0], "epoch": after[1], "current": current, "batch": BATCH}
        return list((await session.execute(_NEXT, asked)).all())


_ONE = "UPDATE data_keys SET wrapping_key = ?, wrapped = ? WHERE owner = ? AND epoch = ? AND wrapped = ?"
_GIVEN = (
    func.unnest(
        bindparam("owners", type_=ARRAY(String)),
        bindparam("epochs", type_=ARRAY(Integer)),
        bindparam("old", type_=ARRAY(LargeBinary)),
        bindparam("new", type_=ARRAY(LargeBinary)),
    )
    .table_valued("owner", "epoch", "old", "new")
    .render_derived()
)
# Rows that somebody holds aren't waited for: they may wait for ours.
_HELD = (
    select(_TABLE.c.owner, _TABLE.c.epoch, _GIVEN.c.new)
    .join(_GIVEN, (_TABLE.c.owner == _GIVEN.c.owner) & (_TABLE.c.epoch == _GIVEN.c.epoch))
    .where(_TABLE.c.wrapped == _GIVEN.c.old)
    .with_for_update(of=_TABLE, skip_locked=True)
    .cte("held")
)
_MANY = (
    update(_TABLE)
    .where(_TABLE.c.owner == _HELD.c.owner, _TABLE.c.epoch == _HELD.c.epoch)
    .values({"wrapping_key": bindparam("by"), "wrapped": _HELD.c.new})
)


async def write(session: AsyncSession, current: str, changed: Sequence[Changed]) -> int:
    """Change the rows that are still as they were read; how many."""
    if not changed:
        return 0
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        rows = [(current, new, owner, epoch, old) for owner, epoch, old, new in changed]
        return (await connection.exec_driver_sql(_ONE, rows)).rowcount
    owners, epochs, old, new = (list(column) for column in zip(*changed, strict=True))
    given = {"owners": owners, "epochs": epochs, "old": old, "new": new, "by": current}
    return (await connection.execute(_MANY, given)).rowcount
