"""The figures: what is counted, what is judged, and what says nothing yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend import statistics
from backend.statistics import Figures, Span, Speed, speed
from tests.backend.staff_desk import Desk

NOW = datetime(2026, 3, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def _figures(desk: Desk, days: int = 7) -> Figures:
    async with desk.backend.looking() as work:
        return await statistics.figures(work, over=timedelta(days=days))


async def test_cases_are_counted_in_their_time(desk: Desk) -> None:
    """By when they were opened, and closed ones by when they were closed."""
    anna = await desk.person("Анна")
    old = await desk.report(name="a")
    desk.clock.advance(timedelta(days=10))
    await desk.report(name="b")
    await desk.report(name="c", acts=["threat"], timing="past")
    await desk.private(anna, f"/close {old} решено")
    found = await _figures(desk)
    assert (found.opened, found.total, found.closed) == ({"urgent": 1, "high": 0, "normal": 1}, 2, 1)
    assert (await _figures(desk, 30)).total == 3


async def test_speed_goes_by_the_case_s_own_times(desk: Desk) -> None:
    """Six minutes are late for an urgent case (five), and in time for a normal one (two hours)."""
    anna = await desk.person("Анна")
    urgent = await desk.report(name="a")
    normal = await desk.report(name="b", acts=["threat"], timing="past")
    desk.clock.advance(6 * MINUTE)
    for reference in (urgent, normal):
        await desk.private(anna, f"/ack {reference}")
    desk.clock.advance(4 * MINUTE)
    await desk.private(anna, f"/reply {urgent} едем")
    found = await _figures(desk)
    assert found.acknowledged == Speed(6 * MINUTE, 2, 2, 1)
    assert found.replied == Speed(10 * MINUTE, 1, 1, 1)


async def test_closing_without_a_reply_says_nothing_of_speed(desk: Desk) -> None:
    """A duplicate that was closed at once was dealt with in time, and isn't waited for."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    desk.clock.advance(MINUTE)
    await desk.private(anna, f"/close {reference} повтор")
    desk.clock.advance(timedelta(days=1))
    found = await _figures(desk)
    assert found.acknowledged == Speed(MINUTE, 1, 1, 1)
    assert found.replied == Speed(None, 0, 0, 0)


async def test_a_case_taken_back_is_in_no_figure(desk: Desk) -> None:
    """What its reporter took back is not counted."""
    await desk.hide(await desk.report())
    assert (await _figures(desk)).total == 0


def test_what_is_not_late_yet_is_not_judged() -> None:
    """Open and young says nothing; open and too old is late."""
    young = Span(NOW - MINUTE, None, 5 * MINUTE)
    late = Span(NOW - 9 * MINUTE, None, 5 * MINUTE)
    assert speed([young], now=NOW) == Speed(None, 0, 0, 0)
    assert speed([young, late], now=NOW) == Speed(None, 0, 1, 0)


@given(st.lists(st.tuples(st.integers(0, 100), st.none() | st.integers(0, 100), st.integers(1, 100))))
def test_no_more_are_in_time_than_judged(given_spans: list[tuple[int, int | None, int]]) -> None:
    """Shares never exceed the whole, and the median lies among what was done."""
    spans = [
        Span(
            NOW - age * MINUTE, None if took is None else NOW - age * MINUTE + took * MINUTE, allowed * MINUTE
        )
        for age, took, allowed in given_spans
    ]
    found = speed(spans, now=NOW)
    assert 0 <= found.in_time <= found.judged <= len(spans)
    assert found.done <= found.judged
    assert (found.middle is None) == (found.done == 0)
