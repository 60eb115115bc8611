"""Messenger replies to a case's messages: to the reporter in private, asked about first in a room."""

from __future__ import annotations

from collections.abc import Sequence

from backend import claims
from backend.cases import casework, held_replies, records, staff_files
from backend.cases.files import StoredFile
from backend.cases.records import Case
from backend.cases.staff_files import Offered
from backend.errors import HotlineError, NotAllowed
from backend.outbox import Priority
from backend.people import posted
from backend.people.staff import Staff
from backend.work import Work
from bot.channels.base import RemoteFile
from bot.intents import Card, say
from bot.phrases import Param, Phrase, phrase
from bot.staff import commands
from bot.staff.layout import button, channel_name, lines
from bot.staff.origin import Origin, answer, settle
from bot.staff.restrict import admit_to


class AlreadyDecided(HotlineError):
    """The words were sent, kept or forgotten already, or somebody else wrote them."""

    key = "error-already-decided"


class NothingToSend(HotlineError):
    """A reply without a word or a file. Facts: reference."""

    key = "error-nothing-to-send"


async def case_answered(work: Work, origin: Origin) -> str | None:
    """The id of the case whose message this one answers, None if it answers none."""
    if origin.reply_to is None:
        return None
    return await posted.case_of(work, origin.channel, origin.chat, origin.reply_to)


async def came_too_soon(work: Work, origin: Origin) -> bool:
    """Whether this may answer a message about a case that has only just arrived and wasn't noted yet."""
    if origin.reply_to is None:
        return False
    # In this order: what is noted between the two looks is seen by the second.
    party, channel = origin.party.id, origin.channel
    under_way = await claims.is_any_about_a_case_under_way(work.session, party=party, channel=channel)
    return under_way or await case_answered(work, origin) is not None


async def take_reply(
    work: Work, actor: Staff, origin: Origin, text: str, *, case_id: str, files: Sequence[RemoteFile]
) -> None:
    """Words and files, sent (in private) or held until their author says for whom they are (in a room).

    Raises NotAllowed, CaseNotFound, NothingToSend, ReporterUnreachable.
    """
    if not actor.may_work_cases:
        raise NotAllowed
    case = await records.by_id(work, case_id, for_change=True)
    await admit_to(work, actor, case)
    words, offered = text.strip(), [Offered(each.ref, each.kind, each.name, each.mime) for each in files]
    if not (words or offered):
        raise NothingToSend(reference=case.reference)
    await _remember(work, origin, case)
    if not origin.private:
        _hold(work, actor, case, words, offered, origin)
        return
    staying = await _staying(work, case, offered, origin.channel)
    ids = [] if staying else staff_files.note(work, actor, case, offered, channel=origin.channel)
    said = [*staying]
    if words or ids:
        await casework.reply(work, actor, case, words, channel=origin.channel, files=ids)
        said[:0] = [phrase("done-reply", reference=case.reference), *_going(len(ids))]
    answer(work, origin, Card((lines(*said),)), case_id=case_id)


async def _remember(work: Work, origin: Origin, case: Case) -> None:
    """Where these very words stand: erasing the case takes them back, too, as far as that is allowed."""
    if origin.message:
        chat, message = origin.chat, origin.message
        row = posted.row(
            work, origin.party, chat=chat, message=message, purpose="mention", case_id=case.row.id
        )
        await posted.add(work, [row])


def _hold(
    work: Work, actor: Staff, case: Case, words: str, offered: Sequence[Offered], origin: Origin
) -> None:
    held = held_replies.hold(work, actor, case, words)
    ids = staff_files.note(work, actor, case, offered, channel=origin.channel, held=held)
    buttons = ((button("send", f"s:send:{held}"), button("keep", f"s:keep:{held}")),)
    asked = Card((lines(phrase("ask-held", reference=case.reference), *_going(len(ids))),), buttons)
    work.put(say(origin.party, asked, priority=Priority.REPLY, case_id=case.row.id, reply_to=origin.message))


def _going(count: int) -> tuple[Phrase, ...]:
    return (phrase("done-reply-files", count=count),) if count else ()


async def _staying(
    work: Work, case: Case, offered: Sequence[Offered | StoredFile], channel: str
) -> list[Phrase]:
    """What is said of files that may not go where the reporter reads us; nothing if they may."""
    weaker = await staff_files.kept_from(work, case, channel) if offered else None
    if weaker is None:
        return []
    where: dict[str, Param] = {"channel": channel_name(weaker), "came": channel_name(channel)}
    named = [each.name or each.kind for each in offered]
    return [phrase("file-stays", reference=case.reference, name=name, **where) for name in named]


async def decide(
    work: Work, actor: Staff, command: commands.SendHeld | commands.KeepHeld, origin: Origin
) -> None:
    """The author said for whom the words are. Raises AlreadyDecided, ReporterUnreachable."""
    given = await held_replies.give_out(work, actor, command.held)
    if given is None:
        raise AlreadyDecided
    case, body = given
    await admit_to(work, actor, case)
    with_it = await staff_files.held_with(work, case, command.held)
    if isinstance(command, commands.SendHeld):
        said = await _send(work, actor, case, body, with_it, origin)
    else:
        said = await _keep(work, actor, case, body, with_it, origin)
    settle(work, origin, Card((lines(*said),)), case_id=case.row.id)


async def _send(
    work: Work, actor: Staff, case: Case, body: str, with_it: Sequence[StoredFile], origin: Origin
) -> list[Phrase]:
    staying = await _staying(work, case, with_it, origin.channel)
    ids = [] if staying else [each.id for each in with_it]
    await staff_files.decide(work, case, with_it, send=not staying)
    if not (body or ids):
        return staying
    await casework.reply(work, actor, case, body, channel=origin.channel, files=ids)
    return [phrase("done-reply", reference=case.reference), *_going(len(ids)), *staying]


async def _keep(
    work: Work, actor: Staff, case: Case, body: str, with_it: Sequence[StoredFile], origin: Origin
) -> list[Phrase]:
    await staff_files.decide(work, case, with_it, send=False)
    ids = [each.id for each in with_it]
    await casework.note(work, actor, case, body, channel=origin.channel, files=ids)
    kept = [phrase("done-note-files", count=len(ids))] if ids else []
    return [phrase("done-note", reference=case.reference), *kept]
