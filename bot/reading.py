"""Who may read what, asked again at the last moment: when a message is put into words to be sent.

Whoever lost the right since it was decided gets nothing of it; whoever has it is noted in the audit log, in
the transaction that is committed before the message leaves.
"""

from __future__ import annotations

from collections.abc import Mapping

from backend.audit import log, looking_up
from backend.cases import records
from backend.cases.records import Case
from backend.claims import Claimed
from backend.errors import CaseNotFound
from backend.outbox import Json
from backend.people import need_to_know, staff
from backend.people.staff import Staff
from backend.work import Work
from bot.intents import Card
from bot.recipients import Recipient
from bot.staff import restrict

DETOURS = "detour"
"""The mark of a message that could not be brought to whom it was for."""
OF_RIGHTS = frozenset({"told-erase-expired"})
"""Words on a case that coordinators need without reading it: that it exists, and whether it stays."""


async def may_read(work: Work, row: Claimed, recipient: Recipient) -> bool:
    """A case's content is for those who need to know it, and in a room nobody can say who reads."""
    person = recipient.person
    if not isinstance(person, Staff) or row.case_id is None:
        return False
    return need_to_know.may_read(person, await need_to_know.circle(work, row.case_id))


async def is_restricted(work: Work, case: Case) -> bool:
    """Whether the case is for named people only: then no room reads its words."""
    return await need_to_know.circle(work, case.row.id) is not None


async def note(work: Work, row: Claimed, recipient: Recipient, *, action: log.Action, reference: str) -> None:
    """Content is about to leave for this person."""
    if isinstance(recipient.person, Staff):
        await _note(work, row, recipient.person, action, reference)


async def note_room(work: Work, row: Claimed, *, reference: str) -> None:
    """Content is about to be shown in this messenger's staff room: everybody there may have read it."""
    for person in await staff.everyone(work):
        if person.may_work_cases and person.on(row.channel):
            await _note(work, row, person, "read", reference)


async def _note(work: Work, row: Claimed, person: Staff, action: log.Action, reference: str) -> None:
    """Once, however often it is tried; but what said less at its first try is noted when it says more."""
    before = row.tries > 0 and await looking_up.is_noted(
        work, person.id, action, reference=reference, since=row.made_at
    )
    if not before:
        await log.note(work, person.id, action, reference=reference)


async def answer_may_be_read(work: Work, row: Claimed, recipient: Recipient) -> bool:
    """Whether an answer that holds words of a case may still go to whoever asked; noted if it does."""
    if row.case_id is None or not await may_read(work, row, recipient):
        return False
    try:
        case = await records.by_id(work, row.case_id)
    except CaseNotFound:
        return False
    await note(work, row, recipient, action="read", reference=case.reference)
    return True


async def may_be_told(work: Work, row: Claimed, recipient: Recipient, *, key: str) -> bool:
    """Whether what is done about a case is still the business of whoever was to hear of it.

    Reporters hear of their own case. Without a case in its row, a message is about people, not about a case.
    """
    if row.case_id is None or row.party_kind == "reporter" or key in OF_RIGHTS:
        return True
    circle = await need_to_know.circle(work, row.case_id)
    person = recipient.person
    return circle is None or (isinstance(person, Staff) and need_to_know.may_read(person, circle))


async def from_outside(work: Work, recipient: Recipient, case: Case, card: Card) -> Card:
    """A message without content, cut down for those who may know only that the case exists."""
    person = recipient.person if isinstance(recipient.person, Staff) else None
    circle = await need_to_know.circle(work, case.row.id)
    return restrict.seen_from_outside(card, case, circle, person)


async def to_outsiders(work: Work, case: Case, card: Card, *, params: Mapping[str, Json]) -> Card | None:
    """`card`, which holds no content, for those who may not read; None if it is none of their business.

    Of a restricted case they hear only what could not be brought to those who may read it.
    """
    if await need_to_know.circle(work, case.row.id) is None:
        return card
    return restrict.unheard_news(card, case) if DETOURS in params else None
