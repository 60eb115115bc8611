"""The guided conversation within one transaction: people loaded once, turned event by event, saved once."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence

from backend.cases import files as case_files
from backend.outbox import Priority
from backend.people import posted, reporters
from backend.people.reporters import Known
from backend.places import nearest
from backend.retention import vanish
from backend.work import Work
from bot import intents
from bot.channels.base import (
    QUESTION,
    ButtonPressed,
    Inbound,
    LocationSent,
    RemoteFile,
    TextEdited,
    TextSent,
)
from bot.conversation import codec, engine
from bot.conversation.types import (
    Attached,
    BurnChat,
    Chosen,
    Command,
    Context,
    Corrected,
    EraseEverything,
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
from bot.flows.flow import drafting
from bot.intents import Card, PhraseButton
from bot.phrases import Phrase
from bot.texts import Texts

CHOICE = QUESTION
"""What the data of a conversation's buttons begins with; then come the question's stamp and the choice."""

_COMMAND = re.compile(r"[/!]([^\W\d_]\w*)(?:@\w*)?(.*)", re.DOTALL)

Sender = tuple[str, str]
"""A channel and the messenger's id of who writes."""


def person_language(tag: str | None, languages: Sequence[str]) -> str:
    """The person's language where the hotline speaks it, else the default."""
    wanted = (tag or "").partition("-")[0].lower()
    return wanted if wanted in languages else languages[0]


class Conversations:
    """The reporters of one transaction and where they stand."""

    def __init__(self, work: Work, texts: Texts) -> None:
        self._work = work
        self._texts = texts
        self._known: dict[Sender, Known] = {}
        self._turned: dict[str, tuple[Known, Turn]] = {}
        self._seen: list[dict[str, object]] = []

    async def load(self, senders: Sequence[Sender]) -> None:
        """Those of these senders who are known."""
        if senders:
            self._known |= await reporters.find(self._work, senders)

    def known(self, sender: Sender) -> Known | None:
        """The reporter with this address, if they wrote before."""
        return self._known.get(sender)

    def calls_for_help(self, sender: Sender) -> bool:
        """Whether a call for help of theirs is open."""
        known = self._known.get(sender)
        return known is not None and _calls_for_help(known)

    async def wake(self, *, expired: Collection[str]) -> list[str]:
        """Tell everybody loaded that the time they asked for has passed; returns the ids of those let be.

        `expired`: ids of reporters whose conversation had its day. Of these only calls for help are woken.
        """
        let_be: list[str] = []
        for known in self._known.values():
            if known.reporter.id in expired and not _calls_for_help(known):
                let_be.append(known.reporter.id)
            else:
                await self._converse(known, Woke())
        return let_be

    async def take(self, inbound: Inbound, *, language: str | None = None) -> None:
        """What a reporter sent; `language` is spoken with a person who is new."""
        known = await self.meet(inbound, language=language)
        self.note_seen(known, inbound)
        await self._converse(known, self._event(known, inbound), inbound)

    async def meet(self, inbound: Inbound, *, language: str | None = None) -> Known:
        """The reporter who sent this, known from now on."""
        sender = (inbound.channel, inbound.sender)
        known = self._known.get(sender)
        if known is None:
            spoken = language or person_language(inbound.language, self._work.settings.centre.languages)
            known = reporters.make(
                self._work, channel=inbound.channel, sender=inbound.sender, chat=inbound.chat, language=spoken
            )
            await self._work.session.flush()
            self._known[sender] = known
        elif known.reporter.chat != inbound.chat:
            known.reporter = await reporters.change(self._work, known.reporter, chat=inbound.chat)
        if not known.reachable:
            # Whoever writes can be written to, whatever the messenger said before.
            await reporters.set_reachable(self._work, known.reporter.id, reachable=True)
            known.reachable = True
        return known

    async def save(self) -> None:
        """All conversations that turned, and all messages seen, in a few statements."""
        await self._work.session.flush()
        turned = [(known, turn) for known, turn in self._turned.values() if not known.erased]
        rows = [
            reporters.conversation_values(
                self._work,
                known,
                known.conversation or b"",
                wake_at=self._work.now + turn.wake_after if turn.wake_after else None,
                drafting=drafting(turn.state),
            )
            for known, turn in turned
        ]
        await reporters.save_conversations(self._work, rows)
        await vanish.ended(
            self._work, [known.reporter.id for known, turn in turned if not drafting(turn.state)]
        )
        self._turned = {}
        await self._remember_seen()

    # ── One event ───────────────────────────────────────────────────────────────────────────────

    def _event(self, known: Known, inbound: Inbound) -> Event:
        match inbound.event:
            case TextSent(body=body, files=(file, *_)):
                return self._attached(known, file, body)
            case TextSent(body=body):
                return typed_command(body) or Text(body)
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
                if isinstance(effect, EraseEverything | BurnChat):
                    # The message that asks for it may hold the receipt: it goes with the rest of the chat.
                    await self._remember_seen()
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
            vanish=self._work.settings.privacy.vanish,
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

    def saw(self, inbound: Inbound) -> None:
        """A message that was not taken: it stands in the chat all the same."""
        known = self._known.get((inbound.channel, inbound.sender))
        if known is not None:
            self.note_seen(known, inbound)

    def note_seen(self, known: Known, inbound: Inbound) -> None:
        """Remember the reporter's own message, so that it can be taken back with the rest of the chat.

        One that was edited may not have been seen before; remembered twice does no harm.
        """
        if inbound.message and not isinstance(inbound.event, ButtonPressed):
            self._seen.append(
                posted.row(
                    self._work,
                    known.reporter.party,
                    chat=inbound.chat,
                    message=inbound.message,
                    purpose="chat",
                    at=None if isinstance(inbound.event, TextEdited) else inbound.at,
                )
            )

    async def _remember_seen(self) -> None:
        seen, self._seen = self._seen, []
        await posted.add(self._work, seen)


def _state(known: Known) -> State | None:
    if not known.conversation:
        return None
    return codec.decode(known.conversation) or engine.LOST


def _calls_for_help(known: Known) -> bool:
    state = _state(known)
    return state is not None and engine.calls_for_help(state)


def typed_command(body: str) -> Command | None:
    """`/name argument` or `!name argument`, `@botname` left out.

    What ends the name may be anything that can't be in one: a new line, a comma, an exclamation mark.
    """
    found = _COMMAND.fullmatch(body.strip())
    if found is None:
        return None
    argument = found[2].strip()
    return Command(found[1].lower(), argument if any(map(str.isalnum, argument)) else "")


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
