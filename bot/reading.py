"""Who may read what, asked again at the last moment: when a message is put into words to be sent.

Whoever lost the right since it was decided gets nothing of it; whoever has it is noted in the audit log, in
the transaction that is committed before the message leaves.
"""

from __future__ import annotations

from collections.abc import Mapping

from backend.audit import log
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
    """Content is about to leave for this person. What is tried again was noted before."""
    if isinstance(recipient.person, Staff) and not row.tries:
        await log.note(work, recipient.person.id, action, reference=reference)


async def note_room(work: Work, row: Claimed, *, reference: str) -> None:
    """Content is about to be shown in this messenger's staff room: everybody there may have read it."""
    for person in () if row.tries else await staff.everyone(work):
        if person.may_work_cases and person.on(row.channel):
            await log.note(work, person.id, "read", reference=reference)


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
