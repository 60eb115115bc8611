"""Figures over a time: how many cases, how fast they were answered. From clear columns, never contents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import or_, select

from backend.cases.model import CaseRow
from backend.cases.rules import SEVERITIES
from backend.work import Work

FEW = 5
"""Figures below this are shown to nobody outside the desk: so few people could be recognised."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast something was done.

    Of `judged` cases (done, or too late by now) `in_time` were in time; `middle` is the median time over
    the `done`, None if there are none.
    """

    middle: timedelta | None
    done: int
    judged: int
    in_time: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A time's cases. Speeds go by the times configured for each case's severity."""

    opened: Mapping[str, int]
    closed: int
    acknowledged: Speed
    replied: Speed

    @property
    def total(self) -> int:
        """How many cases were opened."""
        return sum(self.opened.values())


async def figures(work: Work, *, over: timedelta) -> Figures:
    """The figures of the time `over` up to now, by when cases were opened (or closed)."""
    since = work.now - over
    recent = or_(CaseRow.opened_at >= since, CaseRow.closed_at >= since)
    query = select(CaseRow).where(recent, CaseRow.hidden_at.is_(None))
    cases = list((await work.session.execute(query)).scalars())
    opened = [case for case in cases if case.opened_at >= since]
    counts = Counter(case.severity for case in opened)
    return Figures(
        opened={severity: counts[severity] for severity in SEVERITIES},
        closed=sum(case.closed_at is not None and case.closed_at >= since for case in cases),
        acknowledged=speed([_acknowledging(work, case) for case in opened], now=work.now),
        replied=speed([_replying(work, case) for case in opened if _awaits_reply(case)], now=work.now),
    )


@dataclass(frozen=True, slots=True)
class Span:
    """From when something was asked for until it was done (None: not yet), and how long it may take."""

    begun: datetime
    done: datetime | None
    allowed: timedelta


def speed(spans: Sequence[Span], *, now: datetime) -> Speed:
    """The speed of these. What isn't done and isn't late yet can't be judged, and is left out."""
    taken = [(span.done - span.begun).total_seconds() for span in spans if span.done is not None]
    middle = timedelta(seconds=median(taken)) if taken else None
    late = sum(span.done is None and now - span.begun > span.allowed for span in spans)
    in_time = sum(span.done is not None and span.done - span.begun <= span.allowed for span in spans)
    return Speed(middle, len(taken), len(taken) + late, in_time)


def _acknowledging(work: Work, case: CaseRow) -> Span:
    allowed = work.settings.escalation.of(case.severity).acknowledge[0].after
    return Span(case.opened_at, case.acknowledged_at or case.closed_at, allowed)


def _awaits_reply(case: CaseRow) -> bool:
    """A case closed without a reply (a duplicate, say) never will have one: it says nothing of speed."""
    return case.replied_at is not None or case.closed_at is None


def _replying(work: Work, case: CaseRow) -> Span:
    return Span(case.opened_at, case.replied_at, work.settings.escalation.of(case.severity).reply_within)
