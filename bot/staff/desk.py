"""The staff desk: a command, whoever may give it, and what is said back.

Everything happens in the caller's transaction, each command under a savepoint of its own: one that is
refused leaves nothing behind but the sentence that says why.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from backend.audit import log
from backend.errors import HotlineError, NotAllowed
from backend.outbox import Party
from backend.people import staff, wrong_codes
from backend.people.staff import Staff
from backend.people.wrong_codes_rules import as_told
from backend.work import Work
from bot.channels.base import Inbound, RemoteFile
from bot.intents import Card
from bot.phrases import phrase
from bot.staff import (
    audit,
    commands,
    deeds,
    due,
    erase,
    handover,
    held,
    help,  # noqa: A004 - named for what it holds
    membership,
    overview,
    restrict,
    rota,
    shifts,
    snooze,
)
from bot.staff.commands import Command
from bot.staff.layout import card
from bot.staff.origin import Origin, answer, refuse, settle
from bot.staff.parse import Problem

__all__ = ["Origin", "answered", "handle", "join", "no_such_command", "not_understood", "talked"]


async def handle(work: Work, actor: Staff, command: Command, origin: Origin) -> None:
    """Do what a staff member asked for, or say in one sentence why not."""
    await _or_refused(work, origin, lambda: _do(work, actor, command, origin))


async def answered(
    work: Work, actor: Staff, origin: Origin, text: str, *, files: Sequence[RemoteFile] = ()
) -> bool:
    """A messenger reply of a staff member's: True if it answered a case's message and was dealt with."""
    case_id = await held.case_answered(work, origin)
    if case_id is None:
        return False
    await _or_refused(
        work,
        origin,
        lambda: held.take_reply(work, actor, origin, text, case_id=case_id, files=files),
    )
    return True


async def join(work: Work, code: str, inbound: Inbound, *, party: Party) -> None:
    """`/join CODE` in a private chat; `party` is whom to tell if the code doesn't fit."""
    origin = Origin(inbound.channel, inbound.chat, private=True, party=party)
    wait = await wrong_codes.paused(work, inbound.channel, inbound.sender)
    if wait is not None:
        answer(work, origin, Card((phrase("code-too-soon", within=as_told(wait)),)))
        return
    if not await staff.is_invitation(work, code):
        await wrong_codes.note(work, inbound.channel, inbound.sender)
    await _or_refused(work, origin, lambda: membership.join(work, code, inbound))


def not_understood(work: Work, problem: Problem, origin: Origin) -> None:
    """How a command that was mistyped is written."""
    answer(work, origin, card(problem.key, **problem.facts))


def no_such_command(work: Work, origin: Origin) -> None:
    """A staff member's command that doesn't exist."""
    answer(work, origin, card("desk-unknown-command"))


async def talked(work: Work, origin: Origin) -> None:
    """Words that answer nothing we know of went to nobody, and that has to be said; in a room people chat."""
    if await held.came_too_soon(work, origin):
        answer(work, origin, card("desk-answered-too-soon"))
    elif origin.private:
        answer(work, origin, card("desk-went-nowhere"))


async def _or_refused(work: Work, origin: Origin, act: Callable[[], Awaitable[None]]) -> None:
    before = len(work.items), len(work.afterwards), len(work.noted)
    try:
        async with work.session.begin_nested():
            await act()
    except HotlineError as error:
        del work.items[before[0] :], work.afterwards[before[1] :], work.noted[before[2] :]
        work.remembered.clear()
        refuse(work, origin, error)


async def _do(work: Work, actor: Staff, command: Command, origin: Origin) -> None:
    if not help.may(actor.role, command):
        raise NotAllowed
    if not origin.private and not isinstance(command, commands.Bind | commands.Dismiss):
        await membership.staff_room(work, origin)
    await restrict.admit(work, actor, command)
    match command:
        case (
            commands.Acknowledge()
            | commands.Take()
            | commands.Release()
            | commands.Assign()
            | commands.SetSeverity()
            | commands.Wait()
            | commands.Reply()
            | commands.Note()
            | commands.Close()
            | commands.Reopen()
        ):
            await deeds.change(work, actor, command, origin)
        case commands.Due() | commands.DueDone():
            await due.do(work, actor, command, origin)
        case commands.Snooze():
            await snooze.snooze(work, actor, command, origin)
        case commands.ShowCase(reference=reference):
            await deeds.show(work, actor, reference, origin)
        case commands.Erase():
            await erase.erase(work, actor, command, origin)
        case commands.SendHeld() | commands.KeepHeld():
            await held.decide(work, actor, command, origin)
        case _:
            await _about_access(work, actor, command, origin)


async def _about_access(work: Work, actor: Staff, command: Command, origin: Origin) -> None:
    match command:
        case commands.Restrict():
            await restrict.do(work, actor, command, origin)
        case commands.Audit():
            await audit.show(work, actor, command, origin)
        case commands.Burn():
            await membership.burn(work, actor, origin)
        case _:
            await _about_duty(work, actor, command, origin)


async def _about_duty(work: Work, actor: Staff, command: Command, origin: Origin) -> None:
    match command:
        case (
            commands.AddShift()
            | commands.RemoveShift()
            | commands.TakeShift()
            | commands.AskSwap()
            | commands.AnswerSwap()
        ):
            await shifts.change(work, actor, command, origin)
        case commands.Rota():
            answer(work, origin, await rota.week(work, actor, command, private=origin.private))
        case commands.OnCall():
            answer(work, origin, await rota.oncall(work))
        case commands.Handover():
            await handover.acknowledge(work, actor, command, origin)
        case _:
            await _about_people(work, actor, command, origin)


async def _about_people(work: Work, actor: Staff, command: Command, origin: Origin) -> None:
    match command:
        case commands.Link():
            await membership.link(work, actor, origin)
        case commands.Language():
            await membership.language(work, actor, command, origin)
        case commands.Invite():
            await membership.invite(work, actor, command, origin)
        case commands.Revoke():
            await membership.revoke(work, actor, command, origin)
        case commands.Bind():
            await membership.bind(work, actor, command, origin)
        case commands.Unbind():
            await membership.unbind(work, actor, origin)
        case commands.TestAlert():
            membership.send_test_alert(work, actor, origin)
        case commands.TestReceived():
            membership.note_test_received(work, origin)
        case commands.Dismiss():
            settle(work, origin, card("done-dismiss"))
        case _:
            answer(work, origin, await _told(work, actor, command, private=origin.private))


async def _told(work: Work, actor: Staff, command: Command, *, private: bool) -> Card:
    """The answer to what only asks; a room reads what everybody may."""
    reader = actor if private else None
    match command:
        case commands.Queue():
            return await overview.open_queue(work, reader)
        case commands.Overdue():
            return await overview.overdue(work, reader)
        case commands.Status():
            return await overview.status(work)
        case commands.Stats(span=span):
            await log.note(work, actor.id, "export")
            return await overview.stats(work, span, outside=not actor.may_work_cases)
        case commands.Join():
            return Card((phrase("joined-already", name=actor.name),))
        case _:
            return help.card(actor.role)
