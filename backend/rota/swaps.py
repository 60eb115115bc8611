"""Swaps: somebody offers their shift, a colleague agrees, and only then anything changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select

from backend.errors import (
    NoShiftOf,
    NoSwapAsked,
    SeveralSwaps,
    ShiftOverlaps,
    ShiftPast,
    SwapGone,
    SwapWithYourself,
)
from backend.local_time import day_text
from backend.people.staff import Staff
from backend.rota import duty, shifts, standing_in
from backend.rota.duty import Rota
from backend.rota.model import SwapRow
from backend.rota.rules import Shift
from backend.vault.keys import new_id
from backend.work import Work

VALID = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Swap:
    """What is offered, and what is wanted for it (perhaps nothing)."""

    id: str
    asked_by: Staff
    asked: Staff
    gives: tuple[Shift, ...]
    takes: tuple[Shift, ...]
    expires_at: datetime


async def ask(work: Work, actor: Staff, other: Staff, *, day: date, in_return: date | None) -> Swap:
    """Offer one's shift of `day` for the colleague's of `in_return`, until 48 hours or a shift have begun.

    Raises SwapWithYourself, NotForDuty, ShiftPast, ShiftTooFar, NoShiftOf, ShiftOverlaps.
    """
    if other.id == actor.id:
        raise SwapWithYourself
    shifts.must_do_duty(other)
    rota = await shifts.locked(work)
    gives = _of_day(work, rota, actor, day)
    takes = _of_day(work, rota, other, in_return) if in_return else ()
    swap = Swap(new_id(), actor, other, gives, takes, _until(work, (*gives, *takes)))
    _must_fit(work, rota, swap)
    # Asked anew, the earlier offer of the same shift is withdrawn: a "yes" must mean one thing.
    same = (SwapRow.asked_by == actor.id, SwapRow.asked == other.id, SwapRow.gives_from == _first(gives))
    await work.session.execute(delete(SwapRow).where(*same))
    work.session.add(_row(work, swap))
    return swap


def _of_day(work: Work, rota: Rota, person: Staff, day: date) -> tuple[Shift, ...]:
    standing_in.must_be_ahead(work, day)
    found = tuple(each for each in shifts.beginning_on(rota, day) if each.who == person.id)
    if not found:
        raise NoShiftOf(name=person.name, when=day_text(day))
    begun = [each for each in found if each.begins <= work.now]
    if begun:
        raise ShiftPast(when=shifts.text(work, *begun))
    return found


def _until(work: Work, swapped: Iterable[Shift]) -> datetime:
    return min(work.now + VALID, *(each.begins for each in swapped))


def _must_fit(work: Work, rota: Rota, swap: Swap) -> None:
    """Neither may have another shift at the time that they would get."""
    for person, gets, gives_up in (
        (swap.asked, swap.gives, swap.takes),
        (swap.asked_by, swap.takes, swap.gives),
    ):
        for shift in gets:
            for each in shifts.overlapping(rota, shift.begins, shift.ends):
                if each.who == person.id and each not in gives_up:
                    raise ShiftOverlaps(name=person.name, when=shifts.text(work, each))


def _row(work: Work, swap: Swap) -> SwapRow:
    takes = swap.takes
    return SwapRow(
        id=swap.id,
        asked_by=swap.asked_by.id,
        asked=swap.asked.id,
        gives_from=_first(swap.gives),
        gives_to=_last(swap.gives),
        takes_from=_first(takes) if takes else None,
        takes_to=_last(takes) if takes else None,
        made_at=work.now,
        expires_at=swap.expires_at,
    )


def _first(some: Sequence[Shift]) -> datetime:
    return min(each.begins for each in some)


def _last(some: Sequence[Shift]) -> datetime:
    return max(each.ends for each in some)


# ── The answer ──────────────────────────────────────────────────────────────────────────────────


async def waiting_for(work: Work, person: Staff, name: str = "") -> str:
    """The id of the one request that waits for this person's word (of the colleague of this name, if given).

    Raises NoSwapAsked, SeveralSwaps.
    """
    rota = await duty.load(work, work.now)
    query = select(SwapRow).where(SwapRow.asked == person.id, SwapRow.expires_at > work.now)
    rows = (await work.session.execute(query.order_by(SwapRow.made_at))).scalars().all()
    rows = [row for row in rows if _stands(rota, row)] or rows
    names = {row.id: rota.people[row.asked_by].name for row in rows}
    fit = [each for each, by in names.items() if name.casefold() in ("", by.casefold())]
    if not fit:
        raise NoSwapAsked
    if len(fit) > 1 and not name:
        raise SeveralSwaps(names=", ".join(dict.fromkeys(names.values())), example=names[fit[0]])
    return fit[-1]


async def agree(work: Work, person: Staff, swap_id: str) -> Swap:
    """Swap. Raises SwapGone, ShiftOverlaps: nothing happens unless all is as it was when they were asked."""
    rota = await shifts.locked(work)
    row = await _open(work, person, swap_id)
    swap = _as_asked(rota, row)
    _must_fit(work, rota, swap)
    handed = ((swap.gives, swap.asked), (swap.takes, swap.asked_by))
    standing_in.exchange(work, rota, handed, by=person)
    await work.session.delete(row)
    return swap


async def decline(work: Work, person: Staff, swap_id: str) -> Staff:
    """Nothing changes, and nobody is asked any more; returns who asked. Raises SwapGone."""
    rota = await shifts.locked(work)
    row = await _open(work, person, swap_id)
    await work.session.delete(row)
    return rota.people[row.asked_by]


async def _open(work: Work, person: Staff, swap_id: str) -> SwapRow:
    row = await work.session.get(SwapRow, swap_id)
    if row is None or row.asked != person.id or row.expires_at <= work.now:
        raise SwapGone
    return row


def _as_asked(rota: Rota, row: SwapRow) -> Swap:
    """The request with its shifts as they are now. Raises SwapGone if they aren't what they were."""
    gives = _between(rota, row.asked_by, row.gives_from, row.gives_to)
    takes: tuple[Shift, ...] = ()
    if row.takes_from and row.takes_to:
        takes = _between(rota, row.asked, row.takes_from, row.takes_to)
    return Swap(row.id, rota.people[row.asked_by], rota.people[row.asked], gives, takes, row.expires_at)


def _stands(rota: Rota, row: SwapRow) -> bool:
    try:
        _as_asked(rota, row)
    except SwapGone:
        return False
    return True


def _between(rota: Rota, who: str, begins: datetime, ends: datetime) -> tuple[Shift, ...]:
    held = shifts.overlapping(rota, begins, ends)
    own = tuple(each for each in held if each.who == who and begins <= each.begins and each.ends <= ends)
    if not own or (_first(own), _last(own)) != (begins, ends):
        raise SwapGone
    return own


async def expire(work: Work) -> None:
    """Drop requests that nobody answered in time; who asked is told."""
    rows = (await work.session.execute(select(SwapRow).where(SwapRow.expires_at <= work.now))).scalars().all()
    if not rows:
        return
    rota = await duty.load(work, work.now)
    for row in rows:
        name = rota.people[row.asked].name
        shifts.tell(work, rota.people[row.asked_by], "told-swap-expired", name=name)
    await work.session.execute(delete(SwapRow).where(SwapRow.id.in_([row.id for row in rows])))
