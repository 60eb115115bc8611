"""What may be done to a case that stands so: every status with every deed."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import messengers
from backend.cases import lists, rules
from backend.cases.rules import Deed, Status
from backend.messengers import MESSENGERS

DEEDS: tuple[Deed, ...] = get_args(Deed)
# Columns: new, acknowledged, in_progress, waiting, closed. "-" can't be done.
TABLE = """
    acknowledge  acknowledged  -             -            -            -
    take         in_progress   in_progress   in_progress  in_progress  -
    release      -             new           new          new          -
    assign       new           acknowledged  in_progress  waiting      -
    severity     new           acknowledged  in_progress  waiting      -
    wait         waiting       waiting       waiting      waiting      -
    resume       -             -             -            in_progress  -
    reply        in_progress   in_progress   in_progress  waiting      closed
    note         in_progress   in_progress   in_progress  waiting      closed
    message      new           acknowledged  in_progress  in_progress  closed
    close        closed        closed        closed       closed       -
    reopen       -             -             -            -            in_progress
"""
FOLLOWS: dict[tuple[Status, Deed], str | None] = {
    (status, deed): None if after == "-" else after
    for line in TABLE.strip().splitlines()
    for deed in DEEDS
    if deed == line.split()[0]
    for status, after in zip(rules.STATUSES, line.split()[1:], strict=True)
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("status", rules.STATUSES)
def test_status_after(status: Status, deed: Deed) -> None:
    """Each deed leads from each status to the one that the table says, or can't be done there."""
    assert rules.status_after(status, deed) == FOLLOWS[status, deed]


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("status", rules.STATUSES)
def test_only_staff_acknowledge_and_only_what_is_new(status: Status, deed: Deed) -> None:
    """The first deed of staff on a new case acknowledges it; nothing that the reporter or time does."""
    by_staff = deed in {"acknowledge", "take", "reply", "note", "wait"}
    assert rules.acknowledges(status, deed) == (status == "new" and by_staff)


@pytest.mark.parametrize(
    ("acts", "timing", "sos", "severity"),
    [
        ([], "", False, "normal"),
        (["threat"], "past", False, "normal"),
        (["threat"], "ongoing", False, "high"),
        ([], "imminent", False, "high"),
        (["threat", "detention"], "past", False, "urgent"),
        (["arrest"], "", False, "urgent"),
        (["abduction"], "", False, "urgent"),
        (["physical_attack"], "past", False, "urgent"),
        (["sexual_violence"], "past", False, "urgent"),
        ([], "past", True, "urgent"),
    ],
)
def test_proposed_severity(acts: list[str], timing: str, severity: str, *, sos: bool) -> None:
    """Held, attacked, missing or SOS is urgent; going on or near is high; all else normal."""
    assert rules.proposed_severity(acts, timing, sos=sos) == severity


@pytest.mark.parametrize(
    ("status", "worked", "clock"),
    [
        ("new", False, "acknowledge"),
        ("acknowledged", False, "first_reply"),
        ("in_progress", False, "first_reply"),
        ("in_progress", True, "quiet"),
        ("waiting", True, "wait"),
        ("waiting", False, "wait"),
        ("closed", True, None),
    ],
)
def test_clock_for(status: Status, clock: str | None, *, worked: bool) -> None:
    """Every open case has a clock that fits how it stands, a closed one has none."""
    assert rules.clock_for(status, worked=worked) == clock


@pytest.mark.parametrize(
    ("came_by", "shown_on", "may"),
    [
        ("matrix", "matrix", True),
        ("matrix", "telegram", False),
        ("telegram", "matrix", True),
        ("telegram", "telegram", True),
        ("telegram", "mail", False),
        ("mail", "telegram", True),
        ("telegram", "unheard-of", False),
    ],
)
def test_content_never_goes_where_it_is_less_safe(came_by: str, shown_on: str, *, may: bool) -> None:
    """What came by a channel is shown on the same or a stronger one only; an unknown one protects nothing."""
    assert rules.may_show(came_by, shown_on) is may


CHANNELS = st.sampled_from([*MESSENGERS, "unheard-of"])
CHOSEN = st.lists(st.tuples(CHANNELS, st.datetimes()), max_size=6)


@given(CHANNELS, CHANNELS)
def test_what_passed_through_two_channels_is_as_safe_as_the_weaker(one: str, other: str) -> None:
    """It may be shown on both, or at least on nothing that is weaker than either."""
    found = rules.weaker(one, other)
    assert found in (one, other)
    assert rules.may_show(found, one)
    assert rules.may_show(found, other)


@given(CHOSEN)
def test_a_reporter_is_written_to_where_it_is_safest(chosen: list[tuple[str, datetime]]) -> None:
    """There always; elsewhere only if they came back there later than to any of the safest."""
    written = rules.written_to(chosen)
    safest = max((messengers.of(channel).strength for channel, _ in chosen), default=0)
    latest = [at for channel, at in chosen if messengers.of(channel).strength == safest]
    for (channel, at), is_written in zip(chosen, written, strict=True):
        if messengers.of(channel).strength == safest:
            assert is_written
        else:
            assert is_written == all(at > each for each in latest)


def test_release_is_for_the_officer_on_it_and_coordinators() -> None:
    """Nobody else gives away a case that isn't theirs."""
    assert rules.may_release(actor="a", assignee="a", is_coordinator=False)
    assert rules.may_release(actor="b", assignee="a", is_coordinator=True)
    assert not rules.may_release(actor="b", assignee="a", is_coordinator=False)
    assert not rules.may_release(actor="b", assignee=None, is_coordinator=False)


def test_the_lists_agree() -> None:
    """The rules' words are those of the lists."""
    assert set(rules.CONSENTS) == set(lists.CONSENT_TOPICS)
    assert set(lists.ACTS) >= rules.HELD | rules.ATTACKED
    assert set(rules.HELD) == set(lists.HELD)
