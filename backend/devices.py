"""What a messenger's device must not forget: its keys and sessions, and how far it has read.

Sealed rows of names and values under a data key of the device's own, the names found by keyed hash: so that
another node can go on as the same device, and a copy of the database says nothing about whom it knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import String, delete, func, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault import keyring
from backend.vault.keys import RoomKey, Sealed
from backend.vault.model import Id, Moment, SealedColumn
from backend.work import Work

AT_ONCE = 200
"""Rows in one statement: databases limit how many values one may carry."""

Key = tuple[str, str]
"""A kind (`olm`, `room`, …; it stands in the clear) and a name."""


class DeviceItemRow(Table):
    """One thing that a device remembers. `item`: its name and value. `at`: when it was last written."""

    __tablename__ = "device_items"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Moment)
    item: Mapped[Sealed] = mapped_column(SealedColumn)


@dataclass(frozen=True, slots=True)
class Remembered:
    """One thing that a device remembers."""

    kind: str
    name: str
    value: str
    at: datetime


_TABLE = cast("SqlTable", DeviceItemRow.__table__)


def _written(insert: Any) -> Any:  # noqa: ANN401 - either dialect's own
    statement = insert(_TABLE)
    changed = {name: statement.excluded[name] for name in ("at", "item")}
    return statement.on_conflict_do_update(index_elements=["id"], set_=changed)


_WRITE = {"sqlite": _written(sqlite.insert), "postgresql": _written(postgresql.insert)}


async def load(work: Work, channel: str, kinds: Sequence[str] = ()) -> list[Remembered]:
    """All that the device of this channel remembers, or all of these kinds, oldest first."""
    key = await _key(work, channel)
    query = select(DeviceItemRow).where(DeviceItemRow.channel == channel).order_by(DeviceItemRow.at)
    if kinds:
        query = query.where(DeviceItemRow.kind.in_(kinds))
    return [_opened(row, key) for row in (await work.session.execute(query)).scalars()] if key else []


async def save(work: Work, channel: str, changed: Mapping[Key, str | None]) -> None:
    """Write these values; None forgets."""
    key = await _key(work, channel) or keyring.make(work.session, work.vault, _owner(channel), RoomKey)
    await work.session.flush()
    rows = [
        _row(work, key, channel, name=name, value=value)
        for name, value in changed.items()
        if value is not None
    ]
    write = _WRITE[work.session.get_bind().dialect.name]
    for start in range(0, len(rows), AT_ONCE):
        await work.session.execute(write, rows[start : start + AT_ONCE])
    await _forget(work, [_id(work, channel, name) for name, value in changed.items() if value is None])


async def count(work: Work, channel: str, kind: str, *, since: datetime | None = None) -> int:
    """How many things of this kind there are, or were written since then."""
    of_kind = [DeviceItemRow.channel == channel, DeviceItemRow.kind == kind]
    if since is not None:
        of_kind.append(DeviceItemRow.at >= since)
    return (await work.session.execute(select(func.count()).where(*of_kind))).scalar_one()


async def forget_old(work: Work, channel: str, kept: Mapping[str, timedelta]) -> None:
    """Forget what was not written again for as long as its kind is kept."""
    for kind, span in kept.items():
        old = (
            DeviceItemRow.channel == channel,
            DeviceItemRow.kind == kind,
            DeviceItemRow.at < work.now - span,
        )
        await work.session.execute(delete(DeviceItemRow).where(*old))


def _owner(channel: str) -> str:
    return f"device-{channel}"


async def _key(work: Work, channel: str) -> RoomKey | None:
    return await keyring.load(work.session, work.vault, _owner(channel), RoomKey)


def _id(work: Work, channel: str, key: Key) -> str:
    return work.vault.digest("device", channel, *key).hex()


def _row(work: Work, key: RoomKey, channel: str, *, name: Key, value: str) -> dict[str, object]:
    row_id = _id(work, channel, name)
    plain = json.dumps([name[1], value], ensure_ascii=False).encode(errors="replace")
    return {
        "id": row_id,
        "channel": channel,
        "kind": name[0],
        "at": work.now,
        "item": key.seal("device_items", "item", row_id, plain),
    }


def _opened(row: DeviceItemRow, key: RoomKey) -> Remembered:
    name, value = json.loads(key.open("device_items", "item", row.id, row.item))
    return Remembered(row.kind, name, value, row.at)


async def _forget(work: Work, ids: Iterable[str]) -> None:
    gone = list(ids)
    for start in range(0, len(gone), AT_ONCE):
        where = DeviceItemRow.id.in_(gone[start : start + AT_ONCE])
        await work.session.execute(delete(DeviceItemRow).where(where))
