"""Trying again: after pauses that grow, vary, and are as long as the homeserver asks for."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.channels.matrix.homeserver import Refused

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]

_log = logging.getLogger(__name__)
_random = random.SystemRandom()

_FIRST = 0.5
_LONGEST = 30.0
_REJECTED = 60.0
_FORBIDDEN = 403


class Pauses:
    """Half a second, then double up to half a minute, each shortened by up to a half at random."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep
        self._next = _FIRST

    def over(self) -> None:
        """All is well: the next pause is a short one."""
        self._next = _FIRST

    async def after(self, fault: Exception, doing: str) -> None:
        """Log what went wrong (its class and the server's code only), and wait."""
        _log.warning("Matrix: %s failed (%s), trying again", doing, name_of(fault))
        length = max(_asked_for(fault), self._next * _random.uniform(0.5, 1.0))
        self._next = min(2 * self._next, _LONGEST)
        await self._sleep(length)


async def until_done(doing: str, attempt: Callable[[], Awaitable[T]], pauses: Pauses) -> T:
    """Repeat `attempt` until it doesn't fail; only cancelling ends it earlier."""
    while True:
        try:
            result = await attempt()
        except Exception as fault:  # noqa: BLE001 - networks, servers and databases fail in many ways
            await pauses.after(fault, doing)
        else:
            pauses.over()
            return result


def name_of(fault: BaseException) -> str:
    """What happened, for the log: a class, and of an answer its status and Matrix's code."""
    return f"{type(fault).__name__} {fault}" if isinstance(fault, Refused) else type(fault).__name__


def _asked_for(fault: Exception) -> float:
    if not isinstance(fault, Refused):
        return 0.0
    return _REJECTED if fault.status == _FORBIDDEN else fault.after
