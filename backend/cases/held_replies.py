"""Words that an officer wrote under a notice in a room: kept until they say for whom these are.

Colleagues chatter in a room; nothing goes to a reporter from there unasked.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from backend.cases import records
from backend.cases.model import HeldReplyRow
from backend.cases.records import Case
from backend.errors import CaseNotFound
from backend.people.staff import Staff
from backend.vault.keys import new_id
from backend.work import Work

KEPT = timedelta(hours=24)


def hold(work: Work, actor: Staff, case: Case, body: str) -> str:
    """Keep the words; returns the id that the buttons carry."""
    row_id = new_id()
    sealed = case.seal("held_replies", "body", row_id, body.encode())
    work.session.add(
        HeldReplyRow(id=row_id, case_id=case.row.id, staff_id=actor.id, at=work.now, body=sealed)
    )
    return row_id


async def give_out(work: Work, actor: Staff, held_id: str) -> tuple[Case, str] | None:
    """The case and the words, given out once and to their author only; None if decided already."""
    row = await work.session.get(HeldReplyRow, held_id, with_for_update=True)
    if row is None or row.staff_id != actor.id:
        return None
    try:
        case = await records.by_id(work, row.case_id, for_change=True)
    except CaseNotFound:
        return None
    body = case.open("held_replies", "body", row.id, row.body)
    await work.session.delete(row)
    return None if body is None else (case, body.decode())


async def drop_for_case(work: Work, case_id: str) -> None:
    """Whoever wrote words about this case never said for whom: they go."""
    await work.session.execute(delete(HeldReplyRow).where(HeldReplyRow.case_id == case_id))


async def forget_old(work: Work) -> None:
    """Drop words whose author never said for whom they were."""
    await work.session.execute(delete(HeldReplyRow).where(HeldReplyRow.at < work.now - KEPT))
