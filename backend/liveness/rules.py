"""What counts as wrong, and what as an outage. Pure: facts in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from backend.liveness.vitals import Refusals, Tick

Check = Literal["database", "time", "ticks", "steps", "waiting", "sending"]
CHECKS: tuple[Check, ...] = ("database", "time", "ticks", "steps", "waiting", "sending")

ANSWERS_WITHIN = timedelta(seconds=2)
CLOCKS_DIFFER = timedelta(seconds=5)
TICK_LATE = timedelta(seconds=30)
TICKS_MISSED = 5
STEP_LATE = timedelta(seconds=60)
WAITED = timedelta(minutes=5)
REFUSED_FOR = timedelta(minutes=2)
FEWEST_REFUSALS = 3
"""Two people who blocked the hotline on a quiet night don't make a messenger that is out of order."""
DOWN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Facts:
    """How the hotline stands. Where the database didn't answer, what it would have said is left out.

    `drift`: the machine's clock minus the database's. `step`: how long ago the most overdue step of a case's
    clock fell due. `waiting`: by channel, how long its oldest message has waited to go out. `missing`: of how
    many chats some messages don't come.
    """

    answered: bool
    drift: timedelta = timedelta(0)
    step: timedelta = timedelta(0)
    waiting: Mapping[str, timedelta] = field(default_factory=dict)
    ticks: Mapping[str, Tick] = field(default_factory=dict)
    refusals: Mapping[str, Refusals] = field(default_factory=dict)
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: with what (a tick, a channel; empty where there is but one), since when."""

    check: Check
    what: str
    span: timedelta


def wrong(facts: Facts) -> list[Finding]:
    """All that is wrong, in the order of `CHECKS`; nothing if the hotline is well."""
    return [
        *_database(facts),
        *(Finding("ticks", name, tick.age) for name, tick in facts.ticks.items() if is_late(tick)),
        *([Finding("steps", "", facts.step)] if facts.step > STEP_LATE else []),
        *(Finding("waiting", name, span) for name, span in facts.waiting.items() if span > WAITED),
        *(Finding("sending", name, each.first) for name, each in facts.refusals.items() if is_mute(each)),
    ]


def _database(facts: Facts) -> Iterator[Finding]:
    if not facts.answered:
        yield Finding("database", "", ANSWERS_WITHIN)
    if abs(facts.drift) > CLOCKS_DIFFER:
        yield Finding("time", "", abs(facts.drift))


def is_late(tick: Tick) -> bool:
    """Whether a tick should have run by now, with patience for a busy moment."""
    return tick.age > max(TICK_LATE, TICKS_MISSED * tick.every)


def is_mute(refusals: Refusals) -> bool:
    """Whether a channel takes nothing any more.

    Failures long ago prove nothing: what waits is tried again every two minutes at least.
    """
    return (
        refusals.count >= FEWEST_REFUSALS
        and refusals.first - refusals.last > REFUSED_FOR
        and refusals.last <= WAITED
    )


def was_down(seen_at: datetime, *, now: datetime, own: timedelta | None) -> bool:
    """Whether nobody was at work between `seen_at` and `now`.

    `own`: how long ago this very process last wrote that it lives, by a time that nobody can set; None for
    one that has just started. A clock that was moved is no outage.
    """
    return now - seen_at > DOWN and (own is None or own > DOWN)
