"""One clock whose time has come: what is decided of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from backend.escalation import rules
from backend.escalation.policy import Policy
from backend.escalation.rules import Due


class Claimed(NamedTuple):
    """A clock that is ours to decide on, with what of its case it takes."""

    case_id: str
    kind: str
    round: int
    step: int
    started_at: datetime
    severity: str
    channel: str
    assignee: str | None
    entries: int
    waits_until: datetime | None
    epoch: int | None
    wrapping_key: str | None
    wrapped: bytes | None
    """The case's newest data key; None once the case was destroyed: nothing is left to tell of it."""

    @property
    def mark(self) -> str:
        """By which a message knows that it is still wanted."""
        return f"{self.kind}:{self.round}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The step to take, if any, and when the clock is looked at next.

    `everyone_called`: with this step all that the plan names were called for the first time.
    """

    step: Due | None
    next_at: datetime | None
    everyone_called: bool = False


def decide(policy: Policy, clock: Claimed, now: datetime) -> Decision:
    """What is to be done about this clock at `now`."""
    morning = policy.held_back(clock.severity, now)
    if morning != now:
        return Decision(None, morning)  # due in the evening, and nobody looked until the night
    wait = clock.waits_until - clock.started_at if clock.waits_until else None
    plan = policy.plan(clock.kind, clock.severity, wait=wait)
    step = rules.next_step(plan, started_at=clock.started_at, taken=clock.step, now=now)
    if step is None:
        # The times were changed in the configuration: reckon anew.
        following = rules.step_at(plan, clock.started_at, clock.step)
        return Decision(None, policy.held_back(clock.severity, following))
    everyone = clock.step < len(plan.steps) <= step.number
    return Decision(step, policy.held_back(clock.severity, step.next_at), everyone)
