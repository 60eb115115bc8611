"""The facts by which the hotline's health is judged, from the database and from the process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, case, func, or_, select

from backend import devices
from backend.clock import Clock, SystemClock
from backend.database import is_unavailable
from backend.escalation.model import CaseClockRow
from backend.liveness.rules import ANSWERS_WITHIN, Facts
from backend.outbox import OutboxRow
from backend.work import Backend, Work

log = structlog.get_logger("health")

_FIRST_TRY = or_(OutboxRow.tries == 0, and_(OutboxRow.tries == 1, OutboxRow.state == "claimed"))
# A failed try moves `not_before` on, and nobody has the message all the same: it waits since it was made.
_PUT_OFF = and_(_FIRST_TRY, OutboxRow.not_before > OutboxRow.made_at)
_SINCE = case((_PUT_OFF, OutboxRow.not_before), else_=OutboxRow.made_at)
_OLDEST = (
    select(OutboxRow.channel, func.min(_SINCE))
    .where(OutboxRow.state.in_(("due", "claimed")))
    .group_by(OutboxRow.channel)
)


async def gather(backend: Backend, *, machine: Clock | None = None) -> Facts:
    """How the hotline stands now. A database that is silent for two seconds hasn't answered.

    `machine` is the clock that is held against the database's.
    """
    try:
        async with asyncio.timeout(ANSWERS_WITHIN.total_seconds()), backend.looking() as work:
            return await look(work, machine=machine)
    except Exception as error:  # noqa: BLE001 - whatever it is, the question was not answered
        if not is_unavailable(error):
            log.error("looking failed", error=type(error).__name__)
        vitals = backend.vitals
        return Facts(answered=False, ticks=vitals.ticks(), refusals=vitals.refusals())


async def look(work: Work, *, machine: Clock | None = None) -> Facts:
    """The same where a transaction is open already: the database answers."""
    return Facts(
        answered=True,
        drift=await _drift(work, machine or SystemClock()),
        step=await _most_overdue(work),
        waiting=await _waiting(work),
        ticks=work.vitals.ticks(),
        refusals=work.vitals.refusals(),
        missing=await devices.count(work, "matrix", "gap"),
    )


async def _drift(work: Work, machine: Clock) -> timedelta:
    """An SQLite file has no clock of its own."""
    if work.session.get_bind().dialect.name == "sqlite":
        return timedelta(0)
    theirs: datetime = (await work.session.execute(select(func.clock_timestamp()))).scalar_one()
    return machine.now() - theirs


async def _most_overdue(work: Work) -> timedelta:
    """How long the most overdue step is due; by the index alone, whatever the number of clocks."""
    first = (await work.session.execute(select(func.min(CaseClockRow.next_at)))).scalar()
    return timedelta(0) if first is None else max(work.now - first, timedelta(0))


async def _waiting(work: Work) -> Mapping[str, timedelta]:
    """By channel, how long its oldest message has waited."""
    found = await work.session.execute(_OLDEST)
    return {channel: max(work.now - since, timedelta(0)) for channel, since in found}
