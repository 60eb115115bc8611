"""What a process knows of itself and keeps nowhere: when its ticks ran, how its sends went.

By a time that nobody can set and that goes on while the machine sleeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from backend.clock import steady_time


@dataclass(frozen=True, slots=True)
class Tick:
    """How long ago a tick last ended well, and how often it should run."""

    age: timedelta
    every: timedelta


@dataclass(frozen=True, slots=True)
class Refusals:
    """Sends of one channel that failed with no success since: how many, how long ago first and last."""

    count: int
    first: timedelta
    last: timedelta


@dataclass(slots=True)
class _Channel:
    """The sends of one channel; `first` and `last` are the ends of the row of failures that goes on."""

    taken: int = 0
    failed: int = 0
    in_a_row: int = 0
    first: float = 0.0
    last: float = 0.0


class Vitals:
    """The process's own pulse. `seconds` is the time it goes by."""

    def __init__(self, seconds: Callable[[], float] = steady_time) -> None:
        self._seconds = seconds
        self._every: dict[str, timedelta] = {}
        self._ran: dict[str, float] = {}
        self._channels: dict[str, _Channel] = {}
        self._beat: float | None = None

    def expect(self, tick: str, *, every: timedelta) -> None:
        """From now on this tick is to run so often."""
        self._every[tick] = every
        self._ran[tick] = self._seconds()

    def ticked(self, tick: str) -> None:
        """The tick has ended well."""
        self._ran[tick] = self._seconds()

    def ticks(self) -> Mapping[str, Tick]:
        """Every tick that is expected, by name."""
        return {name: Tick(self._since(self._ran[name]), every) for name, every in self._every.items()}

    def handed_over(self, channel: str, *, taken: bool) -> None:
        """A send ended: the messenger took the message, or it didn't."""
        sends = self._channels.setdefault(channel, _Channel())
        if taken:
            sends.taken, sends.in_a_row = sends.taken + 1, 0
            return
        sends.last = self._seconds()
        sends.first = sends.first if sends.in_a_row else sends.last
        sends.failed, sends.in_a_row = sends.failed + 1, sends.in_a_row + 1

    def refusals(self) -> Mapping[str, Refusals]:
        """The channels whose last send failed."""
        return {
            name: Refusals(sends.in_a_row, self._since(sends.first), self._since(sends.last))
            for name, sends in self._channels.items()
            if sends.in_a_row
        }

    def sends(self) -> Mapping[str, tuple[int, int]]:
        """How many messages each channel took and refused since the start."""
        return {name: (sends.taken, sends.failed) for name, sends in self._channels.items()}

    def beaten(self) -> None:
        """It was written down that this process lives."""
        self._beat = self._seconds()

    def since_beat(self) -> timedelta | None:
        """How long ago that was, None if it never was."""
        return None if self._beat is None else self._since(self._beat)

    def _since(self, then: float) -> timedelta:
        return timedelta(seconds=self._seconds() - then)
