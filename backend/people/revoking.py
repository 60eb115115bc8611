"""The end of somebody's role, in one transaction: what is theirs goes to others, nothing of theirs goes on.

Whoever acts as staff holds their own account's row until they commit (`staff.recognise`), and revoking takes
that row first: a command that is under way ends before the role does, and one that comes later finds nobody.
There is nothing to wait for on any node: who is staff is read anew in every transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import delete, select

from backend.audit import log
from backend.cases import handing_back
from backend.cases.model import HeldReplyRow
from backend.errors import NoSuchStaff
from backend.outbox import Item, Json, Party, Priority
from backend.people import posted, reporters, staff
from backend.people.model import InvitationRow, RestrictedToRow
from backend.people.posted import Posted
from backend.people.staff import Account, Staff
from backend.retention.model import ErasureRequestRow
from backend.rota import shifts
from backend.work import Work

IN_ONE_ROW = 100


async def revoke(work: Work, person: Staff, *, by: Staff | None = None) -> Staff:
    """End this person's role; `by` is None for an operator. Raises NoSuchStaff, LastCoordinator.

    Their cases are in the queue again, their shifts somebody else's, their invitations void. Messages in
    their private chats are taken back as far as the messenger lets, and one line says that it is over.
    """
    person = await _held(work, person)
    standing = await _standing(work, person)
    await handing_back.give_back_all(work, person, by=by or person)
    await shifts.give_back(work, person, by=by or person)
    await _withdraw(work, person)
    await staff.revoke(work, person.name, by=by.id if by else log.OPERATOR)
    for account in person.accounts:
        await _part(work, person, account, standing.get(account.channel, ()))
    return person


async def take_back(work: Work, person: Staff, account: Account, messages: Sequence[tuple[str, str]]) -> None:
    """Messages, as (chat, message), that reached somebody who is no longer staff while they were revoked."""
    stranger = await _stranger(work, person, account)
    carried: list[Json] = [[chat, message] for chat, message in messages]
    work.put(Item(stranger, "clear", {"messages": carried, "quiet": True}, Priority.URGENT))


async def _held(work: Work, person: Staff) -> Staff:
    """The person as they are once nothing of theirs is under way any more."""
    await staff.hold(work, person.id)
    staff.look_again(work)
    held = await staff.get(work, person.id)
    if held is None:
        raise NoSuchStaff(name=person.name)
    return held


async def _standing(work: Work, person: Staff) -> dict[str, list[Posted]]:
    """What stands in this person's private chats, by messenger."""
    return {
        channel: await posted.standing(work, Party("staff", person.id, channel, person.key))
        for channel in {account.channel for account in person.accounts}
    }


async def _withdraw(work: Work, person: Staff) -> None:
    """What they began and nobody finished: words held back, codes given out, an erasure asked for."""
    for table, whose in (
        (HeldReplyRow, HeldReplyRow.staff_id),
        (ErasureRequestRow, ErasureRequestRow.asked_by),
        (RestrictedToRow, RestrictedToRow.staff_id),
    ):
        await work.session.execute(delete(table).where(whose == person.id))
    key = await staff.desk_key(work)
    for row in list((await work.session.execute(select(InvitationRow))).scalars()):
        offer = json.loads(key.open("invitations", "offer", row.id, row.offer))
        if person.id in (offer.get("by"), offer.get("staff")):
            await work.session.delete(row)


async def _part(work: Work, person: Staff, account: Account, standing: Sequence[Posted]) -> None:
    """Their key is gone, so all this is said to them as to anybody who writes to the hotline in private."""
    stranger = await _stranger(work, person, account)
    own = [each for each in standing if each.chat == account.chat]
    for start in range(0, len(own), IN_ONE_ROW):
        some: list[Json] = [
            [each.chat, each.message, int(each.at.timestamp())] for each in own[start : start + IN_ONE_ROW]
        ]
        work.put(Item(stranger, "clear", {"messages": some, "quiet": True}, Priority.URGENT))
    work.put(Item(stranger, "menu", {"role": "reporter"}, Priority.REPLY))
    work.put(Item(stranger, "told", {"key": "told-role-over"}, Priority.REPLY))


async def _stranger(work: Work, person: Staff, account: Account) -> Party:
    sender = (account.channel, account.sender)
    known = (await reporters.find(work, [sender])).get(sender)
    if known is None:
        known = reporters.make(
            work, channel=account.channel, sender=account.sender, chat=account.chat, language=person.language
        )
        await work.session.flush()
    return known.reporter.party
