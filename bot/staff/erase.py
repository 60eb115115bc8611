"""`/erase`: one coordinator asks, another agrees; what could not be reached is said to both.

References and names only: the questions are fit for rooms.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backend.cases import records
from backend.cases.records import Case
from backend.errors import EraseNeedsAnother, EraseNotAsked
from backend.outbox import Priority
from backend.people import reporters
from backend.people.staff import Staff
from backend.retention import requests
from backend.retention.requests import Request, Word
from backend.work import Work
from bot import taking_back
from bot.intents import Card, PhraseButton, say
from bot.phrases import Phrase, phrase
from bot.staff import commands
from bot.staff.layout import case_button, lines
from bot.staff.origin import Origin, answer
from bot.taking_back import Left

Rows = tuple[tuple[PhraseButton, ...], ...]


async def erase(work: Work, actor: Staff, command: commands.Erase, origin: Origin) -> None:
    """Ask, agree, or take it back. Raises CaseNotFound, EraseNeedsAnother, EraseNotAsked, EraseTooSoon."""
    case = await _held(work, command.reference)
    asked, others = await requests.standing(work, case), await requests.others(work, actor)
    decision = requests.decide(
        asked_by=asked.asked_by.id if asked else None, actor=actor.id, alone=not others, word=_word(command)
    )
    if decision in ("destroy", "ask_yourself"):
        two = (actor, asked.asked_by) if asked and asked.asked_by.id != actor.id else (actor,)
        await requests.must_be_settled(work, case, people=two)
    match decision:
        case "ask":
            await _ask(work, actor, case, others, origin)
        case "ask_yourself":
            await requests.ask(work, actor, case)
            said = phrase("erase-asked-yourself", reference=case.reference)
            answer(work, origin, Card((said,), _buttons(case)), case_id=case.row.id)
        case "destroy":
            await _destroy(work, actor, case, asked, origin)
        case "withdraw":
            await _spare(work, actor, case, (actor, *others), origin)
        case "needs_another":
            raise EraseNeedsAnother(reference=case.reference)
        case "nothing_asked":
            raise EraseNotAsked(reference=case.reference)


async def _held(work: Work, reference: str) -> Case:
    """The case, after its reporters: whoever writes at this moment holds themselves before their case."""
    found = await records.find(work, reference)
    await reporters.hold_of_case(work, found.row.id)
    return await records.find(work, reference, for_change=True)


def _word(command: commands.Erase) -> Word:
    if command.declined:
        return "no"
    return "yes" if command.confirmed else ""


async def _ask(work: Work, actor: Staff, case: Case, others: Sequence[Staff], origin: Origin) -> None:
    until = await requests.ask(work, actor, case)
    names = ", ".join(each.name for each in others)
    waits = phrase("erase-waits", reference=case.reference, names=names, until=until)
    answer(work, origin, Card((waits,)), case_id=case.row.id)
    question = Card((_question(actor, case, until),), _buttons(case))
    for person in others:
        if person.party:
            work.put(say(person.party, question, priority=Priority.REPLY, case_id=case.row.id))


def _question(actor: Staff, case: Case, until: datetime) -> Phrase:
    return phrase("erase-asked", reference=case.reference, name=actor.name, until=until)


def _buttons(case: Case) -> Rows:
    return ((case_button("erase", case.reference),), (case_button("spare", case.reference),))


async def _destroy(work: Work, actor: Staff, case: Case, asked: Request | None, origin: Origin) -> None:
    """The question goes with the case's other messages, so the answer is a new one."""
    reference = case.reference
    left = said_of(await taking_back.destroy(work, case.row, by=actor.id))
    answer(work, origin, Card((phrase("done-erase", reference=reference), *left)))
    if asked and asked.asked_by.id != actor.id and asked.asked_by.party:
        agreed = phrase("erase-agreed", reference=reference, name=actor.name)
        work.put(say(asked.asked_by.party, Card((agreed, *left)), priority=Priority.REPLY))


def said_of(left: Left) -> list[Phrase]:
    """What erasing did not reach, as one paragraph; nothing where it reached everything."""
    said = [phrase("erase-left-staff", count=left.staff)] if left.staff else []
    if left.reporter:
        said.append(phrase("erase-left-reporter"))
    if left.busy:
        said.append(phrase("erase-left-busy"))
    if left.backups:
        said.append(phrase("erase-left-backups", until=left.backups))
    return [lines(*said)] if said else []


async def _spare(work: Work, actor: Staff, case: Case, coordinators: Sequence[Staff], origin: Origin) -> None:
    """It stays, and whoever was asked is told so."""
    await requests.drop(work, actor, case)
    said = Card((phrase("erase-spared", reference=case.reference, name=actor.name),))
    answer(work, origin, said, case_id=case.row.id)
    for person in coordinators:
        if person.party and person.id != actor.id:
            work.put(say(person.party, said, priority=Priority.REPLY, case_id=case.row.id))
