"""Going into rooms that we are invited to: at once, and where that fails again and again, beside all else.

An invitation is said once. It is written down before the homeserver hears that it was read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable

from backend.devices import Remembered
from bot.channels.matrix.homeserver import Homeserver, Refused, place
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.pauses import name_of

_log = logging.getLogger(__name__)

INVITED = "invited"
WITHIN = 10.0
"""Seconds for one attempt: a room may be at a homeserver that is slow or gone."""
AT_ONCE = 16
_FIRST, _LONGEST = 5.0, 600.0
MOST_TRIES = 60
_UNAUTHORISED, _SERVER = 401, 500


class Joining:
    """The invitations that were not followed yet."""

    def __init__(self, server: Homeserver, memory: Memory, remembered: Iterable[Remembered]) -> None:
        self._server = server
        self._memory = memory
        self._tries = {each.name: 0 for each in remembered}
        self._next = dict.fromkeys(self._tries, 0.0)
        self._under_way: set[str] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def invited(self, rooms: Iterable[str]) -> None:
        """Into these rooms; whatever fails is tried again by `retry`, also by the next process."""
        wanted = list(rooms)
        if not wanted:
            return
        for room in wanted:
            self._tries.setdefault(room, 0)
            self._memory.put(INVITED, room, "")
        await asyncio.gather(*(self._attempt(room) for room in wanted))

    async def retry(self) -> None:
        """Those whose turn it is."""
        now = time.monotonic()
        waiting = self._tries.keys() - self._under_way
        due = [room for room in waiting if self._next.get(room, 0.0) <= now]
        await asyncio.gather(*(self._attempt(room) for room in due))

    async def _attempt(self, room: str) -> None:
        tries = self._tries[room] = self._tries.get(room, 0) + 1
        self._under_way.add(room)
        async with self._slots:
            try:
                await self._server.call("POST", place("join", room), {}, within=WITHIN)
            except Exception as fault:  # noqa: BLE001 - networks and servers fail in many ways
                self._failed(room, fault, tries=tries)
            else:
                self._done(room)
            finally:
                self._under_way.discard(room)

    def _failed(self, room: str, fault: Exception, *, tries: int) -> None:
        """Refused for good, the invitation is gone, or the room."""
        _log.warning("Matrix: a room could not be joined (%s)", name_of(fault))
        if tries >= MOST_TRIES or (isinstance(fault, Refused) and _is_final(fault)):
            self._done(room)
        else:
            self._tries[room] = tries
            self._memory.put(INVITED, room, "")  # another attempt may have given the room up meanwhile
            self._next[room] = time.monotonic() + min(_FIRST * (1 << min(tries, 10)), _LONGEST)

    def _done(self, room: str) -> None:
        self._tries.pop(room, None)
        self._next.pop(room, None)
        self._memory.drop(INVITED, room)


def _is_final(refused: Refused) -> bool:
    return refused.status < _SERVER and refused.status != _UNAUTHORISED and not refused.after
