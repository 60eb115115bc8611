"""The configuration of the case backend. Every duration is written "90s", "5m", "2h", "3d"."""

from __future__ import annotations

import re
from datetime import time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d{1,6})\s*([smhd])", re.ASCII)
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)

LONGEST = timedelta(days=3660)


def parse_duration(text: str) -> timedelta:
    """`"90s"`, `"5m"`, `"2h"`, `"3d"` as a span of at least a second. Raises ValueError with a sentence."""
    found = _DURATION.fullmatch(text.strip().lower())
    if not found or not int(found[1]):
        raise ValueError('must be a duration such as "90s", "5m", "2h" or "3d"')
    span = timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    if span > LONGEST:
        raise ValueError("must not be longer than ten years")
    return span


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError('must be a duration in quotes, such as "5m"')  # noqa: TRY004 - pydantic wants ValueError
    return parse_duration(value)


def duration_text(span: timedelta) -> str:
    """The shortest way to write a duration: `"2h"`."""
    seconds = int(span.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(duration_text)]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError('must be a time zone such as "Europe/Moscow"') from None
    return name


Zone = Annotated[str, AfterValidator(_zone)]
SEVERITIES = ("urgent", "high", "normal")
Notify = Literal["duty", "officers", "coordinators"]


class Section(BaseModel):
    """A table of the configuration file. Unknown keys are errors: a typing mistake must not be silent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class KeysSettings(Section):
    """Where the encryption keys are."""

    file: Path = Path("keys.toml")


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


class SeveritySettings(Section):
    """The times of one severity."""

    acknowledge: Annotated[list[StepSettings], Field(min_length=1), AfterValidator(_ascending)]
    repeat: Duration
    first_reply: Duration
    quiet: Duration


def _times(steps: tuple[str, str, str], repeat: str, first_reply: str, quiet: str) -> SeveritySettings:
    people: tuple[Notify, Notify, Notify] = ("duty", "officers", "coordinators")
    return SeveritySettings(
        acknowledge=[
            StepSettings(after=parse_duration(after), notify=who)
            for after, who in zip(steps, people, strict=True)
        ],
        repeat=parse_duration(repeat),
        first_reply=parse_duration(first_reply),
        quiet=parse_duration(quiet),
    )


QuietHours = tuple[time, time]


def _quiet_hours(value: str) -> str:
    if value and not _HOURS.fullmatch(value):
        raise ValueError('must be empty or like "23:00-07:00"')
    return value


class EscalationSettings(Section):
    """What happens when nobody acknowledges, answers or goes on."""

    tick: Duration = timedelta(seconds=1)
    quiet_hours: Annotated[str, AfterValidator(_quiet_hours)] = "23:00-07:00"
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
                filled[severity] = {**default.model_dump(), **given}
        return filled

    def of(self, severity: str) -> SeveritySettings:
        """The times of one severity: `urgent`, `high` or `normal`."""
        found: SeveritySettings = getattr(self, severity)
        return found

    def quiet(self) -> QuietHours | None:
        """When the night begins and ends, in the centre's zone; None where there is none."""
        found = _HOURS.fullmatch(self.quiet_hours)
        if not found:
            return None
        return time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))


class BackendSettings(BaseModel):
    """All that the case backend is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    centre: CentreSettings = CentreSettings()
    database: DatabaseSettings = DatabaseSettings()
    keys: KeysSettings = KeysSettings()
    files: FilesSettings = FilesSettings()
    escalation: EscalationSettings = EscalationSettings()
