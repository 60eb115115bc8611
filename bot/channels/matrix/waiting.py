"""Messages whose key has not come: kept sealed until it does; after a minute their writers are told."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backend.devices import Remembered
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.tree import Tree, text

WAITING, UNREAD = "waiting", "unread"
TOLD_AFTER = timedelta(minutes=1)
KEPT = timedelta(days=7)
"""How long a key may be late; `unread` rows, which `/status` counts, are kept as long."""
MOST = 2000
"""Messages that may wait: beyond that somebody floods, and the oldest of them goes."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted event as it came, and since when it waits for its key."""

    room: str
    event: Tree
    since: datetime
    told: bool = False

    @property
    def name(self) -> str:
        """The event's id."""
        return text(self.event, "event_id")

    @property
    def session(self) -> tuple[str, str]:
        """The room and the session whose key it waits for."""
        return self.room, text(self.event, "content", "session_id")


class Waiting:
    """All of them, oldest first."""

    def __init__(self, memory: Memory, remembered: Iterable[Remembered]) -> None:
        self._memory = memory
        self._waiting: dict[str, Sealed] = {}
        for each in remembered:
            kept = json.loads(each.value)
            since = datetime.fromisoformat(kept["since"])
            self._waiting[each.name] = Sealed(kept["room"], kept["event"], since, told=kept["told"])

    def put(self, room: str, event: Tree, *, now: datetime) -> None:
        """Keep this one, unless it is kept already."""
        found = Sealed(room, event, now)
        if found.name in self._waiting:
            return
        if len(self._waiting) >= MOST:
            self.opened(next(iter(self._waiting)))
        self._keep(found)

    def all(self) -> list[Sealed]:
        """Every one of them, oldest first."""
        return list(self._waiting.values())

    def of(self, sessions: Collection[tuple[str, str]]) -> list[Sealed]:
        """Those for which these keys (room, session) may be."""
        return [each for each in self._waiting.values() if each.session in sessions] if sessions else []

    def opened(self, name: str) -> None:
        """This one need not wait any more."""
        if found := self._waiting.pop(name, None):
            self._memory.drop(WAITING, name)
            if found.told:
                self._memory.drop(UNREAD, name)

    def forget_room(self, room: str) -> None:
        """We left it: nobody waits for these any more."""
        for name in [name for name, each in self._waiting.items() if each.room == room]:
            self.opened(name)

    def overdue(self, now: datetime) -> list[Sealed]:
        """Those whose senders have to be told; those that waited too long even for that are let go."""
        for name in [name for name, each in self._waiting.items() if now - each.since > KEPT]:
            self.opened(name)
        return [each for each in self._waiting.values() if not each.told and now - each.since >= TOLD_AFTER]

    def told(self, sealed: Sealed) -> None:
        """Its sender was told. It goes on waiting: the key may still come."""
        if sealed.name in self._waiting:
            self._keep(replace(sealed, told=True))
            self._memory.put(UNREAD, sealed.name, "")

    def _keep(self, sealed: Sealed) -> None:
        self._waiting[sealed.name] = sealed
        kept = {
            "room": sealed.room,
            "event": sealed.event,
            "since": sealed.since.isoformat(),
            "told": sealed.told,
        }
        self._memory.put(WAITING, sealed.name, json.dumps(kept))
