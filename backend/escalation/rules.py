"""What happens when nobody acknowledges, answers or goes on: which step is due, and when the next one is.

Pure: a plan, the clock's facts and a time give a decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

ASSIGNEE = "assignee"
WAIT_DEFAULT = timedelta(days=2)
LONGEST_SNOOZE = timedelta(days=3)
SKEW = timedelta(minutes=1)
"""How far the times of two machines may differ: within it nobody's time is taken to be wrong."""


@dataclass(frozen=True, slots=True)
class Step:
    """So long after the clock started, these are told: `duty`, `assignee`, …, or somebody by name."""

    after: timedelta
    notify: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one clock, and how often the last one is repeated (None: never)."""

    steps: tuple[Step, ...]
    repeat: timedelta | None


@dataclass(frozen=True, slots=True)
class Night:
    """The hours in which normal cases wait for the morning, in the centre's zone."""

    begins: time
    ends: time
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Due:
    """A step whose time has come. `number` counts from 1 and on through the repeats.

    `last` says that no further people will be told; `next_at` is when the following step is due, None
    if there is none.
    """

    number: int
    notify: str
    last: bool
    next_at: datetime | None


def first_reply_plan(first_reply: timedelta, steps: tuple[Step, ...], repeat: timedelta) -> Plan:
    """Acknowledged is not done: the one who acknowledged is told first, then as if nobody had."""
    later = tuple(Step(first_reply + step.after, step.notify) for step in steps)
    return Plan((Step(first_reply, ASSIGNEE), *later), repeat)


def quiet_plan(quiet: timedelta, repeat: timedelta) -> Plan:
    """A case on which nothing happens: the officer on it is reminded, again and again."""
    return Plan((Step(quiet, ASSIGNEE),), repeat)


def wait_plan(wait: timedelta) -> Plan:
    """A case that was put to wait: told once, when the wait ends."""
    return Plan((Step(wait, ASSIGNEE),), None)


def step_after(plan: Plan, index: int) -> timedelta | None:
    """How long after the start the step of this index comes (from 0, repeats counted on), if there is one."""
    if index < len(plan.steps):
        return plan.steps[index].after
    if plan.repeat is None:
        return None
    return plan.steps[-1].after + plan.repeat * (index - len(plan.steps) + 1)


def step_at(plan: Plan, started_at: datetime, index: int) -> datetime | None:
    """When the step of this index is due, None if there is no such step."""
    after = step_after(plan, index)
    return None if after is None else started_at + after


def next_step(plan: Plan, *, started_at: datetime, taken: int, now: datetime) -> Due | None:
    """The most severe step that is due and wasn't taken, if any. `taken`: how many were taken or passed over.

    After an outage the steps in between are passed over: one reminder, not a flood.
    """
    index = _latest_due(plan, now - started_at)
    if index is None or index < taken:
        return None
    step = plan.steps[min(index, len(plan.steps) - 1)]
    return Due(index + 1, step.notify, index + 1 >= len(plan.steps), step_at(plan, started_at, index + 1))


def _latest_due(plan: Plan, running: timedelta) -> int | None:
    """The index of the last step whose time has come on a clock that has been running so long."""
    passed = sum(step.after <= running for step in plan.steps)
    if passed < len(plan.steps) or plan.repeat is None:
        return passed - 1 if passed else None
    return passed - 1 + (running - plan.steps[-1].after) // plan.repeat


def was_ahead(decided_at: datetime, now: datetime) -> bool:
    """Whether a clock was decided on later than now: the machine's time was wrong then, and was set back."""
    return decided_at > now + SKEW


def restarted_at(plan: Plan, *, taken: int, now: datetime) -> datetime:
    """The start that makes a clock go on from now, where its own lies ahead.

    What was decided stays decided: the next step comes as long after now as it comes after the last one.
    """
    before = step_after(plan, taken - 1) if taken else None
    return now if before is None else now - before


def snoozed_start(plan: Plan, *, started_at: datetime, taken: int, until: datetime) -> datetime | None:
    """The start by which the next step comes at `until`, and all later ones as much later.

    None if there is no next step, or it comes at `until` or later anyway.
    """
    at = step_at(plan, started_at, taken)
    return None if at is None or at >= until else started_at + (until - at)


def after_night(at: datetime, night: Night | None) -> datetime:
    """`at`, or the end of the night that it falls into."""
    if night is None or night.begins == night.ends:
        return at
    local = at.astimezone(night.zone)
    if not _is_night(local.time(), night):
        return at
    morning = local.replace(hour=night.ends.hour, minute=night.ends.minute, second=0, microsecond=0)
    if morning < local:
        # Through the local date, not by adding 24 hours: the night of a clock change is not a day long.
        morning = (morning.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=night.zone)
    return morning.astimezone(at.tzinfo)


def _is_night(local: time, night: Night) -> bool:
    if night.begins < night.ends:
        return night.begins <= local < night.ends
    return local >= night.begins or local < night.ends
