"""The one way in, and the owner of its transaction.

What came in, what it changed and what must go out are committed together or not at all. Only when this
returns may a channel confirm upstream.

A batch shares one commit. A batch that fails is replayed one by one; an update that fails three times
by itself is parked, sealed, and its writer and the staff are told. A database that is gone parks nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict

import structlog

from backend import inbox, leases
from backend.database import is_unavailable
from backend.inbox import ParkedRow
from backend.leases import Lease, LeaseLost
from backend.outbox import Item
from backend.people import rooms, staff
from backend.vault.keys import new_id
from backend.work import Backend, Work
from bot import direct_words, waking
from bot.channels.base import Inbound, NotSaved
from bot.direct_words import DirectWord
from bot.guided import person_language
from bot.outbound import Outbound
from bot.phrases import phrase
from bot.sitting import Sitting
from bot.texts import Texts

log = structlog.get_logger("inbound")

TELL_AFTER = 5.0
"""Seconds after which a writer is told that their words aren't saved yet."""
MOST_FAILURES = 3


class Reception:
    """Takes what channels hand over. `receive` is their `OnInbound`."""

    def __init__(
        self, backend: Backend, texts: Texts, outbound: Outbound, *, tell_after: float = TELL_AFTER
    ) -> None:
        self._backend = backend
        self._texts = texts
        self._outbound = outbound
        self._tell_after = tell_after
        self._failures: dict[tuple[str, str], int] = {}
        self._waiting: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._telling: set[asyncio.Task[None]] = set()
        self._direct: list[DirectWord] = []

    async def receive(self, batch: Sequence[Inbound], *, lease: Lease | None = None) -> None:
        """Commit the batch. Raises NotSaved if the database can't take it now: hand it over again later.

        `lease`: the role in which it was received. Once another node has that role, nothing is committed.
        """
        self._watch(batch)
        try:
            await self._take(batch, lease)
        except Exception as error:  # noqa: BLE001 - whatever it is: nothing was committed, so each is tried apart
            if is_unavailable(error):
                raise NotSaved from None
            log.warning("batch failed, replaying singly", error=type(error).__name__, size=len(batch))
            await self._replay(batch, lease)
        self._saved(batch)

    async def note_direct_words(self) -> None:
        """What was said past the database is noted once its occasion is saved, and vanishes with the rest.

        Whoever is killed before that forgets where it stands.
        """
        ready = [each for each in self._direct if each.occasion not in self._waiting]
        if ready:
            async with self._backend.work() as work:
                await direct_words.note(work, ready)
            self._direct = [each for each in self._direct if each not in ready]

    async def wake_due(self) -> None:
        """Conversations that asked to be woken, and drafts that had their day."""
        async with self._backend.work() as work:
            await waking.wake_due(work, self._texts)

    async def _take(self, batch: Sequence[Inbound], lease: Lease | None) -> None:
        async with self._backend.work() as work:
            if lease:
                await self._confirm(work, lease, batch)
            ids = [(each.channel, each.id) for each in batch]
            fresh = await inbox.take_new(work.session, work.vault, ids, now=work.now)
            new = [each for each, is_new in zip(batch, fresh, strict=True) if is_new]
            if new:
                sitting = Sitting(work, self._texts)
                await sitting.take(new)

    async def _confirm(self, work: Work, lease: Lease, batch: Sequence[Inbound]) -> None:
        try:
            await leases.confirm(work.session, lease)
        except LeaseLost:
            self._saved(batch)  # or will be: who has the role now is handed the same updates
            raise

    # ── What fails ──────────────────────────────────────────────────────────────────────────────

    async def _replay(self, batch: Sequence[Inbound], lease: Lease | None) -> None:
        for each in batch:
            for _ in range(MOST_FAILURES):
                if await self._taken_alone(each, lease):
                    break

    async def _taken_alone(self, inbound: Inbound, lease: Lease | None) -> bool:
        """Whether the update is dealt with. Raises NotSaved if the database is gone."""
        try:
            await self._take([inbound], lease)
        except Exception as error:  # noqa: BLE001 - counted; after the third time it is parked
            if is_unavailable(error):
                raise NotSaved from None
            return await self._failed_alone(inbound, error)
        self._failures.pop((inbound.channel, inbound.id), None)
        return True

    async def _failed_alone(self, inbound: Inbound, error: Exception) -> bool:
        key = (inbound.channel, inbound.id)
        self._failures[key] = self._failures.get(key, 0) + 1
        if self._failures[key] < MOST_FAILURES:
            return False
        log.error("update parked", error=type(error).__name__, failures=self._failures.pop(key))
        await self._park(inbound)
        return True

    async def _park(self, inbound: Inbound) -> None:
        try:
            async with self._backend.work() as work:
                await inbox.take_new(work.session, work.vault, [(inbound.channel, inbound.id)], now=work.now)
                await _set_aside(work, inbound)
                await _tell_staff(work)
        except Exception as error:
            if is_unavailable(error):
                raise NotSaved from None
            raise
        if inbound.private:
            await self._say_directly(inbound, "said-parked")

    # ── What takes too long ─────────────────────────────────────────────────────────────────────

    def _watch(self, batch: Sequence[Inbound]) -> None:
        """From the first attempt on: five seconds without a commit, and the writer is told, once."""
        loop = asyncio.get_running_loop()
        for each in batch:
            key = (each.channel, each.id)
            if each.private and key not in self._waiting:
                self._waiting[key] = loop.call_later(self._tell_after, self._tell_not_saved, each)

    def _tell_not_saved(self, inbound: Inbound) -> None:
        if not self._backend.node.answers_for_itself():
            return  # stopped for a while, and others went on: they may have saved it
        task = asyncio.get_running_loop().create_task(self._say_directly(inbound, "said-not-saved"))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _say_directly(self, inbound: Inbound, key: str) -> None:
        language = person_language(inbound.language, self._backend.settings.centre.languages)
        message = await self._outbound.tell_directly(inbound, phrase(key), language=language)
        if message:
            self._direct.append(DirectWord(inbound, message, self._backend.clock.now()))

    def _saved(self, batch: Sequence[Inbound]) -> None:
        for each in batch:
            waiting = self._waiting.pop((each.channel, each.id), None)
            if waiting is not None:
                waiting.cancel()


async def _tell_staff(work: Work) -> None:
    """Somebody must look: to the rooms, or where there is none to the coordinators."""
    parties = [room.party for room in await rooms.bound(work)]
    people = [] if parties else await staff.with_role(work, "coordinator")
    for party in (*parties, *(person.party for person in people if person.party)):
        work.put(Item(party, "told", {"key": "told-parked"}))


async def _set_aside(work: Work, inbound: Inbound) -> None:
    """The update as it came, sealed with the desk's key, for an operator to look into."""
    row_id = new_id()
    key = await staff.desk_key(work)
    plain = json.dumps(asdict(inbound), default=str).encode()
    work.session.add(ParkedRow(id=row_id, at=work.now, update=key.seal("parked", "update", row_id, plain)))
