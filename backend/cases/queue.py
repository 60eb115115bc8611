"""What the staff ask about all cases at once, from clear columns only: what is open, what is overdue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from backend.cases.model import CaseRow
from backend.cases.rules import OPEN, SEVERITIES
from backend.escalation.model import CaseClockRow
from backend.work import Work

_PRESSING: Mapping[str, int] = {severity: place for place, severity in enumerate(SEVERITIES)}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open case, without a word of its content. `assignee` is a staff id."""

    reference: str
    severity: str
    status: str
    since: datetime
    """When it began to wait for somebody if it is new, else when it was opened."""
    assignee: str | None
    overdue: bool
    waits_until: datetime | None


async def open_cases(work: Work) -> list[Waiting]:
    """Every open case, the most severe first, of these the oldest first."""
    query = (
        select(CaseRow, CaseClockRow)
        .outerjoin(CaseClockRow, CaseClockRow.case_id == CaseRow.id)
        .where(CaseRow.status.in_(OPEN), CaseRow.hidden_at.is_(None))
    )
    found = [_waiting(case, clock, work.now) for case, clock in await work.session.execute(query)]
    return sorted(found, key=lambda each: (_PRESSING[each.severity], each.since, each.reference))


def _waiting(case: CaseRow, clock: CaseClockRow | None, now: datetime) -> Waiting:
    return Waiting(
        reference=case.reference,
        severity=case.severity,
        status=case.status,
        since=waiting_since(case, clock),
        assignee=case.assignee,
        overdue=is_overdue(clock, now),
        waits_until=case.waits_until,
    )


def waiting_since(case: CaseRow, clock: CaseClockRow | None) -> datetime:
    """When a case began to wait: a new one given back waits from then, any other from its opening."""
    if clock is not None and clock.kind == "acknowledge":
        return max(case.opened_at, clock.started_at)
    return case.opened_at


def is_overdue(clock: CaseClockRow | None, now: datetime) -> bool:
    """Whether nobody did in time what the running clock waits for: a step was taken, or is due now.

    A case that was put to wait is not overdue, and neither is one that the night holds back.
    """
    if clock is None or clock.next_at is None or clock.kind == "wait":
        return False
    return clock.step > 0 or clock.next_at <= now


async def clock_of(work: Work, case_id: str) -> CaseClockRow | None:
    """The clock of one case."""
    return await work.session.get(CaseClockRow, case_id)


def by_severity(cases: Iterable[Waiting]) -> Mapping[str, int]:
    """How many there are of each severity, none left out."""
    counts = Counter(case.severity for case in cases)
    return {severity: counts[severity] for severity in SEVERITIES}


async def opened_and_closed(work: Work, *, over: timedelta) -> tuple[int, int]:
    """How many cases were opened, and how many closed, within this time up to now."""
    since = work.now - over
    opened = select(func.count()).where(CaseRow.opened_at >= since, CaseRow.hidden_at.is_(None))
    closed = select(func.count()).where(CaseRow.closed_at >= since, CaseRow.hidden_at.is_(None))
    return (
        (await work.session.execute(opened)).scalar_one(),
        (await work.session.execute(closed)).scalar_one(),
    )


async def held_by(work: Work, staff_id: str) -> list[str]:
    """References of the open cases that somebody works on."""
    query = (
        select(CaseRow.reference)
        .where(CaseRow.assignee == staff_id, CaseRow.status.in_(OPEN), CaseRow.hidden_at.is_(None))
        .order_by(CaseRow.opened_at)
    )
    return list((await work.session.execute(query)).scalars())
