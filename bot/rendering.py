"""From an intent in the outbox to messages in words: the last moment, in the recipient's language.

Everything is looked up now, so that what was erased, settled or changed since isn't said any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import PurePath

from backend import messengers
from backend.audit.log import Action
from backend.cases import files as case_files
from backend.cases import records
from backend.cases.records import Case
from backend.cases.rules import may_show
from backend.claims import Claimed
from backend.errors import CaseNotFound
from backend.escalation import clocks, due_dates
from backend.outbox import Json
from backend.people import posted, staff
from backend.people.reporters import Reporter
from backend.people.staff import Staff
from backend.surge import digests
from backend.work import Work
from bot import clearing, intents, reading
from bot.channels.base import (
    Edit,
    Leave,
    Limits,
    Menu,
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
from bot.wording import Job, pieces


async def render(
    work: Work, row: Claimed, recipient: Recipient, *, texts: Texts, limits: Limits
) -> Parcel | None:
    """The row as messages, or None if it isn't wanted any more."""
    params = row.opened(recipient.party.key)
    job = Job(work, row, recipient, params, texts, limits)
    maker = _MAKERS.get(str(params["intent"]))
    if maker is None:
        return await _about_case(job)
    return await maker(job)


# ── Messages that need no case ──────────────────────────────────────────────────────────────────


async def _say(job: Job) -> Parcel | None:
    card = intents.decode(job.params["card"])
    if "content" in job.params and not await reading.answer_may_be_read(job.work, job.row, job.recipient):
        return None
    if chat := job.params.get("chat"):
        job = replace(job, recipient=replace(job.recipient, chat=str(chat)))
    purpose: Purpose = "chat" if job.recipient.party.kind == "reporter" else "mention"
    edits = job.params.get("edits")
    if edits:
        text = next(pieces(job.words(card), job.limits.text))
        return job.done((Edit(job.recipient.chat, str(edits), text, job.tx(), job.buttons(card)),))
    reply_to = job.params.get("reply_to")
    return job.parcel(card, purpose, reply_to=str(reply_to) if reply_to else None)


async def _told(job: Job) -> Parcel | None:
    facts = {key: value for key, value in job.params.items() if isinstance(value, str | int)}
    key = str(facts.pop("key"))
    facts.pop("intent")
    if not await reading.may_be_told(job.work, job.row, job.recipient, key=key):
        return None
    purpose: Purpose = "chat" if job.recipient.party.kind == "reporter" else "mention"
    return job.parcel(Card((phrase(key, **facts),)), purpose)


async def _nobody_yet(job: Job) -> Parcel | None:
    if not await _still_wanted(job):
        return None
    fallback = job.work.settings.centre.fallback_text
    said = phrase("told-nobody-yet-fallback", fallback=fallback) if fallback else phrase("told-nobody-yet")
    return job.parcel(Card((said,)), "chat")


async def _clear(job: Job) -> Parcel | None:
    cleared = await clearing.clear(job.work, job.row, job.recipient, job.params, limits=job.limits)
    return job.done(cleared.calls, forgets=cleared.rows)


async def _leave(job: Job) -> Parcel | None:
    """Out of a reporter's chat, unless the same person talks to us there as a colleague."""
    person = job.recipient.person
    if not job.limits.leaves or not isinstance(person, Reporter):
        return None
    if await staff.recognise(job.work, [(person.channel, person.sender)]):
        return None
    said = job.words(Card((phrase("said-leaving"),)))
    return job.done((Leave(job.recipient.chat, said, job.tx()),))


async def _remove(job: Job) -> Parcel | None:
    found = await posted.get(job.work, str(job.params["posted"]), job.recipient.party.key)
    if found is None:
        return None
    within = job.limits.removes_within
    if within is not None and job.work.now - found.at >= within:
        # Too old to go; words can be written over at any age, and a file refuses that.
        text = job.words(Card((phrase("message-taken-back"),)))
        return job.done((Edit(found.chat, found.message, text, job.tx()),), forgets=(found.id,))
    return job.done((Remove(found.chat, found.message, job.tx()),), forgets=(found.id,))


async def _digest(job: Job) -> Parcel | None:
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


async def _menu(job: Job) -> Parcel | None:
    names = menu(str(job.params["role"]))
    language = job.recipient.language
    commands = tuple((name, job.texts.label(f"command-{name.replace('_', '-')}", language)) for name in names)
    return job.done((Menu(job.recipient.chat, commands, job.tx()),))


async def _was_down(job: Job) -> Parcel | None:
    return job.parcel(await outage.was_down(job.work, job.params, job.recipient.party.channel), "mention")


async def _timed(job: Job) -> Parcel | None:
    card = await timed.card(job.work, job.params)
    if card is None:
        return None
    return job.parcel(card, "handover" if job.params["intent"] == "handover" else "mention")


async def _handover_update(job: Job) -> Parcel | None:
    found = await posted.get(job.work, str(job.params["posted"]), job.recipient.party.key)
    card = await handover.handed_over(job.work)
    return None if found is None or card is None else job.edit(found, card)


# ── Messages about a case ───────────────────────────────────────────────────────────────────────


async def _still_wanted(job: Job) -> bool:
    """Whether the clock still runs: nobody is reminded of what was done a second ago."""
    if job.row.while_ is None or job.row.case_id is None:
        return True
    try:
        case = await records.by_id(job.work, job.row.case_id)
    except CaseNotFound:
        return False
    return await clocks.mark(job.work, case.row) == job.row.while_


async def _about_case(job: Job) -> Parcel | None:
    if job.row.case_id is None or not await _still_wanted(job):
        return None
    try:
        case = await records.by_id(job.work, job.row.case_id)
    except CaseNotFound:
        return None
    return await _CASE_MAKERS[str(job.params["intent"])](job, case)


async def _notice(job: Job, case: Case) -> Parcel | None:
    reason = str(job.params["reason"])
    card = await cards.notice(job.work, case, reason=reason, private=not job.recipient.is_group)
    return job.parcel(await reading.from_outside(job.work, job.recipient, case, card), "notice")


async def _notice_update(job: Job, case: Case) -> Parcel | None:
    found = await posted.get(job.work, str(job.params["posted"]), job.recipient.party.key)
    if found is None:
        return None
    if job.params.get("older"):
        card = cards.older(case)
    else:
        card = await cards.notice(job.work, case, reason="", private=not job.recipient.is_group)
        card = await reading.from_outside(job.work, job.recipient, case, card)
    return job.edit(found, card)


async def _escalated(job: Job, case: Case) -> Parcel | None:
    card = await cards.escalated(
        job.work,
        case,
        kind=str(job.params["kind"]),
        step=_number(job.params["step"]),
        last=bool(job.params["last"]),
        private=not job.recipient.is_group,
    )
    card = await reading.from_outside(job.work, job.recipient, case, card)
    return job.parcel(card, "notice" if job.params["kind"] == "acknowledge" else "mention")


async def _due(job: Job, case: Case) -> Parcel | None:
    step = _number(job.params["step"])
    wanted = await due_dates.wanted(job.work, case, str(job.params["due"]), step)
    if wanted is None:
        return None
    channel = job.recipient.party.channel if await _reads(job, case, "read") else None
    card = due.reminder(case, wanted, step=step, channel=channel, now=job.work.now)
    return await _to_outsiders(job, case, card) if channel is None else job.parcel(card, "mention")


async def _to_outsiders(job: Job, case: Case, card: Card) -> Parcel | None:
    said = await reading.to_outsiders(job.work, case, card, params=job.params)
    return None if said is None else job.parcel(said, "mention")


async def _details(job: Job, case: Case) -> Parcel | None:
    if not await reading.may_read(job.work, job.row, job.recipient):
        return None
    if may_show(case.row.channel, job.recipient.party.channel):
        await reading.note(job.work, job.row, job.recipient, action="read", reference=case.reference)
    channel, linked = job.recipient.party.channel, _is_linked(job, case)
    return job.parcel(await cards.details(job.work, case, channel=channel, linked=linked), "mention")


def _is_linked(job: Job, case: Case) -> bool:
    person = job.recipient.person
    return isinstance(person, Staff) and person.on(case.row.channel) is not None


async def _reporter_wrote(job: Job, case: Case) -> Parcel | None:
    entry = await records.entry(job.work, case, str(job.params["entry"]))
    if entry is None:
        return None
    if not await reading.may_read(job.work, job.row, job.recipient):
        return await _news(job, case)
    if not may_show(entry.channel, job.recipient.party.channel):
        return job.parcel(await cards.elsewhere(job.work, case, linked=_is_linked(job, case)), "mention")
    await reading.note(job.work, job.row, job.recipient, action="read", reference=case.reference)
    return job.parcel(await cards.reporter_wrote(job.work, case, entry), "mention")


async def _news(job: Job, case: Case) -> Parcel | None:
    news = await _to_outsiders(job, case, cards.news(case, closed=case.row.status == "closed"))
    return news and await _with_words(job, case, news)


async def _with_words(job: Job, case: Case, news: Parcel) -> Parcel:
    """The words themselves, in a room that may read them; the channel makes sure of who is in there."""
    channel, entry_id = job.recipient.party.channel, job.params.get("entry")
    if not job.recipient.is_group or not messengers.of(channel).sealed_rooms or entry_id is None:
        return news
    entry = await records.entry(job.work, case, str(entry_id))
    if entry is None or not may_show(entry.channel, channel) or await reading.is_restricted(job.work, case):
        return news
    words = job.parcel(await cards.wrote_in_room(job.work, case, entry), "mention")
    (bare,) = news.outgoing
    full = words.outgoing[0]
    if len(words.outgoing) > 1 or not (isinstance(bare, Say) and isinstance(full, Say)):
        return news
    await reading.note_room(job.work, job.row, reference=case.reference)
    return replace(words, outgoing=(replace(full, otherwise=bare.text, sealed=False),))


async def _undelivered(job: Job, case: Case) -> Parcel | None:
    said = await reading.from_outside(job.work, job.recipient, case, cards.undelivered(case))
    return job.parcel(said, "mention")


async def _reply(job: Job, case: Case) -> Parcel | None:
    entry = await records.entry(job.work, case, str(job.params["entry"]))
    if entry is None:
        return None
    if not may_show(case.row.channel, job.recipient.party.channel):
        return job.parcel(Card((phrase("reply-elsewhere", reference=case.reference),)), "chat")
    return job.parcel(Card((phrase("reply-from-hotline", body=entry.body),)), "chat")


async def _file(job: Job, case: Case) -> Parcel | None:
    about = await case_files.about(job.work, case, str(job.params["file"]))
    if about is None or not await reading.may_read(job.work, job.row, job.recipient):
        return None
    channel = job.recipient.party.channel
    shown = may_show(about.channel, channel) and may_show(case.row.channel, channel)
    if about.state != "stored" or not shown:
        key = "file-not-yet" if about.state == "pending" else "file-not-here"
        return job.parcel(Card((phrase(key, reference=case.reference),)), "mention")
    await reading.note(job.work, job.row, job.recipient, action="file", reference=case.reference)
    stored = StoredFile(about.id, about.key, about.name, about.kind, about.mime)
    return replace(job.done((), "mention"), file=stored)


async def _reply_file(job: Job, case: Case) -> Parcel | None:
    """An officer's file, for the reporter: not where it is less safe than its way here, or the case."""
    about = await case_files.about(job.work, case, str(job.params["file"]))
    if about is None or about.state != "stored" or not about.goes or job.recipient.party.kind != "reporter":
        return None
    channel = job.recipient.party.channel
    if not (may_show(about.channel, channel) and may_show(case.row.channel, channel)):
        return job.parcel(Card((phrase("reply-elsewhere", reference=case.reference),)), "chat")
    stored = StoredFile(about.id, about.key, _handed_on_as(about), about.kind, about.mime)
    return replace(job.done((), "chat"), file=stored)


def _handed_on_as(file: case_files.StoredFile) -> str:
    """A name that says nothing of the officer's phone; a document's is part of what they send."""
    if file.kind == "document":
        return file.name
    return f"{file.kind}-{file.id[:4]}{PurePath(file.name).suffix.lower()}"


async def _reads(job: Job, case: Case, action: Action) -> bool:
    """Whether the recipient may read the case's content, which is noted then."""
    may = await reading.may_read(job.work, job.row, job.recipient)
    if may:
        await reading.note(job.work, job.row, job.recipient, action=action, reference=case.reference)
    return may


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0


_MAKERS: dict[str, Callable[[Job], Awaitable[Parcel | None]]] = {
    "say": _say,
    "told": _told,
    "nobody-yet": _nobody_yet,
    "clear": _clear,
    "remove": _remove,
    "leave": _leave,
    "menu": _menu,
    "digest": _digest,
    "was-down": _was_down,
    "handover-update": _handover_update,
    **dict.fromkeys(timed.CARDS, _timed),
}
_CASE_MAKERS: dict[str, Callable[[Job, Case], Awaitable[Parcel | None]]] = {
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
    "reply-file": _reply_file,
}
ABOUT_CASES = frozenset(_CASE_MAKERS)
"""All intents that name a case and get their words here."""
