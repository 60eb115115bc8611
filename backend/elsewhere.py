"""An alert that isn't out a minute after its time is put on the person's other messenger too, once.

Their first messenger may be throttled, cut off or stuck behind something else. Both may arrive in the end:
the second says that it may be a repeat. Definite failures are `bot.detour`'s business.
"""

from __future__ import annotations

from collections.abc import Collection

import structlog
from sqlalchemy import bindparam, exists, select, update

from backend import outbox
from backend.cases import records
from backend.database import is_unavailable
from backend.errors import CaseNotFound
from backend.escalation import clocks
from backend.outbox import Item, Json, OutboxRow, Party, Priority
from backend.people import staff
from backend.people.staff import Staff
from backend.vault.keys import Sealed
from backend.work import Work

log = structlog.get_logger("elsewhere")

OPEN = ("due", "claimed")

# Built once: it is asked every second, and putting a statement together costs as much as running it.
_DUE = OutboxRow.elsewhere_at <= bindparam("now")
_ANY_DUE = select(exists().where(_DUE))


async def any_due(work: Work) -> bool:
    """Whether an alert has to be looked at. Reads a small index alone: asked every second."""
    return bool((await work.session.execute(_ANY_DUE, {"now": work.now})).scalar())


def once(row_id: str) -> str:
    """By which a message is put on a person's other messenger only once, for whatever reason."""
    return f"elsewhere:{row_id}"


async def look(work: Work, channels: Collection[str]) -> None:
    """Put what isn't out on one of the other messengers in `channels`, if the person can be reached there."""
    query = select(OutboxRow).where(_DUE).order_by(OutboxRow.number).with_for_update(skip_locked=True)
    rows = list((await work.session.execute(query, {"now": work.now})).scalars())
    # Ids first: of what a savepoint took back nothing can be asked without the database.
    numbers, late = [row.number for row in rows], [(row.id, row) for row in rows if row.state in OPEN]
    people = {person.id: person for person in await staff.everyone(work)} if late else {}
    for row_id, row in late:
        try:
            async with work.apart():
                await _look_at(work, row, people.get(row.party), channels)
        except Exception as error:
            if is_unavailable(error):
                raise
            log.error("no other way for a message", row=row_id, error=type(error).__name__)
    looked_at = update(OutboxRow).where(OutboxRow.number.in_(numbers)).values(elsewhere_at=None)
    await work.session.execute(looked_at.execution_options(synchronize_session=False))


def _other(person: Staff, *, besides: str, channels: Collection[str]) -> str | None:
    """Another messenger of this person's that is served and takes messages to them."""
    found = (
        each.channel
        for each in person.accounts
        if each.reachable and each.channel != besides and each.channel in channels
    )
    return next(found, None)


async def _look_at(work: Work, row: OutboxRow, person: Staff | None, channels: Collection[str]) -> None:
    other = _other(person, besides=row.channel, channels=channels) if person else None
    if person and other and row.body:
        await _put(work, row, row.body, person=person, channel=other)


async def _put(work: Work, row: OutboxRow, body: Sealed, *, person: Staff, channel: str) -> None:
    params = outbox.opened(row.id, body, person.key)
    intent = str(params.pop("intent"))
    if not await _wanted(work, row, intent):
        return
    said: dict[str, Json] = {**params, "detour": True, "again": True}
    party = Party("staff", person.id, channel, person.key)
    item = Item(party, intent, said, Priority(row.priority), row.case_id, once(row.id), while_=row.while_)
    work.put(item)


async def _wanted(work: Work, row: OutboxRow, intent: str) -> bool:
    """Whether anybody still has to hear of it: its clock runs, or a new case still waits."""
    if row.case_id is None or (row.while_ is None and intent != "notice"):
        return True
    try:
        case = await records.by_id(work, row.case_id)
    except CaseNotFound:
        return False
    if row.while_ is None:
        return case.row.status == "new"
    return await clocks.mark(work, case.row) == row.while_
