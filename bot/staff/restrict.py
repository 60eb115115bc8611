"""`/restrict`: who may read a case is shown, narrowed, widened; and how the rest see a restricted case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backend.cases import records, restricting
from backend.cases.records import Case
from backend.errors import NoSuchStaff
from backend.people import need_to_know, staff
from backend.people.need_to_know import Circle
from backend.people.staff import Staff
from backend.work import Work
from bot.intents import Card
from bot.phrases import Phrase, phrase
from bot.staff import commands, help  # noqa: A004 - named for what it holds
from bot.staff.commands import Command
from bot.staff.layout import card
from bot.staff.naming import named
from bot.staff.origin import OnlyInPrivate, Origin, answer


async def admit(work: Work, actor: Staff, command: Command) -> None:
    """The one gate of all commands and buttons that name a case. Raises Restricted."""
    if isinstance(command, commands.ByReference) and help.needs_reading(actor.role, command):
        await need_to_know.must_read(work, actor, reference=command.reference)


async def admit_to(work: Work, actor: Staff, case: Case) -> None:
    """The same where a message or a button led to the case, and not its reference. Raises Restricted."""
    await need_to_know.must_read(work, actor, reference=case.reference)


async def do(work: Work, actor: Staff, command: commands.Restrict, origin: Origin) -> None:
    """Show, set or lift it. Raises OnlyInPrivate, NoSuchStaff and what `restricting` raises."""
    if not origin.private:
        raise OnlyInPrivate(command="/restrict")
    case = await records.find(work, command.reference, for_change=True)
    if command.lift:
        await restricting.lift(work, actor, case)
        answer(work, origin, card("done-unrestrict", reference=case.reference))
    elif command.names:
        people = await _people(work, command.names)
        await restricting.restrict(work, actor, case, people)
        answer(work, origin, _done(case, actor, people))
    else:
        answer(work, origin, _shown(case, await restricting.those_named(work, actor, case)))


async def _people(work: Work, typed: str) -> Sequence[Staff]:
    everyone = {person.name: person for person in await staff.everyone(work)}
    names, unknown = named(typed, everyone)
    if unknown or not names:
        raise NoSuchStaff(name=unknown or typed)
    return [everyone[name] for name in names]


def _done(case: Case, actor: Staff, people: Sequence[Staff]) -> Card:
    done = phrase("done-restrict", reference=case.reference, names=_names(people))
    blind = () if actor.id in {person.id for person in people} else (phrase("done-restrict-blind"),)
    return Card((done, *blind))


def _shown(case: Case, people: Sequence[Staff] | None) -> Card:
    if people is None:
        return card("restricted-not", reference=case.reference)
    if not people:
        return card("restricted-to-nobody", reference=case.reference)
    return card("restricted-to", reference=case.reference, names=_names(people))


def _names(people: Sequence[Staff]) -> str:
    return ", ".join(person.name for person in people)


async def details_line(work: Work, case: Case) -> tuple[Phrase, ...]:
    """For those who may read a restricted case: who else may."""
    circle = await need_to_know.circle(work, case.row.id)
    if circle is None:
        return ()
    people = [person for person in await staff.everyone(work) if person.id in circle]
    return (phrase("details-restricted", names=_names(people)),)


def seen_from_outside(said: Card, case: Case, circle: Circle | None, person: Staff | None) -> Card:
    """A message without content as `person` (None: a room) may have it: of a restricted case its first line.

    A room keeps the buttons, for those named are in it too, and nobody else gets anywhere with them.
    """
    if circle is None or (person and need_to_know.may_read(person, circle)):
        return said
    bare = Card((said.paragraphs[0], phrase("notice-restricted", reference=case.reference)))
    return bare if person else replace(bare, buttons=said.buttons)


def unheard_news(said: Card, case: Case) -> Card:
    """For whoever hears that those named didn't get a message: nothing but that there is one."""
    return Card((said.paragraphs[0], phrase("news-restricted", reference=case.reference)))
