"""The configured times as plans: the steps of each clock at each severity, and what the night holds back."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend.config import BackendSettings, SeveritySettings, StepSettings
from backend.escalation import rules
from backend.escalation.rules import Night, Plan, Step


class Policy:
    """What the settings say, each plan made once."""

    def __init__(self, settings: BackendSettings) -> None:
        self._times = settings.escalation
        quiet = settings.escalation.quiet()
        self._night = Night(*quiet, ZoneInfo(settings.centre.timezone)) if quiet else None
        self._plans: dict[tuple[str, str], Plan] = {}

    def plan(self, kind: str, severity: str, *, wait: timedelta | None = None) -> Plan:
        """The plan of this clock for this severity; `wait` is how long a waiting case waits."""
        if kind == "wait":
            return rules.wait_plan(wait or timedelta(0))
        found = self._plans.get((kind, severity))
        if found is None:
            found = self._plans[kind, severity] = _plan(self._times.of(severity), kind)
        return found

    def held_back(self, severity: str, at: datetime | None) -> datetime | None:
        """`at`, moved to the morning where the case is normal and the night is kept."""
        return at if at is None or severity != "normal" else rules.after_night(at, self._night)


def _plan(times: SeveritySettings, kind: str) -> Plan:
    acknowledge = _steps(times.acknowledge)
    match kind, times.first_reply, times.quiet:
        case "acknowledge", _, _:
            return Plan(acknowledge, times.repeat)
        case "first_reply", timedelta() as span, _:
            return rules.first_reply_plan(span, acknowledge, times.first_reply_repeat)
        case "first_reply", list() as steps, _:
            return Plan(_steps(steps), times.first_reply_repeat)
        case _, _, timedelta() as span:
            return rules.quiet_plan(span, times.quiet_repeat)
        case _, _, steps:
            return Plan(_steps(steps), times.quiet_repeat)


def _steps(steps: list[StepSettings]) -> tuple[Step, ...]:
    return tuple(Step(step.after, step.notify) for step in steps)
