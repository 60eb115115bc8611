"""What happens when nobody acknowledges: the tick that finds clocks whose time has come, and acts on them.

Each step is decided once: claimed row, entry, outbox rows (unique by case, round, step and party) and the
next due time are one transaction. Whether a message is still wanted is asked again when it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

import structlog
from sqlalchemy import bindparam, func, select, update

from backend.cases import notices, progress, records
from backend.cases.model import CaseRow
from backend.database import is_unavailable
from backend.escalation import clocks, rules, whom
from backend.escalation.model import CaseClockRow
from backend.escalation.policy import Policy
from backend.escalation.steps import Claimed, Decision, decide
from backend.escalation.whom import Present
from backend.escalation.writing import Batch
from backend.outbox import Party
from backend.people import need_to_know, rooms
from backend.vault import keyring
from backend.vault.model import DataKeyRow
from backend.work import Work

log = structlog.get_logger("escalation")

PUT_OFF = timedelta(minutes=1)
"""When a step that failed is tried again: at once it would fail at once."""
BATCH = 500
"""Clocks that are decided on in one transaction: SQLite's other writers wait no longer than that takes."""

# Put together once: that costs several times what running them does.
_DUE = (
    select(
        CaseClockRow.case_id,
        CaseClockRow.kind,
        CaseClockRow.round,
        CaseClockRow.step,
        CaseClockRow.started_at,
        CaseRow.severity,
        CaseRow.channel,
        CaseRow.assignee,
        CaseRow.entries,
        CaseRow.waits_until,
        DataKeyRow.epoch,
        DataKeyRow.wrapping_key,
        DataKeyRow.wrapped,
    )
    .join(CaseRow, CaseRow.id == CaseClockRow.case_id)
    .outerjoin(DataKeyRow, (DataKeyRow.owner == CaseRow.id) & (DataKeyRow.epoch == keyring.NEWEST))
    .where(CaseClockRow.next_at <= bindparam("now"))
    .order_by(CaseClockRow.next_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=[CaseClockRow, CaseRow])
)
_AHEAD = (
    select(CaseClockRow, CaseRow)
    .join(CaseRow, CaseRow.id == CaseClockRow.case_id)
    .where(CaseClockRow.decided_at > bindparam("latest"))
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .execution_options(populate_existing=True)
)
# The least and the greatest are found at the ends of their indexes, however many rows there are.
_ENDS = select(
    select(func.min(CaseClockRow.next_at)).scalar_subquery(),
    select(func.max(CaseClockRow.decided_at)).scalar_subquery(),
)


async def run_due(work: Work, *, limit: int = BATCH) -> int:
    """Take every step that is due by now; returns how many clocks were looked at.

    One that fails is logged and put off, and holds up no other. Raises what says that the database is gone.
    """
    set_right = await _set_right(work, limit)
    found = await work.session.execute(_DUE, {"now": work.now, "most": limit})
    due = [Claimed._make(row) for row in found]
    if due:
        await _take(
            _Tick(work, await whom.present(work), [room.party for room in await rooms.bound(work)]), due
        )
    return set_right + len(due)


async def anything_due(work: Work) -> bool:
    """Whether there is anything to do. Reads two ends of indexes: asked every second."""
    ends = (await work.session.execute(_ENDS)).one()
    earliest, latest = cast("tuple[datetime | None, datetime | None]", tuple(ends))
    if earliest is not None and earliest <= work.now:
        return True
    return latest is not None and rules.was_ahead(latest, work.now)


async def next_due(work: Work) -> datetime | None:
    """When the next clock is due: the demo stops there on its way forward."""
    return (await work.session.execute(select(func.min(CaseClockRow.next_at)))).scalar()


async def _set_right(work: Work, limit: int) -> int:
    """Clocks of a time that the machine took back go on from now."""
    latest = work.now + rules.SKEW
    found = (await work.session.execute(_AHEAD, {"latest": latest, "most": limit})).all()
    for clock, case in found:
        clocks.set_right(work, case, clock)
    await work.session.flush()
    return len(found)


class _Tick:
    """What all steps of one tick have in common."""

    def __init__(self, work: Work, present: Present, staff_rooms: list[Party]) -> None:
        self.work = work
        self.policy = Policy(work.settings)
        self._present = present
        self._rooms = staff_rooms

    async def take(self, due: Sequence[Claimed]) -> None:
        """Decide on these, and write all of it down."""
        circles = await need_to_know.circles(self.work, [clock.case_id for clock in due])
        batch = Batch(self.work, self._present, self._rooms, circles)
        more: list[Claimed] = []
        for clock in due:
            decision = self._decided(batch, clock)
            if decision.step and (clock.kind == "wait" or _silent(clock, decision)):
                more.append(clock)
        await batch.write()
        for clock in more:
            await _follow_up(self.work, clock)

    def _decided(self, batch: Batch, clock: Claimed) -> Decision:
        if clock.wrapped is None:
            decision = Decision(None, None)
        else:
            decision = decide(self.policy, clock, self.work.now)
        if decision.step:
            batch.take(clock, decision, decision.step)
        else:
            batch.reckon(clock, decision.next_at)
        return decision


async def _take(tick: _Tick, due: Sequence[Claimed]) -> None:
    """All at once; should that fail, one by one, so that what is wrong with one keeps to itself."""
    try:
        async with tick.work.apart():
            await tick.take(due)
    except Exception as error:
        if is_unavailable(error):
            raise
        for clock in due:
            await _take_alone(tick, clock)


async def _take_alone(tick: _Tick, clock: Claimed) -> None:
    try:
        async with tick.work.apart():
            await tick.take([clock])
    except Exception as error:
        if is_unavailable(error):
            raise
        log.error("step failed", case=clock.case_id, error=type(error).__name__)
        await _put_off(tick.work, clock.case_id)


async def _put_off(work: Work, case_id: str) -> None:
    where = CaseClockRow.case_id == case_id
    await work.session.execute(update(CaseClockRow).where(where).values(next_at=work.now + PUT_OFF))


def _silent(clock: Claimed, decision: Decision) -> bool:
    """Whether everybody was called now and nobody came: then the reporter must hear of it."""
    return clock.kind == "acknowledge" and decision.everyone_called


async def _follow_up(work: Work, clock: Claimed) -> None:
    """What few steps bring along: a wait ends, or the reporter hears that nobody came yet."""
    row = await work.session.get_one(CaseRow, clock.case_id, populate_existing=True)
    await work.session.get_one(CaseClockRow, clock.case_id, populate_existing=True)
    case = await records.opened(work, row)
    if case is None:
        return
    if clock.kind == "wait":
        await progress.go_on(work, case, "resume")
        return
    # Once in each silence: another severity goes on with the same one, a release begins another.
    silence = f"nobody-yet:{clock.started_at.isoformat()}"
    await notices.tell_reporters(work, case, "nobody-yet", while_=clock.mark, once=silence)
