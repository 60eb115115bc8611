"""A reporter's chat to test on: what stands in it, as the person sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from backend.people import posted
from backend.retention import vanish
from backend.retention.settings import PrivacySettings
from bot.channels.base import (
    ChannelEvent,
    Edit,
    Inbound,
    Limits,
    Outgoing,
    Receipt,
    Remove,
    Say,
    TextSent,
)
from bot.inbound import Reception
from tests.backend.messenger import UNHURRIED, Messenger, all_sent, delivering
from tests.backend.world import TEXTS, World

TELEGRAM: Limits = replace(UNHURRIED, removes=100, removes_within=timedelta(hours=48))
HOUR = timedelta(hours=1)


@dataclass
class Removing(Messenger):
    """A messenger in whose chats one can look. `keeps` are messages that it won't take back."""

    limits: Limits = TELEGRAM
    standing: dict[str, list[str]] = field(default_factory=dict)
    keeps: set[str] = field(default_factory=set)
    calls: list[Remove] = field(default_factory=list)

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Take it, and show it or take it off."""
        receipt = await super().send(outgoing)
        chat = self.standing.setdefault(outgoing.chat, [])
        match outgoing:
            case Say(text=text):
                receipt = Receipt(f"b{receipt.message}")
                chat.append(f"{receipt.message}:{text}")
            case Edit():
                receipt = Receipt(outgoing.message)
            case Remove(message=message, more=more):
                self.calls.append(outgoing)
                gone = {message, *more} - self.keeps
                chat[:] = [each for each in chat if each.partition(":")[0] not in gone]
                receipt = Receipt(message, kept=bool({message, *more} & self.keeps))
        return receipt


@dataclass
class Chat:
    """One reporter's private chat. `world` has no people but those whom a test adds."""

    world: World
    vanish: timedelta | None = HOUR
    sender: str = "reporter"
    messenger: Removing = field(default_factory=Removing)
    number: int = 0

    def __post_init__(self) -> None:
        privacy = PrivacySettings(vanish=self.vanish)
        self.world.backend.settings = self.world.backend.settings.model_copy(update={"privacy": privacy})

    @property
    def chat(self) -> str:
        """The messenger's id of it."""
        return f"chat-{self.sender}"

    def inbound(self, event: ChannelEvent, *, message: str = "", ago: timedelta = timedelta(0)) -> Inbound:
        """Something that the person does; it stands in the chat unless it names another message."""
        self.number += 1
        own = message or f"m{self.number}-{self.sender}"
        if not message:
            said = event.body if isinstance(event, TextSent) else type(event).__name__
            self.messenger.standing.setdefault(self.chat, []).append(f"{own}:{said}")
        at = self.world.clock.now() - ago
        return Inbound(
            "telegram", f"{self.sender}{self.number}", self.sender, self.chat, private=True,
            event=event, at=at, message=own, language="en",
        )  # fmt: skip

    async def take(self, batch: Sequence[Inbound]) -> None:
        """It comes in, and nothing is delivered yet."""
        async with delivering(self.world, self.messenger) as outbound:
            reception = Reception(self.world.backend, TEXTS, outbound)
        await reception.receive(batch)

    async def says(self, *events: str | ChannelEvent) -> None:
        """The person says this, one after the other, and everything is answered."""
        for event in events:
            await self.take([self.inbound(TextSent(event) if isinstance(event, str) else event)])
            await self.deliver()

    async def deliver(self) -> None:
        """Whatever is due is handed over."""
        async with delivering(self.world, self.messenger) as outbound:
            await all_sent(outbound)

    async def tick(self) -> None:
        """What is due by now is done, as the schedule does it, and handed over."""
        async with self.world.backend.looking() as work:
            due = await vanish.anything_due(work)
        if due:
            async with self.world.backend.work() as work:
                await vanish.run_due(work)
        async with self.world.backend.work() as work:
            await vanish.heed_age(work)
            await vanish.forget_strays(work)
            await posted.forget_old(work)
        await self.deliver()

    async def passes(self, span: timedelta) -> None:
        """Time, and a tick at its end."""
        self.world.clock.advance(span)
        await self.tick()

    def shows(self) -> list[str]:
        """What stands in it now, without the ids."""
        return [each.partition(":")[2] for each in self.messenger.standing.get(self.chat, [])]


async def sent_report(chat: Chat) -> str:
    """A call for help from this chat; returns its receipt."""
    await chat.says("/sos", "they are here")
    (line,) = (each for each in chat.shows() if "Code: " in each)
    return line.partition("Code: ")[2].split()[0]
