"""The queue of updates, and long polling as getUpdates does it."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from .refusals import Obj, conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from .changes import Signal

FIRST_ID = 700_000_001
POLL_LIMIT = 100
POLL_SECONDS = 50
"""Telegram answers a longer poll after this time."""
NEAR = 100_000
"""How far below an offset it confirms updates: once the ids have restarted, old offsets mean nothing."""
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Delivered only if they are asked for by name."""


@dataclass(frozen=True, slots=True)
class Update:
    """An update in its queue, as JSON text."""

    update_id: int
    kind: str
    chat_id: int
    body: str


class Updates:
    """Updates that were not confirmed yet, in their order."""

    def __init__(self, changes: Signal) -> None:
        self.next_id = FIRST_ID
        """The next update's id; a test may set it anywhere, as Telegram does after a week of silence."""
        self.pending: deque[Update] = deque()
        self.confirmed: deque[Update] = deque(maxlen=POLL_LIMIT)
        """The last ones that were confirmed."""
        self.allowed: frozenset[str] = frozenset()
        """The kinds that were asked for; empty: all but those of `ON_REQUEST`."""
        self.duplicates: Callable[[int], int] = lambda _: 0
        """How many confirmed updates, of so many, the next answer carries once more."""
        self.wake = asyncio.Event()
        """Set when there is something new, for the webhook."""
        self._changes = changes
        self._poll: asyncio.Future[str] | None = None

    def push(self, kind: str, payload: Obj, chat_id: int) -> None:
        """Queue an update, unless its kind isn't wanted."""
        if kind not in self.allowed if self.allowed else kind in ON_REQUEST:
            return
        self._queue(Update(self.next_id, kind, chat_id, _text({"update_id": self.next_id, kind: payload})))

    def push_raw(self, payload: Obj) -> None:
        """Queue an Update object as it is, with an id of its own or the next one."""
        kind = next(name for name in payload if name != "update_id")
        number = payload.setdefault("update_id", self.next_id)
        self.next_id = number if isinstance(number, int) else self.next_id
        self._queue(Update(self.next_id, kind, 0, _text(payload)))

    def _queue(self, update: Update) -> None:
        self.next_id = update.update_id + 1
        self.pending.append(update)
        self.wake.set()
        self.nudge()

    def nudge(self) -> None:
        """Let a poll that is held answer now."""
        self._end_poll("")

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Update]:
        """What getUpdates returns: at once if there is anything, otherwise when there is or after `seconds`.

        A poll that is still held is ended by the next one, as on Telegram, and answers 409.
        """
        self.terminate_poll("other getUpdates request; make sure that only one bot instance is running")
        self.confirm(offset)
        count = self.duplicates(len(self.confirmed))
        if not self.pending and not count and seconds > 0:
            await self._hold(min(seconds, POLL_SECONDS))
            count = self.duplicates(len(self.confirmed))
        repeated = list(self.confirmed)[-count:] if count else []
        return [*repeated, *islice(self.pending, min(max(limit, 1), POLL_LIMIT))]

    def terminate_poll(self, by: str) -> None:
        """Let a poll that is held answer 409: something else receives the updates now."""
        self._end_poll(f"terminated by {by}")

    def _end_poll(self, reason: str) -> None:
        if self.polling and self._poll is not None:
            self._poll.set_result(reason)

    async def _hold(self, seconds: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        self._changes.fire()
        try:
            reason = await asyncio.wait_for(poll, seconds)
        except TimeoutError:
            reason = ""
        if reason:
            raise conflict(reason)

    def confirm(self, offset: int) -> None:
        """Forget what comes before the offset; a negative one counts from the queue's end."""
        if offset < 0:
            while len(self.pending) > -offset:
                self.settle(self.pending[0])
            return
        while self.pending and 0 < offset - self.pending[0].update_id <= NEAR:
            self.settle(self.pending[0])

    def settle(self, update: Update) -> None:
        """Move an update to the confirmed ones."""
        self.pending.remove(update)
        self.confirmed.append(update)
        self._changes.fire()

    def drop(self) -> None:
        """Forget all that is pending."""
        self.pending.clear()
        self._changes.fire()

    def allow(self, kinds: list[str] | None) -> None:
        """Take over a call's allowed_updates; without one, the last setting holds."""
        if kinds is not None:
            self.allowed = frozenset(kinds)

    @property
    def polling(self) -> bool:
        """Whether a long poll is being held now."""
        return self._poll is not None and not self._poll.done()


def _text(payload: Obj) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
