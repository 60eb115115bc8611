"""Faults that a test orders: the next calls of a method fail, hang, are cut off, or are repeated."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from .chats import Chat

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .changes import Signal
    from .updates import Updates

Kind = Literal[
    "429",
    "500",
    "502_html",
    "not_json",
    "cut_before",
    "cut_after",
    "delay",
    "delay_after",
    "hold_before",
    "hold_after",
    "duplicate_update",
]
"""429, 500, 502_html, not_json: answered so, without effect.

cut_before, cut_after: the connection is closed without an answer, before or after the effect.
delay, delay_after: `seconds` pass before the effect, or between it and the answer.
hold_before, hold_after: the same until `release()`.
duplicate_update: the next getUpdates, or the next webhook deliveries, carry as many as `times` updates that
were confirmed already.
"""


@dataclass(eq=False)
class Fault:
    """One order; `used` counts the calls that are its own, `acted` those at which it came to act."""

    method: str | None
    kind: Kind
    times: int
    skip: int
    retry_after: int
    seconds: float
    chat_id: int | None
    changes: Signal
    used: int = 0
    acted: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def applies(self, method: str, chat_id: int | None) -> bool:
        """Whether this call is one of those meant, apart from `skip`."""
        wanted = self.method is None or self.method.lower() == method.lower()
        return wanted and self.used < self.times and self.chat_id in (None, chat_id)

    def met(self, timeout: float = 60.0, times: int = 1) -> Coroutine[None, None, None]:
        """Wait until it has acted so often: a call that it holds is there and, `hold_after`, had its effect.

        Raises:
            TimeoutError: it was not met within `timeout` seconds.

        """
        return self.changes.until(lambda: self.acted >= times, timeout)

    def act(self, count: int = 1) -> None:
        """Tell those who wait for it that it acts now."""
        self.acted += count
        self.changes.fire()

    def release(self) -> None:
        """Let the calls that are held go on, and hold no more."""
        self.times = self.used
        self.released.set()


class Faults:
    """The orders of one server, the oldest one first."""

    def __init__(self, changes: Signal, updates: Updates) -> None:
        self._changes, self._updates = changes, updates
        updates.duplicates = self.duplicates
        self._orders: list[Fault] = []

    def add(
        self,
        method: str | None = None,
        kind: Kind = "500",
        *,
        times: int = 1,
        skip: int = 0,
        retry_after: int = 1,
        seconds: float = 1.0,
        chat: Chat | int | None = None,
    ) -> Fault:
        """Order a fault.

        It meets `times` calls of the method (of any, if None; `file` means downloads), in one chat if one is
        given, after letting `skip` such calls pass. `retry_after` is what 429 says; `seconds` is for delays.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"no such fault: {kind}")
        chat_id = chat.id if isinstance(chat, Chat) else chat
        method = "getUpdates" if kind == "duplicate_update" else method
        fault = Fault(method, kind, times, skip, retry_after, seconds, chat_id, self._changes)
        self._orders.append(fault)
        if kind == "duplicate_update":
            self._updates.nudge()
        return fault

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that this call meets."""
        for fault in self._orders:
            if fault.kind == "duplicate_update" or not fault.applies(method, chat_id):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.used += 1
            return fault
        return None

    def duplicates(self, at_most: int) -> int:
        """How many confirmed updates to deliver again now."""
        count = 0
        for fault in self._orders:
            if fault.kind == "duplicate_update":
                granted = min(fault.times - fault.used, at_most - count)
                fault.used += granted
                fault.act(granted)
                count += granted
        return count

    def clear(self) -> None:
        """Withdraw all orders and let held calls go on."""
        for fault in self._orders:
            fault.release()
        self._orders.clear()
