"""The configuration of the case backend. Every duration is written "90s", "5m", "2h", "3d"."""

from __future__ import annotations

import re
from datetime import time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from backend.archive.settings import BackupSettings
from backend.cases.rules import SEVERITIES
from backend.escalation.rules import ASSIGNEE
from backend.retention.settings import PrivacySettings, RetentionSettings
from backend.rota.rules import Pattern, overlapping
from backend.section import Duration, Section, parse_duration
from backend.vault.settings import KeysSettings, SealingSettings

_HOUR = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError('must be a time zone such as "Europe/Moscow"') from None
    return name


Zone = Annotated[str, AfterValidator(_zone)]
ROLES_TOLD = ("duty", "backup", "officers", "coordinators", ASSIGNEE)
"""Whom a step may tell by what they are, the last being the officer on the case; anybody else by name."""


def _whom(value: str) -> str:
    """One of our words, or a name. In small letters it must be a word of ours: so a slip is seen."""
    who = " ".join(value.split())
    if not who or (who.islower() and who not in ROLES_TOLD):
        known = ", ".join(f'"{word}"' for word in ROLES_TOLD)
        raise ValueError(f"must be {known} or a person's name, which begins with a capital letter")
    return who


Notify = Annotated[str, AfterValidator(_whom)]


class CentreSettings(Section):
    """Who runs this hotline."""

    name: str = "Rapid Reaction Centre"
    languages: list[Literal["ru", "en"]] = Field(default=["ru", "en"], min_length=1)
    timezone: Zone = "Europe/Moscow"
    fallback_text: str = ""

    @property
    def language(self) -> str:
        """The default language, which the rooms speak too."""
        return self.languages[0]


class DatabaseSettings(Section):
    """Where everything is kept."""

    url: str = "sqlite:///data/hotline.db"


class FilesSettings(Section):
    """Where sealed files are kept."""

    folder: Path = Path("data/files")


class StepSettings(Section):
    """One step of an escalation."""

    after: Duration
    notify: Notify


def _ascending(steps: list[StepSettings]) -> list[StepSettings]:
    times = [step.after for step in steps]
    if any(later <= sooner for sooner, later in pairwise(times)):
        raise ValueError('must go from the soonest step to the latest: each "after" longer than the last')
    return steps


Steps = Annotated[list[StepSettings], Field(min_length=1), AfterValidator(_ascending)]


def _without_assignee(steps: list[StepSettings]) -> list[StepSettings]:
    if any(step.notify == ASSIGNEE for step in steps):
        raise ValueError("must not tell the assignee: nobody is on a case before it is acknowledged")
    return steps


A_DURATION, STEPS = "a duration", "a list of steps"
SHAPES = frozenset({A_DURATION, STEPS})
"""Not keys: under these names pydantic speaks of the two ways to write one."""

DurationOrSteps = Annotated[
    Annotated[Duration, Tag(A_DURATION)] | Annotated[Steps, Tag(STEPS)],
    Discriminator(lambda value: STEPS if isinstance(value, list) else A_DURATION),
]


def first_after(times: timedelta | list[StepSettings]) -> timedelta:
    """How long until anybody is told."""
    return times[0].after if isinstance(times, list) else times


def last_after(times: timedelta | list[StepSettings]) -> timedelta:
    """How long until the last step."""
    return times[-1].after if isinstance(times, list) else times


class SeveritySettings(Section):
    """The times of one severity. Each clock has its steps, and how often the last of them is repeated.

    A duration for `first_reply` tells the officer on the case, then everybody as if nobody had
    acknowledged; for `quiet`, the officer on the case alone.
    """

    acknowledge: Annotated[Steps, AfterValidator(_without_assignee)]
    repeat: Duration
    first_reply: DurationOrSteps
    first_reply_repeat: Duration = Field(default_factory=lambda data: data["repeat"])
    quiet: DurationOrSteps
    quiet_repeat: Duration = Field(default_factory=lambda data: last_after(data["quiet"]))

    @property
    def reply_within(self) -> timedelta:
        """When the reporter should have had an answer: what they are told, and what figures go by."""
        return first_after(self.first_reply)


OF_OTHERS = {"first_reply_repeat", "quiet_repeat"}
"""Times that, left out, follow from others."""


def _times(steps: tuple[str, str, str], repeat: str, first_reply: str, quiet: str) -> SeveritySettings:
    people = ("duty", "officers", "coordinators")
    told = zip(steps, people, strict=True)
    return SeveritySettings(
        acknowledge=[StepSettings(after=parse_duration(after), notify=who) for after, who in told],
        repeat=parse_duration(repeat),
        first_reply=parse_duration(first_reply),
        quiet=parse_duration(quiet),
    )


QuietHours = tuple[time, time]


def _quiet_hours(value: str) -> str:
    if value and not _HOURS.fullmatch(value):
        raise ValueError('must be empty or like "23:00-07:00"')
    begins, _, ends = value.partition("-")
    if value and begins == ends:
        raise ValueError("must begin and end at different times; for none at all leave it empty")
    return value


def _hour_or_none(value: str) -> str:
    if value and not _HOUR.fullmatch(value):
        raise ValueError('must be empty or a time such as "09:00"')
    return value


class EscalationSettings(Section):
    """What happens when nobody acknowledges, answers or goes on."""

    tick: Duration = timedelta(seconds=1)
    quiet_hours: Annotated[str, AfterValidator(_quiet_hours)] = "23:00-07:00"
    daily_summary: Annotated[str, AfterValidator(_hour_or_none)] = "09:00"
    urgent: SeveritySettings = _times(("5m", "15m", "30m"), "15m", "30m", "4h")
    high: SeveritySettings = _times(("30m", "60m", "90m"), "60m", "2h", "24h")
    normal: SeveritySettings = _times(("2h", "8h", "24h"), "24h", "24h", "72h")

    @model_validator(mode="before")
    @classmethod
    def _keep_other_defaults(cls, data: object) -> object:
        """A severity's table may name some of its times only: the rest keep their defaults."""
        if not isinstance(data, dict):
            return data
        filled = dict(data)
        for severity in SEVERITIES:
            given = filled.get(severity)
            if isinstance(given, dict):
                default: SeveritySettings = cls.model_fields[severity].default
                filled[severity] = {**default.model_dump(exclude=OF_OTHERS), **given}
        return filled

    def of(self, severity: str) -> SeveritySettings:
        """The times of one severity: `urgent`, `high` or `normal`."""
        found: SeveritySettings = getattr(self, severity)
        return found

    def summary_at(self) -> time | None:
        """When coordinators are told how the day went, in the centre's zone; None: never."""
        return time.fromisoformat(self.daily_summary) if self.daily_summary else None

    def quiet(self) -> QuietHours | None:
        """When the night begins and ends, in the centre's zone; None where there is none."""
        found = _HOURS.fullmatch(self.quiet_hours)
        if not found:
            return None
        return time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _weekdays(text: str) -> str:
    if text != "daily" and not all(map(_run_of_days, text.split(","))):
        raise ValueError('must be days such as "mon", "mon-fri", "sat,sun" or "daily"')
    return text


def _run_of_days(text: str) -> frozenset[int]:
    """`"mon"` or `"fri-mon"` as weekdays counted from Monday; empty where it says nothing."""
    first, _, last = text.strip().partition("-")
    if first not in _DAYS or (last or first) not in _DAYS:
        return frozenset()
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    return frozenset((begin + more) % len(_DAYS) for more in range((end - begin) % len(_DAYS) + 1))


def _hour(text: str) -> str:
    if not _HOUR.fullmatch(text):
        raise ValueError('must be a time such as "09:00"')
    return text


def _names(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _named(names: list[str]) -> list[str]:
    if any(not name.strip() for name in names):
        raise ValueError("must hold no empty name")
    return [" ".join(name.split()) for name in names]


Hour = Annotated[str, AfterValidator(_hour)]
Names = Annotated[list[str], BeforeValidator(_names), AfterValidator(_named)]


class WeeklySettings(Section):
    """One line of the weekly pattern; over midnight where `to` isn't later than `from`."""

    days: Annotated[str, AfterValidator(_weekdays)]
    begins: Hour = Field(alias="from")
    ends: Hour = Field(alias="to")
    primary: Names = Field(default=[])
    backup: Names = Field(default=[])

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.begins == self.ends:
            raise ValueError("from and to must differ: a whole day takes two lines")
        if not self.primary and not self.backup:
            raise ValueError("primary, backup or both must name somebody")
        return self

    def pattern(self) -> Pattern:
        """The line as the rules read it."""
        runs = ["mon-sun"] if self.days == "daily" else self.days.split(",")
        weekdays = frozenset().union(*map(_run_of_days, runs))
        begins, ends = time.fromisoformat(self.begins), time.fromisoformat(self.ends)
        return Pattern(weekdays, begins, ends, tuple(self.primary), tuple(self.backup))


def _apart(lines: list[WeeklySettings]) -> list[WeeklySettings]:
    found = overlapping([line.pattern() for line in lines])
    if found:
        raise ValueError(f"lines {found[0] + 1} and {found[1] + 1} overlap: one role has one line at a time")
    return lines


class RotaSettings(Section):
    """Who is on duty in an ordinary week, in the centre's time zone."""

    weekly: Annotated[list[WeeklySettings], AfterValidator(_apart)] = Field(default=[])

    def pattern(self) -> tuple[Pattern, ...]:
        """The week as the rules read it."""
        return tuple(line.pattern() for line in self.weekly)


class BackendSettings(BaseModel):
    """All that the case backend is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    centre: CentreSettings = CentreSettings()
    database: DatabaseSettings = DatabaseSettings()
    keys: KeysSettings = KeysSettings()
    sealing: SealingSettings = SealingSettings()
    files: FilesSettings = FilesSettings()
    retention: RetentionSettings = RetentionSettings()
    privacy: PrivacySettings = PrivacySettings()
    backup: BackupSettings = BackupSettings()
    escalation: EscalationSettings = EscalationSettings()
    rota: RotaSettings = RotaSettings()
