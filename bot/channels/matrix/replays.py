"""Which message each place of a room key opened: none is brought again as another, nor after a restart.

An encrypted message says for itself neither which event it is nor when it was sent: a homeserver could send
an old one again, as new. Every place in a key's sequence is good for one event.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable
from functools import partial

from backend.devices import Remembered
from bot.channels.matrix.memory import Memory

READ = "read"
MOST = 1000
"""Places that are remembered of one key, the last ones: clients begin a new key after a hundred messages."""
_MARK = 9  # bytes of a hash, which tell two events apart well enough


class Replays:
    """By the name of a room key: its places, and a mark of the event that each of them opened."""

    def __init__(self, memory: Memory, remembered: Iterable[Remembered]) -> None:
        self._memory = memory
        self._opened: dict[str, dict[str, str]] = {each.name: json.loads(each.value) for each in remembered}
        self._changed: set[str] = set()

    def is_replay(self, key: str, place: int, event: str) -> bool:
        """Whether another event than this one was opened by this place of the key; notes it if none was."""
        places, mark = self._opened.setdefault(key, {}), _mark(event)
        known = places.get(str(place))
        if known is None:
            places[str(place)] = mark
            self._changed.add(key)
            if len(places) > MOST:
                del places[next(iter(places))]
        return known not in (None, mark)

    def keep(self) -> None:
        """Have it written, together with how far was read: what is read again is marked again the same."""
        for key in self._changed:
            self._memory.put_lazily(READ, key, partial(self._written, key))
        self._changed.clear()

    def forget(self, key: str) -> None:
        """The key is gone, and opens nothing more."""
        self._changed.discard(key)
        if self._opened.pop(key, None) is not None:
            self._memory.drop(READ, key)

    def _written(self, key: str) -> str | None:
        places = self._opened.get(key)
        return json.dumps(places) if places else None


def _mark(event: str) -> str:
    return b64encode(hashlib.sha256(event.encode()).digest()[:_MARK]).decode()
