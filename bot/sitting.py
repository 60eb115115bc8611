"""One transaction's worth of updates: who wrote them, and whose business each is.

Routing in one screen: a room is for staff who are known; a private chat is for the desk if a staff member
types a staff command, and for the guided conversation otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.outbox import Item, Party, Priority
from backend.people import posted, reporters, rooms, staff
from backend.people.staff import Staff
from backend.work import Work
from bot import caution
from bot.channels.base import (
    ButtonPressed,
    ChatJoined,
    ChatLeft,
    ChatMoved,
    DeviceNew,
    Inbound,
    Missing,
    TextSent,
    Undecryptable,
)
from bot.guided import Conversations, Sender, typed_command
from bot.staff import desk, parse
from bot.staff.commands import Join, Revoke
from bot.staff.origin import Origin
from bot.texts import Texts


class Sitting:
    """The people of one transaction, loaded once and saved once."""

    def __init__(self, work: Work, texts: Texts) -> None:
        self._work = work
        self._staff: dict[Sender, Staff] = {}
        self._senders: list[Sender] = []
        self._conversations = Conversations(work, texts)

    async def take(self, batch: Sequence[Inbound]) -> None:
        """Act on all of these, in order."""
        senders = {(each.channel, each.sender): each.private for each in batch}
        self._senders = list(senders)
        self._staff = await staff.recognise(self._work, self._senders, to_act=True)
        await self._conversations.load([sender for sender, private in senders.items() if private])
        for inbound in batch:
            await self._one(inbound)
        await self._conversations.save()

    # ── Whose business it is ────────────────────────────────────────────────────────────────────

    async def _one(self, inbound: Inbound) -> None:
        match inbound.event:
            case ChatMoved(to=chat):
                await self._moved(inbound, chat)
            case ChatLeft() | ChatJoined():
                await self._reachable(inbound, reachable=isinstance(inbound.event, ChatJoined))
            case Undecryptable() | DeviceNew():
                await self._of_encryption(inbound, inbound.event)
            case Missing():
                await caution.missing(self._work, self._conversations, inbound)
            case _ if inbound.private:
                await self._in_private(inbound)
            case _:
                await self._in_room(inbound)

    async def _moved(self, inbound: Inbound, chat: str) -> None:
        room = await rooms.find(self._work, inbound.channel, inbound.chat)
        if room:
            await rooms.move(self._work, room, chat)
        known = self._conversations.known((inbound.channel, inbound.sender)) if inbound.private else None
        if known and known.reporter.chat == inbound.chat:  # else they write from another chat by now
            known.reporter = await reporters.change(self._work, known.reporter, chat=chat)
        person = self._staff.get((inbound.channel, inbound.sender))
        if person and inbound.private:
            await self._colleague_moved(person, inbound, chat)

    async def _colleague_moved(self, person: Staff, inbound: Inbound, chat: str) -> None:
        for account in person.accounts:
            if (account.channel, account.chat) == (inbound.channel, inbound.chat):
                await staff.move(self._work, person, account, chat)
        self._staff |= await staff.recognise(self._work, [(inbound.channel, inbound.sender)])

    async def _reachable(self, inbound: Inbound, *, reachable: bool) -> None:
        known = self._conversations.known((inbound.channel, inbound.sender))
        person = self._staff.get((inbound.channel, inbound.sender))
        if not inbound.private:
            if not reachable:
                await self._put_out(inbound)
            return
        if known:
            await reporters.set_reachable(self._work, known.reporter.id, reachable=reachable)
        for account in person.accounts if person else ():
            if account.channel == inbound.channel and account.sender == inbound.sender:
                await staff.set_reachable(self._work, account.id, reachable=reachable)

    async def _of_encryption(self, inbound: Inbound, event: Undecryptable | DeviceNew) -> None:
        person = self._staff.get((inbound.channel, inbound.sender))
        if isinstance(event, DeviceNew):
            await caution.device_seen(self._work, self._conversations, inbound, event, person=person)
        else:
            await caution.unreadable(self._work, self._conversations, inbound, person=person)

    async def _put_out(self, inbound: Inbound) -> None:
        """Put out of the staff room: it is none any more, and those who can bind one again are told."""
        room = await rooms.find(self._work, inbound.channel, inbound.chat)
        if room is None or not room.bound:
            return
        await rooms.unbind(self._work, room)
        for person in await staff.with_role(self._work, "coordinator"):
            if person.party:
                self._work.put(Item(person.party, "told", {"key": "told-room-lost"}, Priority.NOTICE))

    async def _in_room(self, inbound: Inbound) -> None:
        """A stranger in a room meets silence, and so does chatter; a colleague's mistyped command doesn't."""
        person = self._staff.get((inbound.channel, inbound.sender))
        if person is None:
            return
        asked = _asked(inbound)
        room = await rooms.find(self._work, inbound.channel, inbound.chat)
        if room is None and asked is None:
            return
        room = room or await rooms.note(self._work, inbound.channel, inbound.chat)
        origin = _origin(inbound, room.party)
        if asked is not None and caution.refused_in_room(self._work, inbound, asked, origin):
            return
        if asked is not None:
            await self._command(person, asked, origin)
        elif room.bound and _is_command(inbound):
            desk.no_such_command(self._work, origin)
        elif room.bound and not await self._answered(person, inbound, origin):
            await desk.talked(self._work, origin)

    async def _in_private(self, inbound: Inbound) -> None:
        person = self._staff.get((inbound.channel, inbound.sender))
        if await caution.held_back(self._work, self._conversations, inbound, person=person):
            self._conversations.saw(inbound)
            return
        asked = _asked(inbound)
        if isinstance(asked, Join) and (person is None or inbound.flaw in caution.OF_STAFF_ONLY):
            await self._join(inbound, asked)
        elif person is None or not await self._at_desk(person, inbound, asked):
            await self._conversations.take(inbound, language=person.language if person else None)

    async def _join(self, inbound: Inbound, command: Join) -> None:
        """Whoever brings a good code is staff from here on, within this batch too."""
        known = await self._conversations.meet(inbound)
        self._conversations.note_seen(known, inbound)
        await desk.join(self._work, command.code, inbound, party=known.reporter.party)
        self._staff |= await staff.recognise(self._work, [(inbound.channel, inbound.sender)])

    async def _at_desk(self, person: Staff, inbound: Inbound, asked: parse.Parsed | None) -> bool:
        """Whether this was the desk's business: a staff command or button, an answer to a case's message."""
        if not all(account.reachable for account in person.accounts):
            # Whoever writes can be written to, whatever the messenger said before.
            await self._reachable(inbound, reachable=True)
        await staff.heard(self._work, person, channel=inbound.channel, sender=inbound.sender)
        await self._note_seen(person, inbound)
        origin = _origin(inbound, Party("staff", person.id, inbound.channel, person.key))
        if asked is not None:
            await self._command(person, asked, origin)
            return True
        if await self._answered(person, inbound, origin):
            return True
        if isinstance(inbound.event, ButtonPressed) or _is_command(inbound) or self._reports(inbound):
            return False
        await desk.talked(self._work, origin)
        return True

    async def _note_seen(self, person: Staff, inbound: Inbound) -> None:
        """Their own words, which may speak of a case: taken back with the rest of the chat if they ask."""
        if inbound.message and isinstance(inbound.event, TextSent):
            party = Party("staff", person.id, inbound.channel, person.key)
            seen = posted.row(
                self._work, party, chat=inbound.chat, message=inbound.message, purpose="chat", at=inbound.at
            )
            await posted.add(self._work, [seen])

    def _reports(self, inbound: Inbound) -> bool:
        """Whether this staff member is in a guided conversation of their own, or has a case."""
        known = self._conversations.known((inbound.channel, inbound.sender))
        return known is not None and bool(known.conversation or known.case_id)

    async def _command(self, person: Staff, asked: parse.Parsed, origin: Origin) -> None:
        if isinstance(asked, parse.Problem):
            desk.not_understood(self._work, asked, origin)
            return
        await desk.handle(self._work, person, asked, origin)
        if isinstance(asked, Revoke):
            # Whoever was revoked may have more in this batch: from here on they are nobody.
            self._staff = await staff.recognise(self._work, self._senders, to_act=True)

    async def _answered(self, person: Staff, inbound: Inbound, origin: Origin) -> bool:
        """A messenger reply to one of the hotline's messages about a case; a mistyped command is none."""
        if _is_command(inbound):
            return False
        match inbound.event:
            case TextSent(body=body, files=files) if inbound.reply_to:
                return await desk.answered(self._work, person, origin, body, files=files)
            case _:
                return False


def _asked(inbound: Inbound) -> parse.Parsed | None:
    """The staff command in this, if it is one; None for everything else."""
    match inbound.event:
        case ButtonPressed(data=data):
            return parse.parse_button(data)
        case TextSent(body=body, files=()):
            return parse.parse(body)
        case _:
            return None


def _is_command(inbound: Inbound) -> bool:
    return isinstance(inbound.event, TextSent) and typed_command(inbound.event.body) is not None


def _origin(inbound: Inbound, party: Party) -> Origin:
    return Origin(
        inbound.channel,
        inbound.chat,
        private=inbound.private,
        party=party,
        message=inbound.message,
        reply_to=inbound.reply_to,
        pressed=isinstance(inbound.event, ButtonPressed),
    )
