"""A whole hotline in one process, on a real database, with people at its messengers and time that jumps.

Nothing here waits: `passes` moves the clock from one due moment to the next and lets everything happen
that a real hotline would have done by then, deliveries included.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend.cases import reporting
from backend.clock import StoppedClock
from backend.config import BackendSettings
from backend.liveness.vitals import Vitals
from backend.outbox import Json
from backend.people import reporters, staff
from backend.people.roles import Role
from bot import demo
from bot.channels.base import (
    Button,
    ButtonPressed,
    ChannelEvent,
    ChatLeft,
    Edit,
    Inbound,
    Limits,
    Remove,
    Say,
    Temporary,
    TextSent,
)
from bot.hotline import Hotline, put_together
from tests.backend.messenger import UNHURRIED, Messenger
from tests.backend.world import TEXTS, new_backend

NOON = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
"""A Wednesday, noon in Moscow, where the scene plays unless it says otherwise."""
ACCOUNTS: dict[str, dict[str, Json]] = {
    "urgent": {"acts": ["detention"], "timing": "ongoing", "account": "they came"},
    "high": {"acts": ["threat"], "timing": "ongoing", "account": "they call"},
    "normal": {"acts": ["threat"], "timing": "past", "account": "they called"},
}
DAYS = {"days": "daily", "from": "09:00", "to": "21:00", "primary": "anna"}
NIGHTS = {"days": "daily", "from": "21:00", "to": "09:00", "primary": "boris"}
RELAY = {"weekly": [DAYS, NIGHTS]}
"""A rota in which anna has the days and boris the nights."""


@dataclass
class Heard:
    """A message as it stands in a chat now."""

    id: str
    text: str
    buttons: tuple[Button, ...]


@dataclass
class Person:
    """Somebody at a messenger, with all that stands in their chat; `private` is False for the room."""

    scene: Scene
    name: str
    channel: str = "telegram"
    private: bool = True
    read: int = 0
    language: str = "en"

    @property
    def chat(self) -> str:
        """The messenger's id of the chat."""
        return f"chat-{self.name}"

    @property
    def messages(self) -> list[Heard]:
        """Everything that stands in the chat, in the order of arrival."""
        return self.scene.standing(self.channel, self.chat)

    def new(self) -> list[str]:
        """What arrived since the last look."""
        messages = self.scene.arrived(self.channel, self.chat)
        fresh, self.read = messages[self.read :], len(messages)
        return fresh

    def hears(self, *fragments: str) -> str:
        """Exactly one of the messages that arrived since the last look has all the fragments; that one."""
        fresh = self.new()
        found = [text for text in fresh if all(each.casefold() in text.casefold() for each in fragments)]
        assert len(found) == 1, f"{self.name} should hear {fragments} once; heard {fresh}"
        return found[0]

    def hears_nothing(self) -> None:
        """Nothing arrived since the last look."""
        fresh = self.new()
        assert fresh == [], f"{self.name} should hear nothing; heard {fresh}"

    def hears_nothing_of(self, *fragments: str) -> None:
        """None of the messages that arrived since the last look has any of the fragments."""
        fresh = self.new()
        found = [text for text in fresh if any(each.casefold() in text.casefold() for each in fragments)]
        assert found == [], f"{self.name} should hear nothing of {fragments}; heard {found}"

    async def says(self, text: str, *, in_room: Person | None = None) -> None:
        """Type something, in private or in the room."""
        await self.scene.comes_in(self, TextSent(text), in_room=in_room)

    async def blocks_the_hotline(self) -> None:
        """Nothing can be written to them there any more."""
        await self.scene.comes_in(self, ChatLeft())

    async def presses(self, label: str, *, in_room: Person | None = None) -> None:
        """Press the newest button of this label in the chat (or the room)."""
        chat = in_room or self
        pairs = [(each, button) for each in reversed(chat.messages) for button in each.buttons]
        found = next((pair for pair in pairs if pair[1].label == label), None)
        assert found, f"no button {label!r} for {self.name}"
        message, button = found
        await self.scene.comes_in(self, ButtonPressed(button.data), in_room=in_room, message=message.id)


@dataclass
class Scene:
    """The hotline and its people. English, so that the promises read as they are told."""

    hotline: Hotline
    clock: StoppedClock
    messengers: dict[str, Messenger]
    delivering: asyncio.Task[None]
    people: dict[str, Person] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    # ── People ──────────────────────────────────────────────────────────────────────────────────

    async def officer(self, name: str, language: str = "en") -> Person:
        """Somebody on the staff."""
        return await self._staff(name, "officer", language)

    async def coordinator(self, name: str, language: str = "en") -> Person:
        """Somebody who coordinates."""
        return await self._staff(name, "coordinator", language)

    async def _staff(self, name: str, role: Role, language: str = "en") -> Person:
        async with self.hotline.backend.work() as work:
            code = await staff.invite(work, role, name)
            await work.session.flush()
            chat = f"chat-{name}"
            await staff.join(work, code, channel="telegram", sender=name, chat=chat, language=language)
        return self._enter(Person(self, name, language=language))

    async def linked(self, person: Person, channel: str) -> Person:
        """The same officer on another messenger."""
        async with self.hotline.backend.work() as work:
            known = await staff.named(work, person.name)
            code = await staff.link_code(work, known)
            await work.session.flush()
            chat = f"chat-{person.name}"
            await staff.join(work, code, channel=channel, sender=person.name, chat=chat, language="en")
        return Person(self, person.name, channel)

    async def room(self, coordinator: Person) -> Person:
        """The staff room, bound as a coordinator binds it."""
        room = self._enter(Person(self, "room", private=False))
        await coordinator.says("/bind staff", in_room=room)
        room.new()
        return room

    def _enter(self, person: Person) -> Person:
        self.people[person.name] = person
        return person

    async def report(self, severity: str, name: str = "defender") -> str:
        """A defender's report of this severity; returns the case's reference."""
        self.people.setdefault(name, Person(self, name))
        async with self.hotline.backend.work() as work:
            found = await reporters.find(work, [("telegram", name)])
            known = found.get(("telegram", name)) or reporters.make(
                work, channel="telegram", sender=name, chat=f"chat-{name}", language="en"
            )
            await work.session.flush()
            opened = await reporting.open_case(work, known.reporter, ACCOUNTS[severity], files=())
        if not self.delivering.done():
            await self.settled()
        return opened.case.reference

    # ── Time ────────────────────────────────────────────────────────────────────────────────────

    async def passes(self, **span: float) -> None:
        """So much time (`minutes=5`), with all that falls due on the way, each at its moment."""
        await demo.advance(self.hotline, self.clock, timedelta(**span))
        await self.hotline.schedule.beat()
        await self.settled()

    async def sleeps(self, **span: float) -> None:
        """So much time in which the hotline doesn't run at all; then it is started."""
        self.clock.advance(timedelta(**span))
        self.hotline.backend.vitals = Vitals()
        await self.passes(seconds=0)

    async def clock_is_set(self, **span: float) -> None:
        """The machine's clock is put forward or (less than nothing) back, while the hotline runs."""
        self.clock.advance(timedelta(**span))
        await self.passes(seconds=0)

    async def decides(self, **span: float) -> None:
        """So much time, and what is decided at its end; nothing of it leaves yet."""
        await self.nothing_leaves()
        self.clock.advance(timedelta(**span))
        await self.hotline.schedule.escalate()

    async def nothing_leaves(self) -> None:
        """Delivery stands still."""
        self.delivering.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.delivering

    async def goes_on(self) -> None:
        """Delivery works again."""
        self.delivering = asyncio.create_task(self.hotline.outbound.run())
        await self.settled()

    async def settled(self) -> None:
        """Everything that is due has been sent."""
        self.hotline.outbound.wake()
        await asyncio.wait_for(self.hotline.outbound.settle_all(), 60)

    def nobody_hears_anything(self) -> None:
        """No chat has anything new."""
        for person in self.people.values():
            person.hears_nothing()

    def everybody_has_read(self) -> None:
        """What came so far doesn't matter to the promise."""
        for person in self.people.values():
            person.new()

    # ── Messengers ──────────────────────────────────────────────────────────────────────────────

    def falls_silent(self, person: Person) -> None:
        """The person's messenger takes nothing for them, and doesn't say why."""
        self.messengers[person.channel].refuses[person.chat] = Temporary("no answer")

    def speaks_again(self, person: Person) -> None:
        """It takes what comes next."""
        del self.messengers[person.channel].refuses[person.chat]

    async def comes_in(
        self,
        person: Person,
        event: ChannelEvent,
        *,
        in_room: Person | None = None,
        message: str | None = None,
        reply_to: str | None = None,
    ) -> None:
        """Something that a person did, taken in as a messenger hands it over."""
        chat = in_room or person
        number = str(next(self._numbers))
        inbound = Inbound(
            person.channel,
            f"in-{number}",
            person.name,
            chat.chat,
            chat.private,
            event,
            self.clock.now(),
            message=message or f"in-{number}",
            reply_to=reply_to,
            language=person.language,
        )
        await self.hotline.reception.receive([inbound])
        if not self.delivering.done():
            await self.settled()

    def arrived(self, channel: str, chat: str) -> list[str]:
        """The words of every message that was ever sent to a chat, as they were then."""
        sent = self.messengers[channel].sent
        return [each.text for each in sent if isinstance(each, Say) and each.chat == chat]

    def standing(self, channel: str, chat: str) -> list[Heard]:
        """What stands in a chat, after all edits and removals."""
        standing: dict[str, Heard] = {}
        for number, each in enumerate(self.messengers[channel].sent, start=1):
            if each.chat != chat:
                continue
            match each:
                case Say(text=text, buttons=buttons):
                    standing[str(number)] = Heard(str(number), text, _flat(buttons))
                case Edit(message=message, text=text, buttons=buttons):
                    standing[message] = Heard(message, text, _flat(buttons))
                case Remove(message=message):
                    standing.pop(message, None)
                case _:
                    pass
        return list(standing.values())


def _flat(rows: Sequence[Sequence[Button]]) -> tuple[Button, ...]:
    return tuple(button for row in rows for button in row)


def settings(**sections: object) -> BackendSettings:
    """The defaults, in English, with these sections of the configuration instead."""
    given: dict[str, object] = {"centre": {"languages": ["en", "ru"]}, **sections}
    return BackendSettings.model_validate(given)


@contextlib.asynccontextmanager
async def playing(
    database_url: str,
    folder: Path,
    configured: BackendSettings,
    *,
    at: datetime = NOON,
    limits: Limits = UNHURRIED,
) -> AsyncIterator[Scene]:
    """A scene on a database that has its tables; it ends as a hotline that is stopped."""
    clock = StoppedClock(at)
    backend = new_backend(database_url, folder, clock, settings=configured)
    messengers = {name: Messenger(name, limits) for name in ("telegram", "matrix")}
    hotline = put_together(backend, list(messengers.values()), TEXTS)
    scene = Scene(hotline, clock, messengers, asyncio.create_task(hotline.outbound.run()))
    try:
        yield scene
    finally:
        await scene.nothing_leaves()
        await backend.database.close()
