"""Due dates at the desk: set, listed, done; and how reminders read.

What is due is content: it is shown in private, where the messenger protects it enough, and never in a room.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backend.cases import records
from backend.cases.records import Case
from backend.cases.rules import may_show
from backend.escalation import due_dates
from backend.escalation.due_dates import DueAt, DueDate
from backend.escalation.reminders import AT_THE_TIME
from backend.people.staff import Staff
from backend.rota.duty import zone_of
from backend.work import Work
from bot.intents import Card, PhraseButton
from bot.phrases import Listing, Phrase, phrase
from bot.staff import commands, when
from bot.staff.layout import case_button, lines
from bot.staff.origin import Origin, answer, settle
from bot.staff.restrict import admit_to

Rows = tuple[tuple[PhraseButton, ...], ...]

SHOWN = 20
"""How many due dates one list of all cases names."""


async def do(work: Work, actor: Staff, command: commands.Due | commands.DueDone, origin: Origin) -> None:
    """List the case's due dates, set one more, or say that one is done.

    Raises what `due_dates.add`, `due_dates.finish` and `when.split` raise.
    """
    match command:
        case commands.Due():
            await _change(work, actor, command, origin)
        case commands.DueDone():
            await _done(work, actor, command, origin)


async def _change(work: Work, actor: Staff, command: commands.Due, origin: Origin) -> None:
    case = await records.find(work, command.reference, for_change=bool(command.words))
    said = await _added(work, actor, case, command, origin) if command.words else None
    found = said or await _listed(work, case, origin)
    answer(work, origin, found, case_id=case.row.id, content=said is None and origin.private)


async def _added(work: Work, actor: Staff, case: Case, command: commands.Due, origin: Origin) -> Card:
    zone = zone_of(work)
    try:
        at, text = when.split(command.words, now=work.now, zone=zone)
    except when.NotAMoment as slip:
        return Card((phrase(slip.key, reference=case.reference),))
    if not text:
        return Card((phrase("usage-due-text", reference=case.reference),))
    due = await due_dates.add(work, actor, case, at, text, channel=origin.channel)
    weekday = phrase(f"due-weekday-{at.astimezone(zone).isoweekday()}")
    said = phrase("due-set", reference=case.reference, number=str(due.number), weekday=weekday, at=at)
    return Card((said,), ((_done_button(due),),))


async def _done(work: Work, actor: Staff, command: commands.DueDone, origin: Origin) -> None:
    """Done, and what is left of the list in its place."""
    if command.due_id:
        case, number = await due_dates.named(work, command.due_id)
        await admit_to(work, actor, case)
    else:
        case, number = await records.find(work, command.reference, for_change=True), command.number
    await due_dates.finish(work, actor, case, number)
    said = phrase("due-done", reference=case.reference, number=str(number), name=actor.name)
    left = await due_dates.of_case(work, case)
    rest = _list(case, left, origin) if left else Card(())
    both = Card((said, *rest.paragraphs), rest.buttons)
    settle(work, origin, both, case_id=case.row.id, content=bool(left) and origin.private)


async def _listed(work: Work, case: Case, origin: Origin) -> Card:
    found = await due_dates.of_case(work, case)
    if not found:
        return Card((phrase("due-none", reference=case.reference),))
    return _list(case, found, origin)


def _list(case: Case, found: Sequence[DueDate], origin: Origin) -> Card:
    head = phrase("due-begin", reference=case.reference, count=len(found))
    said = _lines(found, channel=origin.channel if origin.private else None)
    return Card((head, said), buttons(found))


def paragraphs(found: Sequence[DueDate], channel: str) -> list[Phrase]:
    """The due dates among a case's details; `channel` is where they are read, in private."""
    return [phrase("due-details"), _lines(found, channel=channel)] if found else []


def buttons(found: Sequence[DueDate]) -> Rows:
    """One to each, by which it is done."""
    return tuple((_done_button(each),) for each in found)


def _done_button(due: DueDate) -> PhraseButton:
    return PhraseButton(phrase("due-button-done", number=str(due.number)), f"s:due:{due.id}")


def _lines(found: Sequence[DueDate], *, channel: str | None) -> Phrase:
    """A line each; without the words in a room (`channel` None) and where the messenger is too weak."""
    return lines(*(_line(each, channel) for each in found))


def _line(due: DueDate, channel: str | None) -> Phrase:
    if channel is None:
        return phrase("due-line-bare", number=str(due.number), at=due.at)
    if due.text is None:
        return phrase("due-line-sealed", number=str(due.number), at=due.at)
    if not may_show(due.channel, channel):
        return phrase("due-line-elsewhere", number=str(due.number), at=due.at)
    return phrase("due-line", number=str(due.number), at=due.at, text=due.text)


# ── Reminders ───────────────────────────────────────────────────────────────────────────────────


def reminder(case: Case, due: DueDate, *, step: int, channel: str | None, now: datetime) -> Card:
    """How a reminder reads. In a room (`channel` None) it names the case alone."""
    mark = phrase(f"mark-{case.row.severity}")
    head = phrase("desk-head", reference=case.reference, mark=mark, word=_word(due, step, now))
    if channel is None:
        said = phrase("notice-read-in-private", reference=case.reference)
    elif due.text is None:
        said = phrase("due-sealed")
    elif may_show(due.channel, channel):
        said = phrase("desk-words", words=due.text)
    else:
        said = phrase("due-elsewhere")
    return Card((head, said), ((_done_button(due),), (case_button("details", case.reference),)))


def _word(due: DueDate, step: int, now: datetime) -> Phrase:
    if step == AT_THE_TIME:
        return phrase("due-word-now", at=due.at)
    return phrase("due-word-ahead" if due.at > now else "due-word-past", at=due.at)


# ── Of all cases at once ────────────────────────────────────────────────────────────────────────


async def late(work: Work, reader: Staff | None) -> list[Phrase]:
    """Which due dates have passed that `reader` (None: a room) may know of; nothing if none has."""
    found = await due_dates.until(work, work.now, reader=reader)
    return [phrase("due-late", count=len(found), cases=named(found))] if found else []


def named(found: Sequence[DueAt]) -> Listing:
    """Due dates by their cases' references and times, the rest as a number."""
    shown = [phrase("due-at", reference=each.reference, at=each.at) for each in found[:SHOWN]]
    more = [phrase("queue-more", count=len(found) - SHOWN)] if len(found) > SHOWN else []
    return Listing((*shown, *more))


def in_queue(line: Phrase, reference: str, soonest: dict[str, datetime]) -> Phrase:
    """A line of the queue, with what is due next on that case."""
    at = soonest.get(reference)
    return phrase("due-queue-line", line=line, at=at) if at else line
