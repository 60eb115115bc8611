"""The commands that change who is on duty: single shifts, taking over, swaps.

What is done is said where it was asked for, in private to whom it concerns, and in the staff rooms.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import TypeAlias

from backend.local_time import day_of, moment
from backend.outbox import Priority
from backend.people import rooms, staff
from backend.people.staff import Staff
from backend.rota import shifts, standing_in, swaps
from backend.rota.duty import zone_of
from backend.rota.rules import Shift
from backend.rota.shifts import Change
from backend.rota.swaps import Swap
from backend.work import Work
from bot.intents import Card, PhraseButton, say
from bot.phrases import Phrase, phrase
from bot.staff import commands
from bot.staff.layout import button, lines
from bot.staff.origin import Origin, answer, settle
from bot.staff.rota import NoSuchDay, day_meant, named
from bot.staff.times import Day, Hours

ShiftDeed: TypeAlias = (
    commands.AddShift | commands.RemoveShift | commands.TakeShift | commands.AskSwap | commands.AnswerSwap
)


async def change(work: Work, actor: Staff, command: ShiftDeed, origin: Origin) -> None:
    """Do it and say so. Raises what `backend.rota` raises, NoSuchStaff, NoSuchDay."""
    match command:
        case commands.AddShift():
            await _add(work, actor, command, origin)
        case commands.RemoveShift():
            await _remove(work, actor, command, origin)
        case commands.TakeShift():
            await _take(work, actor, command, origin)
        case commands.AskSwap():
            await _ask(work, actor, command, origin)
        case commands.AnswerSwap():
            await _answer(work, actor, command, origin)


async def _add(work: Work, actor: Staff, command: commands.AddShift, origin: Origin) -> None:
    person = await staff.named(work, command.name)
    begins, ends = _moments(work, command.day, command.hours)
    done = await shifts.add(work, actor, person, begins=begins, ends=ends, role=command.role)
    said = _changed(work, done)
    answer(work, origin, Card((said,), ((button("unshift", f"s:unshift:{done.made[0].id}"),),)))
    await _tell_rooms(work, origin, said)


async def _remove(work: Work, actor: Staff, command: commands.RemoveShift, origin: Origin) -> None:
    shift_id = command.shift_id or await _found(work, command)
    done = await shifts.remove(work, actor, shift_id)
    off = phrase("done-shift-off", name=done.person.name, when=shifts.text(work, done.shift))
    now = phrase("done-instead", names=named(done.instead)) if done.instead else phrase("done-instead-nobody")
    said = lines(off, now)
    settle(work, origin, Card((said,)))
    await _tell_rooms(work, origin, said)


async def _found(work: Work, command: commands.RemoveShift) -> str:
    person = await staff.named(work, command.name)
    begins = moment(day_meant(work, command.day or Day()), command.begins or time(0), zone_of(work))
    return await shifts.find(work, person, begins)


async def _take(work: Work, actor: Staff, command: commands.TakeShift, origin: Origin) -> None:
    instead = await staff.named(work, command.name) if command.name else None
    if command.hours:
        begins, ends = _moments(work, command.day, command.hours)
        done = await standing_in.take(
            work, actor, begins=begins, ends=ends, role=command.role, instead=instead
        )
    else:
        day = day_meant(work, command.day)
        done = await standing_in.take_day(work, actor, day=day, role=command.role, instead=instead)
    said = _changed(work, done)
    answer(work, origin, Card((said,)))
    await _tell_rooms(work, origin, said)


def _changed(work: Work, done: Change) -> Phrase:
    """Who is on now, and who was to be."""
    now_on = [_now_on(work, each, done.person.name) for each in done.made]
    before = (phrase("done-relieved", names=named(done.relieved)),) if done.relieved else ()
    return lines(*now_on, *before)


def _now_on(work: Work, shift: Shift, name: str) -> Phrase:
    return phrase(f"done-on-{shift.role}", name=name, when=shifts.text(work, shift))


async def _tell_rooms(work: Work, origin: Origin, said: Phrase) -> None:
    """In every staff room but the one in which it was just said."""
    for room in await rooms.bound(work):
        if room.id != origin.party.id:
            work.put(say(room.party, Card((said,)), priority=Priority.NOTICE))


# ── Swaps ───────────────────────────────────────────────────────────────────────────────────────


async def _ask(work: Work, actor: Staff, command: commands.AskSwap, origin: Origin) -> None:
    other = await staff.named(work, command.name)
    back = day_meant(work, command.in_return) if command.in_return else None
    swap = await swaps.ask(work, actor, other, day=day_meant(work, command.day), in_return=back)
    if other.party:
        work.put(say(other.party, _question(work, swap), priority=Priority.NOTICE))
    answer(work, origin, Card((phrase("swap-asked", name=other.name, until=swap.expires_at),)))


def _question(work: Work, swap: Swap) -> Card:
    name = swap.asked_by.name
    wants = [_now_on(work, each, swap.asked.name) for each in swap.gives]
    gives = [_now_on(work, each, name) for each in swap.takes]
    said = lines(phrase("ask-swap", name=name), *wants, *gives)
    how = phrase("ask-swap-how", until=swap.expires_at)
    return Card((said, how), ((_answer_button("agree", swap), _answer_button("decline", swap)),))


def _answer_button(verb: str, swap: Swap) -> PhraseButton:
    return button(verb, f"s:{verb}:{swap.id}")


async def _answer(work: Work, actor: Staff, command: commands.AnswerSwap, origin: Origin) -> None:
    swap_id = command.swap_id or await swaps.waiting_for(work, actor, command.name)
    if not command.agreed:
        asked_by = await swaps.decline(work, actor, swap_id)
        settle(work, origin, Card((phrase("swap-declined", name=asked_by.name),)))
        shifts.tell(work, asked_by, "told-swap-declined", name=actor.name)
        return
    swap = await swaps.agree(work, actor, swap_id)
    now_on = [_now_on(work, each, swap.asked.name) for each in swap.gives]
    back = [_now_on(work, each, swap.asked_by.name) for each in swap.takes]
    said = lines(phrase("swap-done"), *now_on, *back)
    settle(work, origin, Card((said,)))
    if swap.asked_by.party:
        work.put(say(swap.asked_by.party, Card((said,)), priority=Priority.NOTICE))
    await _tell_rooms(work, origin, said)


def _moments(work: Work, day: Day, hours: Hours) -> tuple[datetime, datetime]:
    """From when to when. Raises NoSuchDay, TimeSkipped, TimeTwice."""
    first, zone = day_meant(work, day), zone_of(work)
    last = hours.last_day(first, day_of(work.now, zone))
    if last is None:
        raise NoSuchDay
    return moment(first, hours.begins, zone), moment(last, hours.ends, zone)
