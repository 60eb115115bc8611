"""Who is told what about a case: every message that leaves because a case changed is put together here.

Intents only; the words are made by `bot` when a message is sent. Room messages never carry content:
they name the case, and the rest opens in the officer's private chat.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from backend import messengers
from backend.cases import records, rules
from backend.cases.model import CaseRow
from backend.cases.records import Case
from backend.escalation import clocks
from backend.outbox import Item, Json, Party, Priority
from backend.people import need_to_know, posted, reporters, rooms, staff
from backend.people.reporters import Reporter
from backend.people.staff import Staff
from backend.rota import duty
from backend.work import Work


def pressing(case: Case, otherwise: Priority = Priority.NOTICE) -> Priority:
    """Urgent cases go before everything."""
    return Priority.URGENT if case.row.severity == "urgent" else otherwise


async def _room_parties(work: Work) -> list[Party]:
    return [room.party for room in await rooms.bound(work)]


def _parties(people: Iterable[Staff]) -> list[Party]:
    return [person.party for person in people if person.party]


async def announce(work: Work, case: Case, reason: str) -> None:
    """A case needs somebody: to the room, and to those on duty in private if it is urgent or has no room.

    `reason`: `opened`, or `released` by the officer or because the officer left.
    """
    parties = await _to_announce_to(work, case)
    mark = await clocks.mark(work, case.row)
    params: dict[str, Json] = {"reason": reason}
    for party in parties:
        work.put(
            Item(
                party,
                "notice",
                params,
                pressing(case),
                case.row.id,
                once=f"{case.row.id}:{reason}:{mark}:{party.id}",
            )
        )


async def _to_announce_to(work: Work, case: Case) -> list[Party]:
    """Of a restricted case those hear first who may read it; who else hears of it, escalation decides."""
    own = await in_the_circle(work, case.row.id)
    if own is not None:
        return _parties(own)
    parties = await _room_parties(work)
    if not parties or case.row.severity == "urgent":
        parties += _parties((await duty.now(work)).primary)
    return parties


async def in_the_circle(work: Work, case_id: str) -> list[Staff] | None:
    """Whom a restricted case's messages go to; None if it isn't restricted.

    Where none of those named can be told: the coordinators, without a word of content; they can name others.
    """
    circle = await need_to_know.circle(work, case_id)
    if circle is None:
        return None
    own = [each for each in await staff.everyone(work) if need_to_know.may_read(each, circle) and each.party]
    return own or await staff.with_role(work, "coordinator")


async def refresh(work: Work, case: Case) -> None:
    """Bring the notices that stand in chats up to date, in place.

    Of several in one chat the older ones are made to point down and then let be: a case that was escalated
    ten times must not use up a room's messages with each change.
    """
    everybody = await _known_parties(work)
    standing = await posted.notices(work, case.row.id)
    newest = {(party_id, channel): row_id for row_id, party_id, channel in standing}
    older = [row_id for row_id, _, _ in standing if row_id not in newest.values()]
    await posted.let_be(work, older)
    for row_id, party_id, channel in standing:
        if party_id in everybody:
            work.put(
                Item(
                    replace(everybody[party_id], channel=channel),
                    "notice-update",
                    {"posted": row_id, "older": row_id in older},
                    Priority.UPDATE,
                    case.row.id,
                    coalesce=row_id,
                )
            )


async def last_touched(work: Work, case_ids: Collection[str]) -> dict[str, datetime]:
    """When these cases last changed; those that are erased or hidden are missing."""
    query = select(CaseRow.id, CaseRow.touched_at).where(
        CaseRow.id.in_(case_ids), CaseRow.hidden_at.is_(None)
    )
    return {row.id: row.touched_at for row in await work.session.execute(query)}


async def refresh_by_id(work: Work, case_id: str) -> None:
    """`refresh`, for a case of which only the id is at hand."""
    await refresh(work, await records.by_id(work, case_id))


async def _known_parties(work: Work) -> dict[str, Party]:
    parties = _parties(await staff.everyone(work)) + await _room_parties(work)
    return {party.id: party for party in parties}


async def tell_reporters(
    work: Work,
    case: Case,
    intent: str,
    *,
    while_: str | None = None,
    once: str | None = None,
    **params: Json,
) -> int:
    """To every chat in which the reporter reads us; returns how many."""
    reading = await readers(work, case)
    for reporter in reading:
        only_once = f"{case.row.id}:{once}:{reporter.id}" if once else None
        item = Item(reporter.party, intent, params, Priority.REPLY, case.row.id, only_once, while_=while_)
        work.put(item)
    return len(reading)


async def readers(work: Work, case: Case) -> list[Reporter]:
    """The reporters of a case who are written to and can be reached, the one who chose it last first.

    Whoever went on where it is safer is not written to any more where it is less safe; but whoever comes
    back there later, with the receipt, hears that there is an answer, and where.
    """
    own = await reporters.choices(work, case.row.id)
    wanted = rules.written_to([(each.channel, at) for each, at in own])
    reading = [each for (each, _), is_wanted in zip(own, wanted, strict=True) if is_wanted]
    return [each for each in reading if await reporters.is_reachable(work, each.id)]


async def tell_people(work: Work, case: Case, people: Iterable[Staff], intent: str, **params: Json) -> None:
    """To these staff members, in private."""
    for party in _parties(people):
        work.put(Item(party, intent, params, pressing(case), case.row.id))


async def tell_writer(work: Work, case: Case, writer: Staff, intent: str, **params: Json) -> None:
    """That their words or files went astray; where the case isn't theirs to read any more, to those it is."""
    own = await in_the_circle(work, case.row.id)
    others = [] if own is None or writer.id in {each.id for each in own} else own
    await tell_people(work, case, others or [writer], intent, **params)


async def reporter_wrote(work: Work, case: Case, entry_id: str) -> None:
    """The reporter's later words, in private to the officer on the case, or to those on duty.

    The room reads only that there is something new, and of a restricted case not even that.
    """
    own = await in_the_circle(work, case.row.id)
    await tell_people(work, case, await _concerned(work, case, own), "reporter-wrote", entry=entry_id)
    if own is not None:
        return
    for party in await _room_parties(work):
        # One line a case until it is out: somebody who writes thirty lines must not fill the room.
        once = f"{case.row.id[:19]}:{party.id[:19]}"
        if messengers.of(party.channel).sealed_rooms:
            work.put(Item(party, "news", {"entry": entry_id}, Priority.NOTICE, case.row.id))
        else:
            work.put(Item(party, "news", {}, Priority.NOTICE, case.row.id, coalesce=once))


async def came_back(work: Work, case: Case) -> None:
    """Somebody has the receipt and writes from an account of which the case knew nothing."""
    people = await _concerned(work, case, await in_the_circle(work, case.row.id))
    await tell_people(work, case, people, "told", key="told-came-back", reference=case.reference)


async def _concerned(work: Work, case: Case, own: Sequence[Staff] | None) -> Sequence[Staff]:
    """The officer on the case; else its `own` people where it is restricted, else those on duty."""
    officer = await staff.get(work, case.row.assignee) if case.row.assignee else None
    if officer and officer.party:
        return (officer,)
    return (await duty.now(work)).primary if own is None else own


async def taken_back(work: Work, row: CaseRow, *, told: bool = True) -> None:
    """The case is erased: every message about it in staff chats goes; the rooms are `told` that it did."""
    everybody = await _known_parties(work) | {room.id: room.party for room in await rooms.known(work)}
    for row_id, party_id, channel in await posted.about_case(work, row.id):
        if party_id in everybody:
            party = replace(everybody[party_id], channel=channel)
            work.put(Item(party, "remove", {"posted": row_id}, Priority.UPDATE, None))
    for party in await _room_parties(work) if told else ():
        work.put(Item(party, "told", {"key": "told-erased", "reference": row.reference}, Priority.NOTICE))
