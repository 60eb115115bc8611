"""Which lead a concern is within, and which shift of a person counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.rota.ahead import Concern, lead, of_gaps, of_people
from backend.rota.rules import Shift

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("off", "found"),
    [
        (timedelta(0), HOUR),
        (HOUR, HOUR),
        (HOUR + timedelta.resolution, DAY),
        (DAY, DAY),
        (3 * DAY, 7 * DAY),
        (7 * DAY, 7 * DAY),
        (8 * DAY, None),
    ],
)
def test_the_tightest_lead_counts(off: timedelta, found: timedelta | None) -> None:
    """What is half an hour away is an hour's matter, not a week's."""
    assert lead(NOW + off, NOW) == found


def test_gaps_that_run_or_are_far_are_no_news() -> None:
    """A gap that began was told of when it began; one beyond a week is too far; one may have no end."""
    near, far = NOW + HOUR, NOW + 8 * DAY
    gaps = [(NOW, NOW + timedelta(minutes=5)), (near, NOW + 14 * DAY), (far, far + HOUR)]
    found = of_gaps(gaps, now=NOW, seen_until=NOW + 14 * DAY)
    assert found == [Concern("gap", "", near, None)]


def test_of_a_person_the_shift_that_runs_or_the_next_counts() -> None:
    """Somebody with seven shifts ahead is one concern, not seven; a shift that is over is none."""
    shifts = [
        Shift(NOW + start * DAY, NOW + start * DAY + HOUR, "primary", who, "pattern")
        for start in (-1, 1, 2, 3)
        for who in ("a", "b")
    ]
    found = of_people("unreachable", shifts, ["a"], now=NOW)
    assert found == [Concern("unreachable", "a", NOW + DAY, NOW + DAY + HOUR)]
