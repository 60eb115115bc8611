"""The one source of business time. Terms and signs of life go by `steady_time`, rate limits by monotonic."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


def steady_time() -> float:
    """Seconds that pass however long the process is stopped, and on Linux while the machine sleeps too."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Clock(Protocol):
    """Tells the time; tests and the demo move it."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""


class MovableClock(Clock, Protocol):
    """A clock that the demo and tests move."""

    def advance(self, by: timedelta) -> None:
        """Move on by `by`."""


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's time moved forward: it runs on by itself, as the demo's clock does."""

    def __init__(self) -> None:
        self._shift = timedelta(0)

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        return datetime.now(UTC) + self._shift

    def advance(self, by: timedelta) -> None:
        """Move on by `by`."""
        self._shift += by


class StoppedClock:
    """A time that stands still until it is moved: for tests."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The time it was stopped at, or moved to."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move on (or back, if negative) by `by`."""
        self._at += by
