"""What counts as wrong with the hotline, and what as an outage; what a process remembers of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.liveness.rules import CHECKS, Facts, Finding, is_late, is_mute, was_down, wrong
from backend.liveness.vitals import Refusals, Tick, Vitals
from bot.health.metrics import Figures
from bot.health.report import RIGHT, Report

NOON = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Watch:
    """A stopwatch in a test's hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """The seconds it shows."""
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    """Lend a stopwatch at nought."""
    return Watch()


@pytest.fixture
def vitals(watch: Watch) -> Vitals:
    """Lend the memory of a process that goes by `watch`."""
    return Vitals(watch)


def test_a_hotline_at_work_is_well() -> None:
    """Ticks in time, an answer, no delay: nothing is wrong, right up to each limit."""
    facts = Facts(
        answered=True,
        drift=-5 * SECOND,
        step=MINUTE,
        waiting={"telegram": 5 * MINUTE},
        ticks={"escalate": Tick(30 * SECOND, SECOND)},
        refusals={"telegram": Refusals(9, 2 * MINUTE, timedelta(0))},
    )
    assert wrong(facts) == []


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        (Facts(answered=False), Finding("database", "", 2 * SECOND)),
        (Facts(answered=True, drift=6 * SECOND), Finding("time", "", 6 * SECOND)),
        (Facts(answered=True, drift=-6 * SECOND), Finding("time", "", 6 * SECOND)),
        (Facts(answered=True, step=61 * SECOND), Finding("steps", "", 61 * SECOND)),
        (Facts(answered=True, waiting={"matrix": 6 * MINUTE}), Finding("waiting", "matrix", 6 * MINUTE)),
        (
            Facts(answered=True, ticks={"wake": Tick(31 * SECOND, SECOND)}),
            Finding("ticks", "wake", 31 * SECOND),
        ),
        (
            Facts(answered=True, refusals={"matrix": Refusals(3, 3 * MINUTE, timedelta(0))}),
            Finding("sending", "matrix", 3 * MINUTE),
        ),
    ],
)
def test_each_thing_that_is_wrong_is_found(facts: Facts, finding: Finding) -> None:
    """Beyond its limit each fact is found by itself, with what it is about and since when."""
    assert wrong(facts) == [finding]


def test_a_tick_is_late_by_its_own_measure() -> None:
    """Half a minute of patience for a quick tick, five times its span for a slow one."""
    assert not is_late(Tick(5 * MINUTE, MINUTE))
    assert is_late(Tick(5 * MINUTE + SECOND, MINUTE))


@pytest.mark.parametrize(
    ("refusals", "mute"),
    [
        (Refusals(2, 30 * MINUTE, timedelta(0)), False),
        (Refusals(3, 2 * MINUTE + SECOND, timedelta(0)), True),
        (Refusals(3, 60 * MINUTE, 6 * MINUTE), False),
        (Refusals(3, 60 * MINUTE, 5 * MINUTE), True),
    ],
)
def test_a_messenger_is_out_of_order_by_several_failures(refusals: Refusals, *, mute: bool) -> None:
    """It takes three, over more than two minutes, and one of them lately: not two people who blocked us."""
    assert is_mute(refusals) is mute


def test_a_taken_message_ends_the_row_of_refusals(vitals: Vitals, watch: Watch) -> None:
    """Failures count from the last success on, each channel for itself."""
    for _ in range(3):
        vitals.handed_over("telegram", taken=False)
        watch.seconds += 60
    vitals.handed_over("matrix", taken=False)
    assert vitals.refusals()["telegram"] == Refusals(3, 3 * MINUTE, MINUTE)
    vitals.handed_over("telegram", taken=True)
    assert set(vitals.refusals()) == {"matrix"}
    vitals.handed_over("telegram", taken=False)
    assert vitals.refusals()["telegram"] == Refusals(1, timedelta(0), timedelta(0))
    assert vitals.sends() == {"telegram": (1, 4), "matrix": (0, 1)}


def test_a_tick_ages_from_when_it_ended_well(vitals: Vitals, watch: Watch) -> None:
    """A tick that is expected and never ends well ages from the start."""
    vitals.expect("escalate", every=SECOND)
    vitals.expect("tidy", every=MINUTE)
    watch.seconds = 40
    vitals.ticked("escalate")
    assert vitals.ticks() == {"escalate": Tick(timedelta(0), SECOND), "tidy": Tick(40 * SECOND, MINUTE)}


@pytest.mark.parametrize(
    ("gap", "own", "down"),
    [
        (2 * MINUTE, None, False),
        (2 * MINUTE + SECOND, None, True),
        (60 * MINUTE, 10 * SECOND, False),
        (60 * MINUTE, 60 * MINUTE, True),
        (SECOND, 60 * MINUTE, False),
        (-60 * MINUTE, None, False),
    ],
)
def test_what_counts_as_an_outage(gap: timedelta, own: timedelta | None, *, down: bool) -> None:
    """Over two minutes without any node; a clock that jumps under a process at work is none."""
    assert was_down(NOON - gap, now=NOON, own=own) is down


def test_every_check_is_told_of() -> None:
    """All being well, there is a line for each check; else only what is wrong is told."""
    assert set(RIGHT) == set(CHECKS)
    assert len(Report(Facts(answered=True), []).lines()) == len(CHECKS)
    ill = Report(Facts(answered=False), wrong(Facts(answered=False, step=2 * MINUTE)))
    assert [line.partition(":")[0] for line in ill.lines()] == ["database", "steps"]


def test_figures_do_not_invent_what_the_database_did_not_say() -> None:
    """Without an answer, figures that only the database knows are left out and not nought."""
    silent, known = (
        {metric.name for metric in Figures(Report(Facts(answered=said), []), {}).collect()}
        for said in (False, True)
    )
    assert known - silent == {
        "hotline_step_overdue_seconds",
        "hotline_clock_drift_seconds",
        "hotline_message_waiting_seconds",
        "hotline_chats_missing",
    }
