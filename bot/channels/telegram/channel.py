"""Telegram, as the hotline knows it: the `Channel` of `bot.channels.base`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from backend import messengers
from backend.clock import Clock
from bot.channels.base import Limits, OnInbound, Outgoing, Receipt, Say
from bot.channels.pauses import Sleep, until_done
from bot.channels.telegram.connection import Connection, Timings
from bot.channels.telegram.faults import asked
from bot.channels.telegram.files import pieces
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.mapping import NAME
from bot.channels.telegram.menus import CommandMenu, publish
from bot.channels.telegram.pauses import Pauses
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.presses import Presses
from bot.channels.telegram.sending import REMOVES_AT_ONCE, deliver
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.webhook import Webhook


class TelegramChannel:
    """Listens by long polling, or by webhook where `webhook_url` is set."""

    name = NAME

    def __init__(
        self,
        settings: TelegramSettings,
        clock: Clock,
        *,
        menus: Sequence[CommandMenu] = (),
        timings: Timings | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.limits = Limits(
            per_second=settings.messages_per_second,
            removes=REMOVES_AT_ONCE,
            removes_within=messengers.of(NAME).takes_back_within,
        )
        self._settings = settings
        self._clock = clock
        self._menus = menus
        self._timings = timings or Timings()
        self._sleep = sleep
        self._connection = Connection(settings, self._timings)

    async def listen(self, on_inbound: OnInbound) -> None:
        """Hand over everything that comes in, until cancelled. Reconnects by itself."""
        bot, presses = self._connection.bot, Presses(self._connection.bot)
        me = await until_done("getMe", bot.get_me, Pauses(self._sleep))
        intake = Intake(on_inbound, presses=presses, clock=self._clock, own_name=me.username or "")
        async with asyncio.TaskGroup() as group:
            group.create_task(presses.run())
            group.create_task(publish(bot, self._menus, Pauses(self._sleep)))
            await self._source(intake).run()

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand one message to Telegram. Raises `ChannelError`."""
        has_file = isinstance(outgoing, Say) and outgoing.file is not None
        within = self._timings.upload if has_file else self._timings.call
        return await asked(deliver(self._connection.bot, outgoing), within=within)

    def fetch(self, ref: str) -> AsyncGenerator[bytes, None]:
        """A sent file's content in pieces. Raises `ChannelError`."""
        return pieces(self._connection, ref, within=self._timings.call)

    async def close(self) -> None:
        """Close every connection, for good: when nothing is sent or listened to any more."""
        await self._connection.close()

    def _source(self, intake: Intake) -> Polling | Webhook:
        bot, pauses = self._connection.bot, Pauses(self._sleep)
        if self._settings.webhook_url:
            return Webhook(bot, intake, settings=self._settings, pauses=pauses)
        return Polling(bot, intake, timings=self._timings, pauses=pauses)
