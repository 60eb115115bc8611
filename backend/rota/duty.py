"""Who is on duty, as people who can be written to: the configured week and the table of shifts together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from backend.people import staff
from backend.people.staff import Staff
from backend.rota import rules
from backend.rota.model import ShiftRow
from backend.rota.rules import Pattern, Shift, ShiftRole, Source
from backend.work import Work


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty. `planned` is False where no rota says so: in a gap, or without any rota.

    `until` is when this changes next (UTC), None where nothing is planned.
    """

    primary: tuple[Staff, ...]
    backup: tuple[Staff, ...]
    planned: bool
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Who the rota says is on duty from `begins` until just before `ends`, by name; reachable or not."""

    begins: datetime
    ends: datetime
    primary: tuple[Staff, ...]
    backup: tuple[Staff, ...]

    @property
    def is_gap(self) -> bool:
        """Whether nobody has to come when called."""
        return not self.primary


@dataclass(frozen=True, slots=True)
class Rota:
    """All that says who is on duty from a moment on, with staff ids for people."""

    pattern: tuple[Pattern, ...]
    shifts: tuple[Shift, ...]
    people: Mapping[str, Staff]
    zone: tzinfo
    exists: bool
    """Whether anything is planned: without a rota everybody is on duty."""

    def spans(self, begins: datetime, ends: datetime) -> list[Stretch]:
        """Who is on duty when, without a hole: gaps are stretches of nobody."""
        return [
            Stretch(span.begins, span.ends, self._named(span.primary), self._named(span.backup))
            for span in rules.spans(self.pattern, self.shifts, begins, ends, self.zone)
        ]

    def at(self, moment: datetime) -> Stretch:
        """Who is on duty at this moment; the stretch is the moment's own microsecond."""
        return self.spans(moment, moment + timedelta.resolution)[0]

    def next_change(self, after: datetime) -> datetime | None:
        """When others are on duty; None if it stays as it is for good."""
        return rules.next_change(self.pattern, self.shifts, after, self.zone)

    def in_effect(self, begins: datetime, ends: datetime) -> list[Shift]:
        """Each shift for as long as nothing stands before it."""
        return rules.in_effect(self.pattern, self.shifts, begins, ends, self.zone)

    def _named(self, ids: Iterable[str]) -> tuple[Staff, ...]:
        return tuple(sorted((self.people[each] for each in ids), key=lambda person: person.name.casefold()))


def zone_of(work: Work) -> ZoneInfo:
    """The centre's time zone."""
    return ZoneInfo(work.settings.centre.timezone)


# Built once: it is asked every second, and putting a statement together costs as much as running it.
_SHIFTS = select(ShiftRow).where(ShiftRow.ends_at > bindparam("since"))


async def load(work: Work, since: datetime) -> Rota:
    """The rota as it is known now, for moments from `since` on."""
    people = {person.id: person for person in await staff.everyone(work)}
    rows = (await work.session.execute(_SHIFTS, {"since": since})).scalars().all()
    week = work.settings.rota.pattern()
    return Rota(
        _by_id(week, people.values()),
        tuple(_shift(row) for row in rows if row.staff_id in people),
        people,
        zone_of(work),
        exists=bool(week or rows),
    )


def _shift(row: ShiftRow) -> Shift:
    role, source = cast("ShiftRole", row.role), cast("Source", row.kind)
    return Shift(row.begins_at, row.ends_at, role, row.staff_id, source, row.made_at, row.id)


def _by_id(week: Iterable[Pattern], people: Iterable[Staff]) -> tuple[Pattern, ...]:
    """The pattern with ids for names. Names that nobody at the desk has are left out: they leave a gap."""
    known = {person.name.casefold(): person.id for person in people if person.may_work_cases}

    def ids(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(known[name.casefold()] for name in names if name.casefold() in known)

    return tuple(replace(line, primary=ids(line.primary), backup=ids(line.backup)) for line in week)


async def unknown_names(work: Work) -> list[str]:
    """The names in the configured week that nobody at the desk has: mistyped, not joined yet, or gone."""
    known = {person.name.casefold() for person in await staff.everyone(work) if person.may_work_cases}
    named = [name for line in work.settings.rota.pattern() for name in (*line.primary, *line.backup)]
    return [name for name in dict.fromkeys(named) if name.casefold() not in known]


async def during(work: Work, begins: datetime, ends: datetime) -> list[Stretch]:
    """What the rota says of this time, without a hole; empty where there is no rota at all."""
    rota = await load(work, begins)
    return rota.spans(begins, ends) if rota.exists else []


async def now(work: Work) -> Duty:
    """Who is called at `work.now`: whoever is on duty; every officer too where none of these can be reached.

    Where nobody is on duty: every officer, or every coordinator without officers.
    """
    rota = await load(work, work.now)
    everybody = _everybody(rota.people.values())
    if not rota.exists:
        return Duty(everybody, (), planned=False, until=None)
    on = rota.at(work.now)
    until = rota.next_change(work.now)
    primary, backup = _with_account(on.primary), _with_account(on.backup)
    if not primary:
        return Duty(everybody, backup, planned=False, until=until)
    if not any(map(is_reachable, primary)):
        primary = tuple({person.id: person for person in (*primary, *everybody)}.values())
    return Duty(primary, backup, planned=True, until=until)


def is_reachable(person: Staff) -> bool:
    """Whether one of their messengers still takes what is written to them."""
    return any(account.reachable for account in person.accounts)


def _everybody(people: Iterable[Staff]) -> tuple[Staff, ...]:
    joined = _with_account(people)
    officers = tuple(person for person in joined if person.role == "officer")
    return officers or tuple(person for person in joined if person.is_coordinator)


def _with_account(people: Iterable[Staff]) -> tuple[Staff, ...]:
    return tuple(person for person in people if person.account)
