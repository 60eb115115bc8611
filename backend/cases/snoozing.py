"""An officer puts the next reminder of their case off: once a step, and never for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.cases.progress import must_be_open
from backend.cases.records import Case, add_entry
from backend.errors import AlreadySnoozed, NotAllowed, NothingToSnooze, NotYoursToSnooze, SnoozeTooLong
from backend.escalation import clocks
from backend.escalation.model import CaseClockRow
from backend.escalation.rules import LONGEST_SNOOZE
from backend.people.staff import Staff
from backend.work import Work


async def snooze(work: Work, actor: Staff, case: Case, span: timedelta) -> datetime:
    """Let the next step of the case's clock come in `span`, later ones as much later; returns when.

    Raises NotAllowed, CaseClosed, NothingToSnooze, NotYoursToSnooze, AlreadySnoozed, SnoozeTooLong.
    """
    clock = await _clock_of(work, actor, case)
    if span > LONGEST_SNOOZE:
        raise SnoozeTooLong(reference=case.reference)
    until = work.now + span
    if not clocks.put_off(work, case.row, clock, until):
        raise NothingToSnooze(reference=case.reference)
    facts = {"until": until.isoformat()}
    add_entry(work, case, "snoozed", author="staff", author_id=actor.id, facts={**facts})
    return until


async def _clock_of(work: Work, actor: Staff, case: Case) -> CaseClockRow:
    """The clock that this officer may put off."""
    if not actor.may_work_cases:
        raise NotAllowed
    must_be_open(case)
    if case.row.status == "new" or case.row.assignee != actor.id:
        raise NotYoursToSnooze(reference=case.reference)
    clock = await clocks.running(work, case.row)
    if clock is None or clock.kind == "wait":
        raise NothingToSnooze(reference=case.reference)
    if clock.snoozed:
        raise AlreadySnoozed(reference=case.reference)
    return clock
