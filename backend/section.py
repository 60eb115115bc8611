"""What every table of the configuration is made of: no unknown keys, and durations as people write them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d{1,6})\s*([smhd])", re.ASCII)

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


def _duration_or_never(value: object) -> timedelta | None:
    return None if value is None or value == "" else _duration(value)


Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(duration_text)]
DurationOrNever = Annotated[
    timedelta | None,
    BeforeValidator(_duration_or_never),
    PlainSerializer(lambda span: duration_text(span) if span else ""),
]
"""Written as an empty string where it never comes to it."""


class Section(BaseModel):
    """A table of the configuration file. Unknown keys are errors: a typing mistake must not be silent."""

    model_config = ConfigDict(extra="forbid", frozen=True)
