"""How fast a messenger may be written to, by monotonic time: overall, to one chat, to one group.

Windows are exact (so many in any second, so many in any minute), for the messengers punish by them. A
part of each window is kept free for urgent messages, so that they never wait behind the rest.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from bot.channels.base import Limits

SECOND = 1.0
MINUTE = 60.0
MARGIN = 0.1
"""Seconds by which a window is kept longer: what leaves in time may arrive early, and that counts."""
KEPT_FREE = 0.1
"""The part of a window that only urgent messages may use."""
DIGESTS = 1
"""Messages of a group's minute that are left for a digest, which in a surge must get through."""


class Window:
    """At most `most` in any `span` seconds, of which `kept` are for a digest alone."""

    __slots__ = ("_digests", "_kept", "_limit", "_most", "_open", "_span", "_times", "_within")

    def __init__(self, most: float, span: float, *, kept: int = 0, among: int = 1) -> None:
        self._limit, self._within, self._kept = most, span, kept
        self._times: deque[float] = deque()
        self._digests: deque[float] = deque()
        self.share(among)

    def share(self, among: int) -> None:
        """Leave its part to each of so many: fewer, and where that would be less than one, later."""
        part = self._limit / among
        self._most = max(1, int(part))
        self._open = max(1, int(part * (1 - KEPT_FREE)))
        self._span = self._within * max(1.0, 1 / part)

    def free(self, now: float, *, urgent: bool) -> int:
        """How many may go now."""
        return max(0, self._may(now, urgent=urgent) - self._used(now))

    def full(self, now: float) -> bool:
        """Whether nothing at all may go now."""
        return self._used(now) >= self._most

    def _may(self, now: float, *, urgent: bool) -> int:
        """How many there may be with one of this kind: what is kept for a digest is kept until it went."""
        kept = max(0, self._kept - self._within_span(self._digests, now))
        return max(1, self._most - kept) if urgent else self._open

    def _used(self, now: float) -> int:
        return self._within_span(self._times, now)

    def _within_span(self, times: deque[float], now: float) -> int:
        while times and times[0] <= now - self._span:
            times.popleft()
        return len(times)

    def wait(self, now: float, *, urgent: bool) -> float:
        """Seconds until one may go."""
        if self.free(now, urgent=urgent):
            return 0.0
        most = self._may(now, urgent=urgent)
        return self._times[len(self._times) - most] + self._span - now

    def note(self, now: float, *, digest: bool = False) -> None:
        """One went."""
        self._times.append(now)
        if digest:
            self._digests.append(now)

    def idle(self, now: float) -> bool:
        """Whether nothing went within the span."""
        return not self._times or self._times[-1] <= now - self._span


class Pace:
    """The windows of one messenger, and the pauses it asked for."""

    def __init__(
        self, limits: Limits, *, clock: Callable[[], float] = time.monotonic, margin: float = MARGIN
    ) -> None:
        self._limits = limits
        self._now = clock
        self._margin = margin
        self._nodes = 1
        self._overall = Window(limits.per_second, SECOND + margin)
        self._parties: dict[str, Window] = {}
        self._paused: dict[str, float] = {}
        self._paused_overall = 0.0

    def share_with(self, nodes: int) -> None:
        """So many nodes, this one included, write over this messenger: together they keep its limits."""
        if nodes != self._nodes:
            self._nodes = nodes
            for window in (self._overall, *self._parties.values()):
                window.share(nodes)

    def free(self, *, urgent: bool = False) -> int:
        """How many messages may go now, to whomever."""
        now = self._now()
        return 0 if now < self._paused_overall else self._overall.free(now, urgent=urgent)

    def waiting(self, *, urgent: bool = False) -> set[str]:
        """Parties to whom nothing may go now."""
        now = self._now()
        self._forget(now)
        full = {party for party, window in self._parties.items() if not window.free(now, urgent=urgent)}
        return full | self._paused.keys()

    def paused(self) -> set[str]:
        """Parties that the messenger asked to leave alone."""
        self._forget(self._now())
        return set(self._paused)

    def full(self) -> set[str]:
        """Parties to whom not even a digest may go now."""
        now = self._now()
        return {party for party, window in self._parties.items() if window.full(now)}

    def holds_ordinary(self) -> bool:
        """Whether ordinary messages have to wait somewhere where an urgent one need not."""
        if self.free(urgent=True) and not self.free():
            return True
        return self.waiting() != self.waiting(urgent=True)

    def seconds_until_free(self) -> float | None:
        """How long until something more may go that can't now, None if nothing holds anything back."""
        now = self._now()
        waits = [window.wait(now, urgent=False) for window in (self._overall, *self._parties.values())]
        waits += [until - now for until in (self._paused_overall, *self._paused.values())]
        held = [wait for wait in waits if wait > 0]
        return min(held) if held else None

    def note(self, party: str, *, group: bool, digest: bool = False) -> None:
        """A message to this party goes now."""
        now = self._now()
        self._overall.note(now)
        window = self._parties.get(party)
        if window is None:
            window = self._parties[party] = self._window(group=group)
        window.note(now, digest=digest)

    def note_overall(self) -> None:
        """Something goes now that the messenger counts for nobody (taking a message back)."""
        self._overall.note(self._now())

    def pause(self, party: str | None, seconds: float) -> None:
        """The messenger asked to leave this party (None: everybody) alone for so long."""
        until = self._now() + seconds
        if party is None:
            self._paused_overall = max(self._paused_overall, until)
        else:
            self._paused[party] = max(self._paused.get(party, 0.0), until)

    def wait_for(self, party: str | None, *, urgent: bool) -> float:
        """Seconds until one more message may go to this party (None: where it counts for nobody)."""
        now = self._now()
        window = self._parties.get(party) if party else None
        asked = max(self._paused_overall, self._paused.get(party, 0.0) if party else 0.0)
        own = window.wait(now, urgent=urgent) if window else 0.0
        return max(0.0, asked - now, self._overall.wait(now, urgent=urgent), own)

    def _window(self, *, group: bool) -> Window:
        if group:
            most, span, kept = self._limits.per_group_minute, MINUTE, DIGESTS
        else:
            most, span, kept = max(1.0, self._limits.per_chat_second), SECOND, 0
        return Window(most, span + self._margin, kept=kept, among=self._nodes)

    def _forget(self, now: float) -> None:
        for party in [party for party, window in self._parties.items() if window.idle(now)]:
            del self._parties[party]
        for party in [party for party, until in self._paused.items() if until <= now]:
            del self._paused[party]
