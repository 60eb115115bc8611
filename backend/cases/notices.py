"""Who is told what about a case: every message that leaves because a case changed is put together here.

Intents only; the words are made by `bot` when a message is sent. Room messages never carry content:
they name the case, and the rest opens in the officer's private chat.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from backend.cases import records
from backend.cases.model import CaseRow
from backend.cases.records import Case
from backend.escalation import clocks
from backend.outbox import Item, Json, Party, Priority
from backend.people import posted, reporters, rooms, staff
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
    parties = await _room_parties(work)
    if not parties or case.row.severity == "urgent":
        parties += _parties((await duty.now(work)).primary)
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
    """To every chat from which the reporter can be reached; returns how many."""
    reached = 0
    for reporter in await reporters.of_case(work, case.row.id):
        if await reporters.is_reachable(work, reporter.id):
            only_once = f"{case.row.id}:{once}:{reporter.id}" if once else None
            item = Item(reporter.party, intent, params, Priority.REPLY, case.row.id, only_once, while_=while_)
            work.put(item)
            reached += 1
    return reached


async def tell_people(work: Work, case: Case, people: Iterable[Staff], intent: str, **params: Json) -> None:
    """To these staff members, in private."""
    for party in _parties(people):
        work.put(Item(party, intent, params, pressing(case), case.row.id))


async def reporter_wrote(work: Work, case: Case, entry_id: str) -> None:
    """The reporter's later words, in private to the officer on the case, or to those on duty.

    The room reads only that there is something new.
    """
    officer = await staff.get(work, case.row.assignee) if case.row.assignee else None
    people = (officer,) if officer and officer.party else (await duty.now(work)).primary
    await tell_people(work, case, people, "reporter-wrote", entry=entry_id)
    for party in await _room_parties(work):
        # One line a case until it is out: somebody who writes thirty lines must not fill the room.
        once = f"{case.row.id[:19]}:{party.id[:19]}"
        work.put(Item(party, "news", {}, Priority.NOTICE, case.row.id, coalesce=once))


async def taken_back(work: Work, case: Case) -> None:
    """The case was erased: every message about it in staff chats goes, and the rooms are told that it did."""
    everybody = await _known_parties(work) | {room.id: room.party for room in await rooms.known(work)}
    for row_id, party_id, channel in await posted.about_case(work, case.row.id):
        if party_id in everybody:
            party = replace(everybody[party_id], channel=channel)
            work.put(Item(party, "remove", {"posted": row_id}, Priority.UPDATE, None))
    for party in await _room_parties(work):
        work.put(Item(party, "told", {"key": "told-erased", "reference": case.reference}, Priority.NOTICE))
