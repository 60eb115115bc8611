"""Moments that officers type before what is due: taken as a tired person means them, or refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.errors import TimeSkipped, TimeTwice
from bot.staff.when import NotAMoment, split

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 9, 0, 30, tzinfo=UTC)
"""A Sunday in Moscow, half a minute past noon."""


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("3d x", "2026-11-25 12:01"),
        ("3 дня x", "2026-11-25 12:01"),
        ("через 2 часа x", "2026-11-22 14:01"),
        ("in 90 min x", "2026-11-22 13:31"),
        ("1 week x", "2026-11-29 12:01"),
        ("25.11 18:00 x", "2026-11-25 18:00"),
        ("25.11.2026, 9.05 x", "2026-11-25 09:05"),
        ("25.11.27 x", "2027-11-25 18:00"),
        ("2026-12-01 10:00 x", "2026-12-01 10:00"),
        ("25 ноября в 10:00 x", "2026-11-25 10:00"),
        ("1 May 2027 x", "2027-05-01 18:00"),
        ("завтра 18:00 x", "2026-11-23 18:00"),
        ("tomorrow at 9:30 x", "2026-11-23 09:30"),
        ("сегодня x", "2026-11-22 18:00"),
        ("в среду x", "2026-11-25 18:00"),
        ("пт 10:00 x", "2026-11-27 10:00"),
        ("Sunday x", "2026-11-29 18:00"),
        ("18:00 x", "2026-11-22 18:00"),
        ("09:00 x", "2026-11-23 09:00"),
        ("15.01 x", "2027-01-15 18:00"),
        ("29.02 x", "2028-02-29 18:00"),
        ("20.11 x", "2026-11-20 18:00"),
    ],
)
def test_moments_are_taken_as_meant(typed: str, moment: str) -> None:
    """Spans, dates, days and hours, in either language; a day alone ends at six, a day just past is past."""
    at, rest = split(typed, now=NOW, zone=MOSCOW)
    assert (f"{at.astimezone(MOSCOW):%Y-%m-%d %H:%M}", rest) == (moment, "x")
    assert not at.second


def test_words_stay_as_they_were_written() -> None:
    """Whatever stands behind the moment is the text, in its own lines and letters."""
    assert split("3d  Жалоба:\n 1. В суд, 18.00", now=NOW, zone=MOSCOW)[1] == "Жалоба:\n 1. В суд, 18.00"
    assert split("25.11", now=NOW, zone=MOSCOW)[1] == ""


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("позвонить", "usage-due"),
        ("3 документа x", "usage-due"),
        ("0d x", "usage-due-ahead"),
        ("-3d x", "usage-due-ahead"),
        ("−3 дня x", "usage-due-ahead"),
        ("31.02 x", "usage-due-no-such-day"),
        ("1.13 x", "usage-due-no-such-day"),
        ("2026-02-30 x", "usage-due-no-such-day"),
        ("0001-01-01 00:00 x", "usage-due-no-such-day"),
        ("31.12.9999 23:59 x", "usage-due-no-such-day"),
        ("25:10 x", "usage-due-no-such-time"),
        ("25.11 18:60 x", "usage-due-no-such-time"),
    ],
)
def test_a_slip_gets_its_sentence(typed: str, key: str) -> None:
    """What is no moment is said to be none, by what is wrong with it."""
    with pytest.raises(NotAMoment) as caught:
        split(typed, now=NOW, zone=MOSCOW)
    assert caught.value.key == key


def test_hours_that_clocks_skip_or_show_twice_are_refused() -> None:
    """Where the clocks change, an hour that doesn't exist or exists twice is no moment."""
    with pytest.raises(TimeSkipped):
        split("28.03.2027 2:30 x", now=NOW, zone=BERLIN)
    with pytest.raises(TimeTwice):
        split("31.10.2027 2:30 x", now=NOW, zone=BERLIN)


def test_days_ahead_keep_the_hour_when_clocks_change() -> None:
    """Three days from noon are noon, although a night in between is an hour longer."""
    noon = datetime(2026, 10, 23, 10, 0, tzinfo=UTC)
    at, _ = split("3d x", now=noon, zone=BERLIN)
    assert at.astimezone(BERLIN).hour == 12
    assert at - noon == timedelta(days=3, hours=1)
