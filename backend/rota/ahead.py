"""What coordinators should know of the rota before it hurts: gaps, and people who hear nothing. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from backend.rota.rules import Shift

LEADS: Final = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
"""How far ahead is warned, the tightest first."""
LAST_LEAD: Final = LEADS[0]
FURTHEST: Final = LEADS[-1]

Kind = Literal["gap", "unreachable", "unknown"]


@dataclass(frozen=True, slots=True)
class Concern:
    """A gap, somebody on duty who can't be written to, or a name in the pattern that nobody has.

    `who` is a staff id, or the name that nobody has, or empty for a gap. `ends` is None where a gap has no
    end in sight.
    """

    kind: Kind
    who: str
    begins: datetime
    ends: datetime | None


def lead(begins: datetime, now: datetime) -> timedelta | None:
    """The tightest lead that `begins` lies within; None if it is further off. The last for what runs."""
    return next((each for each in LEADS if begins - now <= each), None)


def of_gaps(
    gaps: Iterable[tuple[datetime, datetime]], *, now: datetime, seen_until: datetime
) -> list[Concern]:
    """The gaps that begin within the furthest lead. One that runs is no news any more."""
    return [
        Concern("gap", "", begins, ends if ends < seen_until else None)
        for begins, ends in gaps
        if now < begins <= now + FURTHEST
    ]


def of_people(kind: Kind, shifts: Sequence[Shift], who: Collection[str], *, now: datetime) -> list[Concern]:
    """The next shift (or the one that runs) of each of these, if it begins within the furthest lead."""
    nearest: dict[str, Shift] = {}
    for shift in sorted(shifts, key=lambda each: each.begins):
        if shift.who in who and shift.ends > now and shift.begins - now <= FURTHEST:
            nearest.setdefault(shift.who, shift)
    return [Concern(kind, each.who, each.begins, each.ends) for each in nearest.values()]
