"""Who is on duty at which moment: the weekly pattern, single shifts, and what was taken over or swapped.

Pure. Moments are aware, in UTC; whoever is on duty is any name or id, the same in pattern and shifts.
A shift that was taken over (the latest made, where several are) stands before a single one, and that
before the pattern, in each of the two roles by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final, Literal

from backend.local_time import day_of, planned

ShiftRole = Literal["primary", "backup"]
Source = Literal["pattern", "single", "taken"]

ROLES: Final[tuple[ShiftRole, ...]] = ("primary", "backup")
RANK: Final[dict[Source, int]] = {"pattern": 0, "single": 1, "taken": 2}
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)
WEEK_AND_MORE: Final = timedelta(days=9)
"""Whatever a weekly pattern changes, it changes within this; clock changes and long nights included."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line of the weekly pattern, in local times. `weekdays` count from Monday, 0.

    It ends on the next day where `ends` isn't later than `begins`.
    """

    weekdays: frozenset[int]
    begins: time
    ends: time
    primary: tuple[str, ...] = ()
    backup: tuple[str, ...] = ()

    def people(self, role: ShiftRole) -> tuple[str, ...]:
        """Who is on duty in this role."""
        return self.primary if role == "primary" else self.backup


@dataclass(frozen=True, slots=True)
class Shift:
    """One person in one role from `begins` until just before `ends`.

    `made_at` orders what was taken over; rows of one change share it. `id` is empty for the pattern's.
    """

    begins: datetime
    ends: datetime
    role: ShiftRole
    who: str
    source: Source
    made_at: datetime = EARLIEST
    id: str = ""

    def covers(self, at: datetime) -> bool:
        """Whether it is on at this moment."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch in which the same people are on duty. A stretch without a primary is a gap."""

    begins: datetime
    ends: datetime
    primary: tuple[str, ...]
    backup: tuple[str, ...]

    @property
    def is_gap(self) -> bool:
        """Whether nobody has to come when called."""
        return not self.primary

    def people(self, role: ShiftRole) -> tuple[str, ...]:
        """Who is on duty in this role."""
        return self.primary if role == "primary" else self.backup


def spans(
    pattern: Sequence[Pattern], shifts: Sequence[Shift], begins: datetime, ends: datetime, zone: tzinfo
) -> list[Span]:
    """Who is on duty from `begins` to `ends`, without a hole: gaps are spans of nobody."""
    found: list[Span] = []
    for first, last, ruling in _pieces(pattern, shifts, begins, ends, zone):
        span = Span(first, last, _names(ruling, "primary"), _names(ruling, "backup"))
        if found and (found[-1].primary, found[-1].backup) == (span.primary, span.backup):
            found[-1] = replace(found[-1], ends=last)
        else:
            found.append(span)
    return found


def gaps(
    pattern: Sequence[Pattern], shifts: Sequence[Shift], begins: datetime, ends: datetime, zone: tzinfo
) -> list[tuple[datetime, datetime]]:
    """From when to when nobody is primary, cut to `begins` and `ends`."""
    found: list[tuple[datetime, datetime]] = []
    for span in spans(pattern, shifts, begins, ends, zone):
        if not span.is_gap:
            continue
        if found and found[-1][1] == span.begins:
            found[-1] = found[-1][0], span.ends
        else:
            found.append((span.begins, span.ends))
    return found


def next_change(
    pattern: Sequence[Pattern], shifts: Sequence[Shift], after: datetime, zone: tzinfo
) -> datetime | None:
    """When, later than `after`, others are on duty; None if it stays as it is for good."""
    near = after + WEEK_AND_MORE
    last = max((shift.ends for shift in shifts), default=near) + WEEK_AND_MORE
    for horizon in (near, last):
        seen = spans(pattern, shifts, after, horizon, zone)
        if len(seen) > 1:
            return seen[1].begins
    return None


def in_effect(
    pattern: Sequence[Pattern], shifts: Sequence[Shift], begins: datetime, ends: datetime, zone: tzinfo
) -> list[Shift]:
    """Each shift for as long as nothing stands before it, cut to `begins` and `ends`, the earliest first."""
    whole: dict[Shift, list[Shift]] = {}
    for first, last, ruling in _pieces(pattern, shifts, begins, ends, zone):
        for shift in ruling:
            held = whole.setdefault(shift, [])
            if held and held[-1].ends == first:
                held[-1] = replace(held[-1], ends=last)
            else:
                held.append(replace(shift, begins=first, ends=last))
    return sorted((each for held in whole.values() for each in held), key=_order)


def overlapping(pattern: Sequence[Pattern]) -> tuple[int, int] | None:
    """The first two lines (by index) that name people for the same role at the same time of the week."""
    for role in ROLES:
        taken: dict[int, int] = {}
        for index, line in enumerate(pattern):
            for minute in _minutes(line) if line.people(role) else ():
                if taken.setdefault(minute, index) != index:
                    return taken[minute], index
    return None


def _minutes(line: Pattern) -> Iterator[int]:
    """The minutes of the week, from Monday's midnight, that the line covers."""
    begins, ends = (each.hour * 60 + each.minute for each in (line.begins, line.ends))
    length = (ends - begins) % (24 * 60)
    for weekday in line.weekdays:
        yield from ((weekday * 24 * 60 + begins + more) % (7 * 24 * 60) for more in range(length))


def _pieces(
    pattern: Sequence[Pattern], shifts: Sequence[Shift], begins: datetime, ends: datetime, zone: tzinfo
) -> Iterator[tuple[datetime, datetime, list[Shift]]]:
    """The time cut wherever a shift begins or ends, each piece with the shifts that rule it."""
    known = [*_occurrences(pattern, begins, ends, zone), *shifts]
    known = sorted((each for each in known if each.begins < ends and each.ends > begins), key=_order)
    edges = {edge for each in known for edge in (each.begins, each.ends) if begins < edge < ends}
    running: list[Shift] = []
    for first, last in pairwise(sorted({begins, ends, *edges})):
        running = [each for each in running if each.ends > first]
        while known and known[0].begins <= first:
            running.append(known.pop(0))
        on = [each for each in running if each.covers(first)]
        yield first, last, [each for role in ROLES for each in _ruling(on, role)]


def _ruling(running: Iterable[Shift], role: ShiftRole) -> list[Shift]:
    """Of the shifts that are on, those that count: of the highest source, the latest made."""
    own = [each for each in running if each.role == role]
    highest = max((_weight(each) for each in own), default=None)
    return sorted((each for each in own if _weight(each) == highest), key=lambda each: each.who)


def _weight(shift: Shift) -> tuple[int, datetime]:
    return RANK[shift.source], shift.made_at


def _names(ruling: Iterable[Shift], role: ShiftRole) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.who for each in ruling if each.role == role))


def _order(shift: Shift) -> tuple[datetime, datetime, str, str]:
    return shift.begins, shift.ends, shift.role, shift.who


def _occurrences(
    pattern: Iterable[Pattern], begins: datetime, ends: datetime, zone: tzinfo
) -> Iterator[Shift]:
    """The pattern's shifts on every local day that may touch the time asked for."""
    lines = list(pattern)
    day, last = day_of(begins, zone) - 2 * DAY, day_of(ends, zone) + DAY
    while day <= last:
        for line in lines:
            if day.weekday() in line.weekdays:
                yield from _on(line, day, zone)
        day += DAY


def _on(line: Pattern, day: date, zone: tzinfo) -> Iterator[Shift]:
    """The line's shifts that begin on this day; none where the clocks are put forward over all of it."""
    ends_on = day if line.ends > line.begins else day + DAY
    begins, ends = planned(day, line.begins, zone), planned(ends_on, line.ends, zone)
    if begins < ends:
        for role in ROLES:
            for who in line.people(role):
                yield Shift(begins, ends, role, who, "pattern")
