"""How a change of duty reads, and what is warned of before. References, names and times: fit for rooms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo

from backend.cases import queue
from backend.cases.queue import Waiting
from backend.local_time import stretch_text
from backend.outbox import Json
from backend.people import staff
from backend.people.staff import Staff
from backend.rota import duty, handover, taking_over, watch
from backend.rota.ahead import Concern
from backend.rota.handover import Handover
from backend.rota.taking_over import Deadline, Load
from backend.work import Work
from bot.intents import Card, PhraseButton
from bot.phrases import Listing, Phrase, phrase
from bot.staff import commands
from bot.staff.layout import age, lines
from bot.staff.origin import Origin, answer

SHOWN = 15
"""How many of a kind one message names: whoever comes should read it to the end."""


async def acknowledge(work: Work, actor: Staff, command: commands.Handover, origin: Origin) -> None:
    """I'm on. By button the message itself shows it. Raises what `handover.acknowledge` raises."""
    await handover.acknowledge(work, actor, command.number)
    said = "told-shift-taken-over"
    heard = any(each.party.id == origin.party.id and each.params.get("key") == said for each in work.items)
    if not origin.pressed and not heard:  # a room that heard the call for help is told anyway
        answer(work, origin, Card((phrase(said, name=actor.name),)))


# ── As messages are sent ────────────────────────────────────────────────────────────────────────


async def handed_over(work: Work, number: Json = None) -> Card | None:
    """The message of the latest handover; None if `number` is that of an earlier one."""
    known = await handover.latest(work)
    if known is None or not known.comes or number not in (None, known.number):
        return None
    names = await _names(work)
    load = await taking_over.load(work)
    said = (phrase("handover-head"), _who(known, load, names), *_open(work, load), *_deadlines(work, load))
    return Card((*said, _answer(known, names)), _button(known))


async def unanswered(work: Work, number: Json) -> Card | None:
    """Nobody said that they are there; None if somebody has meanwhile."""
    known = await handover.latest(work)
    if known is None or known.number != number or known.acknowledged_at is not None:
        return None
    said = phrase("handover-unanswered", names=_listed(known.comes, await _names(work)), at=known.at)
    return Card((said,))


async def gap_begun(work: Work, number: Json) -> Card | None:
    """Everybody is on duty now; None if somebody is by now."""
    known = await handover.latest(work)
    if known is None or known.number != number:
        return None
    load = await taking_over.load(work)
    said = phrase("gap-begun-until", until=load.until) if load.until else phrase("gap-begun")
    return Card((said, phrase("gap-what-now")))


async def warning(work: Work, concerns: Json) -> Card | None:
    """What is still so of what was to be warned of."""
    found = await watch.still(work, concerns)
    if not found:
        return None
    names, zone = await _names(work), duty.zone_of(work)
    told = [_concern(each, names, _when(each, zone)) for each in found[:SHOWN]]
    more = [phrase("queue-more", count=len(found) - SHOWN)] if len(found) > SHOWN else []
    return Card((phrase("watch-head"), lines(*told, *more), phrase("watch-what-now")))


async def _names(work: Work) -> Mapping[str, str]:
    return {person.id: person.name for person in await staff.everyone(work)}


def _listed(ids: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(names[each] for each in ids if each in names)


def _who(known: Handover, load: Load, names: Mapping[str, str]) -> Phrase:
    leaves, comes = _listed(known.leaves, names), _listed(known.comes, names)
    stays = _listed((each for each in known.people if each not in known.comes), names)
    backup = ", ".join(person.name for person in load.backup)
    return lines(
        *([phrase("handover-leaves", names=leaves)] if leaves else []),
        *([phrase("handover-stays", names=stays)] if stays else []),
        phrase("handover-comes-until", names=comes, until=load.until)
        if load.until
        else phrase("handover-comes", names=comes),
        *([phrase("handover-backup", names=backup)] if backup else []),
    )


def _open(work: Work, load: Load) -> list[Phrase]:
    if not load.cases:
        return [phrase("queue-empty")]
    counts = queue.by_severity(load.cases)
    new = [case for case in load.cases if case.status == "new"]
    urgent = [case for case in load.cases if case.severity == "urgent" and case.status != "new"]
    waiting = [case for case in load.cases if case.status == "waiting"]
    return [
        lines(
            phrase("now-open", total=len(load.cases), **counts),
            *([phrase("handover-new", cases=aged(new, work.now))] if new else []),
            *([phrase("handover-urgent", cases=aged(urgent, work.now))] if urgent else []),
            *([phrase("handover-waiting", count=len(waiting))] if waiting else []),
        )
    ]


def aged(cases: Sequence[Waiting], now: datetime) -> Listing:
    """Cases by reference and age, the rest as a number."""
    told = [
        phrase("handover-case", reference=each.reference, age=age(now - each.since)) for each in cases[:SHOWN]
    ]
    more = [phrase("queue-more", count=len(cases) - SHOWN)] if len(cases) > SHOWN else []
    return Listing((*told, *more))


def _deadlines(work: Work, load: Load) -> list[Phrase]:
    if not load.deadlines:
        return []
    told = [_deadline(each, work.now) for each in load.deadlines[:SHOWN]]
    left = len(load.deadlines) - SHOWN
    more = [phrase("queue-more", count=left)] if left > 0 else []
    return [phrase("handover-deadlines"), lines(*told, *more)]


def _deadline(each: Deadline, now: datetime) -> Phrase:
    past = each.kind == "due" and each.at <= now
    key = "deadline-due-past" if past else f"deadline-{each.kind.replace('_', '-')}"
    return phrase(key, reference=each.reference, at=each.at)


def _answer(known: Handover, names: Mapping[str, str]) -> Phrase:
    if known.acknowledged_at is None:
        return phrase("handover-please")
    name = names.get(known.acknowledged_by or "")
    said = phrase("desk-name", name=name) if name else phrase("desk-former")
    return phrase("handover-acknowledged", name=said, at=known.acknowledged_at)


def _button(known: Handover) -> tuple[tuple[PhraseButton, ...], ...]:
    if known.acknowledged_at is not None:
        return ()
    return ((PhraseButton(phrase("handover-button"), f"s:on:{known.number}"),),)


def _when(each: Concern, zone: tzinfo) -> str:
    if each.ends is None:
        return f"{each.begins.astimezone(zone):%d.%m %H:%M}"
    return stretch_text(each.begins, each.ends, zone)


def _concern(each: Concern, names: Mapping[str, str], when: str) -> Phrase:
    match each.kind:
        case "gap":
            return phrase("watch-gap" if each.ends else "watch-gap-open", when=when)
        case "unreachable":
            return phrase("watch-unreachable", name=names.get(each.who, ""), when=when)
        case "unknown":
            return phrase("watch-unknown", name=each.who, when=when)
