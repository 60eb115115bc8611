"""What happened in the sandbox, in order, so that a page that lost its connection can catch up."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

KEPT = 2000
"""Entries kept for those who come back; whoever was away longer is told to read everything anew."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`mark` is what a page hands back to go on from here."""

    mark: str
    event: Mapping[str, Json]


class Journal:
    """Marks are `LIFE.NUMBER`: a mark from before a restart is recognised as such."""

    def __init__(self, kept: int = KEPT) -> None:
        self.life = secrets.token_hex(4)
        self.closed = False
        self._entries: deque[tuple[int, Mapping[str, Json]]] = deque(maxlen=kept)
        self._last = 0
        self._grown = asyncio.Event()

    @property
    def mark(self) -> str:
        """The present: nothing after it has happened yet."""
        return self._mark_of(self._last)

    def add(self, event: Mapping[str, Json]) -> None:
        """Write down, and wake whoever waits."""
        self._last += 1
        self._entries.append((self._last, event))
        self._wake()

    def close(self) -> None:
        """Nothing more will come: whoever waits is let go."""
        self.closed = True
        self._wake()

    def since(self, mark: str) -> Sequence[Entry]:
        """Everything after `mark`, or one `reset` where that is no longer known."""
        life, _, number = mark.partition(".")
        known = life == self.life and number.isascii() and number.isdigit()
        oldest = self._entries[0][0] if self._entries else self._last + 1
        if not known or not oldest - 1 <= int(number) <= self._last:
            return (Entry(self.mark, {"type": "reset"}),)
        return tuple(Entry(self._mark_of(at), event) for at, event in self._entries if at > int(number))

    async def wait(self, mark: str, seconds: float) -> Sequence[Entry]:
        """As `since`, but waits up to `seconds` for something to come; empty where nothing did."""
        grown = self._grown
        if not (entries := self.since(mark)) and not self.closed:
            try:
                await asyncio.wait_for(grown.wait(), seconds)
            except TimeoutError:
                return ()
            entries = self.since(mark)
        return entries

    def _mark_of(self, number: int) -> str:
        return f"{self.life}.{number}"

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()
