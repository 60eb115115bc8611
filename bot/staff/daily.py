"""How the daily summary reads: what coordinators need to start the day, and no word of any case's content."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from backend.audit import chain
from backend.cases import queue
from backend.cases.queue import Waiting
from backend.escalation import daily
from backend.escalation.daily import Summary
from backend.local_time import stretch_text
from backend.outbox import Json
from backend.rota import duty
from backend.rota.duty import Stretch
from backend.work import Work
from bot.intents import Card
from bot.phrases import Listing, Phrase, phrase
from bot.staff import due, retention
from bot.staff.handover import aged
from bot.staff.layout import lines

SHOWN = 10


async def summary(work: Work, at: Json) -> Card | None:
    """The summary as it is now; None if it waited so long that there is a later one."""
    if not await daily.wanted(work, str(at)):
        return None
    found = await daily.summary(work)
    ended = retention.ending(work, found.ending)
    parts = [phrase("daily-head"), _day(found), _desk(work, found), *_ahead(work, found), *ended]
    parts.append(phrase("daily-audit", head=(await chain.head(work.session)).short()))
    return Card((*parts, phrase("daily-well" if _is_well(found) else "daily-look")))


def _day(found: Summary) -> Phrase:
    figures, judged = found.figures, found.figures.acknowledged.judged
    said = [phrase("daily-day", opened=sum(figures.opened.values()), closed=figures.closed)]
    if judged:
        said.append(phrase("daily-in-time", count=figures.acknowledged.in_time, judged=judged))
    return lines(*said)


def _desk(work: Work, found: Summary) -> Phrase:
    said = [phrase("now-open", total=len(found.cases), **queue.by_severity(found.cases))]
    said += _cases(work, "daily-new", [case for case in found.cases if case.status == "new"])
    said += _cases(work, "daily-overdue", [case for case in found.cases if case.overdue])
    if found.late:
        said.append(phrase("due-late", count=len(found.late), cases=due.named(found.late)))
    if found.due_today:
        said.append(phrase("daily-due-today", cases=due.named(found.due_today)))
    if found.failed or found.stuck:
        said.append(phrase("now-delivery", failed=found.failed, stuck=found.stuck))
    return lines(*said)


def _cases(work: Work, key: str, cases: Sequence[Waiting]) -> list[Phrase]:
    return [phrase(key, count=len(cases), cases=aged(cases, work.now))] if cases else []


def _ahead(work: Work, found: Summary) -> list[Phrase]:
    if found.today is None:
        return []
    zone = duty.zone_of(work)
    said = [phrase("daily-duty", shifts=Listing(tuple(_shift(each, zone) for each in found.today)))]
    if found.gaps:
        whens = [stretch_text(begins, ends, zone) for begins, ends in found.gaps[:SHOWN]]
        more = [phrase("queue-more", count=len(found.gaps) - SHOWN)] if len(found.gaps) > SHOWN else []
        gaps = Listing((*(phrase("desk-words", words=when) for when in whens), *more))
        said.append(phrase("daily-gaps", count=len(found.gaps), gaps=gaps))
    return [lines(*said)]


def _shift(each: Stretch, zone: tzinfo) -> Phrase:
    until = f"{each.ends.astimezone(zone):%H:%M}"
    if each.is_gap:
        return phrase("daily-shift-nobody", until=until)
    return phrase("daily-shift", names=", ".join(person.name for person in each.primary), until=until)


def _is_well(found: Summary) -> bool:
    waits = any(case.status == "new" or case.overdue for case in found.cases)
    return not (waits or found.late or found.failed or found.stuck or found.gaps)
