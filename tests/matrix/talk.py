"""A reporter's side of a guided conversation: an answer, then the next question."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.matrix.hotline import Reporter
from tests.matrix.timeline import Message

PATIENCE = 60.0
"""Seconds for an answer: a process may have been killed meanwhile, and starts anew."""


@dataclass
class Talk:
    """One conversation; `strike` is what `kill=True` does between an answer and the next question."""

    reporter: Reporter
    strike: Callable[[], Awaitable[None]] | None = None
    last: Message | None = None

    async def hears(self, part: str) -> Message:
        """Wait for a message that holds `part`."""
        self.last = await self.reporter.next_message(PATIENCE, part)
        return self.last

    async def says(self, text: str, then: str, *, kill: bool = False) -> Message:
        """Type, and hear the next question."""
        await self.reporter.says(text)
        if kill:
            assert self.strike is not None
            await self.strike()
        return await self.hears(then)

    async def picks(self, label: str, then: str, *, kill: bool = False) -> Message:
        """Type the number that stands before a choice of the last question, and hear the next one."""
        return await self.says(self.number(label), then, kill=kill)

    async def sends_file(self, data: bytes, name: str, mime: str, then: str) -> Message:
        """Send an encrypted attachment, and hear what is said to it."""
        await self.reporter.room.sends_file(data, name, mime)
        return await self.hears(then)

    def number(self, label: str) -> str:
        """The number of the choice whose words these are."""
        assert self.last is not None
        for line in self.last.text.splitlines():
            number, dot, words = line.partition(". ")
            if dot and number.isdigit() and words.endswith(label):
                return number
        raise AssertionError(f"{label!r} can't be chosen in {self.last.text!r}")
