"""When the hotline was down: whoever finds that nobody was at work tells the staff, once.

Every node writes down every few seconds that it lives. It does so before it looks for what is due, so
that after an outage the steps that fell due in it are still there to be counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Select, func, select, update
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql, sqlite

from backend.cases.model import CaseRow
from backend.escalation.model import CaseClockRow
from backend.liveness.model import LivenessRow
from backend.liveness.rules import DOWN, was_down
from backend.liveness.vitals import Vitals
from backend.outbox import Item, Json, Priority
from backend.people import rooms, staff
from backend.work import Work

NAMED = 10
"""How many references one message names."""

_TABLE = cast("SqlTable", LivenessRow.__table__)
_BEGIN = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing(),
}


@dataclass(frozen=True, slots=True)
class Outage:
    """Nobody was at work between these two."""

    begun: datetime
    ended: datetime


def may_have_been_down(vitals: Vitals) -> bool:
    """Whether this process has to write down that it lives before it looks for what is due."""
    own = vitals.since_beat()
    return own is None or own > DOWN


async def beat(work: Work) -> Outage | None:
    """Write down that the hotline lives. The outage that this ends, if there was one: the staff are told.

    Of several nodes that find the same outage, the one that replaces the old time tells of it.
    """
    seen_at = (await work.session.execute(select(LivenessRow.seen_at))).scalar()
    if seen_at is None:
        await work.session.execute(_BEGIN[_dialect(work)], {"id": 1, "seen_at": work.now})
        return None
    was = update(LivenessRow).where(LivenessRow.seen_at == seen_at).returning(LivenessRow.id)
    replaced = (await work.session.execute(was.values(seen_at=work.now))).scalar()
    if replaced is None or not was_down(seen_at, now=work.now, own=work.vitals.since_beat()):
        return None
    outage = Outage(seen_at, work.now)
    await _tell(work, outage)
    return outage


def _dialect(work: Work) -> str:
    return work.session.get_bind().dialect.name


async def _tell(work: Work, outage: Outage) -> None:
    """The staff rooms and the coordinators; what is told are ids, to be looked up when it is sent."""
    facts: dict[str, Json] = {
        "begun": outage.begun.isoformat(),
        "ended": outage.ended.isoformat(),
        "due": [*await _fell_due(work, outage)],
        "due_count": await _count(work, _due(outage)),
        "opened": await _count(work, _opened(outage)),
    }
    coordinators = await staff.with_role(work, "coordinator")
    parties = [room.party for room in await rooms.bound(work)]
    for party in (*parties, *(each.party for each in coordinators if each.party)):
        once = f"was-down:{facts['begun']}:{party.id}"
        work.put(Item(party, "was-down", facts, Priority.NOTICE, once=once))


def _due(outage: Outage) -> Select[str]:
    """Cases on whose clock a step fell due in the outage."""
    return (
        select(CaseRow.id)
        .join(CaseClockRow, CaseClockRow.case_id == CaseRow.id)
        .where(CaseClockRow.next_at > outage.begun, CaseClockRow.next_at <= outage.ended)
        .where(CaseRow.hidden_at.is_(None))
    )


def _opened(outage: Outage) -> Select[str]:
    """Cases that came in all the same: messages were taken while ticks were not."""
    return select(CaseRow.id).where(
        CaseRow.opened_at > outage.begun, CaseRow.opened_at <= outage.ended, CaseRow.hidden_at.is_(None)
    )


async def _fell_due(work: Work, outage: Outage) -> Sequence[str]:
    query = _due(outage).order_by(CaseClockRow.next_at).limit(NAMED)
    return list((await work.session.execute(query)).scalars())


async def _count(work: Work, query: Select[str]) -> int:
    return (await work.session.execute(select(func.count()).select_from(query.subquery()))).scalar_one()


async def references(work: Work, case_ids: Sequence[str]) -> list[str]:
    """The references of these cases, as far as they still may be spoken of."""
    query = select(CaseRow.reference).where(CaseRow.id.in_(case_ids), CaseRow.hidden_at.is_(None))
    found = await work.session.execute(query.order_by(CaseRow.reference))
    return list(found.scalars())
