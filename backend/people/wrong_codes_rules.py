"""How long after a wrong code the next one is looked at. Pure: the counts are arguments.

A receipt is 80 bits and an invitation 60: nobody guesses one, at any speed. What is slowed down is noise and
lookups, and that is no reason to keep anybody out: the first code from an address is always looked at
at once, whatever others do, and nobody waits longer than for their own mistakes.
"""

from __future__ import annotations

from datetime import timedelta

FREE = 5
"""Wrong codes from one address that cost nothing: a tired hand slips more than once."""
FLOOD = 100
"""Wrong codes in an hour, from all together, after which every mistake costs a pause, the first one too."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
WORTH_TELLING = 20
"""Wrong codes in an hour that coordinators are told of; or any address that has to wait."""
WINDOW = timedelta(hours=1)
FORGOTTEN = timedelta(hours=24)
"""After so long without another one, an address begins anew."""


def pause_after(count: int, *, overall: int) -> timedelta:
    """The pause after this address's `count`th wrong code, with `overall` of them within the hour."""
    over = count - (0 if overall > FLOOD else FREE)
    return min(FIRST_PAUSE * (1 << min(over - 1, 16)), LONGEST_PAUSE) if over > 0 else timedelta(0)


def as_told(wait: timedelta) -> timedelta:
    """The wait in whole minutes, rounded up: whoever comes back then is not sent away once more."""
    return -(-wait // timedelta(minutes=1)) * timedelta(minutes=1)


def worth_telling(overall: int, *, paused: bool) -> bool:
    """Whether coordinators want to hear of it."""
    return paused or overall >= WORTH_TELLING
