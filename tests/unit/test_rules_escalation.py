"""Which step is due when: pure decisions over a plan, the clock's start and the time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.config import BackendSettings
from backend.escalation import rules
from backend.escalation.policy import Policy
from backend.escalation.rules import Due, Night, Plan, Step

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAN = Plan(
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


# ── Put off, and set right ──────────────────────────────────────────────────────────────────────


@given(st.integers(0, 60), st.integers(1, 3 * 24 * 60))
def test_put_off_the_next_step_comes_then_and_later_ones_as_much_later(taken: int, minutes: int) -> None:
    """By the new start the next step comes at the very moment asked for, the one after at its distance."""
    before, until = rules.step_at(PLAN, START, taken), START + minutes * MINUTE
    assert before is not None
    moved = rules.snoozed_start(PLAN, started_at=START, taken=taken, until=until)
    if before >= until:
        assert moved is None, "it comes then anyway"
        return
    assert moved is not None
    assert rules.step_at(PLAN, moved, taken) == until
    later, unmoved = rules.step_at(PLAN, moved, taken + 1), rules.step_at(PLAN, START, taken + 1)
    assert later is not None
    assert unmoved is not None
    assert later - until == unmoved - before


def test_what_has_no_next_step_cannot_be_put_off() -> None:
    """After the end of a wait nothing comes that could come later."""
    assert rules.snoozed_start(ONCE, started_at=START, taken=1, until=START + 600 * MINUTE) is None


@pytest.mark.parametrize(("ahead", "wrong"), [(0, False), (60, False), (60.1, True), (86400, True)])
def test_a_time_is_wrong_only_by_more_than_machines_differ(ahead: float, *, wrong: bool) -> None:
    """Up to a minute two nodes may differ; beyond it the machine's time was set back."""
    assert rules.was_ahead(START + timedelta(seconds=ahead), START) is wrong


@given(st.integers(0, 60))
def test_set_right_the_next_step_is_as_far_away_as_from_the_last(taken: int) -> None:
    """Steps that were decided stay so: none of them is due again, and the next is ahead by its distance."""
    now = START - timedelta(days=400)
    started_at = rules.restarted_at(PLAN, taken=taken, now=now)
    assert rules.next_step(PLAN, started_at=started_at, taken=taken, now=now) is None
    following, last = rules.step_after(PLAN, taken), rules.step_after(PLAN, taken - 1) if taken else None
    assert following is not None
    distance = following - (last or timedelta(0))
    due = rules.next_step(PLAN, started_at=started_at, taken=taken, now=now + distance)
    assert due is not None
    assert due.number == taken + 1


# ── As configured ───────────────────────────────────────────────────────────────────────────────


def _policy(**urgent: object) -> Policy:
    return Policy(BackendSettings.model_validate({"escalation": {"urgent": urgent}}))


def _told(plan: Plan) -> list[tuple[float, str]]:
    return [(step.after / MINUTE, step.notify) for step in plan.steps]


def test_left_out_every_clock_has_its_times() -> None:
    """Without a word of configuration: the first reply as if nobody had acknowledged, and silence."""
    policy = _policy()
    first, quiet = policy.plan("first_reply", "urgent"), policy.plan("quiet", "urgent")
    assert (_told(first)[0], first.repeat) == ((30, "assignee"), 15 * MINUTE)
    assert (_told(quiet), quiet.repeat) == ([(240, "assignee")], 240 * MINUTE)


def test_other_times_bring_their_repeats_along() -> None:
    """Who changes how often is repeated, or how long a case may be quiet, needn't write it twice."""
    policy = _policy(repeat="7m", quiet="1h")
    assert policy.plan("acknowledge", "urgent").repeat == 7 * MINUTE
    assert policy.plan("first_reply", "urgent").repeat == 7 * MINUTE
    assert policy.plan("quiet", "urgent").repeat == 60 * MINUTE


def test_every_clock_may_have_steps_of_its_own() -> None:
    """First reply and quiet take lists of steps, people by name, and repeats of their own."""
    steps = [{"after": "10m", "notify": "assignee"}, {"after": "20m", "notify": " Anna  K. "}]
    policy = _policy(first_reply=steps, first_reply_repeat="3m", quiet=steps[1:], quiet_repeat="4m")
    first, quiet = policy.plan("first_reply", "urgent"), policy.plan("quiet", "urgent")
    assert (_told(first), first.repeat) == ([(10, "assignee"), (20, "Anna K.")], 3 * MINUTE)
    assert (_told(quiet), quiet.repeat) == ([(20, "Anna K.")], 4 * MINUTE)
    within = BackendSettings.model_validate({"escalation": {"urgent": {"first_reply": steps}}})
    assert within.escalation.urgent.reply_within == 10 * MINUTE
    assert _policy(quiet=steps).plan("quiet", "urgent").repeat == 20 * MINUTE
