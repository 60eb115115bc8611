"""When a chat is told by digest, what the digest shows, and when it is said anew.

Pure: counts and times give a decision.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from backend.cases.rules import SEVERITIES

Word = Literal["say", "edit"] | None

WINDOW = timedelta(minutes=1)
"""Over which announcements are counted: messengers limit groups by the minute."""
EDIT_EVERY = timedelta(seconds=5)
"""A digest is edited no faster: who reads it must be able to."""
AGES_EVERY, AGES_LATER_EVERY = timedelta(minutes=1), timedelta(minutes=10)
"""How often it is edited for the ages alone, during a surge and after it."""
SHOWN = 30
"""Lines of a digest: within every messenger's limit for one message, and more than anybody reads at once."""
TO_PRESS = 6
"""Buttons of a digest: those who wait most pressingly."""


def begins(wanted: int, limit: float) -> bool:
    """Whether more announcements want to go within a minute than the messenger allows."""
    return wanted > limit


def passes(wanted: int, limit: float) -> bool:
    """Whether a surge is over: fewer than half of the limit, so that it doesn't begin again at once."""
    return 2 * wanted < limit


@dataclass(frozen=True, slots=True)
class Listed:
    """A case in a digest, without a word of its content."""

    reference: str
    severity: str
    status: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest says at `now`.

    `shown` wait to be acknowledged, the most pressing first; `more` counts by severity those who don't fit;
    `others` are open cases of which a reminder or a new message was folded.
    """

    since: datetime
    ended_at: datetime | None
    now: datetime
    shown: tuple[Listed, ...]
    more: Counter[str]
    others: tuple[Listed, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many wait, by severity."""
        return Counter(each.severity for each in self.shown) + self.more

    @property
    def to_press(self) -> tuple[str, ...]:
        """References of the cases that get a button."""
        return tuple(each.reference for each in self.shown[:TO_PRESS])

    @property
    def may_wait(self) -> bool:
        """Whether it speaks of normal cases only: at night nobody is called for these."""
        return set(self.counts) | {each.severity for each in self.others} <= {"normal"}

    @property
    def fingerprint(self) -> str:
        """Changes whenever the digest has to be said anew."""
        every = AGES_EVERY if self.ended_at is None else AGES_LATER_EVERY
        ages = int(self.now.timestamp() // every.total_seconds()) if self.shown else 0
        lines = [(each.reference, each.severity) for each in self.shown]
        counted = sorted(self.more.items())
        others = [each.reference for each in self.others]
        facts = (self.since, self.ended_at is None, ages, lines, counted, others)
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def digest(
    waiting: Iterable[Listed],
    others: Iterable[Listed],
    *,
    since: datetime,
    ended_at: datetime | None,
    now: datetime,
) -> Digest:
    """The digest of these cases."""
    ordered = sorted(waiting, key=lambda each: (SEVERITIES.index(each.severity), each.since, each.reference))
    more = Counter(each.severity for each in ordered[SHOWN:])
    besides = tuple(sorted(others, key=lambda each: each.reference))
    return Digest(since, ended_at, now, tuple(ordered[:SHOWN]), more, besides)


def may_be_said(asked_at: datetime | None, now: datetime) -> bool:
    """Whether enough time has passed since the digest was last put into the outbox.

    A time in the future was noted before the clock was set back: it holds nothing up.
    """
    return asked_at is None or not timedelta(0) <= now - asked_at < EDIT_EVERY


def next_word(said: Digest, *, posted: bool, before: str | None, night: bool) -> Word:
    """What to do about a digest that may be said: `say` it, `edit` it in place, or nothing yet."""
    if posted:
        return "edit" if said.fingerprint != before else None
    if not (said.shown or said.others) or (night and said.may_wait):
        return None
    return "say"


def is_done(said: Digest) -> bool:
    """Whether nothing stands in it any more that has to be kept up to date."""
    return said.ended_at is not None and not said.shown
