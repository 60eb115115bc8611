"""Need to know: who may read a case. One rule and one question, asked at each command and at each sending.

A case may be restricted to a circle of named people. Everybody else, coordinators too, sees that it exists:
reference, severity and status; not who wrote, what, to whom, or what is done about it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Row, delete, select

from backend.cases.model import CaseRow
from backend.cases.rules import OPEN
from backend.errors import Restricted
from backend.people.model import RestrictedToRow, RestrictionRow

if TYPE_CHECKING:
    from backend.people.staff import Staff
    from backend.work import Work

Circle = frozenset[str]
"""The ids of the staff who may read a restricted case."""


# ── The rule ────────────────────────────────────────────────────────────────────────────────────


def may_read(person: Staff, circle: Circle | None) -> bool:
    """Whether this person may read a case that is restricted to `circle` (None: not restricted). Pure."""
    return person.may_work_cases and (circle is None or person.id in circle)


# ── The question ────────────────────────────────────────────────────────────────────────────────


async def circles(work: Work, case_ids: Collection[str]) -> dict[str, Circle]:
    """Who may read those of these cases that are restricted."""
    if not case_ids:
        return {}
    query = (
        select(RestrictionRow.case_id, RestrictedToRow.staff_id)
        .outerjoin(RestrictedToRow, RestrictedToRow.case_id == RestrictionRow.case_id)
        .where(RestrictionRow.case_id.in_(case_ids))
    )
    return _gathered(await work.session.execute(query))


async def circle(work: Work, case_id: str) -> Circle | None:
    """Who may read this case; None if it isn't restricted."""
    return (await circles(work, [case_id])).get(case_id)


async def must_read(work: Work, person: Staff, *, reference: str) -> None:
    """Raises Restricted if this person may not read the case of this reference (or if there is none: not)."""
    query = select(CaseRow.id).where(CaseRow.reference == reference, CaseRow.hidden_at.is_(None))
    case_id = (await work.session.execute(query)).scalar_one_or_none()
    named = None if case_id is None else await circle(work, case_id)
    if named is not None and not may_read(person, named):
        raise Restricted(reference=reference)


async def closed_to(work: Work, reader: Staff | None) -> frozenset[str]:
    """References of the restricted cases that `reader` (None: whoever looks into a room) may not read."""
    query = (
        select(CaseRow.reference, RestrictedToRow.staff_id)
        .join(RestrictionRow, RestrictionRow.case_id == CaseRow.id)
        .outerjoin(RestrictedToRow, RestrictedToRow.case_id == RestrictionRow.case_id)
    )
    named = _gathered(await work.session.execute(query))
    return frozenset(case for case, ids in named.items() if reader is None or not may_read(reader, ids))


def _gathered(rows: Iterable[Row[str, str | None]]) -> dict[str, Circle]:
    """Of each case (by whatever names it) the ids of those named; None names nobody."""
    found: dict[str, set[str]] = {}
    for case, staff_id in rows:
        found.setdefault(case, set()).update([staff_id] if staff_id else [])
    return {case: frozenset(ids) for case, ids in found.items()}


# ── What is kept ────────────────────────────────────────────────────────────────────────────────


async def write(work: Work, case_id: str, ids: Circle, *, sweep_at: datetime) -> None:
    """From now on exactly these may read the case, which is held for change."""
    await lift(work, case_id)
    work.session.add(RestrictionRow(case_id=case_id, at=work.now, sweep_at=sweep_at))
    await work.session.flush()
    work.session.add_all(RestrictedToRow(case_id=case_id, staff_id=each) for each in sorted(ids))
    await work.session.flush()


async def lift(work: Work, case_id: str) -> None:
    """Everybody at the desk may read it again."""
    await work.session.execute(delete(RestrictionRow).where(RestrictionRow.case_id == case_id))


async def leave(work: Work, staff_id: str) -> list[str]:
    """Somebody is no longer staff; returns the references of open cases that nobody may read any more."""
    mine = select(RestrictedToRow.case_id).where(RestrictedToRow.staff_id == staff_id)
    case_ids = list((await work.session.execute(mine)).scalars())
    await work.session.execute(delete(RestrictedToRow).where(RestrictedToRow.staff_id == staff_id))
    nobodys = [case_id for case_id, ids in (await circles(work, case_ids)).items() if not ids]
    query = select(CaseRow.reference).where(
        CaseRow.id.in_(nobodys), CaseRow.status.in_(OPEN), CaseRow.hidden_at.is_(None)
    )
    return sorted((await work.session.execute(query)).scalars()) if nobodys else []
