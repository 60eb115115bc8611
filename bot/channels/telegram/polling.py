"""Long polling that loses nothing: Telegram hears of an update only after it was saved.

The next `getUpdates` confirms everything below its offset, so the offset moves after the commit.
"""

from __future__ import annotations

from functools import partial

from telegram.error import Conflict

from bot.channels.pauses import until_done
from bot.channels.telegram.connection import TelegramBot, Timings
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.mapping import Batch
from bot.channels.telegram.pauses import Pauses


class Polling:
    """One long poll after the other, each batch saved before the next is asked for."""

    def __init__(self, bot: TelegramBot, intake: Intake, *, timings: Timings, pauses: Pauses) -> None:
        self._bot = bot
        self._intake = intake
        self._timings = timings
        self._pauses = pauses
        self._offset: int | None = None

    async def run(self) -> None:
        """Poll until cancelled."""
        await until_done("deleteWebhook", self._take_over, self._pauses)
        while True:
            raw = await until_done("getUpdates", self._poll, self._pauses)
            batch = self._intake.read(raw)
            await until_done("saving updates", partial(self._intake.hand_over, batch), self._pauses)
            await self._confirm(batch, empty=not raw)

    async def _take_over(self) -> None:
        await self._bot.delete_webhook(drop_pending_updates=False)

    async def _poll(self) -> list[object]:
        try:
            return await self._bot.raw_updates(
                self._offset, wait=self._timings.poll, margin=self._timings.read
            )
        except Conflict:  # another poller, or a webhook set behind our back
            await self._take_over()
            raise

    async def _confirm(self, batch: Batch, *, empty: bool) -> None:
        """Move the offset past `batch`.

        An empty answer means that all is confirmed, and the offset is dropped: after a week without
        updates Telegram numbers them anew from anywhere, also below an offset kept from before.
        """
        if batch.last is not None:
            self._offset = batch.last + 1
        elif empty:
            self._offset = None
        else:
            await self._pauses.pause()
