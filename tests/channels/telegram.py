"""What the tests of the Telegram channel share: a channel to a Bot API server, and its listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from pydantic import SecretStr

from backend.clock import StoppedClock
from bot.channels.base import Inbound
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.connection import Timings
from bot.channels.telegram.menus import CommandMenu
from bot.channels.telegram.settings import TelegramSettings
from tests.botapi import BotApi

NOW = datetime(2011, 11, 4, 12, tzinfo=UTC)
PATIENCE = 60.0
NO_OTHERS: Mapping[str, str] = {}


class Inbox:
    """Stands where the hotline saves what came in: it can refuse, and it can take its time."""

    def __init__(self) -> None:
        self.offered: list[tuple[Inbound, ...]] = []
        self.faults: list[Exception] = []
        """Raised one after the other before anything is taken."""
        self.open = asyncio.Event()
        """While it isn't set, nothing is saved."""
        self.open.set()
        self._saved: asyncio.Queue[Inbound] = asyncio.Queue()
        self._offers: asyncio.Queue[None] = asyncio.Queue()

    async def take(self, batch: Sequence[Inbound]) -> None:
        """What the channel calls."""
        self.offered.append(tuple(batch))
        self._offers.put_nowait(None)
        if self.faults:
            raise self.faults.pop(0)
        await self.open.wait()
        for inbound in batch:
            self._saved.put_nowait(inbound)

    async def saved(self) -> Inbound:
        """The next thing that was saved."""
        async with asyncio.timeout(PATIENCE):
            return await self._saved.get()

    async def offer(self) -> tuple[Inbound, ...]:
        """Wait for the next batch to be offered."""
        async with asyncio.timeout(PATIENCE):
            await self._offers.get()
        return self.offered[-1]


class Naps:
    """Sleeps no longer than it takes to let others run, and remembers how long it was to sleep."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self._more = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        """Note a pause of `seconds`."""
        self.taken.append(seconds)
        self._more.set()
        await asyncio.sleep(0.01)

    async def reach(self, count: int) -> list[float]:
        """Wait until so many pauses were made; their lengths."""
        async with asyncio.timeout(PATIENCE):
            while len(self.taken) < count:
                self._more.clear()
                await self._more.wait()
        return self.taken


def settings(api: BotApi, others: Mapping[str, str] = NO_OTHERS) -> TelegramSettings:
    """The settings that lead to `api`."""
    return TelegramSettings.model_validate({"token": SecretStr(api.token), "api_url": api.url, **others})


@asynccontextmanager
async def channel_to(
    api: BotApi,
    *,
    naps: Naps | None = None,
    timings: Timings | None = None,
    menus: Sequence[CommandMenu] = (),
    others: Mapping[str, str] = NO_OTHERS,
) -> AsyncIterator[TelegramChannel]:
    """A channel; `others` are further settings."""
    channel = TelegramChannel(
        settings(api, others), StoppedClock(NOW), menus=menus, timings=timings, sleep=naps or Naps()
    )
    try:
        yield channel
    finally:
        await channel.close()


@asynccontextmanager
async def listening(channel: TelegramChannel, inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    """Let the channel listen until the block ends; a listener that ended by itself fails the test."""
    task = asyncio.create_task(channel.listen(inbox.take))
    try:
        yield task
        assert not task.done(), task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
