"""Cases that were closed long ago: marked a week before, told of by number, destroyed in time.

`cases.ends_at` says when. Nothing is destroyed that wasn't marked before, so neither a shorter time in the
configuration nor a clock that runs ahead destroys anything at once; and whatever anybody does on a case that
is marked lets it live on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, update

from backend.audit.log import HOTLINE
from backend.cases import erasure
from backend.cases.model import CaseRow, TombstoneRow
from backend.work import Work

WARNED = timedelta(days=8)
"""How long before they are told of: the summary comes once a day, so that it is a week at the least."""
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Ending:
    """How many cases are going to be destroyed, the last of them at `until`; and how many were, of late."""

    count: int
    until: datetime | None
    destroyed: int


def _warned(span: timedelta) -> timedelta:
    """Who wants cases gone within days can't be told a week before."""
    return min(WARNED, span)


def _old(work: Work, span: timedelta, *, within: timedelta) -> ColumnElement[bool]:
    """Closed, and nobody has done anything on it for so long that its time comes `within` this."""
    untouched = CaseRow.touched_at <= work.now - (span - within)
    return and_(CaseRow.status == "closed", untouched, CaseRow.hidden_at.is_(None))


async def mark(work: Work) -> None:
    """Give their end to those whose time comes, and take it from those that were touched since."""
    span = work.settings.retention.closed
    marked = CaseRow.ends_at.is_not(None)
    if span is None:
        await work.session.execute(update(CaseRow).where(marked).values(ends_at=None))
        return
    due = _old(work, span, within=_warned(span))
    end = work.now + _warned(span)
    lives_on = and_(marked, or_(not_(due), CaseRow.ends_at > end))
    await work.session.execute(update(CaseRow).where(lives_on).values(ends_at=None))
    await work.session.execute(update(CaseRow).where(due, ~marked).values(ends_at=end))


async def any_due(work: Work) -> bool:
    """Whether a case is to be marked, let live or destroyed."""
    span = work.settings.retention.closed
    marked = CaseRow.ends_at.is_not(None)
    if span is None:
        wanted: ColumnElement[bool] = marked
    else:
        due, end = _old(work, span, within=_warned(span)), work.now + _warned(span)
        wrong = or_(not_(due), CaseRow.ends_at <= work.now, CaseRow.ends_at > end)
        wanted = or_(marked & wrong, due & ~marked)
    return (await work.session.execute(select(CaseRow.id).where(wanted).limit(1))).scalar() is not None


async def destroy_due(work: Work) -> int:
    """Destroy some of those whose time has come; how many: call again until it is none."""
    span = work.settings.retention.closed
    if span is None:
        return 0
    due = _old(work, span, within=timedelta(0))
    query = select(CaseRow).where(due, CaseRow.ends_at <= work.now).order_by(CaseRow.ends_at).limit(AT_ONCE)
    rows = (await work.session.execute(query.with_for_update(skip_locked=True))).scalars()
    destroyed = 0
    for row in list(rows):
        await erasure.destroy_row(work, row, by=HOTLINE)
        destroyed += 1
    return destroyed


async def ending(work: Work, *, since: datetime) -> Ending:
    """What the coordinators are told: how many are marked, and how many were destroyed `since`."""
    marked = CaseRow.ends_at.is_not(None), CaseRow.hidden_at.is_(None)
    query = select(func.count(), func.max(CaseRow.ends_at)).where(*marked)
    count, until = (await work.session.execute(query)).one()
    gone = select(func.count()).select_from(TombstoneRow)
    gone = gone.where(TombstoneRow.erased_by == HOTLINE, TombstoneRow.erased_at >= since)
    return Ending(count, until, (await work.session.execute(gone)).scalar_one())
