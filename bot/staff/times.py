"""Days, hours and roles of the rota as people type them, in Russian and English. Pure; never raises.

A day without a year is the nearest one, so it takes today's date to know which: see `Day.on`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from backend.rota.rules import ShiftRole
from bot.staff import vocabulary

_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2})?)?", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_CLOCK = r"(\d{1,2})(?::(\d{2}))?"
_HOUR = re.compile(_CLOCK, re.ASCII)
_HOURS = re.compile(rf"{_CLOCK}\s*-\s*{_CLOCK}", re.ASCII)
_DASHES = str.maketrans("‐‑‒–—−", "------")

_NEXT = frozenset({"next", "следующая", "следующую", "следующей", "дальше"})
_ROLES: Mapping[str, ShiftRole] = {
    **dict.fromkeys(("backup", "запасной", "запасная", "запасным", "запас"), "backup"),
    **dict.fromkeys(("primary", "основной", "основная", "основным"), "primary"),
}
_OFF = frozenset({"off", "remove", "снять", "убрать"})
_NO = frozenset({"no", "нет", "decline", "отказ", "отказаться"})
_AGREE = frozenset({"agree", "согласие"})
LEAP_YEAR = 2028
CENTURY = 2000
HALF_A_YEAR = timedelta(days=183)
MIDNIGHT = 24
MINUTES = 60


@dataclass(frozen=True, slots=True)
class Day:
    """A day as it was typed: a date whose year may be left open (0), or so many days from today."""

    day: int = 0
    month: int = 0
    year: int = 0
    ahead: int | None = None

    def on(self, today: date) -> date | None:
        """The day that is meant, seen from today; None if that year has no such day.

        Without a year it is the one from half a year back to half a year ahead.
        """
        if self.ahead is not None:
            return today + timedelta(days=self.ahead)
        if self.year:
            return _calendar(self.year, self.month, self.day)
        near = (_calendar(year, self.month, self.day) for year in range(today.year - 1, today.year + 2))
        return next((each for each in near if each and each >= today - HALF_A_YEAR), None)


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when. `until` is the day of the end, if it was typed; else it is the same or the next."""

    begins: time
    ends: time
    until: Day | None = None
    whole_day: bool = False

    def last_day(self, first: date, today: date) -> date | None:
        """The local day on which it ends; None if there is no such day."""
        if self.until:
            return self.until.on(today)
        over = self.whole_day or self.ends < self.begins
        return first + timedelta(days=1) if over else first


def day(word: str) -> Day | None:
    """`25.11`, `25.11.2026`, `2026-11-25`, «завтра»; None if no calendar has it."""
    ahead = vocabulary.days_ahead(word)
    if ahead is not None:
        return Day(ahead=ahead)
    iso, found = _ISO.fullmatch(word), _DATE.fullmatch(word)
    if iso:
        return _checked(Day(int(iso[3]), int(iso[2]), int(iso[1])))
    if not found:
        return None
    year = int(found[3] or 0)
    return _checked(Day(int(found[1]), int(found[2]), year + CENTURY if 0 < year < CENTURY else year))


def looks_like_day(word: str) -> bool:
    """Whether a date was meant, be it one that no calendar has."""
    return bool(day(word) or _ISO.fullmatch(word) or _DATE.fullmatch(word))


def _checked(typed: Day) -> Day | None:
    return typed if _calendar(typed.year or LEAP_YEAR, typed.month, typed.day) else None


def _calendar(year: int, month: int, number: int) -> date | None:
    """The date, if there is one within this century: no rota reaches further."""
    try:
        return date(year, month, number) if CENTURY <= year < CENTURY + 100 else None
    except ValueError:
        return None


def hour(word: str) -> time | None:
    """`9:00`, `09:00`, `9`."""
    found = _HOUR.fullmatch(word)
    return _time(found[1], found[2]) if found else None


def _time(hours: str, minutes: str | None) -> time | None:
    number, more = int(hours), int(minutes or 0)
    return time(number, more) if number < MIDNIGHT and more < MINUTES else None


def hours(words: str) -> Hours | None:
    """`09:00-21:00`, `9-21`, `21:00 - 09:00`, `09:00 - 27.11 09:00`; until 24:00 is until midnight."""
    plain = words.strip().translate(_DASHES)
    begin, dash, rest = plain.partition("-")
    first, *more = rest.split() or [""]
    if dash and more and (until := day(first)):
        begins, ends = hour(begin.strip()), hour(" ".join(more))
        return Hours(begins, ends, until) if begins is not None and ends is not None else None
    found = _HOURS.fullmatch(plain)
    if not found:
        return None
    midnight = int(found[3]) == MIDNIGHT and not int(found[4] or 0)
    begins, ends = _time(found[1], found[2]), time(0) if midnight else _time(found[3], found[4])
    if begins is None or ends is None:
        return None
    return Hours(begins, ends, whole_day=midnight and begins == ends)


def role(word: str) -> ShiftRole | None:
    """Primary or backup, if the word says so."""
    return _ROLES.get(vocabulary.plain(word))


def is_next(word: str) -> bool:
    """Whether the week after this one is meant."""
    return vocabulary.plain(word) in _NEXT


def is_off(word: str) -> bool:
    """Whether something is to be taken away again."""
    return vocabulary.plain(word) in _OFF


def agreed(word: str) -> bool | None:
    """Whether the word agrees or declines; None if it does neither."""
    if vocabulary.is_yes(word) or vocabulary.plain(word) in _AGREE:
        return True
    return False if vocabulary.plain(word) in _NO else None
