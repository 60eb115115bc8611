"""Standing in for somebody: taking over a shift or a part of it. All in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

from backend.errors import NothingToTake, SeveralShifts, ShiftPast, ShiftTooFar, ShiftYours
from backend.local_time import day_of, day_text, stretch_text
from backend.people.staff import Staff
from backend.rota import rules, shifts
from backend.rota.duty import Rota, zone_of
from backend.rota.rules import Shift, ShiftRole
from backend.rota.shifts import Change
from backend.vault.keys import new_id
from backend.work import Work


async def take(
    work: Work,
    actor: Staff,
    *,
    begins: datetime,
    ends: datetime,
    role: ShiftRole,
    instead: Staff | None = None,
) -> Change:
    """Take over what others (or this one) have between `begins` and `ends`; all of it must be somebody's.

    Raises ShiftBackwards, ShiftPast, ShiftTooLong, ShiftTooFar, NothingToTake, ShiftYours, SeveralShifts.
    """
    begins = shifts.checked(work, begins, ends)
    rota = await shifts.locked(work)
    found = [shifts.cut(each, begins, ends) for each in shifts.overlapping(rota, begins, ends)]
    own = [each for each in found if each.role == role and each.who == actor.id]
    others = _others(found, actor, role, instead)
    if any(later.begins < sooner.ends for sooner, later in pairwise(others)):
        raise _several(work, rota, others)
    if not _covers(others, begins, ends):
        when = stretch_text(begins, ends, rota.zone)
        raise ShiftYours(when=when) if own and not others else NothingToTake(when=when)
    return await _take(work, rota, others, actor)


def _covers(found: Sequence[Shift], begins: datetime, ends: datetime) -> bool:
    """Whether these, in order, go from the beginning to the end without a hole."""
    edges = [begins, *(each.ends for each in found)]
    return [each.begins for each in found] == edges[:-1] and edges[-1] == ends


async def take_day(
    work: Work, actor: Staff, *, day: date, role: ShiftRole, instead: Staff | None = None
) -> Change:
    """Take over the one shift that begins on this local day and is somebody else's (or this one's).

    Raises ShiftPast, ShiftTooFar, NothingToTake, ShiftYours, SeveralShifts.
    """
    must_be_ahead(work, day)
    rota = await shifts.locked(work)
    found = [each for each in shifts.beginning_on(rota, day) if each.ends > work.now]
    own = [each for each in found if each.role == role and each.who == actor.id]
    others = _others(found, actor, role, instead)
    if len(others) > 1:
        raise _several(work, rota, others)
    if not others:
        raise ShiftYours(when=day_text(day)) if own and not instead else NothingToTake(when=day_text(day))
    return await _take(work, rota, [shifts.cut(each, work.now, each.ends) for each in others], actor)


def must_be_ahead(work: Work, day: date) -> None:
    """Raises ShiftPast for a day that is over, ShiftTooFar for one more than a year away."""
    today = day_of(work.now, zone_of(work))
    if day < today:
        raise ShiftPast(when=day_text(day))
    if day > today + shifts.FURTHEST:
        raise ShiftTooFar(day=day_text(day))


async def _take(work: Work, rota: Rota, relieved: Sequence[Shift], actor: Staff) -> Change:
    made = _standing_in(rota, relieved, actor, made_at=shifts.made_at(work, rota))
    shifts.write(work, made, by=actor)
    shifts.tell_relieved(work, rota, relieved, actor)
    return shifts.change(rota, actor, [each for each in made if each.who == actor.id], relieved)


def _others(found: Iterable[Shift], actor: Staff, role: ShiftRole, instead: Staff | None) -> list[Shift]:
    """What can be taken over in this role, in order."""
    wanted = instead.id if instead else None
    fit = (each for each in found if each.role == role and each.who != actor.id)
    return sorted((each for each in fit if wanted in (None, each.who)), key=lambda each: each.begins)


def _several(work: Work, rota: Rota, found: Iterable[Shift]) -> SeveralShifts:
    """What there is to choose from, and one choice as it is typed."""
    choices = [f"{shifts.text(work, each).partition(' ')[2]} {rota.people[each.who].name}" for each in found]
    return SeveralShifts(shifts=", ".join(choices), example=choices[0].replace("–", "-", 1))


def exchange(work: Work, rota: Rota, handed: Iterable[tuple[Sequence[Shift], Staff]], *, by: Staff) -> None:
    """Write down who stands in for which shifts, all as one change."""
    made_at = shifts.made_at(work, rota)
    for relieved, person in handed:
        shifts.write(work, _standing_in(rota, relieved, person, made_at=made_at), by=by)


def _standing_in(rota: Rota, relieved: Iterable[Shift], person: Staff, *, made_at: datetime) -> list[Shift]:
    """This person in the place of those relieved; whoever is on beside them stays on."""
    made: list[Shift] = []
    for shift in relieved:
        for span in rules.spans(rota.pattern, rota.shifts, shift.begins, shift.ends, rota.zone):
            stay = [who for who in span.people(shift.role) if who not in (shift.who, person.id)]
            one = replace(shift, begins=span.begins, ends=span.ends, source="taken", made_at=made_at)
            made += [replace(one, who=who, id=new_id()) for who in (person.id, *stay)]
    return _joined(made)


def _joined(made: Iterable[Shift]) -> list[Shift]:
    """Without needless cuts: what adjoins and is the same person's is one."""
    joined: list[Shift] = []
    for each in sorted(made, key=lambda each: (each.role, each.who, each.begins)):
        last = joined[-1] if joined else None
        if last and (last.role, last.who, last.ends) == (each.role, each.who, each.begins):
            joined[-1] = replace(last, ends=each.ends)
        else:
            joined.append(each)
    return joined
