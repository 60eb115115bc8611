"""What was said in a room and could not be had: asked for again until it comes, also by later processes.

A gap is written down together with the token that passes it. It is forgotten once what was in it is saved.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from backend.devices import Remembered
from bot.channels.matrix.memory import Memory

_log = logging.getLogger(__name__)

GAP = "gap"
TOLD_AFTER = timedelta(minutes=5)
KEPT = timedelta(days=7)
"""How long a gap is asked for: whoever wrote was asked long before to write again."""
_FIRST, _LONGEST = 5.0, 600.0


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing of a room: older than the token `newest`, and newer than `known`."""

    room: str
    newest: str
    known: str
    since: str
    """When it was found, in ISO 8601."""
    told: bool = False

    @property
    def name(self) -> str:
        """The same however much of it has come by now."""
        return f"{self.room} {self.known}"


class Gaps:
    """All of them."""

    def __init__(self, memory: Memory, remembered: Iterable[Remembered]) -> None:
        self._memory = memory
        self._gaps = {each.name: Gap(**json.loads(each.value)) for each in remembered}
        self._tries = dict.fromkeys(self._gaps, 0)
        self._next: dict[str, float] = {}

    def put(self, gap: Gap) -> None:
        """This is missing (still)."""
        tries = self._tries[gap.name] = self._tries.get(gap.name, -1) + 1
        self._next[gap.name] = time.monotonic() + min(_FIRST * (1 << min(tries, 10)), _LONGEST)
        self._keep(gap)

    def filled(self, gap: Gap) -> None:
        """All of it is saved, or can't be of use to anybody any more."""
        self._tries.pop(gap.name, None)
        self._next.pop(gap.name, None)
        if self._gaps.pop(gap.name, None):
            self._memory.drop(GAP, gap.name)

    def due(self, now: datetime) -> list[Gap]:
        """Those to be asked for again. What was asked for too long is let go, and the log says so."""
        for gap in [each for each in self._gaps.values() if _age(each, now) > KEPT]:
            _log.error("Matrix: what was said in a room could not be had for days, passed over")
            self.filled(gap)
        by_now = time.monotonic()
        return [each for each in self._gaps.values() if self._next.get(each.name, 0.0) <= by_now]

    def overdue(self, now: datetime) -> list[Gap]:
        """Those of which people have to be told."""
        return [each for each in self._gaps.values() if not each.told and _age(each, now) >= TOLD_AFTER]

    def told(self, gap: Gap) -> None:
        """They were told; it is asked for all the same."""
        if found := self._gaps.get(gap.name):
            self._keep(replace(found, told=True))

    def forget_room(self, room: str) -> None:
        """We left it."""
        for gap in [each for each in self._gaps.values() if each.room == room]:
            self.filled(gap)

    def _keep(self, gap: Gap) -> None:
        self._gaps[gap.name] = gap
        self._memory.put(GAP, gap.name, json.dumps(asdict(gap)))


def _age(gap: Gap, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(gap.since)
