"""Which step is due when: pure decisions over a plan, the clock's start and the time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.escalation import rules
from backend.escalation.rules import Due, Night, Plan, Step

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAN = rules.acknowledge_plan(
    (Step(5 * MINUTE, "duty"), Step(15 * MINUTE, "officers"), Step(30 * MINUTE, "coordinators")),
    15 * MINUTE,
)
ONCE = rules.wait_plan(60 * MINUTE)


def _due(minutes: float, *, taken: int = 0, plan: Plan = PLAN) -> Due | None:
    return rules.next_step(plan, started_at=START, taken=taken, now=START + minutes * MINUTE)


@pytest.mark.parametrize(
    ("minutes", "taken", "number", "notify", "last", "next_minutes"),
    [
        (5, 0, 1, "duty", False, 15),
        (15, 1, 2, "officers", False, 30),
        (30, 2, 3, "coordinators", True, 45),
        (45, 3, 4, "coordinators", True, 60),
        (60, 4, 5, "coordinators", True, 75),
        (24 * 60, 0, 97, "coordinators", True, 24 * 60 + 15),
    ],
)
def test_steps_come_at_their_times(
    minutes: int, taken: int, number: int, notify: str, next_minutes: int, *, last: bool
) -> None:
    """Each step is due at exactly its time and no sooner, then the last again and again."""
    assert _due(minutes, taken=taken) == Due(number, notify, last, START + next_minutes * MINUTE)
    assert _due(minutes - 1e-6, taken=number - 1) is None


def test_the_most_severe_of_several() -> None:
    """After an outage there is one reminder, that of the last step whose time has come."""
    assert _due(29) == Due(2, "officers", last=False, next_at=START + 30 * MINUTE)


@pytest.mark.parametrize(("minutes", "taken"), [(4.99, 0), (14.99, 1), (29.99, 2), (44.99, 3)])
def test_nothing_before_its_time(minutes: float, taken: int) -> None:
    """A step that isn't due yet is not taken, and one that was taken is not taken again."""
    assert _due(minutes, taken=taken) is None


def test_a_wait_ends_once() -> None:
    """The end of a wait is told once and has no repeat."""
    assert _due(60, plan=ONCE) == Due(1, "assignee", last=True, next_at=None)
    assert _due(600, taken=1, plan=ONCE) is None
    assert rules.step_at(ONCE, START, 1) is None


def test_first_reply_goes_to_the_acknowledger_first() -> None:
    """Acknowledged is not done: first the one who acknowledged, then the steps as if nobody had."""
    plan = rules.first_reply_plan(30 * MINUTE, PLAN.steps, 15 * MINUTE)
    assert [(step.after / MINUTE, step.notify) for step in plan.steps] == [
        (30, "assignee"),
        (35, "duty"),
        (45, "officers"),
        (60, "coordinators"),
    ]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=30))
def test_each_step_once_however_the_ticks_fall(pauses: list[int]) -> None:
    """However late the ticks come, each step is taken once at most, in order, and the next is ahead."""
    now, taken = 0, 0
    for pause in pauses:
        now += pause
        due = _due(now, taken=taken)
        if due is not None:
            assert due.number > taken
            assert due.next_at is not None
            assert due.next_at > START + now * MINUTE
            taken = due.number
        following = rules.step_at(PLAN, START, taken)
        assert following is not None
        assert following > START + now * MINUTE


MOSCOW = Night(time(23), time(7), ZoneInfo("Europe/Moscow"))
BERLIN = Night(time(23), time(7), ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("at", "morning"),
    [
        ("2026-03-04T19:59:59", "2026-03-04T19:59:59"),
        ("2026-03-04T20:00:00", "2026-03-05T04:00:00"),
        ("2026-03-04T23:30:00", "2026-03-05T04:00:00"),
        ("2026-03-05T03:59:59", "2026-03-05T04:00:00"),
        ("2026-03-05T04:00:00", "2026-03-05T04:00:00"),
    ],
)
def test_the_night_ends_in_the_morning(at: str, morning: str) -> None:
    """What would fall into the night comes at its end; what doesn't, comes at its time."""
    assert rules.after_night(_utc(at), MOSCOW) == _utc(morning)


@pytest.mark.parametrize(
    ("at", "morning"),
    [
        ("2026-03-28T22:30:00", "2026-03-29T05:00:00"),  # an hour is missing in this night: UTC+1 to UTC+2
        ("2026-03-29T01:30:00", "2026-03-29T05:00:00"),
        ("2026-10-24T21:30:00", "2026-10-25T06:00:00"),  # this one has an hour more
        ("2026-10-25T00:30:00", "2026-10-25T06:00:00"),  # 02:30 comes twice
        ("2026-10-25T01:30:00", "2026-10-25T06:00:00"),
    ],
)
def test_the_night_in_which_the_clocks_change(at: str, morning: str) -> None:
    """Seven in the morning is seven on the wall, in the nights of a clock change too."""
    assert rules.after_night(_utc(at), BERLIN) == _utc(morning)


def test_a_night_within_one_day() -> None:
    """Hours that don't cross midnight hold back just those."""
    siesta = Night(time(13), time(15, 30), ZoneInfo("UTC"))
    assert rules.after_night(_utc("2026-03-04T12:59:00"), siesta) == _utc("2026-03-04T12:59:00")
    assert rules.after_night(_utc("2026-03-04T14:00:00"), siesta) == _utc("2026-03-04T15:30:00")
    assert rules.after_night(START, Night(time(7), time(7), ZoneInfo("UTC"))) == START
    assert rules.after_night(START, None) == START


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), st.sampled_from([MOSCOW, BERLIN]))  # noqa: DTZ001 - made aware below
def test_mornings_are_never_in_the_night(naive: datetime, night: Night) -> None:
    """Whatever is held back comes later by less than a day, and never at night."""
    at = naive.replace(tzinfo=UTC)
    morning = rules.after_night(at, night)
    assert timedelta(0) <= morning - at < timedelta(hours=10)
    assert rules.after_night(morning, night) == morning
    assert time(7) <= morning.astimezone(night.zone).time() < time(23)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
