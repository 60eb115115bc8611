"""The state of health in words for monitoring: checks, ticks and channels, never a case or a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from backend.liveness import facts, rules
from backend.liveness.rules import CHECKS, Check, Facts, Finding
from backend.work import Backend

RIGHT: Mapping[Check, str] = {
    "database": "answers",
    "time": "the machine's clock is right",
    "ticks": "all ran in time",
    "steps": "none stays overdue",
    "waiting": "no message waits for long",
    "sending": "messengers take messages",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and the facts that it was found by."""

    facts: Facts
    wrong: Sequence[Finding]

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong

    def lines(self) -> list[str]:
        """A line a check if all is well, else a line for each thing that is wrong."""
        if self.well:
            return [f"{check}: {RIGHT[check]}" for check in CHECKS]
        return [f"{finding.check}: {sentence(finding)}" for finding in self.wrong]


async def examine(backend: Backend) -> Report:
    """Look now."""
    found = await facts.gather(backend)
    return Report(found, rules.wrong(found))


def sentence(finding: Finding) -> str:
    """One finding in words."""
    span = seconds(finding.span)
    match finding.check:
        case "database":
            return f"no answer within {span}"
        case "time":
            return f"the machine's clock and the database's differ by {span}"
        case "ticks":
            return f"{finding.what} last ended well {span} ago"
        case "steps":
            return f"a step has been due for {span} and wasn't taken"
        case "waiting":
            return f"a message has been waiting for {finding.what} for {span}"
        case "sending":
            return f"{finding.what} has taken nothing for {span}"


def seconds(span: timedelta) -> str:
    """A span as a monitor shows it."""
    return f"{int(span.total_seconds())} s"
