"""Restricting a case to named people, widening the circle, lifting it: said to all whom it concerns.

A coordinator may do it to any case, also to one that they may not read: then it is done blindly, noted in the
audit log and told to those named. The officer on a case may restrict it too, and the coordinators hear of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, func, select, update

from backend import messengers
from backend.audit import log
from backend.cases import notices
from backend.cases.records import Case
from backend.errors import (
    NoChange,
    NotForCases,
    NotRestricted,
    NotYoursToRestrict,
    OfficerNotNamed,
)
from backend.outbox import Item, Party, Priority
from backend.people import need_to_know, posted, rooms, staff
from backend.people.model import RestrictionRow
from backend.people.need_to_know import Circle
from backend.people.staff import Staff
from backend.work import Work

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
UNDER_WAY = timedelta(minutes=1)
"""A message that is being sent at this moment stands in its chat, or is given up, well within this."""

# Built once: it is asked every second, and putting a statement together costs as much as running it.
_ANY_DUE = select(RestrictionRow.case_id).where(RestrictionRow.sweep_at <= bindparam("now")).limit(1)


async def restrict(work: Work, actor: Staff, case: Case, people: Sequence[Staff]) -> None:
    """From now on only these read the case, which is held for change; what others have of it is taken back.

    Raises NotYoursToRestrict, NotForCases, OfficerNotNamed, NoChange.
    """
    before = await need_to_know.circle(work, case.row.id)
    _must_decide(actor, case, before)
    await _must_be_possible(work, case, people)
    circle = frozenset(person.id for person in people)
    if circle == before:
        raise NoChange(reference=case.reference)
    await need_to_know.write(work, case.row.id, circle, sweep_at=work.now + UNDER_WAY)
    for person in people:
        await log.note(work, actor.id, "restricted", reference=case.reference, about=person.id)
    await _take_back(work, case.row.id, circle)
    names = ", ".join(person.name for person in people)
    await _tell(work, case, actor, {*circle, *(before or ())}, key="told-restricted", names=names)
    await notices.refresh(work, case)


async def lift(work: Work, actor: Staff, case: Case) -> None:
    """Everybody at the desk reads it again. Raises NotYoursToRestrict, NotRestricted."""
    before = await need_to_know.circle(work, case.row.id)
    _must_decide(actor, case, before)
    if before is None:
        raise NotRestricted(reference=case.reference)
    await need_to_know.lift(work, case.row.id)
    await log.note(work, actor.id, "unrestricted", reference=case.reference)
    await _tell(work, case, actor, before, key="told-unrestricted")
    await notices.refresh(work, case)


async def those_named(work: Work, actor: Staff, case: Case) -> list[Staff] | None:
    """Who may read it, None if everybody may. Raises NotYoursToRestrict for whom that is no business of."""
    circle = await need_to_know.circle(work, case.row.id)
    if not (actor.is_coordinator or need_to_know.may_read(actor, circle)):
        raise NotYoursToRestrict(reference=case.reference)
    return None if circle is None else [each for each in await staff.everyone(work) if each.id in circle]


def _must_decide(actor: Staff, case: Case, circle: Circle | None) -> None:
    on_it = case.row.assignee == actor.id and need_to_know.may_read(actor, circle)
    if not (actor.is_coordinator or on_it):
        raise NotYoursToRestrict(reference=case.reference)


async def _must_be_possible(work: Work, case: Case, people: Sequence[Staff]) -> None:
    for person in people:
        if not person.may_work_cases:
            raise NotForCases(name=person.name)
    officer = await staff.get(work, case.row.assignee) if case.row.assignee else None
    if officer and officer.id not in {person.id for person in people}:
        raise OfficerNotNamed(reference=case.reference, name=officer.name)


# ── What others have of it ──────────────────────────────────────────────────────────────────────


async def _take_back(work: Work, case_id: str, circle: Circle) -> None:
    """What stands in others' private chats goes, and words in rooms that may show them; as messengers let."""
    people, sealed_rooms = await _outside(work, circle)
    for row_id, party_id, channel in await posted.about_case(work, case_id):
        if party_id in people:
            _remove(work, replace(people[party_id], channel=channel), row_id)
    for row_id, party_id, _ in await posted.arrived(work, case_id, since=_LONG_AGO, until=work.now):
        if party_id in sealed_rooms:
            _remove(work, sealed_rooms[party_id], row_id)


async def _outside(work: Work, circle: Circle) -> tuple[dict[str, Party], dict[str, Party]]:
    """The private chats in which nothing of the case may stand, and the rooms in which its words did."""
    people = [
        Party("staff", person.id, "", person.key)
        for person in await staff.everyone(work)
        if not need_to_know.may_read(person, circle)
    ]
    known = [room.party for room in await rooms.known(work) if messengers.of(room.channel).sealed_rooms]
    return {each.id: each for each in people}, {each.id: each for each in known}


def _remove(work: Work, party: Party, row_id: str) -> None:
    work.put(Item(party, "remove", {"posted": row_id}, Priority.REPLY, once=f"restricted:{row_id}"))


async def anything_due(work: Work) -> bool:
    """Whether messages that were under way have to be looked for."""
    return (await work.session.execute(_ANY_DUE, {"now": work.now})).scalar() is not None


async def next_due(work: Work) -> datetime | None:
    """When they have to be looked for next."""
    return (await work.session.execute(select(func.min(RestrictionRow.sweep_at)))).scalar()


async def run_due(work: Work) -> None:
    """What was being sent while its case was restricted has arrived meanwhile: it goes too."""
    due = RestrictionRow.sweep_at <= work.now
    query = select(RestrictionRow.case_id, RestrictionRow.at).where(due).with_for_update(skip_locked=True)
    found = (await work.session.execute(query)).all()
    named = await need_to_know.circles(work, [case_id for case_id, _ in found])
    for case_id, at in found:
        people, sealed_rooms = await _outside(work, named[case_id])
        outside = people | sealed_rooms
        for row_id, party_id, channel in await posted.arrived(work, case_id, since=at, until=at + UNDER_WAY):
            if party_id in outside:
                _remove(work, replace(outside[party_id], channel=channel), row_id)
    swept = update(RestrictionRow).where(RestrictionRow.case_id.in_([case_id for case_id, _ in found]))
    await work.session.execute(swept.values(sweep_at=None))


# ── Who hears of it ─────────────────────────────────────────────────────────────────────────────


async def _tell(work: Work, case: Case, actor: Staff, ids: Iterable[str], *, key: str, **facts: str) -> None:
    """Those who are named, those who were, and every coordinator; not whoever did it."""
    concerned = frozenset(ids)
    said = {"key": key, "reference": case.reference, "name": actor.name, **facts}
    for person in await staff.everyone(work):
        if person.id != actor.id and person.party and (person.is_coordinator or person.id in concerned):
            work.put(Item(person.party, "told", {**said}, Priority.NOTICE))
