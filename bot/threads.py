"""One thread a case in a staff room, on messengers that have threads."""

from __future__ import annotations

from dataclasses import replace

from backend.people import posted
from backend.work import Work
from bot.channels.base import Say
from bot.parcels import Parcel

IN_THE_OPEN = frozenset({"notice", "escalated", "due"})
"""What calls somebody: in a thread it could be overlooked."""


async def placed(work: Work, parcel: Parcel) -> Parcel:
    """The parcel, its new messages in the thread of their case if it goes to a room that has one."""
    recipient, case_id = parcel.recipient, parcel.row.case_id
    if not recipient.is_group or case_id is None or parcel.intent in IN_THE_OPEN:
        return parcel
    root = await posted.first_in(work, recipient.party, case_id)
    if root is None or root.chat != recipient.chat:
        return parcel
    outgoing = (
        replace(each, thread=root.message) if isinstance(each, Say) else each for each in parcel.outgoing
    )
    return replace(parcel, outgoing=tuple(outgoing))
