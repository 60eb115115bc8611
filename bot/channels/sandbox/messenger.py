"""The sandbox itself: three people, four chats, their messages and files, all in memory."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from backend.clock import Clock
from bot.channels.base import Button, ChannelEvent, FileKind, Inbound, RemoteFile
from bot.channels.sandbox.journal import Journal, Json

NAME = "sandbox"
HOTLINE = "hotline"
ROOM = "room"
PEOPLE = ("reporter", "officer", "coordinator")
CHATS: Mapping[str, tuple[str, ...]] = {
    "reporter": ("reporter",),
    "officer": ("officer",),
    "coordinator": ("coordinator",),
    ROOM: ("officer", "coordinator"),
}
"""Who is in which chat besides the hotline; a private chat has its person's id, as on Telegram."""


class NoSuchThing(Exception):
    """A chat, member, message or file that the sandbox doesn't have."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file at the messenger, whoever sent it."""

    id: str
    name: str
    kind: FileKind
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """`id` counts up within the chat; `author` is a person or the hotline."""

    id: int
    author: str
    text: str
    at: datetime
    buttons: tuple[tuple[Button, ...], ...] = ()
    files: tuple[StoredFile, ...] = ()
    location: tuple[float, float] | None = None
    reply_to: int | None = None
    edited: bool = False

    def wire(self) -> Mapping[str, Json]:
        """As the page reads it; `at` in milliseconds since 1970."""
        return {
            "id": self.id,
            "author": self.author,
            "text": self.text,
            "at": milliseconds(self.at),
            "buttons": [[{"label": it.label, "data": it.data} for it in row] for row in self.buttons],
            "files": [
                {"id": it.id, "name": it.name, "kind": it.kind, "mime": it.mime, "size": len(it.content)}
                for it in self.files
            ],
            "location": self.location,
            "reply_to": self.reply_to,
            "edited": self.edited,
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """What is about to become a message."""

    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    files: tuple[StoredFile, ...] = ()
    location: tuple[float, float] | None = None
    reply_to: int | None = None


@dataclass(slots=True)
class Chat:
    """`commands` is the menu: (name without slash, description)."""

    messages: dict[int, Message] = field(default_factory=dict)
    commands: tuple[tuple[str, str], ...] = ()
    last: int = 0


class Sandbox:
    """Everything that the page shows, and what people did that the hotline hasn't confirmed yet."""

    def __init__(self, clock: Clock) -> None:
        self.journal = Journal()
        self._clock = clock
        self._chats = {name: Chat() for name in CHATS}
        self._files: dict[str, StoredFile] = {}
        self._inbound: deque[Inbound] = deque()
        self._arrived = asyncio.Event()

    def now(self) -> datetime:
        """The demo's time."""
        return self._clock.now()

    def post(self, chat: str, author: str, draft: Draft) -> Message:
        """A new message at the end of the chat; a reply to what isn't there loses its quotation."""
        place = self._chat(chat)
        quoted = draft.reply_to if draft.reply_to in place.messages else None
        place.last += 1
        message = Message(
            id=place.last,
            author=author,
            text=draft.text,
            at=self.now(),
            buttons=draft.buttons,
            files=draft.files,
            location=draft.location,
            reply_to=quoted,
        )
        self._show(chat, message)
        return message

    def edit(self, chat: str, message: str, text: str, *, buttons: tuple[tuple[Button, ...], ...]) -> None:
        """Text and buttons replaced; nothing is shown where nothing changes. Raises `NoSuchThing`."""
        before = self.message(chat, message)
        edited = before.edited or before.text != text
        after = replace(before, text=text, buttons=buttons, edited=edited)
        if after != before:
            self._show(chat, after)

    def remove(self, chat: str, message: str) -> None:
        """Gone for everybody; already gone is fine."""
        place = self._chat(chat)
        if message.isdigit() and int(message) in place.messages:
            del place.messages[int(message)]
            self.journal.add({"type": "removed", "chat": chat, "message": int(message)})

    def offer(self, chat: str, commands: tuple[tuple[str, str], ...]) -> None:
        """The chat's menu from now on."""
        self._chat(chat).commands = commands
        self.journal.add({"type": "menu", "chat": chat, "commands": commands})

    def message(self, chat: str, message: str) -> Message:
        """Raises `NoSuchThing`."""
        found = self._chat(chat).messages.get(int(message)) if message.isdigit() else None
        if found is None:
            raise NoSuchThing
        return found

    def keep(self, content: bytes, name: str, *, kind: FileKind, mime: str) -> StoredFile:
        """Held for as long as the demo runs, under an id that can't be guessed."""
        stored = StoredFile(secrets.token_urlsafe(12), name, kind, mime, content)
        self._files[stored.id] = stored
        return stored

    def file(self, ref: str) -> StoredFile:
        """Raises `NoSuchThing`."""
        if ref not in self._files:
            raise NoSuchThing
        return self._files[ref]

    def say(self, chat: str, person: str, *, draft: Draft, event: ChannelEvent, language: str | None) -> None:
        """A person's message, shown at once and handed to the hotline. Raises `NoSuchThing`."""
        self._admit(chat, person)
        message = self.post(chat, person, draft)
        self._hand_over(chat, person, event=event, message=message, language=language)

    def press(
        self, chat: str, person: str, *, message: str, event: ChannelEvent, language: str | None
    ) -> None:
        """A button under a message; whether the message still has it is for the hotline to judge."""
        self._admit(chat, person)
        pressed = self.message(chat, message)
        self._hand_over(chat, person, event=event, message=pressed, language=language)

    async def unconfirmed(self) -> Sequence[Inbound]:
        """What people did, oldest first; waits until there is something."""
        while not self._inbound:
            self._arrived.clear()
            await self._arrived.wait()
        return tuple(self._inbound)

    def confirm(self, count: int) -> None:
        """The oldest `count` are committed and needn't be handed over again."""
        for _ in range(count):
            self._inbound.popleft()

    def wire(self) -> Mapping[str, Json]:
        """All chats as the page reads them."""
        return {
            name: {
                "commands": chat.commands,
                "messages": [chat.messages[number].wire() for number in sorted(chat.messages)],
            }
            for name, chat in self._chats.items()
        }

    def _chat(self, name: str) -> Chat:
        if name not in self._chats:
            raise NoSuchThing
        return self._chats[name]

    def _admit(self, chat: str, person: str) -> None:
        if person not in CHATS.get(chat, ()):
            raise NoSuchThing

    def _show(self, chat: str, message: Message) -> None:
        self._chat(chat).messages[message.id] = message
        self.journal.add({"type": "message", "chat": chat, "message": message.wire()})

    def _hand_over(
        self, chat: str, person: str, *, event: ChannelEvent, message: Message, language: str | None
    ) -> None:
        inbound = Inbound(
            channel=NAME,
            id=secrets.token_hex(12),
            sender=person,
            chat=chat,
            private=chat != ROOM,
            event=event,
            at=self.now(),
            message=str(message.id),
            reply_to=None if message.reply_to is None else str(message.reply_to),
            language=language,
        )
        self._inbound.append(inbound)
        self._arrived.set()


def milliseconds(at: datetime) -> int:
    """Since 1970, as JavaScript counts."""
    return round(at.timestamp() * 1000)


def as_remote(files: Sequence[StoredFile], album: str | None) -> tuple[RemoteFile, ...]:
    """The hotline's view of files that a person sent."""
    return tuple(
        RemoteFile(ref=it.id, kind=it.kind, name=it.name, mime=it.mime, size=len(it.content), album=album)
        for it in files
    )
