"""Trying again after pauses that grow, and vary so that many nodes don't return at one instant."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]

_random = random.SystemRandom()

_FIRST = 0.5
_LONGEST = 30.0


class Pauses(ABC):
    """Half a second, then double up to half a minute, each shortened by up to a half at random."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep
        self._next = _FIRST

    def over(self) -> None:
        """All is well: the next pause is a short one."""
        self._next = _FIRST

    async def pause(self, at_least: float = 0.0) -> None:
        """Wait `at_least` so many seconds, or what it has grown to."""
        length = max(at_least, self._next * _random.uniform(0.5, 1.0))
        self._next = min(2 * self._next, _LONGEST)
        await self._sleep(length)

    @abstractmethod
    async def after(self, fault: Exception, doing: str) -> None:
        """Log what went wrong, without its words, and wait as long as it asks for."""


async def until_done(doing: str, attempt: Callable[[], Awaitable[T]], pauses: Pauses) -> T:
    """Repeat `attempt` until it doesn't fail; only cancelling ends it earlier."""
    while True:
        try:
            result = await attempt()
        except Exception as fault:  # noqa: BLE001 - networks, servers, databases and libraries fail in many ways
            await pauses.after(fault, doing)
        else:
            pauses.over()
            return result
