"""What follows when a message was not taken: a decision as data, from the error and the attempts so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.channels.base import ChannelError, Gone, Permanent, Temporary, Throttled

GIVE_UP_AFTER = timedelta(hours=24)
LONGEST_PAUSE = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`again` after a pause, or `give_up`; `repeat` if it may have been taken all the same."""

    what: Literal["again", "give_up"]
    after: timedelta = timedelta(0)
    repeat: bool = False
    unreachable: bool = False
    """True if the chat itself can't be written to."""


def verdict(error: ChannelError, *, tries: int, age: timedelta) -> Verdict:
    """`tries` attempts were made, the last of which failed with `error`; the message is `age` old."""
    match error:
        case Throttled(after=seconds):
            return Verdict("again", timedelta(seconds=seconds))
        case Gone(moved_to=str()):
            return Verdict("again")
        case Gone():
            return Verdict("give_up", unreachable=True)
        case Permanent():
            return Verdict("give_up")
        case Temporary(unknown=unknown) if age < GIVE_UP_AFTER:
            return Verdict("again", pause(tries), repeat=unknown)
        case _:
            return Verdict("give_up")


def pause(tries: int) -> timedelta:
    """Twice as long each time, up to two minutes."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 10)), LONGEST_PAUSE)


def hung() -> Temporary:
    """What a send comes to that never ended."""
    return Temporary("no end in time", unknown=True)
