"""Who is staff and where they meet: invitations, links, languages, rooms, and the test of an alert."""

from __future__ import annotations

from collections.abc import Sequence

from backend import messengers
from backend.cases import queue
from backend.errors import HotlineError, NoSuchRoom, NoSuchStaff
from backend.outbox import Item, Json, Party, Priority
from backend.people import revoking, rooms, staff
from backend.people.rooms import Room
from backend.people.staff import Staff
from backend.retention import vanish
from backend.work import Work
from bot.channels.base import Inbound
from bot.guided import person_language
from bot.intents import Card, PhraseButton, say
from bot.phrases import phrase
from bot.staff import commands
from bot.staff.layout import button, card, channel_name
from bot.staff.origin import OnlyInPrivate, OnlyInRoom, Origin, answer, private_party, settle


class LanguageNotSpoken(HotlineError):
    """A language that this centre doesn't speak."""

    key = "error-language-not-spoken"


# ── Joining ─────────────────────────────────────────────────────────────────────────────────────


async def join(work: Work, code: str, inbound: Inbound) -> None:
    """Somebody joins from this account. Raises InvitationInvalid, AddressTaken, NameTaken."""
    person = await staff.join(
        work,
        code,
        channel=inbound.channel,
        sender=inbound.sender,
        chat=inbound.chat,
        language=person_language(inbound.language, work.settings.centre.languages),
    )
    party = Party("staff", person.id, inbound.channel, person.key)
    linked = len(person.accounts) > 1
    said = phrase("welcome-linked" if linked else f"welcome-{person.role}", name=person.name)
    work.put(say(party, Card((said,)), priority=Priority.REPLY), _menu(party, person))
    if linked:
        _tell_own(work, person, besides=inbound)
    elif person.is_coordinator:
        await _tell_coordinators(work, person)


def _tell_own(work: Work, person: Staff, *, besides: Inbound) -> None:
    """Whoever held their phone for a minute could have got the code: it shows on their other accounts."""
    for account in person.accounts:
        if (account.channel, account.sender) != (besides.channel, besides.sender):
            own = Party("staff", person.id, account.channel, person.key)
            work.put(Item(own, "told", {"key": "told-linked"}, Priority.NOTICE))


async def _tell_coordinators(work: Work, newcomer: Staff) -> None:
    """Where two must agree, nobody becomes the second one unseen."""
    for person in await staff.with_role(work, "coordinator"):
        if person.id != newcomer.id and person.party:
            facts: dict[str, Json] = {"key": "told-coordinator-joined", "name": newcomer.name}
            work.put(Item(person.party, "told", facts, Priority.NOTICE))


def _menu(party: Party, person: Staff) -> Item:
    return Item(party, "menu", {"role": person.role}, Priority.REPLY)


async def link(work: Work, actor: Staff, origin: Origin) -> None:
    """A code for the person's other messenger. Raises OnlyInPrivate: whoever reads it could use it."""
    if not origin.private:
        raise OnlyInPrivate(command="/link")
    code = await staff.link_code(work, actor)
    answer(work, origin, card("link-code", code=code))


async def burn(work: Work, actor: Staff, origin: Origin) -> None:
    """This private chat emptied, without a word. Raises OnlyInPrivate: a room is everybody's."""
    if not origin.private:
        raise OnlyInPrivate(command="/burn")
    await vanish.burn_of(work, actor, channel=origin.channel, chat=origin.chat)


async def invite(work: Work, actor: Staff, command: commands.Invite, origin: Origin) -> None:
    """A code for a new colleague, shown in private only. Raises NameTaken, NoPrivateChat."""
    party = private_party(actor, origin)
    code = await staff.invite(work, command.role, command.name, by=actor.id)
    said = phrase("invite-code", name=command.name, role=phrase(f"role-{command.role}"), code=code)
    work.put(say(party, Card((said,)), priority=Priority.REPLY))
    if not origin.private:
        answer(work, origin, card("code-in-private", name=actor.name))


async def language(work: Work, actor: Staff, command: commands.Language, origin: Origin) -> None:
    """From now on in this language; asks which if none was named.

    Raises LanguageNotSpoken, OnlyInPrivate: rooms speak the centre's first language.
    """
    spoken = work.settings.centre.languages
    if not origin.private:
        raise OnlyInPrivate(command="/language")
    if command.language is None:
        row = tuple(PhraseButton(phrase(f"language-{code}"), f"s:lang:{code}") for code in spoken)
        answer(work, origin, Card((phrase("ask-language"),), (row,)))
        return
    if command.language not in spoken:
        raise LanguageNotSpoken
    changed = await staff.change(work, actor, language=command.language)
    settle(work, origin, card("done-language"))
    work.put(_menu(origin.party, changed))


# ── Leaving ─────────────────────────────────────────────────────────────────────────────────────


async def revoke(work: Work, actor: Staff, command: commands.Revoke, origin: Origin) -> None:
    """Ask once; then end the person's role: their cases are back in the queue, their shifts somebody else's.

    Raises NoSuchStaff, LastCoordinator.
    """
    person = await _meant(work, command)
    held = await queue.held_by(work, person.id)
    if not command.confirmed:
        answer(work, origin, _ask_revoke(person, cases=len(held)))
        return
    await revoking.revoke(work, person, by=actor)
    if person.id != actor.id:
        settle(work, origin, card("done-revoke", name=person.name))


async def _meant(work: Work, command: commands.Revoke) -> Staff:
    if command.staff_id is None:
        return await staff.named(work, command.name)
    person = await staff.get(work, command.staff_id)
    if person is None:
        raise NoSuchStaff(name="–")
    return person


def _ask_revoke(person: Staff, *, cases: int) -> Card:
    buttons = ((button("revoke", f"s:revoke:{person.id}"),), (button("dismiss", "s:dismiss:yes"),))
    return Card((phrase("ask-revoke", name=person.name, cases=cases),), buttons)


# ── Rooms ───────────────────────────────────────────────────────────────────────────────────────


async def bind(work: Work, actor: Staff, command: commands.Bind, origin: Origin) -> None:
    """Make this group the staff room; asks first where there is another. Raises OnlyInRoom."""
    if origin.private:
        raise OnlyInRoom(command="/bind staff")
    room = await rooms.note(work, origin.channel, origin.chat)
    if room.bound:
        work.put(say(room.party, card("bound-already"), priority=Priority.REPLY))
        return
    others = [each for each in await rooms.bound(work) if each.channel == room.channel]
    if others and not command.confirmed:
        work.put(say(room.party, _ask_bind(), priority=Priority.REPLY))
        return
    await rooms.bind(work, room, by=actor.id)
    _tell_rooms(work, room, others, origin)


def _ask_bind() -> Card:
    buttons = ((button("bind", "s:bind:yes"),), (button("dismiss", "s:dismiss:yes"),))
    return Card((phrase("ask-bind"),), buttons)


def _tell_rooms(work: Work, room: Room, others: Sequence[Room], origin: Origin) -> None:
    edits = origin.message if origin.pressed else None
    done = "done-bind-sealed" if messengers.of(room.channel).sealed_rooms else "done-bind"
    work.put(say(room.party, card(done), priority=Priority.REPLY, edits=edits))
    for other in others:
        work.put(say(other.party, card("bound-elsewhere")))


async def unbind(work: Work, actor: Staff, origin: Origin) -> None:
    """This group is the staff room no more. Raises OnlyInRoom, NoSuchRoom."""
    if origin.private:
        raise OnlyInRoom(command="/unbind")
    room = await staff_room(work, origin)
    await rooms.unbind(work, room, by=actor.id)
    work.put(say(room.party, card("done-unbind"), priority=Priority.REPLY))


async def staff_room(work: Work, origin: Origin) -> Room:
    """The staff room that this group is. Raises NoSuchRoom if it is none."""
    room = await rooms.find(work, origin.channel, origin.chat)
    if room is None or not room.bound:
        raise NoSuchRoom
    return room


# ── A test ──────────────────────────────────────────────────────────────────────────────────────


def send_test_alert(work: Work, actor: Staff, origin: Origin) -> None:
    """An alert as an urgent case's, in private and marked as a test. Raises NoPrivateChat."""
    party = private_party(actor, origin)
    answer(work, origin, _on_its_way(actor, party))
    button_row = ((button("ack", "s:test:received"),),)
    alert = Card((phrase("test-head"), phrase("test-what")), button_row)
    work.put(say(party, alert, priority=Priority.URGENT))


def _on_its_way(actor: Staff, party: Party) -> Card:
    said = phrase("test-on-its-way", name=actor.name, channel=channel_name(party.channel))
    return Card((said,))


def note_test_received(work: Work, origin: Origin) -> None:
    """The button under the alert was pressed."""
    settle(work, origin, card("test-received"))
