"""A staff room whose messenger keeps count, and time that passes for everything at once, second by second."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend import elsewhere
from backend.surge import digests
from backend.work import Backend
from bot.channels.base import Edit, Limits, Outgoing, Permanent, Receipt, Say, Throttled
from bot.outbound import Delivery
from bot.pace import Pace
from tests.backend.messenger import Messenger
from tests.backend.world import TEXTS, World

ROOM = "chat-room"
SECOND = timedelta(seconds=1)


@dataclass
class Counting(Messenger):
    """A messenger that notes when it was handed what, and refuses a chat's message too many."""

    limits: Limits = field(default_factory=Limits)
    now: float = 1000.0
    times: list[float] = field(default_factory=list)
    refused: int = 0
    deleted: set[str] = field(default_factory=set)
    """Messages that somebody took away."""

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Take it, unless it is one too many."""
        if isinstance(outgoing, Say) and self._within_a_minute(outgoing.chat) >= self.limits.per_group_minute:
            self.refused += 1
            raise Throttled(5)
        if isinstance(outgoing, Edit) and outgoing.message in self.deleted:
            raise Permanent("message to edit not found")
        receipt = await super().send(outgoing)
        self.times.append(self.now)
        return receipt

    def _within_a_minute(self, chat: str) -> int:
        return sum(isinstance(each, Say) and at > self.now - 60 for at, each in self.in_chat(chat))

    def in_chat(self, chat: str) -> list[tuple[float, Outgoing]]:
        """What a chat was told, with the time."""
        return [(at, each) for at, each in zip(self.times, self.sent, strict=True) if each.chat == chat]

    def edits(self, chat: str = ROOM) -> list[tuple[float, Edit]]:
        """What was edited in a chat, with the time."""
        return [(at, each) for at, each in self.in_chat(chat) if isinstance(each, Edit)]

    def says(self, chat: str = ROOM) -> list[tuple[float, Say]]:
        """What was newly said in a chat, with the time."""
        return [(at, each) for at, each in self.in_chat(chat) if isinstance(each, Say)]

    def digest(self, chat: str = ROOM) -> Say | Edit:
        """The digest as it stands in the chat now."""
        messages = [each for _, each in self.in_chat(chat) if isinstance(each, Say | Edit)]
        return [each for each in messages if is_digest(each)][-1]


def is_digest(message: Outgoing) -> bool:
    """Whether a message is a digest, and not a notice of one case."""
    return isinstance(message, Say | Edit) and any(
        word in message.text for word in ("сводк", "Стало спокойнее", "digest", "calmer")
    )


class Stepping(Delivery):
    """Delivery that goes on only when it is told to."""

    async def step(self) -> None:
        """Send whatever may go at this moment."""
        while True:
            self.wake()
            await self._turn_or_pause()
            if not (self._under_way or self._ended):
                return
            await asyncio.gather(*self._under_way)


@dataclass
class Surging:
    """A hotline whose clocks all move together."""

    world: World
    messengers: tuple[Counting, ...]
    deliveries: list[Stepping] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to deliver."""
        self.restart()

    @property
    def room(self) -> Counting:
        """The first messenger, on which the room is."""
        return self.messengers[0]

    @property
    def limits(self) -> dict[str, float]:
        """What the schedule tells of them."""
        return {each.name: each.limits.per_group_minute for each in self.messengers}

    def restart(self) -> None:
        """Another process takes over: nothing is known but what the database holds."""
        self.deliveries = [self._delivery(each) for each in self.messengers]

    def _delivery(self, messenger: Counting) -> Stepping:
        pace = Pace(messenger.limits, clock=lambda: messenger.now)
        return Stepping(self.world.backend, messenger, TEXTS, pace=pace)

    async def tick(self, backend: Backend | None = None) -> None:
        """What the schedule does each second."""
        async with (backend or self.world.backend).work() as work:
            await digests.look(work, self.limits)
            await elsewhere.look(work, self.limits)

    async def send(self) -> None:
        """Whatever may go now."""
        for delivery in self.deliveries:
            await delivery.step()

    async def passes(self, seconds: int) -> None:
        """So many seconds, each with a tick and a turn of delivery."""
        for _ in range(seconds):
            self.world.clock.advance(SECOND)
            for messenger in self.messengers:
                messenger.now += 1
            await self.tick()
            await self.send()

    def to(self, moment: datetime) -> None:
        """Move the clock without anything happening."""
        self.world.clock.advance(moment - self.world.clock.now())
