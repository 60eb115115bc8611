"""Waiting without polling: whoever waits is woken after every change and looks again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class Signal:
    """Fires when anything in the server changed."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def fire(self) -> None:
        """Wake all who wait."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def until(self, predicate: Callable[[], object], timeout: float) -> Coroutine[None, None, None]:
        """Return once the predicate is true; it is looked at now and after every change.

        Raises:
            TimeoutError: it was not true within `timeout` seconds.

        """
        return self._until(predicate, timeout)

    async def _until(self, predicate: Callable[[], object], patience: float) -> None:
        async with asyncio.timeout(patience):
            while not predicate():
                future = asyncio.get_running_loop().create_future()
                self._waiting.append(future)
                await future
