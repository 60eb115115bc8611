"""Ticks. APScheduler says when to look; what is due stands in the database and outlives the process.

No business state here: in-memory jobs, every interval missed is caught up by the next one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from backend import inbox, outbox
from backend.cases import erasure, held_replies
from backend.database import is_unavailable
from backend.escalation import run_due
from backend.people import posted, reporters, staff
from backend.work import Backend
from bot import fetching
from bot.channels.base import Channel
from bot.inbound import Reception

log = structlog.get_logger("schedule")

FETCH_EVERY = timedelta(seconds=2)
TIDY_EVERY = timedelta(minutes=1)
STRAYS_EVERY = timedelta(hours=1)
CLAIMS_EVERY = timedelta(seconds=10)

Job = Callable[[], Awaitable[None]]


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

    def start(self) -> None:
        """Begin to tick."""
        self._every(self._backend.settings.escalation.tick, self.escalate)
        self._every(self._backend.settings.escalation.tick, self.wake)
        self._every(FETCH_EVERY, self.fetch)
        self._every(CLAIMS_EVERY, self.release_claims)
        self._every(TIDY_EVERY, self.tidy)
        self._every(STRAYS_EVERY, self.remove_strays)
        self._scheduler.start()

    def stop(self) -> None:
        """No more ticks. One that is under way is cancelled with the loop; its transaction rolls back."""
        self._scheduler.shutdown(wait=False)

    def _every(self, span: timedelta, job: Job) -> None:
        self._scheduler.add_job(
            self._safely,
            "interval",
            args=[job],
            seconds=span.total_seconds(),
            next_run_time=datetime.now(UTC),
        )

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

    async def escalate(self) -> None:
        """Clocks that are due. A look costs no lock, so an idle hotline disturbs nobody."""
        async with self._backend.looking() as work:
            more = await run_due.anything_due(work)
        while more:
            async with self._backend.work() as work:
                more = await run_due.run_due(work) > 0

    async def wake(self) -> None:
        """Conversations to wake, drafts that had their day; they don't wait for the clocks to work."""
        async with self._backend.looking() as work:
            due = await reporters.any_due(work)
        if due:
            await self._reception.wake_due()

    async def next_due(self) -> datetime | None:
        """When something is due next: the demo's clock stops there on its way forward."""
        async with self._backend.looking() as work:
            times = (
                await run_due.next_due(work),
                await reporters.next_due(work),
                await outbox.next_due(work.session),
            )
        return min((time for time in times if time is not None), default=None)

    async def fetch(self) -> None:
        """Files that wait to be fetched."""
        async with self._backend.looking() as work:
            waiting = await fetching.any_pending(work)
        if waiting:
            await fetching.fetch_pending(self._backend, self._channels)

    async def release_claims(self) -> None:
        """Messages that another node claimed and never settled."""
        async with self._backend.work() as work:
            await outbox.release_lapsed(work.session, now=work.now)

    async def tidy(self) -> None:
        """What had its time: hidden cases, strangers, old ids, unused invitations."""
        async with self._backend.work() as work:
            await erasure.destroy_hidden(work)
            await erasure.forget_idle_reporters(work)
            await staff.forget_old_invitations(work)
            await held_replies.forget_old(work)
            await posted.forget_old(work)
            await inbox.forget_old(work.session, now=work.now)
            await outbox.forget_old(work.session, now=work.now)

    async def remove_strays(self) -> None:
        """Files of which no row speaks any more."""
        await fetching.remove_strays(self._backend)
