"""Ticks. APScheduler says when to look; what is due stands in the database and outlives the process.

No business state here: in-memory jobs, every interval missed is caught up by the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from backend import elsewhere, inbox, nodes, outbox, wrong_clocks
from backend.cases import erasure, held_replies, restricting, sealed
from backend.database import is_unavailable
from backend.escalation import daily, due_dates, run_due
from backend.liveness import outages
from backend.people import posted, reporters, staff, wrong_codes
from backend.retention import closed, erasures_list, requests, vanish
from backend.rota import handover, shifts, swaps, watch
from backend.surge import digests
from backend.vault import learning
from backend.work import Backend, Work
from bot import fetching
from bot.channels.base import Channel
from bot.inbound import Reception

log = structlog.get_logger("schedule")

WARN_EVERY = timedelta(seconds=10)
FETCH_EVERY = timedelta(seconds=2)
TIDY_EVERY = timedelta(minutes=1)
FORGET_EVERY = timedelta(seconds=2)
CLOSED_EVERY = timedelta(minutes=10)
SEAL_EVERY = timedelta(minutes=1)
STRAYS_EVERY = timedelta(hours=1)
KEYS_EVERY = timedelta(seconds=2)
LEFT_EVERY = timedelta(seconds=1)
CLOCKS_EVERY = timedelta(seconds=10)
BEAT_EVERY = timedelta(seconds=10)
ROLLS_BACK_WITHIN = 3.0
"""Seconds that a tick has, once it is cancelled."""

Job = Callable[[], Awaitable[None]]


class _Timed(Protocol):
    """A module whose work comes due at some time."""

    async def anything_due(self, work: Work, /) -> bool: ...
    async def run_due(self, work: Work, /) -> object: ...


class Schedule:
    """The hotline's ticks."""

    def __init__(self, backend: Backend, reception: Reception, channels: Mapping[str, Channel]) -> None:
        self._backend = backend
        self._reception = reception
        self._channels = channels
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._said_unavailable = False
        self._said_unlisted, self._unlisted = False, 0
        self._under_way: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to tick."""
        self._every(BEAT_EVERY, self.beat)
        self._every(self._backend.settings.escalation.tick, self.escalate)
        self._every(self._backend.settings.escalation.tick, self.remind)
        self._every(self._backend.settings.escalation.tick, self.wake)
        self._every(self._backend.settings.escalation.tick, self.ease)
        self._every(WARN_EVERY, self.warn)
        self._every(FETCH_EVERY, self.fetch)
        if not self._backend.node.is_sole:
            self._every(LEFT_EVERY, self.take_over)
        self._every(CLOCKS_EVERY, self.heed_wrong_clocks)
        self._every(TIDY_EVERY, self.tidy)
        self._every(FORGET_EVERY, self.forget)
        self._every(CLOSED_EVERY, self.destroy_closed)
        self._every(SEAL_EVERY, self.seal)
        self._every(STRAYS_EVERY, self.remove_strays)
        self._every(KEYS_EVERY, self.learn_keys)
        self._scheduler.start()

    async def stop(self) -> None:
        """No more ticks. One that is under way is cancelled, and rolls back before the database is closed."""
        self._scheduler.shutdown(wait=False)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=ROLLS_BACK_WITHIN)

    def _every(self, span: timedelta, job: Job) -> None:
        self._backend.vitals.expect(job.__name__, every=span)
        self._scheduler.add_job(
            self._tick,
            "interval",
            args=[job],
            seconds=span.total_seconds(),
            next_run_time=datetime.now(UTC),
        )

    async def _tick(self, job: Job) -> None:
        """One tick, known as long as it is under way."""
        task = asyncio.current_task()
        if task is not None:
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        await self._safely(job)

    async def _safely(self, job: Job) -> None:
        """A tick that fails is logged, by class, and the next one tries again."""
        try:
            await job()
        except Exception as error:  # noqa: BLE001 - a tick must not end the ticking
            if not (is_unavailable(error) and self._said_unavailable):
                log.error("tick failed", error=type(error).__name__)
            self._said_unavailable = is_unavailable(error)
        else:
            self._said_unavailable = False
            self._backend.vitals.ticked(job.__name__)

    async def beat(self) -> None:
        """Write down that the hotline lives; the staff are told of an outage that this ends."""
        async with self._backend.work() as work:
            outage = await outages.beat(work)
        self._backend.vitals.beaten()
        if outage:
            log.warning("was down", seconds=int((outage.ended - outage.begun).total_seconds()))

    async def escalate(self) -> None:
        """Clocks that are due. A look costs no lock, so an idle hotline disturbs nobody."""
        if outages.may_have_been_down(self._backend.vitals):
            await self._safely(self.beat)
        async with self._backend.looking() as work:
            more = await run_due.anything_due(work)
        while more:
            async with self._backend.work() as work:
                more = await run_due.run_due(work) > 0

    async def remind(self) -> None:
        """Due dates, changes of duty, the daily summary, chats: each in a transaction of its own."""
        await self._if_due(due_dates, handover, daily, vanish, restricting)

    async def warn(self) -> None:
        """Gaps in the rota ahead, and people on duty who can't be written to."""
        await self._if_due(watch)

    async def _if_due(self, *parts: _Timed) -> None:
        """One look for all of them, which costs no lock; a transaction only where it finds something."""
        async with self._backend.looking() as work:
            due = [part for part in parts if await part.anything_due(work)]
        for part in due:
            async with self._backend.work() as work:
                await part.run_due(work)

    async def ease(self) -> None:
        """Surges, whose announcements a digest stands for, and alerts that are late on their messenger."""
        limits = {name: channel.limits.per_group_minute for name, channel in self._channels.items()}
        async with self._backend.looking() as work:
            surging, late = await digests.needed(work, limits), await elsewhere.any_due(work)
        if not (surging or late):
            return
        async with self._backend.work() as work:
            await digests.look(work, limits)
            await elsewhere.look(work, self._channels)

    async def wake(self) -> None:
        """Conversations to wake, drafts that had their day; they don't wait for the clocks to work."""
        async with self._backend.looking() as work:
            due = await reporters.any_due(work)
        if due:
            await self._reception.wake_due()
        await self._reception.note_direct_words()

    async def all_due(self) -> None:
        """Everything that goes by the Clock, once: for whoever moves it."""
        for job in (self.escalate, self.remind, self.warn, self.ease, self.wake, self.seal):
            await job()

    async def next_due(self) -> datetime | None:
        """When something is due next: the demo's clock stops there on its way forward."""
        async with self._backend.looking() as work:
            times = (
                await run_due.next_due(work),
                await reporters.next_due(work),
                await due_dates.next_due(work),
                await handover.next_due(work),
                await watch.next_due(work),
                await daily.next_due(work),
                await vanish.next_due(work),
                await restricting.next_due(work),
                await outbox.next_due(work.session),
            )
        return min((time for time in times if time is not None), default=None)

    async def seal(self) -> None:
        """Closed cases that the server itself shall no longer be able to read."""
        await sealed.seal_due(self._backend)

    async def fetch(self) -> None:
        """Files that wait to be fetched."""
        async with self._backend.looking() as work:
            waiting = await fetching.any_pending(work)
        if waiting:
            await fetching.fetch_pending(self._backend, self._channels)

    async def take_over(self) -> None:
        """What nodes that died had claimed and never settled."""
        async with self._backend.looking() as work:
            left = await nodes.anything_left(work.session)
        if left:
            async with self._backend.work() as work:
                await nodes.take_over(work.session)

    async def heed_wrong_clocks(self) -> None:
        """What a clock that ran ahead would have waiting for hours."""
        async with self._backend.looking() as work:
            put_off = await wrong_clocks.any_put_off(work.session, now=work.now)
        if put_off:
            async with self._backend.work() as work:
                await wrong_clocks.pull_back(work.session, now=work.now)

    async def tidy(self) -> None:
        """What had its time: hidden cases, strangers, old ids, unused invitations, swaps, old shifts."""
        async with self._backend.work() as work:
            await erasure.destroy_hidden(work)
            await erasure.forget_idle_reporters(work)
            await requests.expire(work)
            await staff.forget_old_invitations(work)
            await swaps.expire(work)
            await shifts.forget_old(work)
            await held_replies.forget_old(work)
            await due_dates.heed_wrong_clocks(work)
            await handover.forget_old(work)
            await watch.forget_old(work)
            await daily.forget_old(work)
            await wrong_codes.forget_old(work)
            await vanish.heed_age(work)
            await vanish.forget_strays(work)
            await posted.forget_old(work)
            await inbox.forget_old(work.session, now=work.now, kept=work.settings.retention.inbox)
            await outbox.forget_old(work.session, now=work.now)
        # Drafts, strangers, words that were sent: SQLite's log would keep them until it is full.
        self._backend.database.holds_destroyed |= self._backend.database.is_sqlite

    async def destroy_closed(self) -> None:
        """Cases that were closed long ago, as the configuration says."""
        async with self._backend.looking() as work:
            due = await closed.any_due(work)
        if not due:
            return
        async with self._backend.work() as work:
            await closed.mark(work)
        destroyed = 1
        while destroyed:
            async with self._backend.work() as work:
                destroyed = await closed.destroy_due(work)

    async def forget(self) -> None:
        """What was erased: into the list that no backup holds, and off the disk, whichever of them can be."""
        database = self._backend.database
        async with self._backend.looking() as work:
            unlisted = await erasures_list.unlisted(work)
        # Those that can't be listed are found at each tick, and their pages were overwritten at the first.
        database.holds_destroyed |= unlisted > self._unlisted
        self._unlisted = unlisted
        if unlisted and await self._list_erasures():
            self._unlisted = 0
        if database.holds_destroyed:
            await database.forget_pages()

    async def _list_erasures(self) -> bool:
        """Whether it could be written. Said once; `/status` and `hotline check` go on saying it."""
        try:
            await erasures_list.write(self._backend)
        except OSError as error:
            if not self._said_unlisted:
                log.error("list of erasures not written", error=type(error).__name__)
            self._said_unlisted = True
            return False
        self._said_unlisted = False
        return True

    async def learn_keys(self) -> None:
        """The wrapping key that `hotline keys rotate` has made; it waits for this process to take it over."""
        async with self._backend.looking() as work:
            new = await learning.anything_new(work.session, self._backend.vault, self._backend.node.id)
        if new:
            await learning.take_over(self._backend)

    async def remove_strays(self) -> None:
        """Files of which no row speaks any more, and erasures that this node's list doesn't hold."""
        await fetching.remove_strays(self._backend)
        await erasures_list.complete(self._backend)
