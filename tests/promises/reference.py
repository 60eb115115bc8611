"""The simplest account of a case's clock that could be true: plain lists of moments, looked at one by one.

Written apart from the product's own rules, to disagree with them where either is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

ACKNOWLEDGE = {
    "urgent": (5 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    "high": (30 * MINUTE, 60 * MINUTE, 90 * MINUTE),
    "normal": (2 * HOUR, 8 * HOUR, 24 * HOUR),
}
REPEAT = {"urgent": 15 * MINUTE, "high": 60 * MINUTE, "normal": 24 * HOUR}
FIRST_REPLY = {"urgent": 30 * MINUTE, "high": 2 * HOUR, "normal": 24 * HOUR}
QUIET = {"urgent": 4 * HOUR, "high": 24 * HOUR, "normal": 72 * HOUR}
"""The table of the domain, by hand."""

SKEW, LONGEST_SNOOZE = MINUTE, 3 * DAY
MOST = 5000


@dataclass
class ModelCase:
    """One case as one would follow it with pencil and paper. `told` is what was decided: (clock, step)."""

    severity: str
    now: datetime
    status: str = "new"
    worked: bool = False
    clock: str = "acknowledge"
    taken: int = 0
    waits: timedelta = DAY
    snoozed: bool = False
    started: datetime = field(init=False)
    decided: datetime = field(init=False)
    told: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.started = self.decided = self.now

    def moments(self) -> list[datetime]:
        """When each step of the running clock is due: those that were taken, and up to one after `now`."""
        match self.clock:
            case "acknowledge":
                offsets = list(ACKNOWLEDGE[self.severity])
                repeat = REPEAT[self.severity]
            case "first_reply":
                first = FIRST_REPLY[self.severity]
                offsets = [first, *(first + each for each in ACKNOWLEDGE[self.severity])]
                repeat = REPEAT[self.severity]
            case "quiet":
                offsets, repeat = [QUIET[self.severity]], QUIET[self.severity]
            case "wait":
                return [self.started + self.waits]
            case _:
                return []
        while len(offsets) <= self.taken or self.started + offsets[-1] <= self.now:
            assert len(offsets) < MOST, "no clock is as old as that"
            offsets.append(offsets[-1] + repeat)
        return [self.started + each for each in offsets]

    def look(self) -> None:
        """A tick: of the steps whose moment has come, and that weren't taken, the last."""
        if self.decided > self.now + SKEW:
            self.heed_that_time_was_wrong()
        due = [index for index, moment in enumerate(self.moments()) if moment <= self.now]
        if not due or due[-1] < self.taken:
            return
        self.told.append((self.clock, due[-1] + 1))
        self.taken = due[-1] + 1
        self.decide()
        if self.clock == "wait":
            self.become("in_progress")

    def decide(self) -> None:
        """Something was decided about the clock; what comes next may be put off again."""
        self.decided, self.snoozed = self.now, False

    def heed_that_time_was_wrong(self) -> None:
        """What was decided last, be it a step or the start, counts as decided now; the rest follows."""
        last = self.moments()[self.taken - 1] if self.taken and self.clock else self.started
        self.started += self.now - last
        self.decide()

    def become(self, status: str, *, anew: bool = False) -> None:
        """The case stands so now; `anew` starts even the same clock again."""
        self.status = status
        clock = {"new": "acknowledge", "acknowledged": "first_reply", "waiting": "wait", "closed": ""}.get(
            status, "quiet" if self.worked else "first_reply"
        )
        if clock != self.clock or anew:
            self.clock, self.started, self.taken = clock, self.now, 0
            self.decide()

    # ── Deeds: each returns whether it can be done ──────────────────────────────────────────────

    def acknowledge(self) -> bool:
        """Seen, and somebody's."""
        if self.status != "new":
            return False
        self.become("acknowledged")
        return True

    def work(self) -> bool:
        """A reply or a note."""
        if self.status == "closed":
            return True
        before, self.worked = self.status, True
        after = "in_progress" if before in ("new", "acknowledged") else before
        self.become(after, anew=before == "in_progress")
        return True

    def hear(self) -> bool:
        """The reporter writes."""
        if self.status == "waiting":
            self.become("in_progress")
        else:
            self.become(self.status, anew=self.status == "in_progress" and self.worked)
        return True

    def wait(self, span: timedelta) -> bool:
        """Put aside for a while."""
        if self.status == "closed":
            return False
        self.waits = span
        self.become("waiting", anew=True)
        return True

    def release(self) -> bool:
        """Back to the queue."""
        if self.status in ("new", "closed"):
            return False
        self.worked = False
        self.become("new")
        return True

    def close(self) -> bool:
        """Done."""
        if self.status == "closed":
            return False
        self.become("closed")
        return True

    def reopen(self) -> bool:
        """Not done after all."""
        if self.status != "closed":
            return False
        self.worked = False
        self.become("in_progress")
        return True

    def snooze(self, span: timedelta) -> bool:
        """Let the next step come in `span`, and all later ones as much later."""
        if self.clock not in ("first_reply", "quiet") or self.snoozed or span > LONGEST_SNOOZE:
            return False
        until, following = self.now + span, self.moments()[self.taken]
        if following >= until:
            return False
        self.started += until - following
        self.decide()
        self.snoozed = True
        return True

    def change(self, severity: str) -> bool:
        """The same clock from the same start, by other times."""
        if self.status == "closed" or severity == self.severity:
            return False
        self.severity, self.taken = severity, 0
        self.decide()
        return True
