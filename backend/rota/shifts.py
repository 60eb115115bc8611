"""Single shifts: checked against the rota, and written down in the caller's transaction.

Whoever is put on duty or relieved by somebody else is told in private. Whatever is refused changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from backend.errors import (
    NoShiftOf,
    NotForDuty,
    NothingToTake,
    ShiftBackwards,
    ShiftFixed,
    ShiftOverlaps,
    ShiftPast,
    ShiftTooFar,
    ShiftTooLong,
)
from backend.local_time import day_of, day_text, stretch_text
from backend.outbox import Item, Priority
from backend.people import staff
from backend.people.model import StaffRow
from backend.people.staff import Staff
from backend.rota import duty
from backend.rota.duty import Rota, zone_of
from backend.rota.model import ShiftRow
from backend.rota.rules import Shift, ShiftRole
from backend.vault.keys import new_id
from backend.work import Work

LONGEST = timedelta(hours=48)
FURTHEST = timedelta(days=366)
AROUND = timedelta(days=3)
"""So far around a day is looked, to see its shifts whole: the longest is two days."""
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Change:
    """What was done: who is on duty now, when, and who is relieved."""

    person: Staff
    made: tuple[Shift, ...]
    relieved: tuple[Staff, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """A shift that was taken away, whose it was, and who is on duty then instead."""

    person: Staff
    shift: Shift
    instead: tuple[Staff, ...]


def change(rota: Rota, person: Staff, made: Iterable[Shift], relieved: Iterable[Shift]) -> Change:
    """What was done, each of those relieved named once."""
    people = {each.who: rota.people[each.who] for each in relieved}
    return Change(person, tuple(made), tuple(people.values()))


async def locked(work: Work) -> Rota:
    """The rota from now on, for changing it: whoever else would change it waits until this is committed."""
    query = select(StaffRow.id).order_by(StaffRow.id).with_for_update(key_share=True)
    await work.session.execute(query)
    staff.look_again(work)
    return await duty.load(work, work.now)


async def add(
    work: Work, actor: Staff, person: Staff, *, begins: datetime, ends: datetime, role: ShiftRole
) -> Change:
    """Put this person on duty; the weekly pattern's people in that role are relieved.

    Raises NotForDuty, ShiftBackwards, ShiftPast, ShiftTooLong, ShiftTooFar, ShiftOverlaps.
    """
    must_do_duty(person)
    begins = checked(work, begins, ends)
    rota = await locked(work)
    found = overlapping(rota, begins, ends)
    for each in found:
        if each.who == person.id or (each.role == role and each.source != "pattern"):
            raise ShiftOverlaps(name=rota.people[each.who].name, when=text(work, each))
    relieved = [cut(each, begins, ends) for each in found if each.role == role]
    made = Shift(begins, ends, role, person.id, "single", made_at(work, rota), new_id())
    write(work, [made], by=actor)
    tell_relieved(work, rota, relieved, person, by=actor)
    if person.id != actor.id:
        tell(work, person, f"told-shift-{role}", when=text(work, made))
    return change(rota, person, [made], relieved)


async def remove(work: Work, actor: Staff, shift_id: str) -> Removed:
    """Take a shift away again; of one that has begun, what is left. What it stood before holds again.

    Whoever had it is told, and whoever has it again. Raises NothingToTake if it is gone or over.
    """
    rota = await locked(work)
    shift = next((each for each in rota.shifts if each.id == shift_id), None)
    if shift is None:
        raise NothingToTake(when="–")
    await _drop(work, await _rows_of_change(work, shift))
    person = rota.people[shift.who]
    if person.id != actor.id:
        tell(work, person, "told-shift-off", when=text(work, shift))
    return Removed(person, shift, await _on_again(work, [shift], by=actor))


async def give_back(work: Work, person: Staff, *, by: Staff) -> None:
    """Drop all shifts that this person has beside the pattern; whoever has them again is told."""
    rota = await locked(work)
    own = [each for each in rota.shifts if each.who == person.id]
    if own:
        await _drop(work, await _rows(work, ShiftRow.staff_id == person.id))
        await _on_again(work, own, by=by)


async def _drop(work: Work, rows: Iterable[ShiftRow]) -> None:
    """What has begun ends now: who was on duty till then stays known."""
    for row in rows:
        if row.begins_at < work.now:
            row.ends_at = work.now
        else:
            await work.session.delete(row)
    await work.session.flush()


async def _on_again(work: Work, dropped: Iterable[Shift], *, by: Staff) -> tuple[Staff, ...]:
    """Who is on duty where these shifts were; they are told, for they may have been told otherwise."""
    rota = await duty.load(work, work.now)
    again: dict[str, Staff] = {}
    for shift in dropped:
        begins = max(shift.begins, work.now)
        for each in overlapping(rota, begins, shift.ends):
            if each.role == shift.role:
                person = again[each.who] = rota.people[each.who]
                if person.id not in (by.id, shift.who):
                    tell(
                        work,
                        person,
                        f"told-shift-{each.role}",
                        when=text(work, cut(each, begins, shift.ends)),
                    )
    return tuple(again.values())


async def _rows_of_change(work: Work, shift: Shift) -> Sequence[ShiftRow]:
    """The rows that were written with this one for the same time: it, and who stayed on beside it."""
    return await _rows(
        work,
        ShiftRow.made_at == shift.made_at,
        ShiftRow.role == shift.role,
        ShiftRow.kind == shift.source,
        ShiftRow.begins_at < shift.ends,
        ShiftRow.ends_at > shift.begins,
    )


async def _rows(work: Work, *where: ColumnElement[bool]) -> Sequence[ShiftRow]:
    """The rows of these that aren't over."""
    query = select(ShiftRow).where(ShiftRow.ends_at > work.now, *where)
    return (await work.session.execute(query)).scalars().all()


async def find(work: Work, person: Staff, begins: datetime) -> str:
    """The id of the shift beside the pattern that this person begins then. Raises NoShiftOf, ShiftFixed."""
    rota = await duty.load(work, work.now)
    own = [each for each in rota.shifts if each.who == person.id and each.begins == begins]
    if own:
        return own[0].id
    zone = rota.zone
    facts = {"name": person.name, "when": f"{day_text(day_of(begins, zone))} {begins.astimezone(zone):%H:%M}"}
    held = rota.in_effect(begins - AROUND, begins + AROUND)
    if any(each.who == person.id and each.begins == begins and each.ends > work.now for each in held):
        raise ShiftFixed(**facts)
    raise NoShiftOf(**facts)


def must_do_duty(person: Staff) -> None:
    """Raises NotForDuty for somebody whose role has no shifts."""
    if not person.may_work_cases:
        raise NotForDuty(name=person.name)


def checked(work: Work, begins: datetime, ends: datetime) -> datetime:
    """When it begins in fact: now, if it would have begun already.

    Raises ShiftBackwards, ShiftPast, ShiftTooLong, ShiftTooFar.
    """
    zone = zone_of(work)
    when = stretch_text(begins, ends, zone)
    if ends <= begins:
        raise ShiftBackwards(when=when)
    if ends <= work.now:
        raise ShiftPast(when=f"{day_text(day_of(begins, zone))} {when.partition(' ')[2]}")
    if ends - begins > LONGEST:
        raise ShiftTooLong(when=when, hours=str(int(LONGEST.total_seconds()) // 3600))
    if begins > work.now + FURTHEST:
        raise ShiftTooFar(day=day_text(day_of(begins, zone)))
    return max(begins, work.now)


def beginning_on(rota: Rota, day: date) -> list[Shift]:
    """The shifts in effect that begin on this local day, whole."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=rota.zone).astimezone(UTC)
    held = rota.in_effect(noon - AROUND, noon + AROUND)
    return [each for each in held if day_of(each.begins, rota.zone) == day]


def overlapping(rota: Rota, begins: datetime, ends: datetime) -> list[Shift]:
    """The shifts in effect that share a moment with this time, whole."""
    held = rota.in_effect(begins - AROUND, ends + AROUND)
    return [each for each in held if each.begins < ends and each.ends > begins]


def cut(shift: Shift, begins: datetime, ends: datetime) -> Shift:
    """The part of it between `begins` and `ends`."""
    return replace(shift, begins=max(shift.begins, begins), ends=min(shift.ends, ends))


def made_at(work: Work, rota: Rota) -> datetime:
    """Now, or just after the latest change: order holds even where clocks are put back."""
    latest = max((each.made_at for each in rota.shifts), default=work.now - timedelta.resolution)
    return max(work.now, latest + timedelta.resolution)


def write(work: Work, made: Iterable[Shift], *, by: Staff) -> None:
    """Into the table."""
    for each in made:
        work.session.add(
            ShiftRow(
                id=each.id,
                staff_id=each.who,
                role=each.role,
                begins_at=each.begins,
                ends_at=each.ends,
                kind=each.source,
                made_at=each.made_at,
                made_by=by.id,
            )
        )


def text(work: Work, *some: Shift) -> str:
    """When these are, as everybody reads it."""
    return ", ".join(stretch_text(each.begins, each.ends, zone_of(work)) for each in some)


def tell(work: Work, person: Staff, key: str, **facts: str) -> None:
    """To this person, in private."""
    if person.party:
        work.put(Item(person.party, "told", {"key": key, **facts}, Priority.NOTICE))


def tell_relieved(
    work: Work, rota: Rota, relieved: Sequence[Shift], now_on: Staff, *, by: Staff | None = None
) -> None:
    """Those who needn't come, unless they said so themselves."""
    for who in dict.fromkeys(each.who for each in relieved):
        if by is None or who != by.id:
            own = [each for each in relieved if each.who == who]
            tell(work, rota.people[who], "told-relieved", name=now_on.name, when=text(work, *own))


async def forget_old(work: Work) -> None:
    """Drop shifts that were over long ago."""
    await work.session.execute(delete(ShiftRow).where(ShiftRow.ends_at < work.now - KEPT))
