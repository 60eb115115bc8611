"""Lines of the audit log as coordinators ask for them, newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from backend.audit.log import OPERATOR, Action
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


async def is_noted(work: Work, actor: str, action: Action, *, reference: str, since: datetime) -> bool:
    """Whether this was noted of this person and case, then or later."""
    query = select(AuditRow.number).where(
        AuditRow.reference == reference,
        AuditRow.actor == actor,
        AuditRow.action == action,
        AuditRow.at >= since,
    )
    return (await work.session.execute(query.limit(1))).first() is not None


async def newest_change(
    work: Work, *, invited: Collection[str], revoked: bool, since: datetime
) -> datetime | None:
    """When one of `invited` last joined on a colleague's invitation or, if asked for, anybody was `revoked`.

    What whoever sits at the command line did doesn't count.
    """
    joined = and_(AuditRow.action == "joined", AuditRow.actor.in_(invited), AuditRow.about.is_not(None))
    put_out = and_(AuditRow.action == "revoked", AuditRow.actor != OPERATOR)
    changed = or_(joined, put_out) if revoked else joined
    query = select(func.max(AuditRow.at)).where(AuditRow.at > since, changed)
    return (await work.session.execute(query)).scalar()


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
