"""A case's clock: started, moved, put off and stopped in the transaction that changes the case."""

from __future__ import annotations

from datetime import datetime

from backend.cases.model import CaseRow
from backend.cases.rules import ClockKind, clock_for
from backend.escalation import rules
from backend.escalation.model import CaseClockRow
from backend.escalation.policy import Policy
from backend.escalation.rules import Plan
from backend.work import Work


async def move(work: Work, case: CaseRow, *, restart: bool = False) -> None:
    """Let the clock run that the case's status asks for.

    The same clock goes on unless `restart` says that it begins anew (activity on a quiet case).
    """
    kind = clock_for(case.status, worked=case.worked_at is not None)  # type: ignore[arg-type]
    clock = await work.session.get(CaseClockRow, case.id)
    if clock is None:
        clock = CaseClockRow(case_id=case.id, kind="", round=0, step=0, started_at=work.now)
        clock.decided_at, clock.snoozed = work.now, False
        work.session.add(clock)
    if kind is None:
        _stop(clock)
    elif clock.kind != kind or restart:
        _start(work, case, clock, kind)
    else:
        _reckon(work, case, clock)


async def stop(work: Work, case: CaseRow) -> None:
    """No clock runs any more. The row stays: its rounds go on, should the case ever come back."""
    clock = await work.session.get(CaseClockRow, case.id)
    if clock is not None:
        _stop(clock)


async def rethink(work: Work, case: CaseRow) -> None:
    """The severity changed: the same clock, from the same start, by the other severity's steps."""
    clock = await work.session.get(CaseClockRow, case.id)
    if clock is not None and clock.kind:
        clock.round, clock.step = clock.round + 1, 0
        _decided(work, clock)
        _reckon(work, case, clock)


async def running(work: Work, case: CaseRow) -> CaseClockRow | None:
    """The clock that runs on this case, None while none does."""
    clock = await work.session.get(CaseClockRow, case.id)
    return clock if clock is not None and clock.kind else None


async def mark(work: Work, case: CaseRow) -> str | None:
    """`kind:round` of the running clock, by which a message in the outbox knows that it is still wanted."""
    clock = await running(work, case)
    return f"{clock.kind}:{clock.round}" if clock is not None else None


def put_off(work: Work, case: CaseRow, clock: CaseClockRow, until: datetime) -> bool:
    """Let the next step come at `until`, and all later ones as much later; False if it comes then anyway."""
    started_at = rules.snoozed_start(
        _plan(work, case, clock), started_at=clock.started_at, taken=clock.step, until=until
    )
    if started_at is None or clock.next_at is None or clock.next_at >= until:
        return False
    clock.started_at = started_at
    _decided(work, clock)
    clock.snoozed = True
    _reckon(work, case, clock)
    return True


def set_right(work: Work, case: CaseRow, clock: CaseClockRow) -> None:
    """The machine's time was wrong when this clock was decided on, and is right now: it goes on from now."""
    started_at = rules.restarted_at(_plan(work, case, clock), taken=clock.step, now=work.now)
    if clock.kind == "wait" and case.waits_until:
        case.waits_until += started_at - clock.started_at
    clock.started_at = started_at
    _decided(work, clock)
    if clock.kind:
        _reckon(work, case, clock)


def _stop(clock: CaseClockRow) -> None:
    clock.kind, clock.next_at, clock.snoozed = "", None, False


def _start(work: Work, case: CaseRow, clock: CaseClockRow, kind: ClockKind) -> None:
    clock.kind, clock.round, clock.step = kind, clock.round + 1, 0
    clock.started_at = work.now
    _decided(work, clock)
    _reckon(work, case, clock)


def _decided(work: Work, clock: CaseClockRow) -> None:
    clock.decided_at, clock.snoozed = work.now, False


def _plan(work: Work, case: CaseRow, clock: CaseClockRow) -> Plan:
    wait = case.waits_until - clock.started_at if case.waits_until else None
    return Policy(work.settings).plan(clock.kind, case.severity, wait=wait)


def _reckon(work: Work, case: CaseRow, clock: CaseClockRow) -> None:
    """When the next step is due, by the severity that the case has now."""
    following = rules.step_at(_plan(work, case, clock), clock.started_at, clock.step)
    clock.next_at = Policy(work.settings).held_back(case.severity, following)
