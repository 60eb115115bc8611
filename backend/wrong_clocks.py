"""What was put off by a machine's clock that ran ahead and is right again: it must not wait until then."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, and_, bindparam, case, exists, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.outbox import AT_ONCE, OutboxRow
from backend.vault.model import Moment

LONGEST_WAIT = timedelta(minutes=15)
"""The longest pause before another attempt: a later one was reckoned by a clock that ran ahead."""
AHEAD = timedelta(minutes=1)
"""What was decided further in the future than this was decided by a clock that ran ahead."""

_MADE_AHEAD = and_(OutboxRow.state == "due", OutboxRow.made_at > bindparam("ahead", type_=Moment))
_WAITS_TOO_LONG = and_(
    OutboxRow.state == "due", OutboxRow.tries > 0, OutboxRow.not_before > bindparam("longest", type_=Moment)
)
_ANY = select(or_(exists().where(_MADE_AHEAD), exists().where(_WAITS_TOO_LONG)))
_MOMENT = bindparam("moment", type_=Moment)
_BY = type_coerce(OutboxRow.made_at, BigInteger) - type_coerce(_MOMENT, BigInteger)
_AS_MEANT = type_coerce(type_coerce(OutboxRow.not_before, BigInteger) - _BY, Moment)
_MADE_NOW = (
    update(OutboxRow)
    .where(_MADE_AHEAD)
    .values(
        made_at=_MOMENT,
        not_before=case((OutboxRow.not_before > AT_ONCE, _AS_MEANT), else_=OutboxRow.not_before),
    )
    .execution_options(synchronize_session=False)
)
_GO_AT_ONCE = (
    update(OutboxRow)
    .where(_WAITS_TOO_LONG)
    .values(not_before=AT_ONCE)
    .execution_options(synchronize_session=False)
)


async def any_put_off(session: AsyncSession, *, now: datetime) -> bool:
    """Whether anything waits for a time that was never meant: a cheap look."""
    limits = {"ahead": now + AHEAD, "longest": now + LONGEST_WAIT}
    return bool((await session.execute(_ANY, limits)).scalar())


async def pull_back(session: AsyncSession, *, now: datetime) -> None:
    """What was decided ahead counts as decided now and waits as long as was meant; what was tried goes on."""
    await session.execute(_MADE_NOW, {"ahead": now + AHEAD, "moment": now})
    await session.execute(_GO_AT_ONCE, {"longest": now + LONGEST_WAIT})
