"""A moment ahead, as officers type it before what is due then: `3d`, `25.11 18:00`, «завтра 9:30».

Pure; the caller's time is the only clock. Everything is meant in the centre's zone.
"""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta, tzinfo

from backend.local_time import day_of, moment, planned
from bot.staff import vocabulary

END_OF_DAY = time(18)
"""What a day without an hour means: by the end of the working day."""
CLEARLY_PAST = timedelta(days=183)
"""A day without a year that lies further back is next year's; a nearer one is a slip."""
MINUTES = {"m": 1, "h": 60}
DAYS = {"d": 1, "w": 7}

_SPAN = re.compile(r"(?:через\s+|in\s+)?(\d{1,5})\s*([a-zа-яё]+)\.?(?=\s|$)", re.IGNORECASE)
_NUMERIC = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2}))?(?![\d:.])")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_MONTH_NAMED = re.compile(r"(\d{1,2})\s+([a-zа-яё]{3,9})\.?(?:\s+(\d{4}))?(?=[\s,]|$)", re.IGNORECASE)
_DAY_WORD = re.compile(r"(?:в[о]?\s+|on\s+)?([a-zа-яё]{2,12})\.?(?=[\s,]|$)", re.IGNORECASE)
_HOUR = re.compile(r"(\d{1,2}):(\d{2})(?!\d)")
_HOUR_AFTER_DAY = re.compile(r"[\s,]*(?:(?:в|к|at|by)\s+)?(\d{1,2})[:.](\d{2})(?![\d.])", re.IGNORECASE)

_MONTHS = (
    ("янв", "jan"), ("фев", "feb"), ("мар", "mar"), ("апр", "apr"), ("ма", "may"), ("июн", "jun"),
    ("июл", "jul"), ("авг", "aug"), ("сен", "sep"), ("окт", "oct"), ("ноя", "nov"), ("дек", "dec"),
)  # fmt: skip
_WEEKDAYS = (
    ("пн", "понедельник", "mon", "monday"), ("вт", "вторник", "tue", "tuesday"),
    ("ср", "среда", "среду", "wed", "wednesday"), ("чт", "четверг", "thu", "thursday"),
    ("пт", "пятница", "пятницу", "fri", "friday"), ("сб", "суббота", "субботу", "sat", "saturday"),
    ("вс", "воскресенье", "sun", "sunday"),
)  # fmt: skip


class NotAMoment(Exception):
    """What was typed begins with no moment. `key` is the sentence that says how to write one."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def split(words: str, *, now: datetime, zone: tzinfo) -> tuple[datetime, str]:
    """The moment (aware, in UTC) that the words begin with, and the words behind it as they were written.

    It may lie in the past: that is for the caller to refuse. Raises NotAMoment, TimeSkipped, TimeTwice.
    """
    words = words.strip()
    if found := _span(words, now, zone):
        return found
    day, rest = _day(words, day_of(now, zone))
    if day is None:
        return _hour_alone(words, now, zone)
    if found_hour := _HOUR_AFTER_DAY.match(rest):
        return moment(day, _time(found_hour), zone), _behind(rest, found_hour)
    return moment(day, END_OF_DAY, zone), rest.lstrip(" ,")


def _behind(words: str, found: re.Match[str]) -> str:
    return words[found.end() :].strip(" ,")


def _span(words: str, now: datetime, zone: tzinfo) -> tuple[datetime, str] | None:
    """So long from now, to the whole minute. A day is one of the calendar: the hour stays the same."""
    found = _SPAN.match(words)
    unit = vocabulary.unit(found[2]) if found else None
    if found is None or unit is None:
        return None
    count = int(found[1])
    if not count:
        raise NotAMoment("usage-due-ahead")
    start = _whole_minute(now)
    if unit in MINUTES:
        return start + timedelta(minutes=count * MINUTES[unit]), _behind(words, found)
    local = start.astimezone(zone)
    day = local.date() + timedelta(days=count * DAYS[unit])
    return planned(day, local.time(), zone), _behind(words, found)


def _whole_minute(now: datetime) -> datetime:
    """This minute's end: what is said back has no seconds, and must not come early."""
    return now + timedelta(microseconds=-(now.second * 1_000_000 + now.microsecond) % 60_000_000)


def _hour_alone(words: str, now: datetime, zone: tzinfo) -> tuple[datetime, str]:
    """The next time that clocks show this hour."""
    found = _HOUR.match(words)
    if found is None:
        raise NotAMoment("usage-due-ahead" if words.startswith(("-", "−", "–")) else "usage-due")
    hour, today = _time(found), day_of(now, zone)
    at = moment(today, hour, zone)
    return (at if at > now else moment(today + timedelta(days=1), hour, zone)), _behind(words, found)


def _time(found: re.Match[str]) -> time:
    hour, minute = int(found[1]), int(found[2])
    if hour > 23 or minute > 59:  # noqa: PLR2004 - the hours and minutes of a clock
        raise NotAMoment("usage-due-no-such-time")
    return time(hour, minute)


def _day(words: str, today: date) -> tuple[date | None, str]:
    """The day that the words begin with, and what stands behind it."""
    if found := _ISO.match(words):
        return _calendar(int(found[1]), int(found[2]), int(found[3])), words[found.end() :]
    if found := _NUMERIC.match(words):
        return _dated(int(found[1]), int(found[2]), found[3], today), words[found.end() :]
    if (found := _MONTH_NAMED.match(words)) and (month := _month(found[2])):
        return _dated(int(found[1]), month, found[3], today), words[found.end() :]
    found = _DAY_WORD.match(words)
    day = _named(found[1], today) if found else None
    return (day, words[found.end() :]) if found and day else (None, words)


def _month(word: str) -> int | None:
    plain = word.casefold()
    return next((number for number, begins in enumerate(_MONTHS, 1) if plain.startswith(begins)), None)


def _named(word: str, today: date) -> date | None:
    """Today or a day near it, or the next such day of the week (today's name means in a week)."""
    ahead = vocabulary.days_ahead(word)
    if ahead is not None:
        return today + timedelta(days=ahead)
    plain = vocabulary.plain(word)
    weekday = next((number for number, names in enumerate(_WEEKDAYS) if plain in names), None)
    if weekday is None:
        return None
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _dated(day: int, month: int, year: str | None, today: date) -> date:
    """A date with its year; without one, this year's, or next year's if this one's is long past."""
    if year:
        return _calendar(int(year) if len(year) > 2 else 2000 + int(year), month, day)  # noqa: PLR2004 - digits
    for ahead in range(8):  # 29 February comes after eight years at the latest
        try:
            found = date(today.year + ahead, month, day)
        except ValueError:
            continue
        if found >= today or (not ahead and today - found < CLEARLY_PAST):
            return found
    raise NotAMoment("usage-due-no-such-day")


def _calendar(year: int, month: int, day: int) -> date:
    try:
        # In the first and the last year some moments lie beyond what can be reckoned in another zone.
        return date(year if MINYEAR < year < MAXYEAR else 0, month, day)
    except ValueError:
        raise NotAMoment("usage-due-no-such-day") from None
