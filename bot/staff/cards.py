"""How a case looks to staff. Every message begins with reference and severity, for the lock screen.

Notices, escalations and news carry nothing of a case's content, in private neither: that is
`details`' and `reporter_wrote`'s business, which never go to a room.
"""

from __future__ import annotations

from backend.cases import files, queue, records, rules
from backend.cases.files import StoredFile
from backend.cases.records import Case, Entry
from backend.escalation import due_dates
from backend.people import staff
from backend.people.staff import Staff
from backend.work import Work
from bot.intents import Card, PhraseButton
from bot.phrases import Param, Phrase, phrase
from bot.staff import due, history, report, restrict, sealed
from bot.staff.layout import age, case_rows, channel_name, lines, stand

Rows = tuple[tuple[PhraseButton, ...], ...]

_NOTICE_BUTTONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "new": (("ack", "take"), ("details",)),
    "acknowledged": (("take", "details"),),
    "in_progress": (("details",),),
    "waiting": (("details",),),
    "closed": (("details",),),
}
_DETAILS_BUTTONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "new": (("ack", "take"),),
    "acknowledged": (("take", "release"),),
    "in_progress": (("wait", "release"),),
    "waiting": (("take", "release"),),
    "closed": (("reopen",),),
}
_ACTS: dict[str, tuple[tuple[str, ...], ...]] = {"new": (("ack", "take"),)}
"""What can be done to a case without reading it."""
_WANTED_BUTTONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "acknowledge": (("ack", "take"), ("details",)),
    "first_reply": (("take", "details"),),
    "quiet": (("details", "wait"),),
    "wait": (("details", "wait"),),
}


async def notice(work: Work, case: Case, *, reason: str, private: bool) -> Card:
    """A case that needs somebody, or how it stands since; an update of a notice has no `reason`."""
    parts = [await _head(work, case)]
    if _holds(reason, case.row.status):
        parts.append(phrase(f"notice-{reason}"))
    parts.append(await _standing(work, case, private=private))
    return Card(tuple(parts), case_rows(case.reference, *_NOTICE_BUTTONS[case.row.status]))


def older(case: Case) -> Card:
    """A notice below which a newer one stands: it says no more how things are, so it can't be wrong."""
    return Card((_headed(case, phrase("notice-older")),), case_rows(case.reference, ("details",)))


def _holds(reason: str, status: str) -> bool:
    """Whether a notice's reason is still so: a case has to be new to be news, and open to be assigned."""
    return status != "closed" if reason == "assigned" else bool(reason) and status == "new"


async def _head(work: Work, case: Case) -> Phrase:
    return _headed(case, await _stand_word(work, case))


def _headed(case: Case, word: Phrase) -> Phrase:
    mark = phrase(f"mark-{case.row.severity}")
    return phrase("desk-head", reference=case.reference, mark=mark, word=word)


async def _stand_word(work: Work, case: Case) -> Phrase:
    if case.row.status != "new":
        return stand(case.row.status)
    return await _waits(work, case)


async def _waits(work: Work, case: Case) -> Phrase:
    since = queue.waiting_since(case.row, await queue.clock_of(work, case.row.id))
    return phrase("desk-waits", age=age(work.now - since))


async def _standing(work: Work, case: Case, *, private: bool) -> Phrase:
    """Who has it and since when; while nobody does, where to read about it."""
    row, officer = case.row, await _officer(work, case)
    if row.status == "waiting" and row.waits_until:
        return _by("held-waiting", officer, until=row.waits_until)
    if row.status == "closed" and row.closed_at:
        return phrase("held-closed", at=row.closed_at)
    if row.status in ("acknowledged", "in_progress", "waiting"):
        at = row.acknowledged_at or row.touched_at
        return _by(f"held-{row.status.replace('_', '-')}", officer, at=at)
    if officer:
        return phrase("held-assigned", name=officer.name)
    return phrase("notice-read-here" if private else "notice-read-in-private", reference=case.reference)


async def _officer(work: Work, case: Case) -> Staff | None:
    return await staff.get(work, case.row.assignee) if case.row.assignee else None


def _by(key: str, officer: Staff | None, **facts: Param) -> Phrase:
    """The sentence that names the officer, or the one that says that there is none."""
    return phrase(key, name=officer.name, **facts) if officer else phrase(f"{key}-nobody", **facts)


async def escalated(work: Work, case: Case, *, kind: str, step: int, last: bool, private: bool) -> Card:
    """Something did not happen in time: `kind` is the clock's, `step` counts from 1."""
    if kind == "acknowledge":
        word, wanted = await _waits(work, case), [phrase("escalated-acknowledge")]
        if last or step > 1:
            wanted.append(phrase("escalated-last" if last else "escalated-again"))
    else:
        word, officer = stand(case.row.status), await _officer(work, case)
        wanted = [_by(f"escalated-{kind.replace('_', '-')}", officer)]
    if not private:
        wanted.append(phrase("notice-read-in-private", reference=case.reference))
    return Card((_headed(case, word), lines(*wanted)), case_rows(case.reference, *_WANTED_BUTTONS[kind]))


def news(case: Case, *, closed: bool) -> Card:
    """For rooms: there are new words, and where to read them."""
    said = phrase("news-closed" if closed else "news", reference=case.reference)
    return Card((said,), case_rows(case.reference, ("details",)))


async def wrote_in_room(work: Work, case: Case, entry: Entry) -> Card:
    """What the reporter wrote, for a room that is encrypted and in which there are colleagues only."""
    names = {person.id: person.name for person in await staff.everyone(work)}
    parts = (_headed(case, phrase("desk-wrote")), history.entry_line(entry, names))
    return Card(parts, case_rows(case.reference, ("details",)))


async def reporter_wrote(work: Work, case: Case, entry: Entry) -> Card:
    """What the reporter wrote, for the officer's private chat."""
    names = {person.id: person.name for person in await staff.everyone(work)}
    closed = (phrase("wrote-closed"),) if case.row.status == "closed" else ()
    if case.is_sealed:
        closed = (*closed, phrase("wrote-sealed"))
    parts = (
        _headed(case, phrase("desk-wrote")),
        history.entry_line(entry, names),
        lines(*closed, phrase("desk-how-to-reply", reference=case.reference)),
    )
    return Card(parts, case_rows(case.reference, ("details",)))


def undelivered(case: Case) -> Card:
    """To the author of a reply that could not be delivered."""
    parts = (
        _headed(case, phrase("desk-undelivered")),
        phrase("undelivered-what-now", reference=case.reference),
    )
    return Card(parts, case_rows(case.reference, ("details",)))


async def elsewhere(work: Work, case: Case, *, linked: bool) -> Card:
    """Where a case is read that came by a safer way. `linked`: the officer is there already."""
    where = phrase("case-elsewhere", reference=case.reference, channel=channel_name(case.row.channel))
    link = () if linked else (phrase("case-elsewhere-link"),)
    buttons = case_rows(case.reference, *_ACTS.get(case.row.status, ()))
    return Card((await _head(work, case), where, *link), buttons)


async def details(work: Work, case: Case, channel: str, *, linked: bool = True) -> Card:
    """All that is known, as far as `channel` protects it enough; for a private chat only."""
    if not rules.may_show(case.row.channel, channel):
        return await elsewhere(work, case, linked=linked)
    names = {person.id: person.name for person in await staff.everyone(work)}
    entries = await records.entries(work, case)
    parts = [
        await _head(work, case),
        await _standing(work, case, private=True),
        *await restrict.details_line(work, case),
        *report.paragraphs(case, channel),
        *due.paragraphs(await due_dates.of_case(work, case), channel),
        phrase("details-history"),
        *history.paragraphs(entries, names, channel=channel),
        *_files(await files.of_case(work, case), channel),
        *(sealed.files(await files.count_sealed(work, case)) if case.is_sealed else ()),
        *sealed.how_to_go_on(case),
    ]
    if case.row.status != "closed":
        parts.append(
            lines(
                phrase("desk-how-to-reply", reference=case.reference),
                phrase("desk-how-to-close", reference=case.reference),
            )
        )
    return Card(tuple(parts), case_rows(case.reference, *_DETAILS_BUTTONS[case.row.status]))


def _files(found: list[StoredFile], channel: str) -> list[Phrase]:
    """How many files follow, are still on their way, could not be had, or may be opened elsewhere only."""
    shown = [each for each in found if rules.may_show(each.channel, channel)]
    counts = {
        "stored": sum(each.state == "stored" for each in shown),
        "pending": sum(each.state == "pending" for each in shown),
        "failed": sum(each.state == "failed" for each in shown),
        "elsewhere": len(found) - len(shown),
    }
    said = [phrase(f"details-files-{state}", count=count) for state, count in counts.items() if count]
    return [lines(*said)] if said else []
