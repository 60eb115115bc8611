"""Handing over: others are on duty than before, are told what they take over, and say that they are there.

What was known of who is on duty stands in the database, and the rota is held against it: a change is decided
once, however it came about and however long nobody looked; of several that were missed, the last counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, or_, select

from backend.errors import HotlineError
from backend.outbox import Item, Json, Party, Priority
from backend.people import posted, rooms, staff
from backend.people.staff import Staff
from backend.rota import duty, shifts
from backend.rota.duty import Rota
from backend.rota.told import HandoverRow
from backend.work import Work

ANSWER_WITHIN = timedelta(minutes=15)
KEPT = timedelta(days=90)

# Built once: it is asked every second, and putting a statement together costs as much as running it.
_CALL_DUE = (
    select(HandoverRow.number)
    .where(or_(HandoverRow.call_at <= bindparam("now"), HandoverRow.call_at > bindparam("never")))
    .limit(1)
)
_LATEST = select(HandoverRow).order_by(HandoverRow.number.desc()).limit(1)


class NothingToTakeOver(HotlineError):
    """Nobody has to take over anything now."""

    key = "error-nothing-to-take-over"


class TakenOverAlready(HotlineError):
    """Somebody has said that they are there. Facts: name."""

    key = "error-taken-over-already"


class NotYourShift(HotlineError):
    """The shift is for others to take over. Facts: name (theirs)."""

    key = "error-not-your-shift"


class HandoverPast(HotlineError):
    """A button of a handover after which there was another."""

    key = "error-handover-past"


@dataclass(frozen=True, slots=True)
class Handover:
    """A change of duty. `before` and `people` are staff ids; a `before` of None says that counting begins."""

    number: int
    at: datetime
    before: tuple[str, ...] | None
    people: tuple[str, ...]
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None

    @property
    def leaves(self) -> tuple[str, ...]:
        """Who is not on duty any more."""
        return tuple(each for each in self.before or () if each not in self.people)

    @property
    def comes(self) -> tuple[str, ...]:
        """Who is on duty only now: these take over. Nobody does when counting begins."""
        return () if self.before is None else tuple(each for each in self.people if each not in self.before)

    @property
    def is_gap(self) -> bool:
        """Whether nobody is on duty from now on."""
        return not self.people


async def latest(work: Work) -> Handover | None:
    """The last change of duty that was decided."""
    row = await _latest_row(work)
    return None if row is None else _read(row)


async def _latest_row(work: Work, *, hold: bool = False) -> HandoverRow | None:
    """The last row; to `hold` it keeps another node from deciding the same at the same time."""
    if not hold:
        return (await work.session.execute(_LATEST)).scalar_one_or_none()
    await work.session.execute(_LATEST.with_for_update())
    # Whoever waited for the row may find that there is a later one by now.
    again = _LATEST.execution_options(populate_existing=True)
    return (await work.session.execute(again)).scalar_one_or_none()


def _read(row: HandoverRow) -> Handover:
    before = None if row.before is None else tuple(row.before.split())
    people = tuple(row.people.split())
    return Handover(row.number, row.at, before, people, row.acknowledged_at, row.acknowledged_by)


# ── What the tick does ──────────────────────────────────────────────────────────────────────────


async def anything_due(work: Work) -> bool:
    """Whether others are on duty than were known, or a handover has waited too long for its answer."""
    # Further off than it ever is: it was reckoned by a clock that ran ahead.
    times = {"now": work.now, "never": work.now + ANSWER_WITHIN}
    if (await work.session.execute(_CALL_DUE, times)).scalar() is not None:
        return True
    rota = await duty.load(work, work.now)
    return rota.exists and _news(rota, work.now, await latest(work)) is not None


async def next_due(work: Work) -> datetime | None:
    """When others come on duty, or a handover will have waited too long, whichever is sooner."""
    call = (await work.session.execute(select(func.min(HandoverRow.call_at)))).scalar()
    rota = await duty.load(work, work.now)
    change = rota.next_change(work.now) if rota.exists else None
    return min((each for each in (call, change) if each is not None), default=None)


async def run_due(work: Work) -> None:
    """Decide the change of duty, if there is one, and the call for those who didn't answer."""
    rota = await shifts.locked(work)
    row = await _latest_row(work, hold=True)
    news = _news(rota, work.now, _read(row) if row else None) if rota.exists else None
    if news is not None and row is not None and _only_some_left(row, news):
        row.people = " ".join(news)
    elif news is not None:
        await _decide(work, rota, row, news)
    elif row is not None and row.call_at is not None:
        await _wait_or_call(work, row, row.call_at)


async def _wait_or_call(work: Work, row: HandoverRow, call_at: datetime) -> None:
    if call_at > work.now:
        row.call_at = min(call_at, work.now + ANSWER_WITHIN)
        return
    row.call_at, row.called_at = None, work.now
    await _call(work, _read(row))


def _only_some_left(row: HandoverRow, people: Sequence[str]) -> bool:
    """Whether the rest simply go on: nobody takes over anything, and who was to answer still is."""
    return bool(people) and set(people) < set(row.people.split())


def _news(rota: Rota, now: datetime, known: Handover | None) -> tuple[str, ...] | None:
    """Who is on duty now, if others were known to be."""
    people = tuple(sorted(person.id for person in rota.at(now).primary))
    return people if known is None or people != known.people else None


async def _decide(work: Work, rota: Rota, last: HandoverRow | None, people: tuple[str, ...]) -> None:
    before = None if last is None else last.people
    row = HandoverRow(at=_since(rota, work.now, last), before=before, people=" ".join(people))
    work.session.add(row)
    await work.session.flush()
    if last is not None:
        last.call_at = None  # another shift: nobody waits for that answer any more
        await posted.let_be(work, [row_id for row_id, *_ in await posted.of_purpose(work, "handover")])
    made = _read(row)
    if made.is_gap:
        everybody = (await duty.now(work)).primary
        await _tell(work, "gap-begun", made, everybody)
    elif made.comes:
        row.call_at = work.now + ANSWER_WITHIN
        await _tell(work, "handover", made, _among(rota, made.comes))


def _since(rota: Rota, now: datetime, last: HandoverRow | None) -> datetime:
    """From when on these people are on duty: by the rota, if it tells a time since the last change."""
    earliest = max(last.at, now - timedelta(days=2)) if last is not None else now
    if earliest >= now:
        return now
    return rota.spans(earliest, now + timedelta.resolution)[-1].begins


def _among(rota: Rota, ids: Iterable[str]) -> list[Staff]:
    return [rota.people[each] for each in ids if each in rota.people]


async def _tell(work: Work, intent: str, made: Handover, people: Sequence[Staff]) -> None:
    parties = [room.party for room in await rooms.bound(work)]
    parties += [person.party for person in people if person.party]
    for party in parties:
        work.put(_message(intent, made, party))


def _message(intent: str, made: Handover, party: Party) -> Item:
    once = f"{intent}:{made.number}:{party.id}"
    return Item(party, intent, {"number": made.number}, Priority.NOTICE, once=once)


async def _call(work: Work, made: Handover) -> None:
    """Nobody said that they are there: the rooms, the coordinators and those who left are told, once."""
    everyone = await staff.everyone(work)
    people = [each for each in everyone if each.is_coordinator or each.id in made.leaves]
    await _tell(work, "handover-call", made, people)


# ── I'm on ──────────────────────────────────────────────────────────────────────────────────────


async def acknowledge(work: Work, actor: Staff, number: int | None = None) -> Handover:
    """The one who comes is there. `number` is the handover whose button was pressed; None: the latest.

    Raises NothingToTakeOver, HandoverPast, TakenOverAlready, NotYourShift.
    """
    row = await _latest_row(work, hold=True)
    if row is None or not (known := _read(row)).comes:
        raise NothingToTakeOver
    if number not in (None, known.number):
        raise HandoverPast
    names = {person.id: person.name for person in await staff.everyone(work)}
    if known.acknowledged_at is not None:
        raise TakenOverAlready(name=names.get(known.acknowledged_by or "", "–"))
    if actor.id not in known.comes:
        raise NotYourShift(name=", ".join(names[each] for each in known.comes if each in names))
    row.acknowledged_at, row.acknowledged_by, row.call_at = work.now, actor.id, None
    await refresh(work)
    await _tell_others(work, actor, known, called=row.called_at is not None)
    return _read(row)


async def _tell_others(work: Work, actor: Staff, known: Handover, *, called: bool) -> None:
    """To those who come along; and after a call for help to everybody who heard it."""
    everyone = await staff.everyone(work)
    people = [each for each in everyone if each.id in known.comes or (called and _heard_call(each, known))]
    parties = [person.party for person in people if person.party and person.id != actor.id]
    if called:
        parties += [room.party for room in await rooms.bound(work)]
    facts: dict[str, Json] = {"key": "told-shift-taken-over", "name": actor.name}
    for party in parties:
        work.put(Item(party, "told", facts, Priority.NOTICE))


def _heard_call(person: Staff, known: Handover) -> bool:
    return person.is_coordinator or person.id in known.leaves


async def refresh(work: Work) -> None:
    """Bring the messages of the latest handover up to date, in place."""
    parties = {room.id: room.party for room in await rooms.bound(work)}
    parties |= {person.id: person.party for person in await staff.everyone(work) if person.party}
    for row_id, party_id, channel in await posted.of_purpose(work, "handover"):
        if party_id in parties:
            _update(work, replace(parties[party_id], channel=channel), row_id)


def _update(work: Work, party: Party, row_id: str) -> None:
    work.put(Item(party, "handover-update", {"posted": row_id}, Priority.UPDATE, coalesce=row_id))


async def stands(work: Work, party: Party, row_id: str, *, rendered_at: datetime) -> None:
    """A handover's message stands in a chat now; it may have been taken over while that was on its way."""
    known = await latest(work)
    if known and known.acknowledged_at and known.acknowledged_at >= rendered_at:
        _update(work, party, row_id)


async def forget_old(work: Work) -> None:
    """Drop changes of long ago; never the last, which says who is known to be on duty."""
    last = select(func.max(HandoverRow.number)).scalar_subquery()
    old = HandoverRow.at < work.now - KEPT
    await work.session.execute(delete(HandoverRow).where(old, HandoverRow.number != last))
