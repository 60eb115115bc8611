"""Local days and hours become the right moments in every zone, on both sides of every clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import TimeSkipped, TimeTwice
from backend.local_time import moment, planned, stretch_text

ZONES = (
    "UTC",
    "Europe/Moscow",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "Pacific/Auckland",
    "Antarctica/Troll",
)
"""Zones without changes, with whole, half and two-hour ones, on both halves of the globe."""

zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(date(2024, 1, 1), date(2035, 12, 31))
hours = st.builds(time, st.integers(0, 23), st.integers(0, 59))
QUARTER = timedelta(minutes=15)
"""Every zone is a whole number of these away from UTC."""


def _shown(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _moments(day: date, hour: time, zone: ZoneInfo) -> list[datetime]:
    """Every moment at which local clocks show this: the slow way, by trying each offset there may be."""
    wanted = datetime.combine(day, hour)
    tried = (wanted.replace(tzinfo=UTC) + number * QUARTER for number in range(-64, 65))
    return [at for at in tried if _shown(at, zone) == wanted]


@lru_cache
def _change_days(zone: ZoneInfo, year: int) -> list[date]:
    """The days of a year that are shorter or longer than others."""
    first = date(year, 1, 1)
    found = []
    for number in range(365):
        day = first + timedelta(days=number)
        begins, ends = (
            datetime.combine(each, time(12), tzinfo=zone).utcoffset()
            for each in (day - timedelta(days=1), day)
        )
        if begins != ends:
            found.append(day)
    return found


@given(days, hours, zones)
def test_a_moment_shows_on_local_clocks_what_was_asked_for(day: date, hour: time, zone: ZoneInfo) -> None:
    """What is returned reads as that day and hour there; what is refused doesn't exist or exists twice."""
    expected = _moments(day, hour, zone)
    if not expected:
        with pytest.raises(TimeSkipped):
            moment(day, hour, zone)
    elif len(expected) > 1:
        with pytest.raises(TimeTwice):
            moment(day, hour, zone)
    else:
        assert moment(day, hour, zone) == expected[0]
        assert planned(day, hour, zone) == expected[0]


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("year", [2024, 2026, 2031, 2035])
def test_every_minute_of_a_change_is_judged(name: str, year: int) -> None:
    """On the days of a change each quarter of an hour exists once, twice or not at all, and is told so."""
    zone = ZoneInfo(name)
    for day in _change_days(zone, year)[:2]:
        for quarter in range(4 * 24):
            hour = time(quarter // 4, quarter % 4 * 15)
            expected = _moments(day, hour, zone)
            if len(expected) == 1:
                assert moment(day, hour, zone) == expected[0]
                continue
            with pytest.raises(TimeTwice if expected else TimeSkipped) as refused:
                moment(day, hour, zone)
            assert refused.value.facts == {"day": f"{day:%d.%m.%Y}", "hour": f"{hour:%H:%M}"}
            if expected:
                assert planned(day, hour, zone) == expected[0]


@given(st.data(), zones, st.integers(2024, 2035))
def test_a_skipped_time_is_planned_for_the_first_that_exists_after_it(
    data: st.DataObject, zone: ZoneInfo, year: int
) -> None:
    """The clocks a second before read less than was planned, and at the moment itself more."""
    change_days = _change_days(zone, year)
    if not change_days:
        return
    day, hour = data.draw(st.sampled_from(change_days)), data.draw(hours)
    at = planned(day, hour, zone)
    wanted = datetime.combine(day, hour)
    assert _shown(at, zone) >= wanted
    assert _shown(at - timedelta(seconds=1), zone) < wanted


@given(zones, days, hours, hours)
def test_plans_never_go_back(zone: ZoneInfo, day: date, one: time, other: time) -> None:
    """What is later on local clocks is never earlier in fact: what adjoins in a plan leaves no hole."""
    sooner, later = sorted((one, other))
    assert planned(day, sooner, zone) <= planned(day, later, zone)
    assert planned(day, later, zone) <= planned(day + timedelta(days=1), time(0), zone)


def test_the_sentences_facts() -> None:
    """Berlin's two nights: 02:30 is missing in March and there twice in October."""
    berlin = ZoneInfo("Europe/Berlin")
    with pytest.raises(TimeSkipped):
        moment(date(2026, 3, 29), time(2, 30), berlin)
    with pytest.raises(TimeTwice):
        moment(date(2026, 10, 25), time(2, 30), berlin)
    assert planned(date(2026, 3, 29), time(2, 30), berlin) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert planned(date(2026, 10, 25), time(2, 30), berlin) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        ((25, 9), (25, 21), "25.11 09:00–21:00"),
        ((25, 21), (26, 9), "25.11 21:00–09:00"),
        ((25, 9), (26, 9), "25.11 09:00–09:00"),
        ((25, 9), (26, 10), "25.11 09:00 – 26.11 10:00"),
        ((25, 9), (27, 9), "25.11 09:00 – 27.11 09:00"),
    ],
)
def test_a_stretch_reads_alike_in_every_language(
    begins: tuple[int, int], ends: tuple[int, int], words: str
) -> None:
    """The last day is named where it can't be guessed."""
    zone = ZoneInfo("Europe/Moscow")
    first, last = (datetime(2026, 11, *each, tzinfo=zone) for each in (begins, ends))
    assert stretch_text(first, last, zone) == words
