"""From an intent in the outbox to messages in words: the last moment, in the recipient's language.

Everything is looked up now, so that what was erased, settled or changed since isn't said any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace

from backend.cases import files as case_files
from backend.cases import records
from backend.cases.records import Case
from backend.cases.rules import may_show
from backend.claims import Claimed
from backend.errors import CaseNotFound
from backend.escalation import clocks, due_dates
from backend.outbox import Json
from backend.people import posted
from backend.people.posted import Posted
from backend.people.staff import Staff
from backend.surge import digests
from backend.work import Work
from bot import intents
from bot.channels.base import (
    Button,
    Edit,
    Limits,
    Menu,
    Outgoing,
    Remove,
    Say,
)
from bot.intents import Card
from bot.parcels import Parcel, Purpose, StoredFile
from bot.phrases import phrase
from bot.recipients import Recipient
from bot.staff import cards, due, handover, outage, surge, timed
from bot.staff.help import menu
from bot.texts import Texts

CONTENT = frozenset({"reply", "details", "reporter-wrote"})
"""Intents whose messages hold what people wrote about a case."""


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
            Say(
                self.recipient.chat,
                piece,
                self.tx(index),
                reply_to=reply_to,
                private=not self.recipient.is_group,
                sealed=self.params["intent"] in CONTENT,
            )
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
        repeat = self.row.repeat or "again" in self.params
        if not (repeat and matters):
            return card
        return replace(card, paragraphs=(*card.paragraphs, phrase("may-be-repeat")))

    def edit(self, found: Posted, card: Card) -> Parcel:
        """A message that stands in a chat, said anew."""
        text = next(_pieces(self.words(card), self.limits.text))
        return self.done((Edit(found.chat, found.message, text, self.tx(), self.buttons(card)),))

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
    if chat := job.params.get("chat"):
        job = replace(job, recipient=replace(job.recipient, chat=str(chat)))
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


async def _digest(job: _Job) -> Parcel | None:
    said = await digests.current(job.work, job.recipient.party)
    if said is None:
        return None
    if "posted" not in job.params:
        return job.parcel(surge.digest(said), "mention")
    found = await posted.get(job.work, str(job.params["posted"]), job.recipient.party.key)
    if found is None:
        return None
    card = surge.older() if "older" in job.params else surge.digest(said)
    return job.edit(found, card)


async def _menu(job: _Job) -> Parcel | None:
    names = menu(str(job.params["role"]))
    language = job.recipient.language
    commands = tuple((name, job.texts.label(f"command-{name.replace('_', '-')}", language)) for name in names)
    return job.done((Menu(job.recipient.chat, commands, job.tx()),))


async def _was_down(job: _Job) -> Parcel | None:
    return job.parcel(await outage.was_down(job.work, job.params, job.recipient.party.channel), "mention")


async def _timed(job: _Job) -> Parcel | None:
    card = await timed.card(job.work, job.params)
    if card is None:
        return None
    return job.parcel(card, "handover" if job.params["intent"] == "handover" else "mention")


async def _handover_update(job: _Job) -> Parcel | None:
    found = await posted.get(job.work, str(job.params["posted"]), job.recipient.party.key)
    card = await handover.handed_over(job.work)
    return None if found is None or card is None else job.edit(found, card)


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
    return job.edit(found, card)


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


async def _due(job: _Job, case: Case) -> Parcel | None:
    step = _number(job.params["step"])
    wanted = await due_dates.wanted(job.work, case, str(job.params["due"]), step)
    if wanted is None:
        return None
    channel = job.recipient.party.channel if _may_read(job) else None
    return job.parcel(due.reminder(case, wanted, step=step, channel=channel, now=job.work.now), "mention")


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
    "digest": _digest,
    "was-down": _was_down,
    "handover-update": _handover_update,
    **dict.fromkeys(timed.CARDS, _timed),
}
_CASE_MAKERS: dict[str, Callable[[_Job, Case], Awaitable[Parcel | None]]] = {
    "notice": _notice,
    "notice-update": _notice_update,
    "escalated": _escalated,
    "due": _due,
    "details": _details,
    "reporter-wrote": _reporter_wrote,
    "news": _news,
    "undelivered": _undelivered,
    "reply": _reply,
    "file": _file,
}
