"""When a chat is told by digest, and what the digest says: pure decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.cases.rules import SEVERITIES
from backend.surge import rules
from backend.surge.rules import Digest, Listed

NOON = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def _case(number: int, severity: str = "high", *, minutes: int = 0) -> Listed:
    return Listed(f"R{number:02}-AAA", severity, "new", NOON - timedelta(minutes=minutes))


def _digest(
    *waiting: Listed, others: tuple[Listed, ...] = (), ended: bool = False, now: datetime = NOON
) -> Digest:
    return rules.digest(waiting, others, since=NOON, ended_at=NOON if ended else None, now=now)


@pytest.mark.parametrize(
    ("wanted", "begins", "passes"),
    [(0, False, True), (9, False, True), (10, False, False), (21, True, False)],
)
def test_begins_above_the_limit_and_passes_below_half(wanted: int, *, begins: bool, passes: bool) -> None:
    """More than twenty a minute begin a surge, fewer than ten end it; in between it goes on as it was."""
    assert rules.begins(wanted, 20) is begins
    assert rules.passes(wanted, 20) is passes
    assert not rules.begins(20, 20)


@given(st.integers(0, 100), st.floats(1, 100))
def test_never_begins_and_passes_at_once(wanted: int, limit: float) -> None:
    """No count both begins and ends a surge."""
    assert not (rules.begins(wanted, limit) and rules.passes(wanted, limit))


@given(st.lists(st.tuples(st.sampled_from(SEVERITIES), st.integers(0, 300)), max_size=80))
def test_nobody_is_lost_from_a_digest(cases: list[tuple[str, int]]) -> None:
    """Whoever waits is shown or counted, urgent before high before normal, of these the oldest first."""
    waiting = [_case(number, severity, minutes=age) for number, (severity, age) in enumerate(cases)]
    said = _digest(*waiting)
    assert len(said.shown) + said.more.total() == len(waiting)
    assert said.counts.total() == len(waiting)
    order = [(SEVERITIES.index(each.severity), each.since) for each in said.shown]
    assert order == sorted(order)
    assert len(said.shown) <= rules.SHOWN
    assert said.to_press == tuple(each.reference for each in said.shown[:6])


def test_edited_at_most_every_five_seconds() -> None:
    """Five seconds lie between two edits; a time noted before the clock was set back holds nothing up."""
    assert rules.may_be_said(None, NOON)
    assert not rules.may_be_said(NOON, NOON + 4.999 * SECOND)
    assert rules.may_be_said(NOON, NOON + 5 * SECOND)
    assert rules.may_be_said(NOON + timedelta(hours=1), NOON)


def test_edited_when_something_changes() -> None:
    """A case more or less, another severity, a minute that passed, the end of the surge: else nothing."""
    said = _digest(_case(1), _case(2))
    assert rules.next_word(said, posted=True, before=said.fingerprint, night=False) is None
    for other in (
        _digest(_case(1)),
        _digest(_case(1), _case(2, "urgent")),
        _digest(_case(1), _case(2), others=(_case(3),)),
        _digest(_case(1), _case(2), now=NOON + timedelta(minutes=1)),
        _digest(_case(1), _case(2), ended=True),
    ):
        assert rules.next_word(other, posted=True, before=said.fingerprint, night=True) == "edit"
    later = _digest(_case(1), _case(2), now=NOON + 59 * SECOND)
    assert rules.next_word(later, posted=True, before=said.fingerprint, night=False) is None


def test_after_a_surge_ages_alone_are_told_rarely() -> None:
    """A digest that stands for days is edited for its ages every ten minutes only."""
    said = _digest(_case(1), ended=True)
    assert replace(said, now=NOON + timedelta(minutes=9)).fingerprint == said.fingerprint
    assert replace(said, now=NOON + timedelta(minutes=10)).fingerprint != said.fingerprint


def test_first_said_when_there_is_something_to_say() -> None:
    """An empty digest is not begun; at night one of normal cases only waits, any other doesn't."""
    normal, high = _digest(_case(1, "normal")), _digest(_case(1, "normal"), _case(2))
    taken = _digest(others=(_case(3),))
    assert rules.next_word(_digest(), posted=False, before=None, night=False) is None
    assert rules.next_word(normal, posted=False, before=None, night=False) == "say"
    assert rules.next_word(normal, posted=False, before=None, night=True) is None
    assert rules.next_word(high, posted=False, before=None, night=True) == "say"
    assert rules.next_word(taken, posted=False, before=None, night=True) == "say"


def test_done_when_nothing_waits_after_the_surge() -> None:
    """It is kept up while the surge is on, and after it until everything in it is acknowledged."""
    assert not rules.is_done(_digest())
    assert not rules.is_done(_digest(_case(1), ended=True))
    assert rules.is_done(_digest(ended=True))
