"""What follows when a message was not taken: a table of errors."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import retry
from bot.channels.base import ChannelError, Gone, Permanent, Temporary, Throttled
from bot.retry import Verdict

YOUNG, OLD = timedelta(minutes=1), timedelta(hours=24)


@pytest.mark.parametrize(
    ("error", "age", "verdict"),
    [
        (Temporary("no line"), YOUNG, Verdict("again", timedelta(seconds=4))),
        (Temporary("no answer", unknown=True), YOUNG, Verdict("again", timedelta(seconds=4), repeat=True)),
        (Temporary("no line"), OLD, Verdict("give_up")),
        (Throttled(17.5), YOUNG, Verdict("again", timedelta(seconds=17.5))),
        (Throttled(17.5), OLD, Verdict("again", timedelta(seconds=17.5))),
        (Gone("blocked"), YOUNG, Verdict("give_up", unreachable=True)),
        (Gone("moved", moved_to="-100"), YOUNG, Verdict("again")),
        (Permanent("too long"), YOUNG, Verdict("give_up")),
        (ChannelError("of no known kind"), YOUNG, Verdict("give_up")),
    ],
)
def test_verdict(error: ChannelError, age: timedelta, verdict: Verdict) -> None:
    """Each error has its own consequence: again, later, as a repeat, elsewhere, or never."""
    assert retry.verdict(error, tries=3, age=age) == verdict


def test_pauses_double_up_to_two_minutes() -> None:
    """A messenger that is down is asked ever more rarely, but every two minutes at least."""
    seconds = [retry.pause(tries).total_seconds() for tries in (1, 2, 3, 7, 8, 9, 500)]
    assert seconds == [1, 2, 4, 64, 120, 120, 120]
