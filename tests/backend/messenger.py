"""A messenger that does as a test says: takes messages, or refuses them in a given way."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from bot.channels.base import (
    ChannelError,
    Limits,
    OnInbound,
    Outgoing,
    Receipt,
    Say,
)
from bot.outbound import Outbound
from tests.backend.world import TEXTS, World

UNHURRIED = Limits(per_second=1e6, per_chat_second=1e6, per_group_minute=1e6)
"""No pace to keep: what a test wants sent is sent."""

Refusal = ChannelError | Exception | None


@dataclass
class Messenger:
    """A channel; `script` says what the next sends come to, `refuses` what every send to a chat comes to."""

    name: str = "telegram"
    limits: Limits = UNHURRIED
    sent: list[Outgoing] = field(default_factory=list)
    script: deque[Refusal] = field(default_factory=deque)
    refuses: dict[str, ChannelError] = field(default_factory=dict)
    files: dict[str, bytes | ChannelError] = field(default_factory=dict)
    held: asyncio.Event | None = None
    """While this is set to an event, sends hang until it happens."""
    handed_over: asyncio.Event = field(default_factory=asyncio.Event)
    """Happens with each send."""
    fetched: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, on_inbound: OnInbound) -> None:  # noqa: ARG002 - the protocol's
        """Nothing ever comes in by itself."""
        await asyncio.Future()

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Take it or refuse it."""
        self.handed_over.set()
        if self.held is not None:
            await self.held.wait()
        refusal = self.script.popleft() if self.script else self.refuses.get(outgoing.chat)
        if refusal is not None:
            raise refusal
        self.sent.append(outgoing)
        return Receipt(str(len(self.sent)))

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """A file's content in two pieces."""
        self.fetched.set()
        if self.held is not None:
            await self.held.wait()
        content = self.files[ref]
        if isinstance(content, ChannelError):
            raise content
        yield content[: len(content) // 2]
        yield content[len(content) // 2 :]

    def heard(self, chat: str) -> list[str]:
        """What was said in a chat, in order."""
        return [each.text for each in self.sent if isinstance(each, Say) and each.chat == chat]


@contextlib.asynccontextmanager
async def delivering(world: World, *messengers: Messenger) -> AsyncIterator[Outbound]:
    """Delivery under way over these messengers; it ends as it does when the hotline is stopped."""
    outbound = Outbound(world.backend, {each.name: each for each in messengers}, TEXTS)
    running = asyncio.create_task(outbound.run())
    try:
        yield outbound
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        world.backend.on_commit.remove(outbound.wake)


async def all_sent(outbound: Outbound) -> None:
    """Until nothing can go any more."""
    outbound.wake()
    await outbound.settle_all()
