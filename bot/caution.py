"""What comes by a way that isn't safe: said so, and not taken; but a call for help is taken from anywhere.

Also what a messenger's encryption brings along: words that can't be read, and devices that are new.
"""

from __future__ import annotations

from dataclasses import replace

from backend.outbox import Item, Party, Priority
from backend.people import rooms, staff
from backend.people.staff import Staff
from backend.work import Work
from bot import intents
from bot.channels.base import ButtonPressed, DeviceNew, Inbound, TextSent, UnknownSent
from bot.guided import Conversations, typed_command
from bot.staff.commands import Bind
from bot.staff.layout import card
from bot.staff.origin import Origin, answer
from bot.staff.parse import Parsed

OF_STAFF_ONLY = frozenset({"flaw-device-unsigned"})
"""Flaws that keep nobody from asking for help: reporters' devices are trusted as they come."""
OF_THE_MESSAGE = frozenset({"flaw-in-clear", "flaw-device-unsigned"})
"""Flaws for which a message isn't believed at all; others only keep a room from being bound."""
ANSWERED = (TextSent, ButtonPressed, UnknownSent)


async def held_back(
    work: Work, conversations: Conversations, inbound: Inbound, *, person: Staff | None
) -> bool:
    """Whether this was not taken, and its writer told why."""
    flaw = inbound.flaw
    if flaw is None or (person is None and flaw in OF_STAFF_ONLY) or _calls(conversations, inbound):
        return False
    if flaw in OF_STAFF_ONLY and _typed(inbound) == "join":
        return False  # a code from another messenger of theirs says more than a signature does
    if isinstance(inbound.event, ANSWERED):
        await _say(work, conversations, inbound, flaw)
    return True


def _calls(conversations: Conversations, inbound: Inbound) -> bool:
    """Whether this asks for help, or goes on doing so."""
    if _typed(inbound) == "sos":
        return True
    return conversations.calls_for_help((inbound.channel, inbound.sender))


def _typed(inbound: Inbound) -> str:
    """The name of the command that was typed; empty if none was."""
    typed = typed_command(inbound.event.body) if isinstance(inbound.event, TextSent) else None
    return typed.name if typed else ""


async def _say(work: Work, conversations: Conversations, inbound: Inbound, key: str) -> None:
    """In that very chat, which does not become the one that answers go to, where there is another already."""
    known = conversations.known((inbound.channel, inbound.sender)) or await conversations.meet(inbound)
    said = intents.say(known.reporter.party, card(key), priority=Priority.REPLY)
    work.put(replace(said, params={**said.params, "chat": inbound.chat}))


def refused_in_room(work: Work, inbound: Inbound, asked: Parsed, origin: Origin) -> bool:
    """Whether a command in a room was not taken, and that said there."""
    flaw = inbound.flaw
    if flaw is None or not (flaw in OF_THE_MESSAGE or isinstance(asked, Bind)):
        return False
    answer(work, origin, card(flaw))
    return True


async def unreadable(
    work: Work, conversations: Conversations, inbound: Inbound, *, person: Staff | None
) -> None:
    """A message that nobody could decrypt: its writer is asked for it again."""
    if inbound.private:
        await _say(work, conversations, inbound, "said-undecryptable")
        return
    room = await rooms.find(work, inbound.channel, inbound.chat)
    if person is not None and room is not None and room.bound:
        work.put(intents.say(room.party, card("said-undecryptable"), reply_to=inbound.reply_to))


async def missing(work: Work, conversations: Conversations, inbound: Inbound) -> None:
    """What was written here doesn't come: whoever wrote it is asked for it again."""
    if inbound.private:
        await _say(work, conversations, inbound, "said-missing")
        return
    room = await rooms.find(work, inbound.channel, inbound.chat)
    if room is not None and room.bound:
        work.put(intents.say(room.party, card("said-missing")))


async def device_seen(
    work: Work, conversations: Conversations, inbound: Inbound, event: DeviceNew, *, person: Staff | None
) -> None:
    """Somebody has another device: they are told, or of one that nobody vouches for all of the staff."""
    known = conversations.known((inbound.channel, inbound.sender))
    if person is not None and not event.vouched:
        await _tell_staff(work, person)
    elif person is not None:
        party = Party("staff", person.id, inbound.channel, person.key)
        work.put(Item(party, "told", {"key": "told-device-own"}, Priority.REPLY))
    elif known is not None:
        work.put(Item(known.reporter.party, "told", {"key": "told-device-new"}, Priority.REPLY))


async def _tell_staff(work: Work, person: Staff) -> None:
    """In the rooms, or where there is none to the coordinators."""
    parties = [room.party for room in await rooms.bound(work)]
    people = [] if parties else await staff.with_role(work, "coordinator")
    for party in (*parties, *(each.party for each in people if each.party)):
        facts = {"key": "told-device-unsigned", "name": person.name}
        work.put(Item(party, "told", {**facts}, Priority.NOTICE))
