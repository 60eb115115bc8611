"""Where a command came from, and the ways to answer it."""

from __future__ import annotations

from dataclasses import dataclass

from backend.errors import HotlineError
from backend.outbox import Party, Priority
from backend.people.staff import Staff
from backend.work import Work
from bot.intents import Card, say, with_content
from bot.staff.layout import card


@dataclass(frozen=True, slots=True)
class Origin:
    """The chat of a command. `party` is whom to answer: the room in a room, the person in private.

    `message` is what they sent, or the message under which they pressed a button (`pressed`).
    """

    channel: str
    chat: str
    private: bool
    party: Party
    message: str | None = None
    reply_to: str | None = None
    pressed: bool = False


class NoPrivateChat(HotlineError):
    """There is no private chat with this person in which what they asked for could be shown."""

    key = "error-no-private-chat"


class OnlyInPrivate(HotlineError):
    """A command whose answer is nobody else's business was sent in a group. Facts: command."""

    key = "error-only-in-private"


class OnlyInRoom(HotlineError):
    """A command about a group was sent in private. Facts: command."""

    key = "error-only-in-room"


def answer(
    work: Work, origin: Origin, said: Card, *, case_id: str | None = None, content: bool = False
) -> None:
    """Say it where the command came from. `content`: it holds words of the case."""
    item = say(origin.party, said, priority=Priority.REPLY, case_id=case_id)
    work.put(with_content(item) if content else item)


def settle(
    work: Work, origin: Origin, said: Card, *, case_id: str | None = None, content: bool = False
) -> None:
    """Say it in the place of the question whose button was pressed, so that it can't be pressed again."""
    edits = origin.message if origin.pressed else None
    item = say(origin.party, said, priority=Priority.REPLY, case_id=case_id, edits=edits)
    work.put(with_content(item) if content else item)


def private_party(actor: Staff, origin: Origin) -> Party:
    """The private chat with this person: this one, else that on the same messenger, else their best.

    Raises NoPrivateChat if the hotline can't write to them anywhere.
    """
    if origin.private:
        return origin.party
    open_to_us = [account for account in actor.accounts if account.reachable]
    same = [account for account in open_to_us if account.channel == origin.channel]
    for account in (*same, *open_to_us):
        return Party("staff", actor.id, account.channel, actor.key)
    raise NoPrivateChat


def refuse(work: Work, origin: Origin, error: HotlineError) -> None:
    """One sentence on what is wrong and what to do."""
    answer(work, origin, card(error.key, **error.facts))
