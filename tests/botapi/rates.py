"""Telegram's published sending limits (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).

Counted by monotonic time over sliding windows. Every call that sends a message counts; edits do not.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = 60.0
REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Violation:
    """A message that came too early: by how many seconds, and against which limit."""

    limit: str
    chat_id: int
    at: float
    early: float


@dataclass
class Rates:
    """The limits, which a test may change, and what was sent."""

    overall: int = 30
    """Messages a second, all chats together."""
    private_seconds: float = 1.0
    """Seconds a private chat needs for one message."""
    private_burst: int = 1
    """So many messages may come at once in a private chat, if the time for them has passed."""
    group: int = 20
    """Messages a minute in one group."""
    violations: deque[Violation] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    """The last messages that were sent too early; those that were refused for it are not among them."""
    _all: deque[float] = field(default_factory=deque)
    _chats: dict[int, deque[float]] = field(default_factory=dict)

    def early(self, chat_id: int, now: float) -> list[Violation]:
        """The limits that a message at this moment would exceed."""
        return [Violation(limit, chat_id, now, wait) for limit, wait in self._waits(chat_id, now) if wait > 0]

    def count(self, chat_id: int, now: float, early: list[Violation]) -> None:
        """A message was sent, in spite of `early` if there are any."""
        self.violations += early
        self._all.append(now)
        self._chats[chat_id].append(now)

    def _waits(self, chat_id: int, now: float) -> Iterator[tuple[str, float]]:
        chat = self._chats.setdefault(chat_id, deque(maxlen=REMEMBERED))
        yield "overall", _wait(self._all, now, self.overall, 1.0)
        if chat_id > 0:
            yield "private", _wait(chat, now, self.private_burst, self.private_seconds * self.private_burst)
        else:
            yield "group", _wait(chat, now, self.group, MINUTE)


def _wait(sent: deque[float], now: float, limit: int, window: float) -> float:
    """Seconds until one more fits into the window; forgets what has left it."""
    while sent and sent[0] <= now - window:
        sent.popleft()
    return sent[-limit] + window - now if len(sent) >= limit else 0.0


def seconds_to_wait(early: list[Violation]) -> int:
    """What a 429 answer says."""
    return max(1, math.ceil(max(violation.early for violation in early)))
