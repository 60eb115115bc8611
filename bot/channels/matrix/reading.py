"""From a room's events, as the homeserver brings them, to what they mean. Never raises: anything may come."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from bot.channels.base import ButtonPressed, ChatJoined, ChatLeft, Inbound, TextSent, Undecryptable
from bot.channels.matrix.machine import Forged, Machine, Unreadable
from bot.channels.matrix.mapping import NAME, Seen, inbound, relation
from bot.channels.matrix.rooms import Room, Rooms
from bot.channels.matrix.shown import Press, Shown
from bot.channels.matrix.tree import Json, Tree, table, text
from bot.channels.matrix.waiting import Sealed, Waiting

_log = logging.getLogger(__name__)

DEVICE = "flaw-device-unsigned"
"""A device that isn't known to be the sender's, or that nobody vouches for."""
IN_CLEAR = "flaw-in-clear"
"""A message that came unencrypted into an encrypted room: the homeserver itself could have written it."""


class Reader:
    """Reads events one by one, in order."""

    def __init__(self, own: str, machine: Machine, rooms: Rooms, shown: Shown, waiting: Waiting) -> None:
        self._own = own
        self._machine = machine
        self._rooms = rooms
        self._shown = shown
        self._waiting = waiting

    def read(self, room: Room, event: Json, *, now: datetime, past: bool = False) -> Inbound | None:
        """What an event means; None where it means nothing. `past`: the room's state is newer than it."""
        if not isinstance(event, dict) or not text(event, "event_id") or not text(event, "sender"):
            return None
        try:
            if "state_key" in event:
                return None if past else self._state(room, event, now)
            return self._message(room, event, now) if text(event, "sender") != self._own else None
        except Exception as fault:  # noqa: BLE001 - whatever somebody sent, the next event must be read
            _log.error("Matrix: an event could not be read (%s), passed over", type(fault).__name__)
            return None

    def open_late(self, sealed: Sealed, *, now: datetime) -> Inbound | None:
        """A message that waited for its key, which may have come."""
        room = self._rooms.get(sealed.room)
        return self.read(room, sealed.event, now=now) if room else None

    def unreadable(self, sealed: Sealed, *, now: datetime) -> Inbound | None:
        """That a message can't be read, as something that came in: its sender has to be told."""
        room = self._rooms.get(sealed.room)
        if room is None:
            return None
        found = _plainly(room, sealed.event, now, private=self._rooms.is_private(room))
        return replace(found, id=f"{found.id} unreadable", event=Undecryptable())

    def gone(self, room: Room, event: Json, *, now: datetime) -> Inbound:
        """We were put out of a room, or left it: `event` is the last that we heard of it."""
        private = self._rooms.is_private(room)
        person = next(iter(room.others(self._own)), "") if private else ""
        sender = person or text(event, "sender") or self._own
        name = text(event, "event_id") or f"{room.id} {now.isoformat()}"
        return Inbound(NAME, name, sender, room.id, private, ChatLeft(), now)

    # ── One event ───────────────────────────────────────────────────────────────────────────────

    def _state(self, room: Room, event: Tree, now: datetime) -> Inbound | None:
        """State says nothing to anybody, but that the one person of a private room went or came back.

        That they are in a room into which we came just now is no news.
        """
        person = text(event, "state_key")
        before = person in room.joined
        room.take(event)
        if text(event, "type") != "m.room.member" or person == self._own:
            return None
        after = person in room.joined
        if before == after or not self._rooms.is_private(room) or (after and room.is_new):
            return None
        name = text(event, "event_id")
        return Inbound(NAME, name, person, room.id, True, ChatJoined() if after else ChatLeft(), now)  # noqa: FBT003

    def _message(self, room: Room, event: Tree, now: datetime) -> Inbound | None:
        match text(event, "type"):
            case "m.room.encrypted":
                return self._encrypted(room, event, now)
            case "m.reaction":
                return self._reaction(room, event, now)
            case "m.room.redaction":
                self._shown.forget(text(event, "redacts") or text(event, "content", "redacts"))
                return None
            case kind:
                flaw = IN_CLEAR if room.encrypted else self._rooms.flaw(room)
                return self._seen(room, event, now, kind=kind, content=table(event, "content"), flaw=flaw)

    def _encrypted(self, room: Room, event: Tree, now: datetime) -> Inbound | None:
        try:
            opened = self._machine.open(room.id, event)
        except Unreadable:
            self._waiting.put(room.id, event, now=now)
            return None
        except Forged as fault:
            _log.warning("Matrix: a message was not believed: %s", fault)
            return None
        self._waiting.opened(text(event, "event_id"))
        content = opened.content
        outside = table(event, "content", "m.relates_to")
        if outside and "m.relates_to" not in content:
            content = {**content, "m.relates_to": outside}
        known = self._machine.may_command(text(event, "sender"), opened.device_key)
        flaw = self._rooms.flaw(room) if known else DEVICE
        return self._seen(room, event, now, kind=opened.kind, content=content, flaw=flaw)

    def _seen(
        self, room: Room, event: Tree, now: datetime, *, kind: str, content: Tree, flaw: str | None
    ) -> Inbound | None:
        private = self._rooms.is_private(room)
        seen = Seen(room.id, private, text(event, "event_id"), text(event, "sender"), kind, content, flaw)
        found = inbound(seen, now=now)
        if found is None or not isinstance(found.event, TextSent) or found.event.files:
            return found
        press = self._shown.pressed(
            room.id,
            found.event.body,
            reply_to=found.reply_to,
            thread=seen.relation.thread,
            private=private,
        )
        return _pressed(found, press) if press else found

    def _reaction(self, room: Room, event: Tree, now: datetime) -> Inbound | None:
        about = table(event, "content", "m.relates_to")
        press = self._shown.acknowledged(text(about, "event_id"), text(about, "key"))
        found = _plainly(room, event, now, private=self._rooms.is_private(room))
        return _pressed(found, press) if press else None


def _plainly(room: Room, event: Tree, now: datetime, *, private: bool) -> Inbound:
    """Who sent something, and where."""
    name, about = text(event, "event_id"), relation(table(event, "content"))
    return Inbound(
        NAME,
        name,
        text(event, "sender"),
        room.id,
        private,
        TextSent(""),
        now,
        message=name,
        reply_to=about.reply_to,
    )


def _pressed(found: Inbound, press: Press) -> Inbound:
    return replace(found, event=ButtonPressed(press.data), message=press.message, reply_to=None)
