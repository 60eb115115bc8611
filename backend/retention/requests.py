"""`/erase` takes two: one coordinator asks, another one agrees within a day, or the case stays.

Where there is one coordinator only, their own second word counts: a centre that small must be able to erase,
and the audit log says that it was one person. Nobody becomes the only one, or two, to erase on the same day:
whoever was revoked has a day to speak up, and whoever sits at the command line needn't wait.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete

from backend.audit import log, looking_up
from backend.cases import records
from backend.cases.records import Case
from backend.errors import CaseNotFound, EraseTooSoon
from backend.outbox import Item, Priority
from backend.people import staff
from backend.people.staff import Staff
from backend.retention.model import ErasureRequestRow
from backend.work import Work

OPEN_FOR = timedelta(hours=24)
SETTLED_AFTER = timedelta(hours=24)
"""How long a change of who coordinates has to be known before it decides about a case."""

Word = Literal["", "yes", "no"]
"""What came with the command: nothing, a yes, or a no."""
Decision = Literal["ask", "ask_yourself", "needs_another", "destroy", "withdraw", "nothing_asked"]


def decide(*, asked_by: str | None, actor: str, alone: bool, word: Word) -> Decision:
    """What follows. `asked_by`: whose request stands; `alone`: there is no other coordinator. Pure."""
    if word == "no":
        return "withdraw" if asked_by else "nothing_asked"
    if asked_by is None:
        return "ask_yourself" if alone else "ask"
    if asked_by != actor:
        return "destroy"
    if not alone:
        return "needs_another"
    return "destroy" if word == "yes" else "ask_yourself"


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asked, and it counts until `expires_at`."""

    asked_by: Staff
    expires_at: datetime


async def standing(work: Work, case: Case) -> Request | None:
    """The request on this case that still counts: not too old, and of somebody who still coordinates."""
    row = await work.session.get(ErasureRequestRow, case.row.id)
    if row is None or row.expires_at <= work.now:
        return None
    asked_by = await staff.get(work, row.asked_by)
    return Request(asked_by, row.expires_at) if asked_by and asked_by.is_coordinator else None


async def others(work: Work, actor: Staff) -> Sequence[Staff]:
    """The coordinators besides this one, whether or not they can be written to now."""
    return [each for each in await staff.with_role(work, "coordinator") if each.id != actor.id]


async def must_be_settled(work: Work, case: Case, *, people: Sequence[Staff]) -> None:
    """Raises EraseTooSoon if within a day a colleague invited one of these, or a lone one became that."""
    changed = await looking_up.newest_change(
        work,
        invited=[person.id for person in people],
        revoked=len(people) == 1,
        since=work.now - SETTLED_AFTER,
    )
    if changed is not None:
        left = changed + SETTLED_AFTER - work.now
        raise EraseTooSoon(reference=case.reference, hours=math.ceil(left / timedelta(hours=1)))


async def ask(work: Work, actor: Staff, case: Case) -> datetime:
    """The request stands from now on; until when."""
    until = work.now + OPEN_FOR
    await forget(work, case)
    work.session.add(
        ErasureRequestRow(case_id=case.row.id, asked_by=actor.id, asked_at=work.now, expires_at=until)
    )
    await log.note(work, actor.id, "erase-asked", reference=case.reference)
    return until


async def drop(work: Work, actor: Staff, case: Case) -> None:
    """Whoever asked takes it back, or another coordinator refuses: the case stays, and that is noted."""
    await forget(work, case)
    await log.note(work, actor.id, "erase-dropped", reference=case.reference)


async def forget(work: Work, case: Case) -> None:
    """No request stands on this case any more."""
    where = ErasureRequestRow.case_id == case.row.id
    await work.session.execute(delete(ErasureRequestRow).where(where))


async def expire(work: Work) -> None:
    """Requests that nobody agreed to in time; every coordinator is told that the case stays."""
    too_old = ErasureRequestRow.expires_at <= work.now
    gone = delete(ErasureRequestRow).where(too_old).returning(ErasureRequestRow.case_id)
    for case_id in list((await work.session.execute(gone)).scalars()):
        try:
            case = await records.by_id(work, case_id)
        except CaseNotFound:
            continue
        for person in await staff.with_role(work, "coordinator"):
            if person.party:
                said = {"key": "told-erase-expired", "reference": case.reference}
                work.put(Item(person.party, "told", {**said}, Priority.NOTICE, case.row.id))
