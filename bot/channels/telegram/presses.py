"""Taking the waiting circle off a pressed button: best effort, never in anybody's way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from bot.channels.telegram.connection import TelegramBot
from bot.channels.telegram.faults import name_of

_log = logging.getLogger(__name__)

_WAITING = 1000  # a press older than a few seconds is refused anyway
_AT_ONCE = 8


class Presses:
    """Confirms button presses in the background. Losing one costs a circle that turns for a while."""

    def __init__(self, bot: TelegramBot) -> None:
        self._bot = bot
        self._waiting: asyncio.Queue[str] = asyncio.Queue(_WAITING)

    def confirm(self, presses: Iterable[str]) -> None:
        """Have these callback queries answered soon, if there is room for them."""
        for press in presses:
            if self._waiting.full():
                self._waiting.get_nowait()
            self._waiting.put_nowait(press)

    async def run(self) -> None:
        """Answer until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._answer_on())

    async def _answer_on(self) -> None:
        while True:
            press = await self._waiting.get()
            try:
                await self._bot.call("answerCallbackQuery", {"callback_query_id": press})
            except Exception as fault:  # noqa: BLE001 - too late, mostly ("query is too old"): nothing left to do
                _log.debug("Telegram: a button press was not confirmed (%s)", name_of(fault))
