"""The sync loop that loses nothing: the homeserver hears how far we have read only after it was saved.

In one turn: room keys first, then invitations, then every room's events in order, gaps filled by paging
back; the batch is committed; what the device has to remember is written; only then the next sync confirms.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.channels.base import ChatLeft, ChatMoved, DeviceNew, Inbound, OnInbound
from bot.channels.matrix import paging, shown, waiting
from bot.channels.matrix.device import Device
from bot.channels.matrix.filling import Filling
from bot.channels.matrix.gaps import Gap
from bot.channels.matrix.homeserver import CLIENT, Garbled, Refused
from bot.channels.matrix.mapping import NAME
from bot.channels.matrix.pauses import Pauses, name_of
from bot.channels.matrix.replays import READ
from bot.channels.matrix.rooms import STATE, Room
from bot.channels.matrix.shown import SHOWN
from bot.channels.matrix.store import MEGOLM
from bot.channels.matrix.tree import Json, Tree, items, number, table, text
from bot.channels.matrix.trust import News
from bot.channels.matrix.waiting import UNREAD, Sealed
from bot.channels.pauses import Sleep, until_done

_log = logging.getLogger(__name__)

BATCH = 100
"""Updates in one commit."""
POLL = 25.0
"""Seconds for which the homeserver may hold a sync."""
_MARGIN = 30.0
_FIRST_SYNC = 300.0
"""Seconds more for the first sync: it brings the state of every room."""
_DEVICES_WITHIN = 5.0
_TIMELINE = 100
_WRITE_AFTER = 1.0
"""Seconds for which only a token may wait to be written: what is read again meanwhile is known by its id."""
_LOOK = 1.0
_TIDY_EVERY = 3600.0
KEPT = {SHOWN: shown.KEPT, UNREAD: waiting.KEPT, MEGOLM: timedelta(days=60), READ: timedelta(days=60)}
"""How long is kept what nobody asks for any more; clients begin a new room key each week at the latest."""
_OLD = timedelta(minutes=5)
"""How much a homeserver's clock may differ from ours."""
_UNAUTHORISED, _BAD_REQUEST = 401, 400
_NONE: Json = {"not_types": ["*"], "limit": 0}
FILTER: Json = {
    "presence": _NONE,
    "account_data": _NONE,
    "room": {
        "account_data": _NONE,
        "ephemeral": _NONE,
        "state": {"types": list(STATE)},
        "timeline": {"limit": _TIMELINE},
    },
}


class Syncing:
    """One device's loop. `first_read` is set once the rooms are known and messages can be sent."""

    def __init__(self, device: Device, on_inbound: OnInbound, *, sleep: Sleep = asyncio.sleep) -> None:
        self._device = device
        self._server = device.server
        self._on_inbound = on_inbound
        self._sleep = sleep
        self._pauses = Pauses(sleep)
        self._handing = asyncio.Lock()
        self._moves: set[str] = set()
        self._pages_given = True
        self._written = time.monotonic()
        self._heard = asyncio.Event()
        self.first_read = asyncio.Event()

    async def run(self) -> None:
        """Sync until cancelled."""
        await until_done("logging in", self._device.known, self._pauses)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._tell_overdue())
                group.create_task(self._keep_up())
                group.create_task(self._fill_gaps())
                while True:
                    await self._turn()
        finally:
            with contextlib.suppress(Exception):  # written at the next start at the latest: it is read again
                await asyncio.shield(self._device.memory.flush())

    async def _turn(self) -> None:
        device, before, asked = self._device, self._device.since, time.monotonic()
        answer = await until_done("sync", self._sync, self._pauses)
        token = text(answer, "next_batch")
        device.heard(answer)
        keys = device.machine.take(items(answer, "to_device", "events"))
        await device.joining.invited(table(answer, "rooms", "invite"))
        await self._meet_senders(answer)
        self._pages_given = True
        batch = await self._events(answer)
        batch[:0] = self._opened_by(keys)
        await self._hand_over(batch)
        await self._write(token)
        self.first_read.set()
        self._heard.set()
        if token == before and time.monotonic() - asked < _LOOK:
            await self._sleep(_LOOK)  # a server that doesn't hold syncs must not make us spin

    async def _keep_up(self) -> None:
        """Beside the loop: somebody's slow homeserver must not keep others' messages from being read."""
        pauses = Pauses(self._sleep)
        while True:
            await self._heard.wait()
            self._heard.clear()  # what comes while it works makes it work again
            if await self._device.keep_up():
                pauses.over()
            else:
                self._heard.set()
                await pauses.pause()

    # ── Asking ──────────────────────────────────────────────────────────────────────────────────

    async def _sync(self) -> Tree:
        first = not self.first_read.is_set()
        query = {
            "filter": json.dumps(FILTER),
            "set_presence": "offline",
            "timeout": "0" if first else str(int(POLL * 1000)),
            "full_state": "true" if first else "false",
        }
        if self._device.since:
            query["since"] = self._device.since
        within = POLL + _MARGIN + (_FIRST_SYNC if first else 0.0)
        try:
            answer = await self._server.call("GET", f"{CLIENT}/sync", query=query, within=within)
        except Refused as refused:
            await self._refused(refused)
            raise
        if not text(answer, "next_batch"):
            raise Garbled("a sync without a token")
        return answer

    async def _refused(self, refused: Refused) -> None:
        if refused.status == _UNAUTHORISED:
            await self._device.forgotten(refused.body)
        elif refused.status == _BAD_REQUEST and self._device.since:
            _log.error("Matrix: the homeserver doesn't know how far we had read: reading anew")
            self._device.since = ""

    # ── Events ──────────────────────────────────────────────────────────────────────────────────

    async def _meet_senders(self, answer: Tree) -> None:
        """Learn the devices of those who wrote: else nobody can be answered, nor staff be believed."""
        joined = table(answer, "rooms", "join").values()
        events = (event for room in joined for event in items(room, "timeline", "events"))
        senders = {text(each, "sender") for each in events if text(each, "type") == "m.room.encrypted"}
        try:
            async with asyncio.timeout(_DEVICES_WITHIN):
                await self._device.sharing.learn(self._device.sharing.unknown(senders))
        except Exception as fault:  # noqa: BLE001 - what they wrote is read all the same
            _log.warning("Matrix: asking for devices failed (%s)", name_of(fault))

    async def _events(self, answer: Tree) -> list[Inbound]:
        found: list[Inbound] = []
        for name, joined in table(answer, "rooms", "join").items():
            found += await self._room(name, table(joined))
        for name, left in table(answer, "rooms", "leave").items():
            found += self._left(name, table(left))
        return found + await self._moved()

    async def _room(self, name: str, joined: Tree) -> list[Inbound]:
        device, now = self._device, self._now()
        known = device.rooms.get(name) is not None or not self.first_read.is_set()
        room = device.rooms.entered(name)
        found = [device.reader.read(room, event, now=now) for event in items(joined, "state", "events")]
        timeline = table(joined, "timeline")
        if known and device.since and timeline.get("limited") is True:
            missed = await self._missed(name, text(timeline, "prev_batch"))
            found += [device.reader.read(room, event, now=now, past=True) for event in missed]
        for event in items(timeline, "events"):
            if not self._before_us(event):
                found.append(device.reader.read(room, event, now=now))
            elif "state_key" in table(event):
                device.reader.read(room, event, now=now)
        room.is_new = False
        return [each for each in found if each is not None]

    async def _missed(self, room: str, newest: str) -> Sequence[Json]:
        """What this sync left out. What can't be had now is a gap, to be written down with its token."""
        since, missed = self._device.since, paging.Missed((), newest)
        if self._pages_given:
            missed = await paging.missed(self._server, room, newest, since, self._sleep)
        if missed.rest:
            self._pages_given = False  # one refusal in a turn is enough: all others have to wait meanwhile
            self._device.gaps.put(Gap(room, missed.rest, since, self._now().isoformat()))
        return missed.events

    def _before_us(self, event: Json) -> bool:
        """Whether it was said before this device was: only a very first sync brings such."""
        at = number(event, "origin_server_ts")
        return (
            not self._device.since and at is not None and at < (self._device.made - _OLD).timestamp() * 1000
        )

    def _left(self, name: str, left: Tree) -> list[Inbound]:
        room = self._device.rooms.left(name)
        if room is None:
            return []
        self._device.sharing.forget(name)
        events = items(left, "timeline", "events") or items(left, "state", "events")
        return [self._device.reader.gone(room, events[-1] if events else None, now=self._now())]

    async def _moved(self) -> list[Inbound]:
        """Rooms that go on elsewhere: as the same only if the new one is no less safe."""
        found: list[Inbound] = []
        for room in self._device.rooms.replaced():
            if room.id not in self._moves:
                self._moves.add(room.id)
                await self._device.joining.invited([room.replacement])
            elif after := self._device.rooms.get(room.replacement):
                found.append(self._move(room, after))
        return found

    def _move(self, room: Room, after: Room) -> Inbound:
        """A conversation goes on elsewhere only with the same person, and as private as it was."""
        rooms, own = self._device.rooms, self._device.settings.user
        rooms.left(room.id)
        private, people = rooms.is_private(room), room.others(own)
        same = not private or (rooms.is_private(after) and after.others(own) <= people)
        event = ChatMoved(after.id) if same and rooms.flaw(after) is None else ChatLeft()
        sender = next(iter(people), room.id)
        return Inbound(NAME, f"{room.id} moved", sender, room.id, private, event, self._now())

    # ── Late keys ───────────────────────────────────────────────────────────────────────────────

    def _opened_by(self, keys: set[tuple[str, str]]) -> list[Inbound]:
        now = self._now()
        # A process may have ended between writing a key down and opening what waited for it.
        waiting = self._device.waiting.of(keys) if self.first_read.is_set() else self._device.waiting.all()
        late = (self._device.reader.open_late(each, now=now) for each in waiting)
        return [each for each in late if each is not None]

    async def _tell_overdue(self) -> None:
        """Look again and again for messages whose key doesn't come, and for devices that are new."""
        tidy = 0.0
        while True:
            await self._sleep(_LOOK)
            await self._device.joining.retry()
            if time.monotonic() - tidy > _TIDY_EVERY:
                tidy = time.monotonic()
                await self._tidy()
            overdue = self._device.waiting.overdue(self._now())
            if self.first_read.is_set() and (overdue or self._device.trust.news()):
                await self._tell(overdue, self._device.trust.news())

    async def _tidy(self) -> None:
        try:
            await self._device.memory.forget_old(KEPT)
        except Exception as fault:  # noqa: BLE001 - an hour later it is tried again
            _log.warning("Matrix: old keys not forgotten (%s)", name_of(fault))

    async def _tell(self, overdue: Sequence[Sealed], news: Sequence[News]) -> None:
        now = self._now()
        # One word a room, or a person: of a hundred messages the reason is one, of fifty devices too.
        first = {each.room: each for each in reversed(overdue)}
        found = [self._device.reader.unreadable(each, now=now) for each in first.values()]
        devices = {(each.user, each.vouched): each for each in reversed(news)}
        found += [device_new(each, now=now) for each in devices.values()]
        await self._hand_over([each for each in found if each is not None])
        for each in overdue:
            self._device.waiting.told(each)
        for device in news:
            self._device.trust.told(device)
        await until_done("writing", self._device.memory.flush, Pauses(self._sleep))

    async def _fill_gaps(self) -> None:
        """Beside the loop: a room of which the homeserver gives nothing must not hold up the others."""
        filling = Filling(self._device, self._hand_over, self._sleep)
        await self.first_read.wait()
        while True:
            await self._sleep(_LOOK)
            await filling.fill()

    # ── Saving ──────────────────────────────────────────────────────────────────────────────────

    async def _hand_over(self, batch: Sequence[Inbound]) -> None:
        async with self._handing:
            for start in range(0, len(batch), BATCH):
                part = batch[start : start + BATCH]
                await until_done("saving updates", partial(self._on_inbound, part), Pauses(self._sleep))

    async def _write(self, token: str) -> None:
        """What must be written before the next sync confirms this one; a token alone has time."""
        memory = self._device.memory
        pressing = memory.changed
        self._device.read_up_to(token)
        self._device.machine.replays.keep()
        now = time.monotonic()
        if memory.changed and (pressing or now - self._written >= _WRITE_AFTER):
            await until_done("writing", memory.flush, self._pauses)
            self._written = now

    def _now(self) -> datetime:
        return self._device.memory.backend.clock.now()


def device_new(news: News, *, now: datetime) -> Inbound:
    """That somebody has a new device, as something that came in: they, or the staff, have to hear of it."""
    name = f"{news.user} {news.device} {news.vouched}"
    return Inbound(NAME, name, news.user, "", private=True, event=DeviceNew(news.vouched), at=now)
