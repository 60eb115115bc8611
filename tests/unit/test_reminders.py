"""When a due date is reminded of: a day before, an hour before, at the time, then daily."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.escalation.reminders import AT_THE_TIME, first_ahead, latest_due, reminder_at

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(["Europe/Berlin", "Europe/Moscow", "Australia/Lord_Howe", "America/New_York"])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31))  # noqa: DTZ001 - made aware below
DUE = datetime(2026, 10, 25, 17, 0, tzinfo=UTC)
"""Six in the evening of the day on which Berlin's clocks went back."""


def test_days_are_of_the_calendar() -> None:
    """The day before and each day after, the clock on the wall shows the hour that was agreed."""
    shown = [f"{reminder_at(DUE, index, BERLIN).astimezone(BERLIN):%d %H}" for index in range(5)]
    assert shown == ["24 18", "25 17", "25 18", "26 18", "27 18"]


@pytest.mark.parametrize(
    ("left", "index"),
    [
        (timedelta(days=9), 0),
        (timedelta(hours=23), 1),
        (timedelta(hours=1), AT_THE_TIME),
        (timedelta(minutes=5), AT_THE_TIME),
        (timedelta(0), 3),
        (timedelta(days=-400), 403),
    ],
)
def test_only_what_lies_ahead_comes(left: timedelta, index: int) -> None:
    """A date set late is not reminded of what has passed."""
    assert first_ahead(DUE, DUE - left, BERLIN) == index


def test_after_an_outage_the_last_one_only() -> None:
    """Of all that passed unheard the latest is told; what was told is not told again."""
    late = DUE + timedelta(days=3, minutes=1)
    assert latest_due(DUE, late, BERLIN, taken=0) == 5
    assert latest_due(DUE, late, BERLIN, taken=6) is None


@given(MOMENTS, st.timedeltas(timedelta(days=-40), timedelta(days=40)), ZONES)
def test_the_first_ahead_is_the_first_ahead(local: datetime, off: timedelta, zone: str) -> None:
    """The step found lies ahead, the one before it doesn't: nothing is skipped, nothing repeated."""
    due, place = local.replace(tzinfo=UTC), ZoneInfo(zone)
    now = due + off
    index = first_ahead(due, now, place)
    assert reminder_at(due, index, place) > now
    assert index == 0 or reminder_at(due, index - 1, place) <= now
