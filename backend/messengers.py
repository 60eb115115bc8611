"""What each messenger can do, as far as cases depend on it: a row for each name in `channel` columns.

How it is spoken to is the business of its channel, and so are the sizes and rates that only sending minds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Messenger:
    """What is said over it, and what becomes of that.

    `strength`: how well it protects words, by comparison only; 0 protects nothing.
    `sealed_rooms`: a room of several people can be end-to-end encrypted.
    `takes_back_within`: how old a message may be that a bot removes; None: of any age, so a message there is
    remembered for as long as its person is.
    `knows_repeats`: what it is handed twice under one id stands there once, and it says where.
    `holds_updates`: how long it keeps what it could not hand over to us; None: for ever.
    """

    strength: int
    sealed_rooms: bool = False
    takes_back_within: timedelta | None = None
    knows_repeats: bool = False
    holds_updates: timedelta | None = None


MESSENGERS: Mapping[str, Messenger] = {
    "matrix": Messenger(strength=3, sealed_rooms=True, knows_repeats=True),
    # https://core.telegram.org/bots/api#deletemessage, https://core.telegram.org/bots/api#getting-updates
    "telegram": Messenger(
        strength=2, takes_back_within=timedelta(hours=48), holds_updates=timedelta(hours=24)
    ),
    "sandbox": Messenger(strength=2),
    "mail": Messenger(strength=1),
}
UNKNOWN = Messenger(strength=0)

TAKES_BACK: Mapping[str, timedelta] = {
    name: each.takes_back_within for name, each in MESSENGERS.items() if each.takes_back_within is not None
}
"""The messengers that let messages be removed for a while only."""
SAFE_TO_TAKE_BACK = min(TAKES_BACK.values()) - timedelta(hours=1)
"""Up to this age every messenger lets a message be removed, and there is time to ask it."""
LONGEST_HELD = max(each.holds_updates for each in MESSENGERS.values() if each.holds_updates is not None)
"""For so long the same message may come again."""


def of(channel: str) -> Messenger:
    """The row of this messenger; one of which nothing is known protects nothing."""
    return MESSENGERS.get(channel, UNKNOWN)
