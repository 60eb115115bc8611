"""`/audit`: who read a case, and what a person did, for coordinators and in private; asking is noted too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from backend.audit import log, looking_up
from backend.audit.log import HOTLINE, OPERATOR, REPORTER, Action
from backend.audit.looking_up import Line, Page
from backend.errors import NoSuchStaff
from backend.people import staff
from backend.people.staff import Staff
from backend.work import Work
from bot.intents import Card
from bot.phrases import Phrase, phrase
from bot.staff import commands
from bot.staff.layout import lines
from bot.staff.origin import OnlyInPrivate, Origin, answer

SHOWN = 20
SHORT_ID = 6
"""Letters of a former colleague's id by which they are told apart: names are resolved, never kept."""
_ACTIONS = frozenset(get_args(Action))
_NO_PERSON = frozenset({OPERATOR, HOTLINE, REPORTER})


async def show(work: Work, actor: Staff, command: commands.Audit, origin: Origin) -> None:
    """The lines that were asked for. Raises OnlyInPrivate, NoSuchStaff."""
    if not origin.private:
        raise OnlyInPrivate(command="/audit")
    if command.reference:
        page = await looking_up.of_case(work, command.reference, before=command.before, limit=SHOWN)
        await log.note(work, actor.id, "audit-read", reference=command.reference)
        head, whom = phrase("audit-case", reference=command.reference), command.reference
    else:
        person, name, before = await _person(work, command)
        page = await looking_up.of_person(work, person, before=before, limit=SHOWN)
        await log.note(work, actor.id, "audit-read", about=person)
        head, whom = phrase("audit-person", name=name), name
    answer(work, origin, await _card(work, head, page, whom=whom, of_case=bool(command.reference)))


async def _person(work: Work, command: commands.Audit) -> tuple[str, str, int | None]:
    """Whose lines, as id and name, and from where on: a number behind a name may belong to the name."""
    everyone = {person.name.casefold(): person for person in await staff.everyone(work)}
    whole = f"{command.name} {command.before}" if command.before is not None else command.name
    for name, before in ((whole, None), (command.name, command.before)):
        if found := everyone.get(name.casefold()):
            return found.id, found.name, before
    former = await looking_up.former(work, command.name.casefold(), letters=SHORT_ID)
    if former is None:
        raise NoSuchStaff(name=command.name)
    return former, former[:SHORT_ID], command.before


async def _card(work: Work, head: Phrase, page: Page, *, whom: str, of_case: bool) -> Card:
    if not page.lines:
        return Card((head, phrase("audit-nothing")))
    names = {person.id: person.name for person in await staff.everyone(work)}
    shown = lines(*(_line(each, names, of_case=of_case) for each in page.lines))
    last = page.lines[-1].number
    more = (phrase("audit-more", count=page.more, whom=whom, number=str(last)),) if page.more else ()
    return Card((head, shown, *more))


def _line(each: Line, names: Mapping[str, str], *, of_case: bool) -> Phrase:
    known = each.action in _ACTIONS
    what = phrase(f"audit-{each.action}") if known else phrase("desk-words", words=each.action)
    if each.reference and not of_case:
        what = phrase("audit-of-case", what=what, reference=each.reference)
    if each.about:
        what = phrase("audit-of-person", what=what, who=_who(each.about, names))
    who = _who(each.actor, names)
    return phrase("audit-line", number=str(each.number), at=each.at, who=who, what=what)


def _who(actor: str, names: Mapping[str, str]) -> Phrase:
    """Somebody by their name of today."""
    if actor in _NO_PERSON:
        return phrase(f"audit-{actor}")
    name = names.get(actor)
    return phrase("desk-name", name=name) if name else phrase("audit-former", id=actor[:SHORT_ID])
