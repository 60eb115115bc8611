"""Due dates that officers set on a case: what must be done by when, and who is reminded of it.

A reminder is decided once: the row's step moves in the transaction that puts the messages, and whether one is
still wanted is asked again when it is sent. The words are sealed with the case and keep the strength of the
channel they came by.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, bindparam, func, select, update

from backend.cases import notices, records
from backend.cases.model import CaseRow
from backend.cases.records import Case
from backend.cases.rules import OPEN
from backend.database import is_unavailable
from backend.errors import CaseClosed, CaseNotFound, HotlineError, NotAllowed
from backend.escalation import reminders
from backend.escalation.model import DueDateRow
from backend.outbox import Item, Json, Party, Priority
from backend.people import need_to_know, rooms, staff
from backend.people.staff import Staff
from backend.rota import duty
from backend.rota.duty import zone_of
from backend.section import LONGEST
from backend.vault.keys import new_id
from backend.work import Work

log = structlog.get_logger("escalation")

MOST = 20
"""Open due dates that one case may have: more are a plan, and nobody reads them all."""
FURTHEST_APART = timedelta(hours=26)
"""Longer than from any reminder to the next: a day, and what clocks are put back by."""
PUT_OFF = timedelta(minutes=1)
"""When a reminder that failed is tried again: at once it would fail at once."""

# Built once: it is asked every second, and putting a statement together costs as much as running it.
_ANY_DUE = select(DueDateRow.id).where(DueDateRow.next_at <= bindparam("now")).limit(1)


class DueInPast(HotlineError):
    """The moment lies behind. Facts: reference."""

    key = "error-due-in-past"


class DueTooFar(HotlineError):
    """The moment lies more than ten years ahead."""

    key = "error-due-too-far"


class TooManyDueDates(HotlineError):
    """The case has as many as anybody can keep. Facts: reference, most."""

    key = "error-due-too-many"


class NoSuchDueDate(HotlineError):
    """The case has no open due date of this number. Facts: reference, number."""

    key = "error-no-such-due-date"


class DueDateGone(HotlineError):
    """A button of a due date that is done already, or whose case is gone."""

    key = "error-due-gone"


@dataclass(frozen=True, slots=True)
class DueDate:
    """A due date as people read it. `channel` is how `text` came, whose strength it keeps.

    `text` is None where it is sealed with its case: then only when something is due is known.
    """

    id: str
    number: int
    at: datetime
    text: str | None
    channel: str


@dataclass(frozen=True, slots=True)
class DueAt:
    """That something is due about a case, without a word of what."""

    reference: str
    number: int
    at: datetime


async def add(work: Work, actor: Staff, case: Case, at: datetime, text: str, *, channel: str) -> DueDate:
    """Set a due date. Raises CaseClosed, DueInPast, DueTooFar, TooManyDueDates."""
    _must_be_possible(work, actor, case, at)
    row_id, number = new_id(), await _next_number(work, case)
    content = json.dumps({"text": text, "channel": channel}, ensure_ascii=False).encode()
    step = reminders.first_ahead(at, work.now, zone_of(work))
    row = DueDateRow(
        id=row_id,
        case_id=case.row.id,
        number=number,
        at=at,
        made_by=actor.id,
        text=case.seal("due_dates", "text", row_id, content),
        step=step,
        next_at=reminders.reminder_at(at, step, zone_of(work)),
    )
    work.session.add(row)
    await work.session.flush()
    return DueDate(row_id, number, at, text, channel)


def _must_be_possible(work: Work, actor: Staff, case: Case, at: datetime) -> None:
    if not actor.may_work_cases:
        raise NotAllowed
    if case.row.status == "closed":
        raise CaseClosed(reference=case.reference)
    if at <= work.now:
        raise DueInPast(reference=case.reference)
    if at - work.now > LONGEST:
        raise DueTooFar


async def _next_number(work: Work, case: Case) -> int:
    """The next number of this case, which is under the hand. Raises TooManyDueDates."""
    open_ones = func.count().filter(DueDateRow.done_at.is_(None))
    query = select(func.max(DueDateRow.number), open_ones).where(DueDateRow.case_id == case.row.id)
    last, waiting = (await work.session.execute(query)).one()
    if waiting >= MOST:
        raise TooManyDueDates(reference=case.reference, most=MOST)
    return int(last or 0) + 1


async def of_case(work: Work, case: Case) -> list[DueDate]:
    """The case's due dates that aren't done, the soonest first."""
    query = (
        select(DueDateRow)
        .where(DueDateRow.case_id == case.row.id, DueDateRow.done_at.is_(None))
        .order_by(DueDateRow.at, DueDateRow.number)
    )
    return [_opened(case, row) for row in (await work.session.execute(query)).scalars()]


def _opened(case: Case, row: DueDateRow) -> DueDate:
    plain = case.open("due_dates", "text", row.id, row.text)
    if plain is None:
        return DueDate(row.id, row.number, row.at, None, "")
    content = json.loads(plain)
    return DueDate(row.id, row.number, row.at, content["text"], content["channel"])


async def finish(work: Work, actor: Staff, case: Case, number: int) -> DueDate:
    """It is done: nobody is reminded of it any more. Raises NoSuchDueDate."""
    if not actor.may_work_cases:
        raise NotAllowed
    query = select(DueDateRow).where(
        DueDateRow.case_id == case.row.id, DueDateRow.number == number, DueDateRow.done_at.is_(None)
    )
    row = (await work.session.execute(query)).scalar_one_or_none()
    if row is None:
        raise NoSuchDueDate(reference=case.reference, number=number)
    row.done_at, row.next_at = work.now, None
    return _opened(case, row)


async def named(work: Work, due_id: str) -> tuple[Case, int]:
    """The case (held for change) and the number of an open due date. Raises DueDateGone."""
    row = await work.session.get(DueDateRow, due_id)
    if row is None or row.done_at is not None:
        raise DueDateGone
    try:
        return await records.by_id(work, row.case_id, for_change=True), row.number
    except CaseNotFound:
        raise DueDateGone from None


# ── Of all cases at once, without a word of what is due ─────────────────────────────────────────


def _open_ones() -> Select[str, int, datetime]:
    return (
        select(CaseRow.reference, DueDateRow.number, DueDateRow.at)
        .join(CaseRow, CaseRow.id == DueDateRow.case_id)
        .where(DueDateRow.done_at.is_(None), CaseRow.status.in_(OPEN), CaseRow.hidden_at.is_(None))
        .order_by(DueDateRow.at, CaseRow.reference, DueDateRow.number)
    )


async def until(work: Work, moment: datetime, *, reader: Staff | None = None) -> list[DueAt]:
    """What is due by `moment` on open cases and isn't done, the overdue too, the soonest first.

    Not on restricted cases that `reader` (None: whoever looks into a room) may not read.
    """
    found = await work.session.execute(_open_ones().where(DueDateRow.at <= moment))
    closed = await need_to_know.closed_to(work, reader)
    return [DueAt(reference, number, at) for reference, number, at in found if reference not in closed]


async def soonest(work: Work) -> dict[str, datetime]:
    """For each open case that has any, by reference, when the next thing is (or was) due."""
    found = (await work.session.execute(_open_ones())).all()
    return {reference: at for reference, _number, at in reversed(found)}


# ── Reminders ───────────────────────────────────────────────────────────────────────────────────


async def anything_due(work: Work) -> bool:
    """Whether a reminder's time has come. Reads the index alone: asked every second."""
    return (await work.session.execute(_ANY_DUE, {"now": work.now})).scalar() is not None


async def next_due(work: Work) -> datetime | None:
    """When the next reminder is due."""
    return (await work.session.execute(select(func.min(DueDateRow.next_at)))).scalar()


async def resume(work: Work, case: CaseRow) -> None:
    """The case is open again: its due dates are reminded of from now on, with nothing made up for."""
    query = select(DueDateRow).where(DueDateRow.case_id == case.id, DueDateRow.done_at.is_(None))
    for row in (await work.session.execute(query)).scalars():
        row.step = reminders.first_ahead(row.at, work.now, zone_of(work))
        row.next_at = reminders.reminder_at(row.at, row.step, zone_of(work))


async def heed_wrong_clocks(work: Work) -> None:
    """What a clock that ran ahead took for reminded is reminded of when its time comes."""
    where = DueDateRow.step > 0, DueDateRow.next_at > work.now + FURTHEST_APART
    for row in (await work.session.execute(select(DueDateRow).where(*where))).scalars():
        row.step = reminders.first_ahead(row.at, work.now, zone_of(work))
        row.next_at = reminders.reminder_at(row.at, row.step, zone_of(work))


async def run_due(work: Work, *, limit: int = 100) -> int:
    """Remind of everything whose time has come; returns how many due dates were looked at.

    One that fails is logged and put off, and holds up no other. Raises what says that the database is gone.
    """
    query = (
        select(DueDateRow, CaseRow)
        .join(CaseRow, CaseRow.id == DueDateRow.case_id)
        .where(DueDateRow.next_at <= work.now)
        .order_by(DueDateRow.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = (await work.session.execute(query)).all()
    for row_id, row, case in [(row.id, row, case) for row, case in due]:
        try:
            async with work.apart():
                await _look_at(work, row, case)
        except Exception as error:
            if is_unavailable(error):
                raise
            log.error("due date failed", due=row_id, error=type(error).__name__)
            await _put_off(work, row_id)
    return len(due)


async def _put_off(work: Work, row_id: str) -> None:
    where = DueDateRow.id == row_id
    await work.session.execute(update(DueDateRow).where(where).values(next_at=work.now + PUT_OFF))


async def _look_at(work: Work, row: DueDateRow, case_row: CaseRow) -> None:
    case = await records.opened(work, case_row)
    if case is None or case_row.status == "closed" or case_row.hidden_at is not None:
        row.next_at = None  # `resume` sets it, should the case come back
        return
    index = reminders.latest_due(row.at, work.now, zone_of(work), taken=row.step)
    if index is not None:
        await _remind(work, case, row, index)
    row.step = row.step if index is None else index + 1
    row.next_at = reminders.reminder_at(row.at, row.step, zone_of(work))


async def _remind(work: Work, case: Case, row: DueDateRow, index: int) -> None:
    """In private, and once the time has come in the rooms too: they hear of it one time."""
    own = await notices.in_the_circle(work, case.row.id)
    people = await _people(work, case, own)
    _write_down(work, case, row, people)
    parties = [person.party for person in people if person.party]
    if own is None and row.step <= reminders.AT_THE_TIME <= index:
        parties += [room.party for room in await rooms.bound(work)]
    for party in parties:
        work.put(_message(case, row, index, party))


async def _people(work: Work, case: Case, own: Sequence[Staff] | None) -> Sequence[Staff]:
    """The officer on the case; nobody there means its circle (`own`), or without one whoever is on duty."""
    officer = await staff.get(work, case.row.assignee) if case.row.assignee else None
    if officer and officer.party:
        return [officer]
    return (await duty.now(work)).primary if own is None else own


def _write_down(work: Work, case: Case, row: DueDateRow, people: Iterable[Staff]) -> None:
    touched = case.row.touched_at
    facts: dict[str, Json] = {"clock": "due", "number": row.number, "to": [person.id for person in people]}
    records.add_entry(work, case, "reminded", facts=facts)
    case.row.touched_at = touched  # a reminder is no activity


def _message(case: Case, row: DueDateRow, index: int, party: Party) -> Item:
    return Item(
        party,
        "due",
        {"due": row.id, "step": index},
        Priority.URGENT if case.row.severity == "urgent" else Priority.NOTICE,
        case.row.id,
        once=f"due:{row.id}:{index}:{party.id}",
    )


async def wanted(work: Work, case: Case, due_id: str, step: int) -> DueDate | None:
    """The due date of a reminder that is about to be sent; None if it isn't wanted any more.

    It is not once the thing is done, the case closed, or a later reminder decided.
    """
    row = await work.session.get(DueDateRow, due_id)
    if row is None or row.done_at is not None or case.row.status == "closed" or row.step != step + 1:
        return None
    return _opened(case, row)
