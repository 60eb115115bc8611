"""When a message could not be delivered: a notice takes another way, a reply's author is told.

A failure is said. A detour that fails itself is not detoured again: `/status` counts it.
"""

from __future__ import annotations

import structlog

from backend import elsewhere
from backend.cases import notices, records, staff_files
from backend.cases.records import Case
from backend.claims import Claimed
from backend.database import is_unavailable
from backend.errors import CaseNotFound
from backend.outbox import Item, Json, Party, Priority
from backend.people import rooms, staff
from backend.people.staff import Staff
from backend.rota import duty
from backend.surge import digests
from backend.work import Work
from bot import clearing, recipients
from bot.parcels import Parcel
from bot.recipients import Recipient

log = structlog.get_logger("outbound")

ALERTS = {"notice", "escalated", "due", "reporter-wrote", "news"}


async def take_another_way(work: Work, parcel: Parcel, *, unreachable: bool) -> None:
    """After giving up on `parcel`: `unreachable` says that its whole chat can't be written to."""
    if unreachable:
        await recipients.unreachable(work, parcel.recipient)
    if parcel.is_digest:
        await _digest_elsewhere(work, parcel)
    if parcel.intent == "clear" and not unreachable and "quiet" not in parcel.params:
        clearing.say_what_stays(work, parcel.recipient.party)
    case = await _case(work, parcel)
    if case is None or "detour" in parcel.params:
        return
    if parcel.intent == "reply":
        await _tell_author(work, case, parcel)
    elif parcel.intent == "reply-file":
        by = str(parcel.params.get("by"))
        await staff_files.tell_author(work, case, by, "file-undelivered")
    elif parcel.intent in ALERTS:
        await _send_round(work, case, parcel)
    elif parcel.intent == "file" and not unreachable:
        _tell_of_file(work, case, parcel)


async def never_in_words(work: Work, row: Claimed, recipient: Recipient) -> None:
    """The same for a message that could not be rendered, as far as it can be read what it was."""
    try:
        async with work.apart():
            params = row.opened(recipient.party.key)
            parcel = Parcel(row, recipient, str(params["intent"]), params, (), work.now)
            await take_another_way(work, parcel, unreachable=False)
    except Exception as error:
        if is_unavailable(error):
            raise
        log.error("no other way for a message", row=row.id, error=type(error).__name__)


async def _case(work: Work, parcel: Parcel) -> Case | None:
    if parcel.row.case_id is None:
        return None
    try:
        return await records.by_id(work, parcel.row.case_id, for_change=True)
    except CaseNotFound:
        return None


async def _tell_author(work: Work, case: Case, parcel: Parcel) -> None:
    """A reply that didn't arrive: into the history, and to whoever wrote it."""
    author = await staff.get(work, str(parcel.params.get("by", "")))
    records.add_entry(work, case, "undelivered", facts={"entry": str(parcel.params["entry"])})
    if author:
        await notices.tell_writer(work, case, author, "undelivered")


def _tell_of_file(work: Work, case: Case, parcel: Parcel) -> None:
    """Whoever opened the details waits for it."""
    facts: dict[str, Json] = {"key": "file-not-here", "reference": case.reference}
    work.put(Item(parcel.recipient.party, "told", facts, notices.pressing(case), case.row.id))


async def _digest_elsewhere(work: Work, parcel: Parcel) -> None:
    edited = parcel.params.get("posted")
    await digests.not_shown(work, parcel.recipient.party, edited=str(edited) if edited else None)


async def _send_round(work: Work, case: Case, parcel: Parcel) -> None:
    """From a room to the people, from a person to their other messenger, the rooms and those on duty."""
    params = {key: value for key, value in parcel.params.items() if key != "intent"}
    for party in await _others(work, case, parcel):
        intent = "news" if party.kind == "room" and parcel.intent == "reporter-wrote" else parcel.intent
        work.put(
            Item(
                party,
                intent,
                {**params, "detour": True},
                Priority(parcel.row.priority),
                case.row.id,
                elsewhere.once(parcel.row.id) if party.id == parcel.row.party else None,
                while_=parcel.row.while_,
            )
        )


async def _others(work: Work, case: Case, parcel: Parcel) -> list[Party]:
    person, own = parcel.recipient.person, await notices.in_the_circle(work, case.row.id)
    if not isinstance(person, Staff) and own is not None:
        return [each.party for each in own if each.party]
    if not isinstance(person, Staff):
        people = await staff.with_role(work, "officer", "coordinator")
        return [each.party for each in people if each.party]
    now = await staff.get(work, person.id)
    other = now.account if now else None
    if now and now.party and other and other.reachable and other.channel != parcel.row.channel:
        return [now.party]
    if own is not None:
        own = [each for each in own if each.id != person.id] or await staff.with_role(work, "coordinator")
        return [each.party for each in own if each.party and each.id != person.id]
    colleagues = [each for each in (await duty.now(work)).primary if each.id != person.id]
    return [room.party for room in await rooms.bound(work)] or [
        each.party for each in colleagues if each.party
    ]
