"""The staff rooms: one a messenger, bound by a coordinator."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select, true, update

from backend.audit import log
from backend.outbox import Party
from backend.people.model import RoomRow
from backend.vault import keyring
from backend.vault.keys import RoomKey, new_id
from backend.vault.model import DataKeyRow
from backend.work import Work


@dataclass(frozen=True, slots=True)
class Room:
    """A group chat. `chat` is the messenger's id: never log it."""

    id: str
    key: RoomKey
    channel: str
    chat: str
    bound: bool

    @property
    def party(self) -> Party:
        """Where the outbox sends what is said in the room."""
        return Party("room", self.id, self.channel, self.key)


async def bound(work: Work) -> list[Room]:
    """The staff rooms."""
    return await _rooms(work, RoomRow.bound.is_(True))


async def known(work: Work) -> list[Room]:
    """All rooms that were ever spoken of."""
    return await _rooms(work, true())


async def find(work: Work, channel: str, chat: str) -> Room | None:
    """The room of this chat, bound or not, if it was ever spoken of."""
    rooms = await _rooms(work, RoomRow.address == _address(work, channel, chat))
    return rooms[0] if rooms else None


async def get(work: Work, room_id: str) -> Room | None:
    """The room of this id."""
    rooms = await _rooms(work, RoomRow.id == room_id)
    return rooms[0] if rooms else None


async def _rooms(work: Work, where: ColumnElement[bool]) -> list[Room]:
    # Outer, so that SQLite begins with the few rooms, and not with the keys of all cases.
    whose = (DataKeyRow.owner == RoomRow.id) & (DataKeyRow.epoch == keyring.FIRST)
    query = select(RoomRow, DataKeyRow).outerjoin(DataKeyRow, whose).where(where)
    return [
        _opened(row, keyring.unwrapped(work.vault, key, RoomKey))
        for row, key in await work.session.execute(query)
    ]


def _opened(row: RoomRow, key: RoomKey) -> Room:
    place = json.loads(key.open("rooms", "place", row.id, row.place))
    return Room(row.id, key, row.channel, place["chat"], row.bound)


def _address(work: Work, channel: str, chat: str) -> bytes:
    return work.vault.digest("room", channel, chat)


async def note(work: Work, channel: str, chat: str) -> Room:
    """The room of this chat, made if it wasn't known (not bound by that)."""
    known = await find(work, channel, chat)
    if known:
        return known
    room_id = new_id()
    key = keyring.make(work.session, work.vault, room_id, RoomKey)
    sealed = key.seal("rooms", "place", room_id, json.dumps({"chat": chat}).encode())
    row = RoomRow(
        id=room_id, channel=channel, address=_address(work, channel, chat), bound=False, place=sealed
    )
    work.session.add(row)
    await work.session.flush()
    return _opened(row, key)


async def bind(work: Work, room: Room, *, by: str = log.OPERATOR) -> None:
    """Make this the staff room of its messenger, instead of any other. `by`: a staff id."""
    await log.note(work, by, "bound")
    same = RoomRow.channel == room.channel
    await work.session.execute(update(RoomRow).where(same).values(bound=False))
    await work.session.execute(update(RoomRow).where(RoomRow.id == room.id).values(bound=True))


async def unbind(work: Work, room: Room, *, by: str = log.HOTLINE) -> None:
    """No longer a staff room. `by`: a staff id, or the hotline itself, which was put out of it."""
    await log.note(work, by, "unbound")
    await work.session.execute(update(RoomRow).where(RoomRow.id == room.id).values(bound=False))


async def move(work: Work, room: Room, chat: str) -> None:
    """The room's chat goes on under another id (a group that became a supergroup)."""
    other = await find(work, room.channel, chat)
    if other is not None and other.id == room.id:
        return  # the messenger says it twice: in the old chat, and to whoever writes there
    if other is not None:
        await work.session.execute(delete(RoomRow).where(RoomRow.id == other.id))
        await keyring.destroy(work.session, other.id)
    sealed = room.key.seal("rooms", "place", room.id, json.dumps({"chat": chat}).encode())
    values = {"place": sealed, "address": _address(work, room.channel, chat)}
    await work.session.execute(update(RoomRow).where(RoomRow.id == room.id).values(**values))
