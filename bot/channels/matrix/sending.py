"""What the hotline says, as encrypted events. Raises as calls do; `faults` reads that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace

from bot.channels.base import (
    Button,
    Edit,
    Gone,
    Leave,
    Menu,
    Outgoing,
    Permanent,
    Receipt,
    Remove,
    Say,
    Temporary,
)
from bot.channels.matrix import files, leaving
from bot.channels.matrix.device import Device
from bot.channels.matrix.homeserver import Garbled, Refused, place
from bot.channels.matrix.rooms import Room
from bot.channels.matrix.shown import numbered
from bot.channels.matrix.tree import Json, Tree, items, text

_NOT_FOUND, _FORBIDDEN = 404, "M_FORBIDDEN"

Rows = tuple[tuple[Button, ...], ...]

AllColleagues = Callable[[Collection[str]], Awaitable[bool]]
"""Whether all people of these Matrix ids work cases."""


class Sending:
    """Sends as one device. `upload` is how many seconds storing a file may take."""

    def __init__(self, device: Device, all_colleagues: AllColleagues, *, upload: float) -> None:
        self._device = device
        self._all_colleagues = all_colleagues
        self._upload = upload

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        """Hand `outgoing` to the homeserver."""
        match outgoing:
            case Say():
                return await self._say(outgoing)
            case Edit():
                return await self._edit(outgoing)
            case Remove():
                return await self._remove(outgoing)
            case Menu():
                return Receipt()
            case Leave():
                return await self._leave(outgoing)

    # ── Saying ──────────────────────────────────────────────────────────────────────────────────

    async def _say(self, say: Say) -> Receipt:
        room = await self._room(say.chat)
        self._refuse_where_unsafe(room, say)
        if say.otherwise is not None and not await self._among_colleagues(room):
            say = replace(say, text=say.otherwise)
        if say.location is not None:
            content = _located(say.location, numbered(say.text, say.buttons))
        elif say.file is not None:
            content = await files.stored(self._device.server, say.file, say.text, within=self._upload)
        else:
            content = _words(numbered(say.text, say.buttons))
        thread = say.thread or ""
        if about := _about(say.reply_to, thread):
            content["m.relates_to"] = about
        message = await self._send(room, content, say.tx)
        await self._note(room, message, say.buttons, thread)
        return Receipt(message)

    async def _edit(self, edit: Edit) -> Receipt:
        """A new event that replaces the old one's content; clients show it in its place."""
        room, words = await self._room(edit.chat), numbered(edit.text, edit.buttons)
        content = _words(f"* {words}")
        content["m.new_content"] = _words(words)
        content["m.relates_to"] = {"rel_type": "m.replace", "event_id": edit.message}
        await self._send(room, content, edit.tx)
        await self._note(room, edit.message, edit.buttons, self._device.shown.thread_of(edit.message))
        return Receipt(edit.message)

    async def _remove(self, remove: Remove) -> Receipt:
        path = place("rooms", remove.chat, "redact", remove.message, remove.tx)
        try:
            await self._device.server.call("PUT", path, {})
        except Refused as refused:
            if refused.code == _FORBIDDEN:
                return Receipt(remove.message, kept=remove.chat in self._device.rooms)
            if refused.status != _NOT_FOUND:
                raise
        self._device.shown.forget(remove.message)
        return Receipt(remove.message)

    async def _leave(self, leave: Leave) -> Receipt:
        if leave.chat in self._device.rooms and leave.text:
            await leaving.last_word(self._say(Say(leave.chat, leave.text, leave.tx, private=True)))
        for room in (leave.chat, *self._device.rooms.others_with_same(leave.chat)):
            await leaving.leave(self._device, room)
        return Receipt()

    async def _note(self, room: Room, message: str, buttons: Rows, thread: str) -> None:
        """Which buttons stand where, before anybody can answer with a number."""
        self._device.shown.note(room.id, message, buttons, thread=thread)
        if self._device.memory.changed and buttons:
            await self._device.memory.flush()

    # ── One event ───────────────────────────────────────────────────────────────────────────────

    async def _room(self, chat: str) -> Room:
        """The room. One that we are in without having read of it yet will be known with the next sync."""
        room = self._device.rooms.get(chat)
        if room is not None:
            return room
        if chat in items(await self._device.server.call("GET", place("joined_rooms")), "joined_rooms"):
            raise Temporary("a room not read yet")
        raise Gone("not in the room")

    def _refuse_where_unsafe(self, room: Room, say: Say) -> None:
        """Somebody else may have come into a private room since, and one for SOS alone isn't encrypted."""
        own = self._device.settings.user
        if say.private and not room.is_private(own):
            raise Gone("others are in the room")
        if say.private and room.joined <= {own}:
            raise Gone("nobody is in the room")
        if say.sealed and not room.encrypted:
            raise Permanent("the room is not encrypted")

    async def _among_colleagues(self, room: Room) -> bool:
        """Whether all who can read here work cases, and nobody else can come in unasked."""
        own = self._device.settings.user
        return room.flaw(own) is None and await self._all_colleagues(room.others(own))

    async def _send(self, room: Room, content: Mapping[str, Json], tx: str) -> str:
        """The new event's id. The same `tx` twice is one event."""
        kind, body = "m.room.message", content
        if room.encrypted:
            readers = room.joined | {self._device.settings.user}
            body = await self._device.sharing.encrypted(room.id, kind, content, readers=readers)
            kind = "m.room.encrypted"
        path = place("rooms", room.id, "send", kind, tx)
        found = text(await self._device.server.call("PUT", path, body), "event_id")
        if not found:
            raise Garbled("no event id")
        return found


def _words(words: str) -> dict[str, Json]:
    return {"msgtype": "m.text", "body": words}


def _located(place: tuple[float, float], words: str) -> dict[str, Json]:
    uri = f"geo:{place[0]:.6f},{place[1]:.6f}"
    return {"msgtype": "m.location", "body": words or uri, "geo_uri": uri}


def _about(reply_to: str | None, thread: str) -> Tree:
    answered: Tree = {"m.in_reply_to": {"event_id": reply_to or thread}} if reply_to or thread else {}
    if not thread:
        return answered
    return {"rel_type": "m.thread", "event_id": thread, "is_falling_back": reply_to is None, **answered}


def not_connected() -> Temporary:
    """What a send comes to while nobody is logged in."""
    return Temporary("not connected")
