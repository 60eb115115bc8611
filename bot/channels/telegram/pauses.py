"""What a fault of Telegram asks for before the next attempt, and what may be logged of it."""

from __future__ import annotations

import logging
from datetime import timedelta

from telegram.error import Conflict, InvalidToken, RetryAfter

from bot.channels import pauses
from bot.channels.telegram.faults import name_of

_log = logging.getLogger(__name__)

_REJECTED_TOKEN = 60.0
_SECOND_POLLER = 5.0


class Pauses(pauses.Pauses):
    """As long as Telegram asks for, or longer."""

    async def after(self, fault: Exception, doing: str) -> None:
        """Log what went wrong (its class only), and wait."""
        _log.warning("Telegram: %s failed (%s), trying again", doing, name_of(fault))
        await self.pause(_asked_for(fault))


def _asked_for(fault: Exception) -> float:
    match fault:
        case RetryAfter(retry_after=timedelta() as after):
            return after.total_seconds()
        case InvalidToken():
            return _REJECTED_TOKEN
        case Conflict():
            return _SECOND_POLLER
        case _:
            return 0.0
