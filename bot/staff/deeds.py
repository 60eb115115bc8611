"""What officers do to one case, and the line by which they are told that it is done.

In a room such a line names the case and the people, never what was said.
"""

from __future__ import annotations

from backend.cases import casework, files, records, rules
from backend.cases.records import Case
from backend.errors import AlreadyYours
from backend.outbox import Item, Priority
from backend.people import staff
from backend.people.staff import Staff
from backend.work import Work
from bot.intents import Card
from bot.phrases import Phrase, phrase
from bot.staff import commands
from bot.staff.commands import CaseDeed
from bot.staff.origin import Origin, answer, private_party
from bot.staff.restrict import admit


async def change(work: Work, actor: Staff, command: CaseDeed, origin: Origin) -> None:
    """Do it to the case and say so. Raises what `casework` raises."""
    case = await records.find(work, command.reference, for_change=True)
    await admit(work, actor, command)  # again, now that nobody can restrict it meanwhile
    done = await _done(work, actor, case, command, origin.channel)
    answer(work, origin, Card((done,)), case_id=case.row.id)


async def _done(work: Work, actor: Staff, case: Case, command: CaseDeed, channel: str) -> Phrase:
    reference, name = case.reference, actor.name
    match command:
        case commands.Acknowledge():
            await _acknowledge(work, actor, case)
            return phrase("done-ack", reference=reference, name=name)
        case commands.Take():
            await casework.take(work, actor, case)
            return phrase("done-take", reference=reference, name=name)
        case commands.Release():
            await casework.release(work, actor, case)
            return phrase("done-release", reference=reference)
        case commands.Reopen():
            await casework.reopen(work, actor, case)
            return phrase("done-reopen", reference=reference, name=name)
        case commands.Reply(text=text):
            await casework.reply(work, actor, case, text, channel=channel)
            return phrase("done-reply", reference=reference)
        case commands.Note(text=text):
            await casework.note(work, actor, case, text, channel=channel)
            return phrase("done-note", reference=reference)
        case _:
            return await _set(work, actor, case, command)


async def _acknowledge(work: Work, actor: Staff, case: Case) -> None:
    """As `casework.acknowledge`, but to press twice is not to be beaten by oneself."""
    if case.row.assignee == actor.id and case.row.status in ("acknowledged", "in_progress", "waiting"):
        raise AlreadyYours(reference=case.reference)
    await casework.acknowledge(work, actor, case)


async def _set(
    work: Work,
    actor: Staff,
    case: Case,
    command: commands.Assign | commands.SetSeverity | commands.Wait | commands.Close,
) -> Phrase:
    reference = case.reference
    match command:
        case commands.Assign(name=typed):
            colleague = await staff.named(work, typed)
            await casework.assign(work, actor, case, colleague)
            return phrase("done-assign", reference=reference, name=colleague.name)
        case commands.SetSeverity(severity=severity):
            await casework.set_severity(work, actor, case, severity)
            return phrase("done-severity", reference=reference, severity=phrase(f"severity-{severity}"))
        case commands.Wait(span=span):
            await casework.wait(work, actor, case, span)
            return phrase("done-wait", reference=reference, until=work.now + span)
        case commands.Close(resolution=resolution, text=text):
            await casework.close(work, actor, case, resolution, text)
            return phrase("done-close", reference=reference)


async def show(work: Work, actor: Staff, reference: str, origin: Origin) -> None:
    """The case in full and its files after it, in the officer's private chat; a room reads where they are.

    Raises NoPrivateChat, CaseNotFound.
    """
    case = await records.find(work, reference)
    party = private_party(actor, origin)
    work.put(Item(party, "details", {}, Priority.REPLY, case.row.id))
    shown = rules.may_show(case.row.channel, party.channel)
    for file in await files.of_case(work, case) if shown else ():
        if file.state == "stored" and rules.may_show(file.channel, party.channel):
            work.put(Item(party, "file", {"file": file.id}, Priority.REPLY, case.row.id))
    if not origin.private:
        opened = phrase("opened-in-private", reference=case.reference, name=actor.name)
        answer(work, origin, Card((opened,)), case_id=case.row.id)
