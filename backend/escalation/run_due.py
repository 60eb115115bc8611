"""What happens when nobody acknowledges: the tick that finds clocks whose time has come, and acts on them.

Each step is decided once: claimed row, entry, outbox rows (unique by case, round, step and party) and the
next due time are one transaction. Whether a message is still wanted is asked again when it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select, update

from backend.cases import notices, progress, records
from backend.cases.model import CaseRow
from backend.cases.records import Case
from backend.database import is_unavailable
from backend.escalation import clocks, rules
from backend.escalation.model import CaseClockRow
from backend.escalation.rules import Due
from backend.outbox import Item, Json, Party
from backend.people import rooms, staff
from backend.people.staff import Staff
from backend.vault import keyring
from backend.vault.keys import CaseKey
from backend.work import Work

log = structlog.get_logger("escalation")

PUT_OFF = timedelta(minutes=1)
"""When a step that failed is tried again: at once it would fail at once."""


async def run_due(work: Work, *, limit: int = 200) -> int:
    """Take every step that is due by now; returns how many clocks were looked at.

    One that fails is logged and put off, and holds up no other. Raises what says that the database is gone.
    """
    query = (
        select(CaseClockRow, CaseRow)
        .join(CaseRow, CaseRow.id == CaseClockRow.case_id)
        .where(CaseClockRow.next_at <= work.now)
        .order_by(CaseClockRow.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = (await work.session.execute(query)).all()
    # Ids first: of what a savepoint took back nothing can be asked without the database.
    for case_id, clock, row in [(row.id, clock, row) for clock, row in due]:
        try:
            async with work.apart():
                await _look_at(work, row, clock)
        except Exception as error:
            if is_unavailable(error):
                raise
            log.error("step failed", case=case_id, error=type(error).__name__)
            await _put_off(work, case_id)
    return len(due)


async def _look_at(work: Work, row: CaseRow, clock: CaseClockRow) -> None:
    key = await keyring.load(work.session, work.vault, row.id, CaseKey)
    if key is None:
        clock.next_at = None  # the case was destroyed: there is nothing left to tell of it
        return
    await _take_step(work, Case(row, key), clock)


async def _put_off(work: Work, case_id: str) -> None:
    where = CaseClockRow.case_id == case_id
    await work.session.execute(update(CaseClockRow).where(where).values(next_at=work.now + PUT_OFF))


async def anything_due(work: Work) -> bool:
    """Whether a clock's time has come. Reads the index alone: asked every second."""
    query = select(CaseClockRow.case_id).where(CaseClockRow.next_at <= work.now).limit(1)
    return (await work.session.execute(query)).scalar() is not None


async def next_due(work: Work) -> datetime | None:
    """When the next clock is due: the demo stops there on its way forward."""
    return (await work.session.execute(select(func.min(CaseClockRow.next_at)))).scalar()


async def _take_step(work: Work, case: Case, clock: CaseClockRow) -> None:
    morning = clocks.held_back(work, case.row, work.now)
    if morning != work.now:
        # It was due in the evening, and nobody looked until the night.
        clock.next_at = morning
        return
    plan = clocks.plan_for(work, case.row, clock.kind, started_at=clock.started_at)
    due = rules.next_step(plan, started_at=clock.started_at, taken=clock.step, now=work.now)
    if due is None:
        # The times were changed in the configuration: reckon anew.
        following = rules.step_at(plan, clock.started_at, clock.step)
        clock.next_at = clocks.held_back(work, case.row, following)
        return
    everyone_called = clock.step < len(plan.steps) <= due.number
    kind, mark = clock.kind, f"{clock.kind}:{clock.round}"
    clock.step, clock.next_at = due.number, clocks.held_back(work, case.row, due.next_at)
    people = await _people(work, case, due.notify)
    _write_down(work, case, kind, due, people)
    for party in await _parties(work, people, quietly=due.notify == "assignee"):
        work.put(_message(case, kind, due, mark, party))
    if kind == "acknowledge" and everyone_called:
        # Once in each silence: another severity goes on with the same one, a release begins another.
        silence = f"nobody-yet:{clock.started_at.isoformat()}"
        await notices.tell_reporters(work, case, "nobody-yet", while_=mark, once=silence)
    if kind == "wait":
        await progress.go_on(work, case, "resume")


async def _people(work: Work, case: Case, notify: str) -> list[Staff]:
    """Who `notify` means now. Nobody there means everybody: a step must not pass unheard."""
    match notify:
        case "assignee":
            officer = await staff.get(work, case.row.assignee) if case.row.assignee else None
            people = [officer] if officer and officer.party else []
        case "coordinators":
            people = await staff.with_role(work, "coordinator")
        case "officers":
            people = await staff.with_role(work, "officer")
        case _:
            people = await staff.on_duty(work)
    return people or await staff.with_role(work, "officer", "coordinator")


def _write_down(work: Work, case: Case, kind: str, due: Due, people: Sequence[Staff]) -> None:
    facts: dict[str, Json] = {
        "clock": kind,
        "step": due.number,
        "to": [person.id for person in people],
    }
    touched = case.row.touched_at
    records.add_entry(
        work, case, "escalated" if kind in ("acknowledge", "first_reply") else "reminded", facts=facts
    )
    case.row.touched_at = touched  # a reminder is no activity


async def _parties(work: Work, people: Sequence[Staff], *, quietly: bool) -> list[Party]:
    """The people, and the rooms too unless it is only the officer on the case who is reminded (`quietly`)."""
    own = [person.party for person in people if person.party]
    if quietly and len(own) == 1:
        return own
    return [*(room.party for room in await rooms.bound(work)), *own]


def _message(case: Case, kind: str, due: Due, mark: str, party: Party) -> Item:
    return Item(
        party,
        "escalated",
        {"kind": kind, "step": due.number, "last": due.last},
        notices.pressing(case),
        case.row.id,
        once=f"{case.row.id}:{mark}:{due.number}:{party.id}",
        while_=None if kind == "wait" else mark,
    )
