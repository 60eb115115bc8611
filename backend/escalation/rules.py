"""What happens when nobody acknowledges, answers or goes on: which step is due, and when the next one is.

Pure: a plan, the clock's facts and a time give a decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

WAIT_DEFAULT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Step:
    """So long after the clock started, `duty`, `officers`, `coordinators` or the `assignee` are told."""

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


def acknowledge_plan(steps: tuple[Step, ...], repeat: timedelta) -> Plan:
    """A new case that waits: the configured steps, then the last again and again."""
    return Plan(steps, repeat)


def first_reply_plan(first_reply: timedelta, steps: tuple[Step, ...], repeat: timedelta) -> Plan:
    """Acknowledged is not done: the one who acknowledged is told first, then as if nobody had."""
    later = tuple(Step(first_reply + step.after, step.notify) for step in steps)
    return Plan((Step(first_reply, "assignee"), *later), repeat)


def quiet_plan(quiet: timedelta) -> Plan:
    """A case on which nothing happens: the officer on it is reminded, again and again."""
    return Plan((Step(quiet, "assignee"),), quiet)


def wait_plan(wait: timedelta) -> Plan:
    """A case that was put to wait: told once, when the wait ends."""
    return Plan((Step(wait, "assignee"),), None)


def step_at(plan: Plan, started_at: datetime, index: int) -> datetime | None:
    """When the step of this index (from 0, repeats counted on) is due, None if there is no such step."""
    if index < len(plan.steps):
        return started_at + plan.steps[index].after
    if plan.repeat is None:
        return None
    return started_at + plan.steps[-1].after + plan.repeat * (index - len(plan.steps) + 1)


def next_step(plan: Plan, *, started_at: datetime, taken: int, now: datetime) -> Due | None:
    """The most severe step that is due and wasn't taken, if any. `taken`: how many were taken or passed over.

    After an outage the steps in between are passed over: one reminder, not a flood.
    """
    index = _latest_due(plan, started_at, now)
    if index is None or index < taken:
        return None
    step = plan.steps[min(index, len(plan.steps) - 1)]
    return Due(index + 1, step.notify, index + 1 >= len(plan.steps), step_at(plan, started_at, index + 1))


def _latest_due(plan: Plan, started_at: datetime, now: datetime) -> int | None:
    """The index of the last step whose time has come by `now`."""
    passed = [index for index, step in enumerate(plan.steps) if started_at + step.after <= now]
    if len(passed) < len(plan.steps) or plan.repeat is None:
        return passed[-1] if passed else None
    beyond = now - started_at - plan.steps[-1].after
    return len(plan.steps) - 1 + beyond // plan.repeat


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
