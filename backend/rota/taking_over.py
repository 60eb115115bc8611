"""What whoever comes on duty takes over: references and times alone, fit for a room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from backend.cases import queue
from backend.cases.model import CaseRow
from backend.cases.queue import Waiting
from backend.cases.rules import OPEN
from backend.escalation import due_dates
from backend.escalation.model import CaseClockRow
from backend.people import need_to_know
from backend.people.staff import Staff
from backend.rota import duty
from backend.rota.duty import Rota
from backend.work import Work

SIGHT = timedelta(days=9)
"""A weekly rota whose people don't change within this never changes them."""
AT_LEAST = timedelta(days=1)
"""How far ahead is told what falls due, where a shift has no end."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """What must be done about a case by `at`: `kind` is the clock's, or `due` for a due date."""

    reference: str
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """What is open, and what falls due until `until`, when others come (None: nobody else will).

    What falls due on restricted cases is told to those named alone, when it does.
    """

    until: datetime | None
    backup: tuple[Staff, ...]
    cases: Sequence[Waiting]
    deadlines: Sequence[Deadline]


async def load(work: Work) -> Load:
    """What is taken over at `work.now`."""
    rota = await duty.load(work, work.now)
    until = _others_come(rota, work.now) if rota.exists else None
    horizon = until or work.now + AT_LEAST
    due = [Deadline(each.reference, "due", each.at) for each in await due_dates.until(work, horizon)]
    deadlines = sorted([*due, *await _clocks(work, horizon)], key=lambda each: (each.at, each.reference))
    backup = rota.at(work.now).backup if rota.exists else ()
    return Load(until, backup, await queue.open_cases(work), deadlines)


def _others_come(rota: Rota, now: datetime) -> datetime | None:
    first, *later = rota.spans(now, now + SIGHT)
    return next((each.begins for each in later if set(each.primary) != set(first.primary)), None)


async def _clocks(work: Work, horizon: datetime) -> list[Deadline]:
    query = (
        select(CaseRow.reference, CaseClockRow.kind, CaseClockRow.next_at)
        .join(CaseClockRow, CaseClockRow.case_id == CaseRow.id)
        .where(CaseRow.status.in_(OPEN), CaseRow.hidden_at.is_(None), CaseClockRow.next_at <= horizon)
    )
    found, closed = await work.session.execute(query), await need_to_know.closed_to(work, None)
    return [
        Deadline(reference, kind, at)
        for reference, kind, at in found
        if at is not None and reference not in closed
    ]
