"""Lines of the audit log as coordinators ask for them, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from backend.audit.model import AuditRow
from backend.work import Work

_COLUMNS = (
    AuditRow.number,
    AuditRow.at,
    AuditRow.actor,
    AuditRow.action,
    AuditRow.reference,
    AuditRow.about,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `actor` and `about` are staff ids, or one of the words for who is none."""

    number: int
    at: datetime
    actor: str
    action: str
    reference: str | None
    about: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and how many older ones there are."""

    lines: Sequence[Line]
    more: int


async def of_case(work: Work, reference: str, *, before: int | None, limit: int) -> Page:
    """What was noted about a case, also about one that is erased."""
    return await _page(work, AuditRow.reference == reference, before, limit)


async def of_person(work: Work, staff_id: str, *, before: int | None, limit: int) -> Page:
    """What was done by a person, and what was done to their rights."""
    return await _page(work, or_(AuditRow.actor == staff_id, AuditRow.about == staff_id), before, limit)


async def _page(work: Work, where: ColumnElement[bool], before: int | None, limit: int) -> Page:
    if before is not None:
        where &= AuditRow.number < before
    query = select(*_COLUMNS).where(where).order_by(AuditRow.number.desc()).limit(limit)
    lines = [Line(*row) for row in await work.session.execute(query)]
    count = (await work.session.execute(select(func.count(AuditRow.number)).where(where))).scalar_one()
    return Page(lines, count - len(lines))


async def former(work: Work, beginning: str, *, letters: int) -> str | None:
    """The id of somebody in the log whose id begins so (at least `letters` of it); None if no one's does."""
    if len(beginning) < letters or not set(beginning) <= set("0123456789abcdef"):
        return None
    for column in (AuditRow.actor, AuditRow.about):
        query = select(column).where(column.startswith(beginning)).limit(1)
        found = (await work.session.execute(query)).scalar()
        if found is not None:
            return found
    return None
