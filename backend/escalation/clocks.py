"""A case's clock: started, moved and stopped in the transaction that changes the case."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from backend.cases.model import CaseRow
from backend.cases.rules import ClockKind, clock_for
from backend.escalation import rules
from backend.escalation.model import CaseClockRow
from backend.work import Work


def plan_for(work: Work, case: CaseRow, kind: str, *, started_at: datetime) -> rules.Plan:
    """The plan of this clock for the case's severity, as configured."""
    times = work.settings.escalation.of(case.severity)
    steps = tuple(rules.Step(step.after, step.notify) for step in times.acknowledge)
    match kind:
        case "acknowledge":
            return rules.acknowledge_plan(steps, times.repeat)
        case "first_reply":
            return rules.first_reply_plan(times.first_reply, steps, times.repeat)
        case "quiet":
            return rules.quiet_plan(times.quiet)
        case _:
            return rules.wait_plan((case.waits_until or started_at) - started_at)


def held_back(work: Work, case: CaseRow, at: datetime | None) -> datetime | None:
    """`at`, moved to the morning where the case is normal and the night is kept."""
    quiet = work.settings.escalation.quiet()
    if at is None or case.severity != "normal" or quiet is None:
        return at
    return rules.after_night(at, rules.Night(*quiet, ZoneInfo(work.settings.centre.timezone)))


async def move(work: Work, case: CaseRow, *, restart: bool = False) -> None:
    """Let the clock run that the case's status asks for.

    The same clock goes on unless `restart` says that it begins anew (activity on a quiet case).
    """
    kind = clock_for(case.status, worked=case.worked_at is not None)  # type: ignore[arg-type]
    clock = await work.session.get(CaseClockRow, case.id)
    if clock is None:
        clock = CaseClockRow(case_id=case.id, kind="", round=0, step=0, started_at=work.now)
        work.session.add(clock)
    if kind is None:
        clock.next_at = None
        clock.kind = ""
    elif clock.kind != kind or restart:
        _start(work, case, clock, kind)
    else:
        _reckon(work, case, clock)


async def stop(work: Work, case: CaseRow) -> None:
    """No clock runs any more. The row stays: its rounds go on, should the case ever come back."""
    clock = await work.session.get(CaseClockRow, case.id)
    if clock is not None:
        clock.kind, clock.next_at = "", None


async def rethink(work: Work, case: CaseRow) -> None:
    """The severity changed: the same clock, from the same start, by the other severity's steps."""
    clock = await work.session.get(CaseClockRow, case.id)
    if clock is not None and clock.kind:
        clock.round, clock.step = clock.round + 1, 0
        _reckon(work, case, clock)


async def mark(work: Work, case: CaseRow) -> str | None:
    """`kind:round` of the running clock, by which a message in the outbox knows that it is still wanted."""
    clock = await work.session.get(CaseClockRow, case.id)
    return f"{clock.kind}:{clock.round}" if clock is not None and clock.kind else None


def _start(work: Work, case: CaseRow, clock: CaseClockRow, kind: ClockKind) -> None:
    clock.kind, clock.round, clock.step = kind, clock.round + 1, 0
    clock.started_at = work.now
    _reckon(work, case, clock)


def _reckon(work: Work, case: CaseRow, clock: CaseClockRow) -> None:
    """When the next step is due, by the severity that the case has now."""
    plan = plan_for(work, case, clock.kind, started_at=clock.started_at)
    clock.next_at = held_back(work, case, rules.step_at(plan, clock.started_at, clock.step))
