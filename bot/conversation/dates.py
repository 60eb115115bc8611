"""When something happened, as people type it: «вчера вечером», «12.05», "last Friday at 6pm".

The words are always kept; a moment is added when they clearly name one. What names a day is found here, and
`dateparser` reads it, with the caller's time as its only clock. Times of day are read here: it drops or
misreads many Russian ones.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

Exactness = Literal["minute", "part_of_day", "day", "none"]

_LONGEST = 200
"""Characters that are looked at; work stays bounded."""
_FURTHEST = timedelta(days=36_500)
_FEW_WORDS = 5
"""A time without a day is taken for today's or yesterday's only in an answer as short as this."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was typed, and the moment it names."""

    words: str
    """As typed, whole."""
    at: datetime | None
    """Aware, in the zone asked for; midnight where only the day is known; None: no moment was understood."""
    exact: Exactness
    """How much of `at` is meant: a part of day is a typical hour of it."""


class _Part(NamedTuple):
    """A part of day: its pattern, its hours, and the hour that stands for it."""

    pattern: re.Pattern[str]
    start: int
    end: int
    typical: int


class _Unclear(Exception):
    """The words name several days, or one that no calendar has."""


def _of(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.VERBOSE)


_NUMBER = r"""(?:[0-9]{1,4}|один|одну|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять|полтора
    |an?|one|two|three|four|five|six|seven|eight|nine|ten)"""
_MONTH = r"""(?:январ[яь]|феврал[яь]|марта?|апрел[яь]|ма[яй]|июн[яь]|июл[яь]|августа?|сентябр[яь]
    |октябр[яь]|ноябр[яь]|декабр[яь]|янв|фев|мар|апр|авг|сент?|окт|нояб?|дек
    |january|february|march|april|may|june|july|august|september|october|november|december
    |jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"""
_WEEKDAY = r"""(?:понедельник|вторник|сред[аыуе]|четверг|пятниц[аыуе]|суббот[аыуе]|воскресень[ея]
    |monday|tuesday|wednesday|thursday|friday|saturday|sunday|пн|вт|ср|чт|пт|сб|вс|mon|tue|wed|thu|fri|sat|sun)"""
_AGO = r"(?:(?:тому\s+)?назад|ago)"

_PLAINER = (
    (_of(r"\b(?:пару|(?:a\s+)?couple\s+of)\b"), "2"),
    (_of(r"\bhalf\s+an\s+hour\b"), "30 minutes"),
    (_of(r"(?<=\bпонедельник)а\b|(?<=\bвторник)а\b|(?<=\bчетверг)а\b"), ""),
    (_of(r"(?<=[0-9])\s?-?\s?(?:го|ого|е|ое)\b"), ""),
)
_SEVERAL = _of(r"\b(?:с|между|from|between)\s+[0-9]{1,2}(?:\s+\w+)?\s+(?:по|и|to|and)\s")
_MOMENTS = _of(
    rf"""\b(?:{_NUMBER}\s+)?(?:час(?:а|ов)?|мин(?:ут[уы]?)?|полчаса|hours?|minutes?|mins?)\s+{_AGO}\b
    |\bчерез\s+(?:{_NUMBER}\s+)?(?:час(?:а|ов)?|мин(?:ут[уы]?)?|полчаса)\b
    |\bin\s+{_NUMBER}\s+(?:hours?|minutes?|mins?)\b"""
)
_NOW = _of(r"\b(?:только\s+что|только-только|сейчас|right\s+now|just\s+now|now)\b")
_TODAY = _of(r"\b(?:this|tonight|эт(?:им|ой))\b")
_YESTERDAY = _of(r"\b(?:вчера|yesterday)\b")
_NEXT = _of(r"\b(?:следующ\w+|ближайш\w+|next|coming)\b")
_VAGUE = _of(
    r"""недел|месяц|\bгод|\bлет|\bдн(?:я|ей)\b|\bдень|кажд|\bпо\s+\w+ам\b|week|month|year|\bdays?\b|every|each
    |\b(?:январ|феврал|апрел|июн|июл|август|сентябр|октябр|ноябр|декабр)\w*|\bмарт\w?\b|\bма[еяй]\b"""
)

_WITH_YEAR = _of(
    r"""(?<![0-9.])(?:(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})(?:t(?=[0-9]))?
    |(?P<day>[0-9]{1,2})(?P<dot>[./-])(?P<month>[0-9]{1,2})(?P=dot)(?P<year>[0-9]{4}|[0-9]{2}))(?![0-9:])"""
)
_WITHOUT_YEAR = _of(
    r"""(?<![0-9.:])(?<!\bв\s)(?<!\bat\s)(?<!\bоколо\s)(?<!\bпосле\s)
    (?P<day>[0-9]{1,2})(?P<dot>[./])(?P<month>[0-9]{2})(?![0-9.:/])"""
)
_NAMED = _of(
    rf"""(?<![0-9-])\b[0-9]{{1,2}}(?:st|nd|rd|th)?\s*(?:of\s+)?{_MONTH}(?:,?\s*[0-9]{{4}}(?![0-9:.]))?
    |\b{_MONTH}\s+[0-9]{{1,2}}(?:st|nd|rd|th)?(?![0-9:.])(?:,?\s*[0-9]{{4}}(?![0-9:.]))?"""
)
_RELATIVE = _of(
    rf"""\b(?:{_NUMBER}\s+)?(?:день|дня|дней|недел[яюьи]|days?|weeks?)\s+{_AGO}\b
    |\bчерез\s+(?:{_NUMBER}\s+)?(?:день|дня|дней|недел[юьи])\b|\bin\s+{_NUMBER}\s+(?:days?|weeks?)\b"""
)
_DAY_WORD = _of(
    r"""\b(?:позавчера|вчера|сегодня|послезавтра|завтра|the\s+day\s+before\s+yesterday|day\s+before\s+yesterday|yesterday
    |today|(?:the\s+)?day\s+after\s+tomorrow|tomorrow)\b"""
)
_WEEKDAYS = _of(rf"\b{_WEEKDAY}\b")

_HALF = r"(?P<half>a\.?m\b\.?|p\.?m\b\.?|утра|дня|вечера|ночи)"
_HALVES = {"a": "morning", "p": "evening", "у": "morning", "д": "day", "в": "evening", "н": "night"}
_BEFORE = r"\b(?:в|во|около|к|с|после|примерно|at|about|around|by|after|from)\s+"
_CLOCK = (
    _of(rf"(?<![0-9:.])(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})(?![0-9])(?:\s*{_HALF})?"),
    _of(rf"(?<![0-9:.])(?P<hour>[0-9]{{1,2}})\.(?P<minute>[0-9]{{2}})(?![0-9.])(?:\s*{_HALF})?"),
    _of(
        rf"{_BEFORE}(?P<hour>[0-9]{{1,2}})(?:\s*(?:час(?:а|ов)?|ч|h|o'?clock)\b\.?)?(?:\s*{_HALF}|(?=\s*(?:[,;.)]|$)))"
    ),
    _of(
        rf"{_BEFORE}(?P<hour>[0-9]{{1,2}})(?:\s*(?:час(?:а|ов)?|ч)\b|(?=\s+(?:утром|днем|вечером|ночью|сегодня|вчера)\b))"
    ),
    _of(r"(?<![0-9:.])(?P<hour>[0-9]{1,2})\s*(?P<half>a\.?m\b|p\.?m\b|утра|вечера|ночи)"),
)
_NOON = _of(r"\b(?:полдень|noon|midday)\b")
_MIDNIGHT = _of(r"\b(?:полночь|midnight)\b")

_NIGHT = _Part(_of(r"\bноч(?:ью|и|ь)\b|\bnight\b"), 0, 5, 2)
_PARTS = (
    _Part(_of(r"\bутр(?:ом|а|о)\b|\bmorning\b"), 5, 12, 9),
    _Part(_of(r"\bднем\b|\bв\s+обед\b|\bafternoon\b"), 12, 18, 14),
    _Part(_of(r"\bвечер(?:ом|а)?\b|\bevening\b|\btonight\b"), 18, 24, 19),
    _NIGHT,
)


def understand(words: str, *, now: datetime, zone: str, language: str) -> Understood:
    """Read the moment that *words* name, seen from *now* (aware) in the IANA *zone*; past before future.

    Takes any text in Russian or English and refuses none; *language* says which of the two to try first.
    """
    here = now.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    try:
        at, exact = _read(_plain(words), here, language)
    except _Unclear:
        return Understood(words, None, "none")
    if at is None or abs(at - now) > _FURTHEST:
        return Understood(words, None, "none")
    return Understood(words, at, exact)


def _plain(words: str) -> str:
    """Lower case, single spaces, and numbers as `dateparser` knows them."""
    text = " ".join(words[:_LONGEST].casefold().replace("ё", "е").split())
    for pattern, plain in _PLAINER:
        text = pattern.sub(plain, text)
    return text


def _read(text: str, here: datetime, language: str) -> tuple[datetime | None, Exactness]:
    if moment := _MOMENTS.search(text):
        base = here.astimezone(UTC).replace(tzinfo=None)
        return _parsed(moment[0], base, language).replace(tzinfo=UTC).astimezone(here.tzinfo), "minute"
    day, rest = _day(text, here, language)
    clock, part = _clock(rest), _part(rest)
    if day is None and not _may_lack_a_day(rest):
        clock = part = None
    if clock:
        return _at_clock(day, clock, here), "minute"
    if part:
        return _in_part(day, part, text, here), "part_of_day"
    if day:
        return _local(day, time(), here), "day"
    return (here, "minute") if _NOW.search(text) else (None, "none")


def _may_lack_a_day(rest: str) -> bool:
    """Whether a time alone can be meant: not in a sentence, nor beside a span («на прошлой неделе в 10»)."""
    return len(rest.split()) <= _FEW_WORDS and not _VAGUE.search(rest)


# ── Days ────────────────────────────────────────────────────────────────────────────────────────


def _day(text: str, here: datetime, language: str) -> tuple[date | None, str]:
    """The day named, and the text without it. Raises `_Unclear`."""
    if _SEVERAL.search(text):
        raise _Unclear
    if found := _only(_WITH_YEAR, text):
        return _numeric(found, here), _without(found, text)
    for pattern in (_NAMED, _RELATIVE, _DAY_WORD, _WEEKDAYS):
        if found := _only(pattern, text):
            base = here.replace(tzinfo=None)
            future = bool(_NEXT.search(text))
            return _parsed(found[0], base, language, future=future).date(), _without(found, text)
    found = _only(_WITHOUT_YEAR, text)
    latest = found and _latest(int(found["month"]), int(found["day"]), here.date())
    return (latest, _without(found, text)) if found and latest else (None, text)


def _only(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The one place where *pattern* is found, if any. Raises `_Unclear` when there are several."""
    found = list(pattern.finditer(text))
    if len(found) > 1:
        raise _Unclear
    return found[0] if found else None


def _without(found: re.Match[str], text: str) -> str:
    return f"{text[: found.start()]} , {text[found.end() :]}"


def _numeric(found: re.Match[str], here: datetime) -> date:
    """A date in digits: ISO, or day first; month first only where day first cannot be."""
    if found["y"]:
        day = _calendar(int(found["y"]), int(found["m"]), int(found["d"]))
    else:
        year, first, second = _full_year(found["year"], here.year), int(found["day"]), int(found["month"])
        american = _calendar(year, first, second) if found["dot"] == "/" else None
        day = _calendar(year, second, first) or american
    if day is None:
        raise _Unclear
    return day


def _full_year(digits: str, current: int) -> int:
    """Two digits mean this century, unless that lies more than ten years ahead."""
    if len(digits) > 2:  # noqa: PLR2004 -- digits
        return int(digits)
    year = current - current % 100 + int(digits)
    return year - 100 if year > current + 10 else year


def _latest(month: int, day: int, today: date) -> date | None:
    """The last such day up to *today*, 29 February up to eight years back; None: no calendar has it."""
    for year in range(today.year, today.year - 9, -1):
        found = _calendar(year, month, day)
        if found and found <= today:
            return found
    return None


def _calendar(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _parsed(phrase: str, base: datetime, language: str, *, future: bool = False) -> datetime:
    """What `dateparser` makes of *phrase* seen from *base*, both naive. Raises `_Unclear`."""
    from dateparser.date import DateDataParser  # noqa: PLC0415 -- slow to import, and most conversations never need it

    parser = DateDataParser(
        languages=["ru", "en"] if language.startswith("ru") else ["en", "ru"],
        use_given_order=True,
        settings={
            "RELATIVE_BASE": base,
            "PREFER_DATES_FROM": "future" if future else "past",
            "TIMEZONE": "UTC",
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    try:
        data = parser.get_date_data(phrase)
    except (OverflowError, ValueError):
        raise _Unclear from None
    if data.date_obj is None or data.period not in {"day", "week"}:
        raise _Unclear
    at: datetime = data.date_obj
    return at


# ── Times of day ────────────────────────────────────────────────────────────────────────────────


def _clock(rest: str) -> time | None:
    """The first time of day that stands in *rest*."""
    for pattern in _CLOCK:
        if found := pattern.search(rest):
            fields = found.groupdict()
            return _time(int(fields["hour"]), int(fields.get("minute") or 0), _half(fields.get("half"), rest))
    if _NOON.search(rest):
        return time(12)
    return time(0) if _MIDNIGHT.search(rest) else None


def _half(said: str | None, rest: str) -> str:
    """Which half of the day an hour belongs to: as said beside it, or else the part of day said elsewhere."""
    if said:
        return _HALVES[said[0]]
    part = _part(rest)
    return ("morning", "day", "evening", "night")[_PARTS.index(part)] if part else ""


def _time(hour: int, minute: int, half: str) -> time | None:
    """«6 вечера» is 18:00 and «12 ночи» 0:00; None for what no clock shows."""
    if half in {"morning", "night"} and hour == 12:  # noqa: PLR2004 -- hours and minutes of the clock
        hour = 0
    if (half in {"day", "evening"} and hour < 12) or (half == "night" and 8 < hour < 12):  # noqa: PLR2004 -- hours and minutes of the clock
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004 -- hours and minutes of the clock


def _part(rest: str) -> _Part | None:
    return next((part for part in _PARTS if part.pattern.search(rest)), None)


def _at_clock(day: date | None, clock: time, here: datetime) -> datetime:
    """That time on that day; without a day, the last time that it was so late."""
    at = _local(day or here.date(), clock, here)
    return at if day or at <= here else _local(here.date() - timedelta(days=1), clock, here)


def _in_part(day: date | None, part: _Part, text: str, here: datetime) -> datetime:
    """The typical hour of that part of that day; now, while it lasts; without a day, the last one begun."""
    if part is _NIGHT and day and _YESTERDAY.search(text):
        day = _night_after(day, here)
    if day in {None, here.date()} and part.start <= here.hour < part.end:
        return here
    at = _local(day or here.date(), time(part.typical), here)
    if day or at <= here or _TODAY.search(text):
        return at
    return _local(here.date() - timedelta(days=1), time(part.typical), here)


def _night_after(day: date, here: datetime) -> date:
    """The night people call yesterday's began yesterday: its small hours are today's, once they have come."""
    following = day + timedelta(days=1)
    return following if _local(following, time(_NIGHT.typical), here) <= here else day


def _local(day: date, clock: time, here: datetime) -> datetime:
    return datetime.combine(day, clock, tzinfo=here.tzinfo)
