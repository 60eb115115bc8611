"""From an intent in the outbox to messages in words: the last moment, in the recipient's language.

Everything is looked up now, so that what was erased, settled or changed since isn't said any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from backend.cases import files as case_files
from backend.cases import records
from backend.cases.records import Case
from backend.cases.rules import may_show
from backend.errors import CaseNotFound
from backend.escalation import clocks
from backend.outbox import Claimed, Json
from backend.people import posted
from backend.people.staff import Staff
from backend.work import Work
from bot import intents
from bot.channels.base import (
    Button,
    Edit,
    FileKind,
    Limits,
    Menu,
    Outgoing,
    OutgoingFile,
    Remove,
    Say,
    Temporary,
)
from bot.intents import Card
from bot.phrases import phrase
from bot.recipients import Recipient
from bot.staff import cards
from bot.staff.help import menu
from bot.texts import Texts

Purpose = Literal["notice", "mention", "chat"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is still sealed: it is opened when its turn to be sent comes."""

    file: str
    key: str
    name: str
    kind: FileKind
    mime: str | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a claimed row became: messages in order, and what to remember of them once sent.

    `forgets` are rows of messages that are gone from their chat once this is sent; `rendered_at` is the
    moment that the words speak of.
    """

    row: Claimed
    recipient: Recipient
    intent: str
    params: dict[str, Json]
    outgoing: tuple[Outgoing, ...]
    rendered_at: datetime
    file: StoredFile | None = None
    purpose: Purpose | None = None
    forgets: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Job:
    """One row being put into words."""

    work: Work
    row: Claimed
    recipient: Recipient
    params: dict[str, Json]
    texts: Texts
    limits: Limits

    def words(self, card: Card) -> str:
        zone, now = self.work.settings.centre.timezone, self.work.now
        said = (
            self.texts.render(each, language=self.recipient.language, now=now, zone=zone)
            for each in card.paragraphs
        )
        return "\n\n".join(text for text in said if text)

    def buttons(self, card: Card) -> tuple[tuple[Button, ...], ...]:
        return tuple(tuple(self._button(each) for each in row) for row in card.buttons)

    def _button(self, button: intents.PhraseButton) -> Button:
        label = self.texts.render(
            button.label,
            language=self.recipient.language,
            now=self.work.now,
            zone=self.work.settings.centre.timezone,
        )
        return Button(f"✓ {label}" if button.ticked else label, button.data)

    def parcel(self, card: Card, purpose: Purpose, *, reply_to: str | None = None) -> Parcel:
        """New messages, as many as the length limit makes of the text; the buttons are under the last."""
        text = self.words(self._marked(card))
        pieces = list(_pieces(text, self.limits.text))
        say = [
            Say(self.recipient.chat, piece, self.tx(index), reply_to=reply_to)
            for index, piece in enumerate(pieces)
        ]
        say[-1] = replace(say[-1], buttons=self.buttons(card))
        return self.done(tuple(say), purpose)

    def tx(self, index: int = 0) -> str:
        """What a messenger knows a repeat by: each message of one row has its own."""
        return f"{self.row.id}.{index}"

    def _marked(self, card: Card) -> Card:
        """Say that it may be a repeat, where reading it twice could mislead."""
        matters = (
            self.recipient.party.kind != "reporter"
            or "receipt" in self.params
            or self.params["intent"] == "reply"
        )
        if not (self.row.repeat and matters):
            return card
        return replace(card, paragraphs=(*card.paragraphs, phrase("may-be-repeat")))

    def done(
        self, outgoing: tuple[Outgoing, ...], purpose: Purpose | None = None, forgets: tuple[str, ...] = ()
    ) -> Parcel:
        intent = str(self.params["intent"])
        return Parcel(
            self.row,
            self.recipient,
            intent,
            self.params,
            outgoing,
            self.work.now,
            purpose=purpose,
            forgets=forgets,
        )


def _pieces(text: str, limit: int) -> Iterator[str]:
    """The text in pieces of at most `limit` UTF-16 units, cut at line ends or spaces where there are any.

    No piece but a text's only one is empty: messengers refuse that.
    """
    text = text.rstrip()
    while len(text.encode("utf-16-le")) // 2 > limit:
        head = text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", "ignore")
        cut = max(head.rfind("\n"), head.rfind(" ") if head.rfind("\n") < limit // 2 else -1)
        cut = cut if cut > limit // 2 else len(head)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip("\n ")
    yield text


async def render(
    work: Work, row: Claimed, recipient: Recipient, *, texts: Texts, limits: Limits
) -> Parcel | None:
    """The row as messages, or None if it isn't wanted any more."""
    params = row.opened(recipient.party.key)
    job = _Job(work, row, recipient, params, texts, limits)
    maker = _MAKERS.get(str(params["intent"]))
    if maker is None:
        return await _about_case(job)
    return await maker(job)


# ── Messages that need no case ──────────────────────────────────────────────────────────────────


async def _say(job: _Job) -> Parcel | None:
    card = intents.decode(job.params["card"])
    purpose: Purpose = "chat" if job.recipient.party.kind == "reporter" else "mention"
    edits = job.params.get("edits")
    if edits:
        text = next(_pieces(job.words(card), job.limits.text))
        return job.done((Edit(job.recipient.chat, str(edits), text, job.tx(), job.buttons(card)),))
    reply_to = job.params.get("reply_to")
    return job.parcel(card, purpose, reply_to=str(reply_to) if reply_to else None)


async def _told(job: _Job) -> Parcel | None:
    facts = {key: value for key, value in job.params.items() if isinstance(value, str | int)}
    key = str(facts.pop("key"))
    facts.pop("intent")
    purpose: Purpose = "chat" if job.recipient.party.kind == "reporter" else "mention"
    return job.parcel(Card((phrase(key, **facts),)), purpose)


async def _nobody_yet(job: _Job) -> Parcel | None:
    if not await _still_wanted(job):
        return None
    fallback = job.work.settings.centre.fallback_text
    said = phrase("told-nobody-yet-fallback", fallback=fallback) if fallback else phrase("told-nobody-yet")
    return job.parcel(Card((said,)), "chat")


async def _clear(job: _Job) -> Parcel | None:
    messages = job.params["messages"]
    pairs = [each for each in messages if isinstance(each, list)] if isinstance(messages, list) else []
    return job.done(
        tuple(Remove(str(chat), str(message), job.tx(index)) for index, (chat, message) in enumerate(pairs))
    )


async def _remove(job: _Job) -> Parcel | None:
    found = await posted.get(job.work, str(job.params["posted"]), job.recipient.party.key)
    if found is None:
        return None
    return job.done((Remove(found.chat, found.message, job.tx()),), forgets=(found.id,))


async def _menu(job: _Job) -> Parcel | None:
    names = menu(str(job.params["role"]))
    language = job.recipient.language
    commands = tuple((name, job.texts.label(f"command-{name.replace('_', '-')}", language)) for name in names)
    return job.done((Menu(job.recipient.chat, commands, job.tx()),))


# ── Messages about a case ───────────────────────────────────────────────────────────────────────


async def _still_wanted(job: _Job) -> bool:
    """Whether the clock still runs: nobody is reminded of what was done a second ago."""
    if job.row.while_ is None or job.row.case_id is None:
        return True
    try:
        case = await records.by_id(job.work, job.row.case_id)
    except CaseNotFound:
        return False
    return await clocks.mark(job.work, case.row) == job.row.while_


async def _about_case(job: _Job) -> Parcel | None:
    if job.row.case_id is None or not await _still_wanted(job):
        return None
    try:
        case = await records.by_id(job.work, job.row.case_id)
    except CaseNotFound:
        return None
    return await _CASE_MAKERS[str(job.params["intent"])](job, case)


async def _notice(job: _Job, case: Case) -> Parcel | None:
    reason = str(job.params["reason"])
    return job.parcel(
        await cards.notice(job.work, case, reason=reason, private=not job.recipient.is_group), "notice"
    )


async def _notice_update(job: _Job, case: Case) -> Parcel | None:
    found = await posted.get(job.work, str(job.params["posted"]), job.recipient.party.key)
    if found is None:
        return None
    if job.params.get("older"):
        card = cards.older(case)
    else:
        card = await cards.notice(job.work, case, reason="", private=not job.recipient.is_group)
    text = next(_pieces(job.words(card), job.limits.text))
    return job.done((Edit(found.chat, found.message, text, job.tx(), job.buttons(card)),))


async def _escalated(job: _Job, case: Case) -> Parcel | None:
    card = await cards.escalated(
        job.work,
        case,
        kind=str(job.params["kind"]),
        step=_number(job.params["step"]),
        last=bool(job.params["last"]),
        private=not job.recipient.is_group,
    )
    return job.parcel(card, "notice" if job.params["kind"] == "acknowledge" else "mention")


async def _details(job: _Job, case: Case) -> Parcel | None:
    if not _may_read(job):
        return None
    return job.parcel(await cards.details(job.work, case, channel=job.recipient.party.channel), "mention")


async def _reporter_wrote(job: _Job, case: Case) -> Parcel | None:
    entry = await records.entry(job.work, case, str(job.params["entry"]))
    if entry is None:
        return None
    if not _may_read(job) or not may_show(entry.channel, job.recipient.party.channel):
        return await _news(job, case)
    return job.parcel(await cards.reporter_wrote(job.work, case, entry), "mention")


async def _news(job: _Job, case: Case) -> Parcel | None:
    return job.parcel(cards.news(case, closed=case.row.status == "closed"), "mention")


async def _undelivered(job: _Job, case: Case) -> Parcel | None:
    return job.parcel(cards.undelivered(case), "mention")


async def _reply(job: _Job, case: Case) -> Parcel | None:
    entry = await records.entry(job.work, case, str(job.params["entry"]))
    if entry is None:
        return None
    if not may_show(case.row.channel, job.recipient.party.channel):
        return job.parcel(Card((phrase("reply-elsewhere", reference=case.reference),)), "chat")
    return job.parcel(Card((phrase("reply-from-hotline", body=entry.body),)), "chat")


async def _file(job: _Job, case: Case) -> Parcel | None:
    about = await case_files.about(job.work, case, str(job.params["file"]))
    if about is None or not _may_read(job):
        return None
    if about.state != "stored" or not may_show(about.channel, job.recipient.party.channel):
        key = "file-not-yet" if about.state == "pending" else "file-not-here"
        return job.parcel(Card((phrase(key, reference=case.reference),)), "mention")
    stored = StoredFile(about.id, about.key, about.name, about.kind, about.mime)
    return replace(job.done((), "mention"), file=stored)


def _may_read(job: _Job) -> bool:
    """A case's content is for those who work cases, and in a room nobody can say who reads."""
    person = job.recipient.person
    return isinstance(person, Staff) and person.may_work_cases


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0


_MAKERS: dict[str, Callable[[_Job], Awaitable[Parcel | None]]] = {
    "say": _say,
    "told": _told,
    "nobody-yet": _nobody_yet,
    "clear": _clear,
    "remove": _remove,
    "menu": _menu,
}
_CASE_MAKERS: dict[str, Callable[[_Job, Case], Awaitable[Parcel | None]]] = {
    "notice": _notice,
    "notice-update": _notice_update,
    "escalated": _escalated,
    "details": _details,
    "reporter-wrote": _reporter_wrote,
    "news": _news,
    "undelivered": _undelivered,
    "reply": _reply,
    "file": _file,
}


def message_of_file(parcel: Parcel, content: bytes) -> Say:
    """The message that carries a file, opened only now."""
    stored = parcel.file
    if stored is None:
        raise ValueError("this parcel holds no file")
    file = OutgoingFile(content, stored.name, stored.kind, stored.mime)
    return Say(parcel.recipient.chat, "", parcel.row.id, file=file)


def hung() -> Temporary:
    """What a send comes to that never ended."""
    return Temporary("no end in time", unknown=True)
