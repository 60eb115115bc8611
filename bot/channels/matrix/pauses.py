"""What a fault of Matrix asks for before the next attempt, and what may be logged of it."""

from __future__ import annotations

import logging

from bot.channels import pauses
from bot.channels.matrix.homeserver import Refused

_log = logging.getLogger(__name__)

_REJECTED = 60.0
_FORBIDDEN = 403


class Pauses(pauses.Pauses):
    """As long as the homeserver asks for, or longer."""

    async def after(self, fault: Exception, doing: str) -> None:
        """Log what went wrong (its class and the server's code only), and wait."""
        _log.warning("Matrix: %s failed (%s), trying again", doing, name_of(fault))
        await self.pause(_asked_for(fault))


def name_of(fault: BaseException) -> str:
    """What happened, for the log: a class, and of an answer its status and Matrix's code."""
    return f"{type(fault).__name__} {fault}" if isinstance(fault, Refused) else type(fault).__name__


def _asked_for(fault: Exception) -> float:
    if not isinstance(fault, Refused):
        return 0.0
    return _REJECTED if fault.status == _FORBIDDEN else fault.after
