"""Messenger replies to a case's messages: to the reporter in private, asked about first in a room."""

from __future__ import annotations

from backend.cases import casework, held_replies, records
from backend.errors import HotlineError, NotAllowed
from backend.outbox import Priority
from backend.people import posted
from backend.people.staff import Staff
from backend.work import Work
from bot.intents import Card, say
from bot.phrases import Phrase, phrase
from bot.staff import commands
from bot.staff.layout import button, lines
from bot.staff.origin import Origin, answer, settle


class AlreadyDecided(HotlineError):
    """The words were sent, kept or forgotten already, or somebody else wrote them."""

    key = "error-already-decided"


class NothingToSend(HotlineError):
    """A reply without a word: only words go to reporters. Facts: reference."""

    key = "error-nothing-to-send"


async def case_answered(work: Work, origin: Origin) -> str | None:
    """The id of the case whose message this one answers, None if it answers none."""
    if origin.reply_to is None:
        return None
    return await posted.case_of(work, origin.channel, origin.chat, origin.reply_to)


async def take_reply(
    work: Work, actor: Staff, origin: Origin, text: str, *, case_id: str, with_files: bool
) -> None:
    """The words of a reply, sent (in private) or held until their author says for whom they are (in a room).

    Raises NotAllowed, CaseNotFound, NothingToSend, ReporterUnreachable.
    """
    if not actor.may_work_cases:
        raise NotAllowed
    case = await records.by_id(work, case_id, for_change=True)
    if not text.strip():
        raise NothingToSend(reference=case.reference)
    extra = (phrase("reply-files-stay"),) if with_files else ()
    if origin.private:
        await casework.reply(work, actor, case, text.strip(), channel=origin.channel)
        said = _with(phrase("done-reply", reference=case.reference), extra)
        answer(work, origin, Card((said,)), case_id=case_id)
        return
    held = held_replies.hold(work, actor, case, text.strip())
    question = _with(phrase("ask-held", reference=case.reference), extra)
    buttons = ((button("send", f"s:send:{held}"), button("keep", f"s:keep:{held}")),)
    asked = Card((question,), buttons)
    work.put(say(origin.party, asked, priority=Priority.REPLY, case_id=case_id, reply_to=origin.message))


def _with(said: Phrase, extra: tuple[Phrase, ...]) -> Phrase:
    return lines(said, *extra)


async def decide(
    work: Work, actor: Staff, command: commands.SendHeld | commands.KeepHeld, origin: Origin
) -> None:
    """The author said for whom the words are. Raises AlreadyDecided, ReporterUnreachable."""
    given = await held_replies.give_out(work, actor, command.held)
    if given is None:
        raise AlreadyDecided
    case, body = given
    if isinstance(command, commands.SendHeld):
        await casework.reply(work, actor, case, body, channel=origin.channel)
        key = "done-reply"
    else:
        await casework.note(work, actor, case, body, channel=origin.channel)
        key = "done-note"
    settle(work, origin, Card((phrase(key, reference=case.reference),)), case_id=case.row.id)
