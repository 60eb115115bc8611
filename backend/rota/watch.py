"""Warnings a week, a day and an hour ahead: each concern once a lead, all that is new in one message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from backend.outbox import Item, Json, Party, Priority
from backend.people import rooms, staff
from backend.rota import ahead, duty, rules, shifts
from backend.rota.ahead import Concern
from backend.rota.duty import Rota
from backend.rota.told import RotaWarningRow
from backend.work import Work

LONGEST_SHIFT = timedelta(days=3)
"""So far back is looked, to see a shift that runs from its beginning."""
SIGHT = timedelta(days=14)
"""So far ahead is looked, to see a gap's end."""
KEPT = timedelta(days=30)


async def concerns(work: Work) -> list[Concern]:
    """All that there is to warn of now, the soonest first; nothing without a rota."""
    rota = await duty.load(work, work.now - LONGEST_SHIFT)
    if not rota.exists:
        return []
    now, seen_until = work.now, work.now + SIGHT
    gaps = rules.gaps(rota.pattern, rota.shifts, now, seen_until, rota.zone)
    deaf = [each.id for each in rota.people.values() if not duty.is_reachable(each)]
    held = rota.in_effect(now - LONGEST_SHIFT, now + ahead.FURTHEST + timedelta.resolution) if deaf else []
    found = [
        *ahead.of_gaps(gaps, now=now, seen_until=seen_until),
        *ahead.of_people("unreachable", held, deaf, now=now),
        *await _of_unknown_names(work, rota),
    ]
    return sorted(found, key=lambda each: (each.begins, each.kind, each.who))


async def _of_unknown_names(work: Work, rota: Rota) -> list[Concern]:
    unknown = await duty.unknown_names(work)
    if not unknown:
        return []
    begins, ends = work.now - LONGEST_SHIFT, work.now + ahead.FURTHEST + timedelta.resolution
    week = rules.in_effect(work.settings.rota.pattern(), (), begins, ends, rota.zone)
    return ahead.of_people("unknown", week, unknown, now=work.now)


async def anything_due(work: Work) -> bool:
    """Whether there is anything that nobody was warned of yet."""
    return bool(await _new(work)) and bool(await _coordinators(work))


async def next_due(work: Work) -> datetime | None:
    """When a concern comes within its next lead, as far as is known now."""
    known = await concerns(work)
    times = [each.begins - lead for each in known for lead in ahead.LEADS]
    return min((time for time in times if time > work.now), default=None)


async def run_due(work: Work) -> None:
    """Warn of all that is new: the coordinators of everything, the rooms of what is an hour off."""
    await shifts.locked(work)  # of two nodes that look at once the second finds nothing new
    new = await _new(work)
    coordinators = await _coordinators(work)
    if not new or not coordinators:
        return
    for concern, lead in new:
        seconds = int(lead.total_seconds())
        work.session.add(RotaWarningRow(thing=_digest(work, concern), lead=seconds, begins_at=concern.begins))
    _warn(work, coordinators, [concern for concern, _ in new])
    last = [concern for concern, lead in new if lead == ahead.LAST_LEAD]
    _warn(work, [room.party for room in await rooms.bound(work)], last)


async def _coordinators(work: Work) -> list[Party]:
    people = await staff.with_role(work, "coordinator") or await staff.with_role(work, "officer")
    return [person.party for person in people if person.party]


async def _new(work: Work) -> list[tuple[Concern, timedelta]]:
    """What nobody was warned of with this lead or a tighter one."""
    leads = [(each, ahead.lead(each.begins, work.now)) for each in await concerns(work)]
    near = [(each, lead) for each, lead in leads if lead is not None]
    if not near:
        return []
    things = {_digest(work, each): each for each, _ in near}
    query = select(RotaWarningRow).where(RotaWarningRow.thing.in_(things))
    told = [(row.thing, row.lead) for row in (await work.session.execute(query)).scalars()]
    return [(each, lead) for each, lead in near if not _was_told(_digest(work, each), lead, told)]


def _was_told(thing: bytes, lead: timedelta, told: Sequence[tuple[bytes, int]]) -> bool:
    return any(known == thing and seconds <= lead.total_seconds() for known, seconds in told)


def _digest(work: Work, concern: Concern) -> bytes:
    return work.vault.digest("rota-warning", concern.kind, concern.who, concern.begins.isoformat())


def _warn(work: Work, parties: Iterable[Party], found: Sequence[Concern]) -> None:
    if not found:
        return
    named: list[Json] = [[each.kind, each.who, each.begins.isoformat()] for each in found]
    for party in parties:
        work.put(Item(party, "rota-warning", {"concerns": named}, Priority.NOTICE))


async def still(work: Work, named: Json) -> list[Concern]:
    """Of the concerns that a warning is about, those that there still are: a gap may have been filled."""
    wanted = (
        {tuple(map(str, each)) for each in named if isinstance(each, list)} if isinstance(named, list) else ()
    )
    return [each for each in await concerns(work) if (each.kind, each.who, each.begins.isoformat()) in wanted]


async def forget_old(work: Work) -> None:
    """Drop what was warned of and is over."""
    await work.session.execute(delete(RotaWarningRow).where(RotaWarningRow.begins_at < work.now - KEPT))
