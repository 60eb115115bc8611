"""One transaction's worth of updates: who wrote them, where those people stand, and whose business each is.

Routing in one screen: a room is for staff who are known; a private chat is for the desk if a staff member
types a staff command, and for the guided conversation otherwise.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from backend.cases import erasure
from backend.cases import files as case_files
from backend.outbox import Party, Priority
from backend.people import posted, reporters, rooms, staff
from backend.people.reporters import Known
from backend.people.staff import Staff
from backend.places import nearest
from backend.work import Work
from bot import intents
from bot.channels.base import (
    ButtonPressed,
    ChatJoined,
    ChatLeft,
    ChatMoved,
    Inbound,
    LocationSent,
    RemoteFile,
    TextEdited,
    TextSent,
)
from bot.conversation import codec, engine
from bot.conversation.types import (
    Attached,
    Chosen,
    Command,
    Context,
    Corrected,
    Event,
    Located,
    Say,
    State,
    Text,
    Turn,
    Unreadable,
    Woke,
)
from bot.effects import carry_out
from bot.intents import Card, PhraseButton
from bot.phrases import Phrase
from bot.staff import desk, parse
from bot.staff.commands import Join
from bot.staff.origin import Origin
from bot.texts import Texts

CHOICE = "c:"
AT_ONCE = 200


def person_language(tag: str | None, languages: Sequence[str]) -> str:
    """The person's language where the hotline speaks it, else the default."""
    wanted = (tag or "").partition("-")[0].lower()
    return wanted if wanted in languages else languages[0]


class Sitting:
    """The people of one transaction, loaded once and saved once."""

    def __init__(self, work: Work, texts: Texts) -> None:
        self._work = work
        self._texts = texts
        self._staff: dict[tuple[str, str], Staff] = {}
        self._known: dict[tuple[str, str], Known] = {}
        self._turned: dict[str, tuple[Known, Turn]] = {}
        self._seen: list[dict[str, object]] = []

    async def take(self, batch: Sequence[Inbound]) -> None:
        """Act on all of these, in order."""
        senders = list({(each.channel, each.sender) for each in batch})
        private = list({(each.channel, each.sender) for each in batch if each.private})
        self._staff = await staff.recognise(self._work, senders)
        if private:
            self._known = await reporters.find(self._work, private)
        for inbound in batch:
            await self._one(inbound)
        await self._save()

    async def wake_due(self) -> None:
        """Tell conversations that the time they asked for has passed; end those that had their day."""
        for reporter_id in await reporters.expired_drafts(self._work, limit=AT_ONCE):
            await erasure.forget_draft(self._work, reporter_id)
        due = await reporters.due_to_wake(self._work, limit=AT_ONCE)
        if due:
            self._known = await reporters.find(self._work, due)
        for known in self._known.values():
            await self._converse(known, Woke())
        await self._save()

    # ── Whose business it is ────────────────────────────────────────────────────────────────────

    async def _one(self, inbound: Inbound) -> None:
        match inbound.event:
            case ChatMoved(to=chat):
                await self._moved(inbound, chat)
            case ChatLeft() | ChatJoined():
                await self._reachable(inbound, reachable=isinstance(inbound.event, ChatJoined))
            case _ if inbound.private:
                await self._in_private(inbound)
            case _:
                await self._in_room(inbound)

    async def _moved(self, inbound: Inbound, chat: str) -> None:
        room = await rooms.find(self._work, inbound.channel, inbound.chat)
        if room:
            await rooms.move(self._work, room, chat)

    async def _reachable(self, inbound: Inbound, *, reachable: bool) -> None:
        known = self._known.get((inbound.channel, inbound.sender))
        person = self._staff.get((inbound.channel, inbound.sender))
        if not inbound.private:
            return
        if known:
            await reporters.set_reachable(self._work, known.reporter.id, reachable=reachable)
        for account in person.accounts if person else ():
            if account.channel == inbound.channel and account.sender == inbound.sender:
                await staff.set_reachable(self._work, account.id, reachable=reachable)

    async def _in_room(self, inbound: Inbound) -> None:
        """A stranger in a room meets silence, and so does chatter."""
        person = self._staff.get((inbound.channel, inbound.sender))
        if person is None:
            return
        asked = _asked(inbound)
        room = await rooms.find(self._work, inbound.channel, inbound.chat)
        if room is None and asked is None:
            return
        room = room or await rooms.note(self._work, inbound.channel, inbound.chat)
        origin = _origin(inbound, room.party)
        if asked is not None:
            await self._command(person, asked, origin)
        elif room.bound:
            await self._answered(person, inbound, origin)

    async def _in_private(self, inbound: Inbound) -> None:
        person = self._staff.get((inbound.channel, inbound.sender))
        asked = _asked(inbound)
        if person is None and isinstance(asked, Join):
            await self._join(inbound, asked)
        elif person is None or not await self._at_desk(person, inbound, asked):
            known = await self._reporter(inbound, person)
            await self._converse(known, self._event(known, inbound), inbound)
            self._note_seen(known, inbound)

    async def _join(self, inbound: Inbound, command: Join) -> None:
        """Whoever brings a good code is staff from here on, within this batch too."""
        known = await self._reporter(inbound, None)
        await desk.join(self._work, command.code, inbound, party=known.reporter.party)
        self._staff |= await staff.recognise(self._work, [(inbound.channel, inbound.sender)])

    async def _at_desk(self, person: Staff, inbound: Inbound, asked: parse.Parsed | None) -> bool:
        """Whether this was the desk's business: a staff command or button, an answer to a case's message."""
        origin = _origin(inbound, Party("staff", person.id, inbound.channel, person.key))
        if asked is not None:
            await self._command(person, asked, origin)
            return True
        if await self._answered(person, inbound, origin):
            return True
        if isinstance(inbound.event, ButtonPressed) or _is_command(inbound) or self._reports(inbound):
            return False
        desk.talked(self._work, origin)
        return True

    def _reports(self, inbound: Inbound) -> bool:
        """Whether this staff member is in a guided conversation of their own, or has a case."""
        known = self._known.get((inbound.channel, inbound.sender))
        return known is not None and bool(known.conversation or known.case_id)

    async def _command(self, person: Staff, asked: parse.Parsed, origin: Origin) -> None:
        if isinstance(asked, parse.Problem):
            desk.not_understood(self._work, asked, origin)
        else:
            await desk.handle(self._work, person, asked, origin)

    async def _answered(self, person: Staff, inbound: Inbound, origin: Origin) -> bool:
        """A messenger reply to one of the hotline's messages about a case."""
        match inbound.event:
            case TextSent(body=body, files=files) if inbound.reply_to:
                return await desk.answered(self._work, person, origin, body, with_files=bool(files))
            case _:
                return False

    # ── The guided conversation ─────────────────────────────────────────────────────────────────

    async def _reporter(self, inbound: Inbound, person: Staff | None) -> Known:
        key = (inbound.channel, inbound.sender)
        known = self._known.get(key)
        if known is None:
            languages = self._work.settings.centre.languages
            language = person.language if person else person_language(inbound.language, languages)
            known = reporters.make(
                self._work,
                channel=inbound.channel,
                sender=inbound.sender,
                chat=inbound.chat,
                language=language,
            )
            await self._work.session.flush()
            self._known[key] = known
        elif known.reporter.chat != inbound.chat:
            known.reporter = await reporters.change(self._work, known.reporter, chat=inbound.chat)
        return known

    def _event(self, known: Known, inbound: Inbound) -> Event:
        match inbound.event:
            case TextSent(body=body, files=(file, *_)):
                return self._attached(known, file, body)
            case TextSent(body=body):
                return _command(body) or Text(body)
            case ButtonPressed(data=data):
                return _chosen(data)
            case LocationSent(latitude=latitude, longitude=longitude):
                return Located(latitude, longitude)
            case TextEdited(body=body):
                return Corrected(body)
            case _:
                return Unreadable()

    def _attached(self, known: Known, file: RemoteFile, caption: str) -> Attached:
        file_id = case_files.note(
            self._work, known.reporter, ref=file.ref, kind=file.kind, name=file.name, mime=file.mime
        )
        return Attached(file_id, file.kind, caption, file.album)

    async def _converse(self, known: Known, event: Event, inbound: Inbound | None = None) -> None:
        """One event and all that follows from it: results of effects are events again."""
        turn = Turn(_state(known))
        pending = [event]
        while pending:
            turn = engine.advance(turn.state, pending.pop(0), self._context(known))
            self._put(known, turn, inbound)
            for effect in turn.effects:
                result = await carry_out(self._work, known, effect)
                pending += [result] if result else []
        known.conversation = codec.encode(turn.state) if turn.state else b""
        self._turned[known.reporter.id] = (known, turn)

    def _context(self, known: Known) -> Context:
        centre = self._work.settings.centre
        return Context(
            now=self._work.now,
            language=known.reporter.language,
            languages=tuple(centre.languages),
            zone=centre.timezone,
            channel=known.reporter.channel,
            token=secrets.token_hex(3),
            case=known.reference,
            words=self._texts.words,
            nearest_regions=_nearest_regions,
        )

    def _put(self, known: Known, turn: Turn, inbound: Inbound | None) -> None:
        pressed = inbound is not None and isinstance(inbound.event, ButtonPressed)
        urgent = turn.state is not None and turn.state.flow == "sos"
        for each in turn.say:
            self._work.put(
                intents.say(
                    known.reporter.party,
                    _card(each, turn.state),
                    priority=Priority.URGENT if urgent or _is_receipt(each) else Priority.CONVERSATION,
                    edits=inbound.message if inbound and pressed and each.in_place else None,
                    receipt=_is_receipt(each),
                )
            )

    def _note_seen(self, known: Known, inbound: Inbound) -> None:
        """Remember the reporter's own message, so that it can be taken back with the rest of the chat."""
        if inbound.message and not isinstance(inbound.event, ButtonPressed | TextEdited):
            self._seen.append(
                posted.row(
                    self._work,
                    known.reporter.party,
                    chat=inbound.chat,
                    message=inbound.message,
                    purpose="chat",
                )
            )

    # ── Saving ──────────────────────────────────────────────────────────────────────────────────

    async def _save(self) -> None:
        """All conversations that turned, and all messages seen, in a few statements."""
        await self._work.session.flush()
        rows = [
            reporters.conversation_values(
                self._work,
                known,
                known.conversation or b"",
                wake_at=self._work.now + turn.wake_after if turn.wake_after else None,
            )
            for known, turn in self._turned.values()
        ]
        await reporters.save_conversations(self._work, rows)
        await posted.add(self._work, self._seen)
        self._turned, self._seen = {}, []


def _state(known: Known) -> State | None:
    if not known.conversation:
        return None
    return codec.decode(known.conversation) or engine.LOST


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
    return isinstance(inbound.event, TextSent) and _command(inbound.event.body) is not None


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


def _command(body: str) -> Command | None:
    """`/name argument` or `!name argument`, `@botname` left out."""
    text = body.strip()
    if text[:1] not in ("/", "!") or not text[1:2].isalpha():
        return None
    name, _, argument = text[1:].partition(" ")
    return Command(name.partition("@")[0].lower(), argument.strip())


def _chosen(data: str) -> Event:
    """A button of a question; anything else is a button that means nothing any more."""
    stamp, _, code = data.removeprefix(CHOICE).partition(":")
    return Chosen(code, stamp) if data.startswith(CHOICE) else Chosen("", "stale")


def _card(say: Say, state: State | None) -> Card:
    stamp = state.stamp if state else ""
    rows = tuple(
        tuple(
            PhraseButton(Phrase(choice.label, choice.params), f"{CHOICE}{stamp}:{choice.code}", choice.ticked)
            for choice in row
        )
        for row in say.choices
    )
    return Card((say.phrase, *say.parts), rows)


def _is_receipt(say: Say) -> bool:
    return any("receipt" in each.params for each in (say.phrase, *say.parts))


def _nearest_regions(typed: str) -> tuple[tuple[str, bool], ...]:
    return tuple((match.region.code, match.sure) for match in nearest(typed))
