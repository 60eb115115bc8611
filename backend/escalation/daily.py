"""How the day went, told to the coordinators once a day at the hour they chose.

Which days were told stands in the database: nothing is told twice, and one that was missed is told late, if
that still means anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from sqlalchemy import bindparam, delete, func, select

from backend import outbox, statistics
from backend.cases import queue
from backend.cases.queue import Waiting
from backend.escalation import due_dates
from backend.escalation.due_dates import DueAt
from backend.escalation.model import DailySummaryRow
from backend.local_time import day_of, planned
from backend.outbox import Item, Priority
from backend.people import staff
from backend.retention import closed
from backend.retention.closed import Ending
from backend.rota import duty, rules
from backend.rota.duty import Stretch, zone_of
from backend.statistics import Figures
from backend.work import Work

DAY = timedelta(days=1)
STALE = timedelta(hours=12)
"""Later than this nobody needs it any more: the next one is nearer."""
STUCK = timedelta(minutes=2)
WEEK = timedelta(days=7)
AHEAD = timedelta(days=2)
"""A summary of a later day than this was decided by a clock that ran ahead: it counts for nothing."""
KEPT = timedelta(days=90)

# Built once: it is asked every second, and putting a statement together costs as much as running it.
_LAST = select(func.max(DailySummaryRow.at)).where(DailySummaryRow.at <= bindparam("latest"))


@dataclass(frozen=True, slots=True)
class Summary:
    """What coordinators want to know. `today` is who is on duty until midnight; None without a rota."""

    figures: Figures
    cases: Sequence[Waiting]
    late: Sequence[DueAt]
    due_today: Sequence[DueAt]
    failed: int
    stuck: int
    today: Sequence[Stretch] | None
    gaps: Sequence[tuple[datetime, datetime]]
    ending: Ending


# ── When ────────────────────────────────────────────────────────────────────────────────────────


def moment_due(last: datetime, now: datetime, hour: time, zone: tzinfo) -> datetime | None:
    """The moment of the summary that is due: the latest up to `now`, if it wasn't told and isn't stale.

    `last` is the moment of the one that was told last. Pure.
    """
    moment = _latest(now, hour, zone)
    return moment if last < moment and now - moment <= STALE else None


def _latest(now: datetime, hour: time, zone: tzinfo) -> datetime:
    today = planned(day_of(now, zone), hour, zone)
    return today if today <= now else planned(day_of(now, zone) - DAY, hour, zone)


def next_moment(now: datetime, hour: time, zone: tzinfo) -> datetime:
    """The first moment of a summary after `now`. Pure."""
    today = planned(day_of(now, zone), hour, zone)
    return today if today > now else planned(day_of(now, zone) + DAY, hour, zone)


async def _last(work: Work, *, hold: bool = False) -> datetime | None:
    """The moment that was told last; to `hold` it keeps another node from telling the next one too."""
    latest = work.now + AHEAD
    if hold:
        query = (
            select(DailySummaryRow)
            .where(DailySummaryRow.at <= latest)
            .order_by(DailySummaryRow.at.desc())
            .limit(1)
        )
        await work.session.execute(query.with_for_update())
    return (await work.session.execute(_LAST, {"latest": latest})).scalar()


async def anything_due(work: Work) -> bool:
    """Whether a summary is due, or counting has to begin."""
    hour = work.settings.escalation.summary_at()
    if hour is None:
        return False
    last = await _last(work)
    return last is None or moment_due(last, work.now, hour, zone_of(work)) is not None


async def next_due(work: Work) -> datetime | None:
    """When the next summary is due; None if none is wanted."""
    hour = work.settings.escalation.summary_at()
    return None if hour is None else next_moment(work.now, hour, zone_of(work))


async def run_due(work: Work) -> None:
    """Tell the coordinators, if the hour has come. The first look only begins the count."""
    hour, last = work.settings.escalation.summary_at(), await _last(work, hold=True)
    if hour is None:
        return
    if last is None:
        work.session.add(DailySummaryRow(at=work.now))
        return
    moment = moment_due(last, work.now, hour, zone_of(work))
    if moment is None:
        return
    await work.session.execute(delete(DailySummaryRow).where(DailySummaryRow.at > work.now + AHEAD))
    work.session.add(DailySummaryRow(at=moment))
    await work.session.flush()
    for person in await staff.with_role(work, "coordinator"):
        if person.party:
            once = f"daily:{moment.isoformat()}:{person.id}"
            params = {"at": moment.isoformat()}
            work.put(Item(person.party, "daily", params, Priority.NOTICE, once=once))


async def wanted(work: Work, at: str) -> bool:
    """Whether the summary of this moment is still the latest: one that waited a day isn't sent."""
    last = await _last(work)
    return last is not None and last.isoformat() == at


async def forget_old(work: Work) -> None:
    """Drop the moments of long ago, but the last."""
    last = await _last(work)
    if last is not None:
        oldest = min(last, work.now - KEPT)
        await work.session.execute(delete(DailySummaryRow).where(DailySummaryRow.at < oldest))


# ── What ────────────────────────────────────────────────────────────────────────────────────────


async def summary(work: Work) -> Summary:
    """All of it, as it is now."""
    now, midnight = work.now, planned(day_of(work.now, zone_of(work)) + DAY, time(0), zone_of(work))
    failed, stuck = await outbox.troubles(work.session, since=now - DAY, late=now - STUCK)
    due = await due_dates.until(work, midnight)
    rota = await duty.load(work, now)
    return Summary(
        figures=await statistics.figures(work, over=DAY),
        cases=await queue.open_cases(work),
        late=[each for each in due if each.at <= now],
        due_today=[each for each in due if now < each.at < midnight],
        failed=failed,
        stuck=stuck,
        today=rota.spans(now, midnight) if rota.exists else None,
        gaps=rules.gaps(rota.pattern, rota.shifts, now, now + WEEK, rota.zone) if rota.exists else [],
        ending=await closed.ending(work, since=now - DAY),
    )
