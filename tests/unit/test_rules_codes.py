"""How wrong codes slow down: enough against noise, never enough to keep out whoever has a right one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.people.wrong_codes_rules import FLOOD, FREE, LONGEST_PAUSE, pause_after, worth_telling

CALM = 10


@pytest.mark.parametrize(
    ("count", "seconds"), [(1, 0), (5, 0), (6, 30), (7, 60), (8, 120), (12, 1920), (13, 3600), (99, 3600)]
)
def test_five_are_free(count: int, seconds: int) -> None:
    """Five slips cost nothing; from then on each doubles the pause, up to an hour."""
    assert pause_after(count, overall=CALM) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("count", "seconds"), [(1, 30), (2, 60), (8, 3600)])
def test_in_a_flood_every_mistake_costs(count: int, seconds: int) -> None:
    """Where hundreds come in, the first mistake costs half a minute; without one nobody waits."""
    assert pause_after(count, overall=FLOOD + 1) == timedelta(seconds=seconds)


@given(count=st.integers(1, 10**6), overall=st.integers(0, 10**6))
def test_bounds(count: int, overall: int) -> None:
    """Never longer than an hour, and never shorter for one mistake more."""
    pause = pause_after(count, overall=overall)
    assert timedelta(0) <= pause <= LONGEST_PAUSE
    assert pause <= pause_after(count + 1, overall=overall)
    assert count > FREE or overall > FLOOD or not pause


def test_what_is_worth_telling() -> None:
    """Slips aren't; an address that has to wait is, and many wrong codes are, from wherever."""
    assert not worth_telling(CALM, paused=False)
    assert worth_telling(CALM, paused=True)
    assert worth_telling(50, paused=False)
