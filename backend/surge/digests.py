"""Surges and their digests: begun, kept up and ended by the tick; the words are made by `bot` at sending."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.exc import IntegrityError

from backend.cases.model import CaseRow
from backend.cases.rules import OPEN
from backend.database import is_unavailable
from backend.escalation.model import CaseClockRow
from backend.escalation.rules import Night, after_night
from backend.outbox import Item, OutboxRow, Party, PartyKind, Priority
from backend.people import rooms, staff
from backend.surge import announced, rules
from backend.surge.announced import Chat
from backend.surge.model import SurgeRow
from backend.surge.rules import Digest, Listed
from backend.work import Work

log = structlog.get_logger("surge")

TAKEN = [status for status in OPEN if status != "new"]
Limits = Mapping[str, float]
"""Messages a minute that a group may have, by channel."""


_ANY_KEPT_UP = select(exists().where(SurgeRow.closed_at.is_(None)))


async def needed(work: Work, limits: Limits) -> bool:
    """Whether `look` would find anything to do. Changes nothing: asked with every tick."""
    if (await work.session.execute(_ANY_KEPT_UP)).scalar():
        return True
    wanted = await announced.wanted(work)
    return any(rules.begins(count, _limit(limits, chat)) for chat, count in wanted.items())


def _limit(limits: Limits, chat: Chat) -> float:
    """Of a messenger that isn't served nothing is known, and nothing is folded."""
    return limits.get(chat.channel, float("inf"))


async def look(work: Work, limits: Limits) -> None:
    """Begin and end surges, fold what waits meanwhile, and put the digests into the outbox."""
    wanted = await announced.wanted(work)
    query = select(SurgeRow).where(SurgeRow.closed_at.is_(None))
    kept_up = [_chat(row) for row in (await work.session.execute(query)).scalars()]
    for chat in sorted({*wanted, *kept_up}):
        try:
            async with work.apart():
                await _look_at(work, chat, wanted=wanted.get(chat, 0), limit=_limit(limits, chat))
        except IntegrityError:
            continue  # another node began the same surge a moment ago
        except Exception as error:
            if is_unavailable(error):
                raise
            log.error("digest failed", party=chat.party, error=type(error).__name__)


def _chat(row: SurgeRow) -> Chat:
    kind: PartyKind = "room" if row.party_kind == "room" else "staff"
    return Chat(kind, row.party, row.channel)


async def _look_at(work: Work, chat: Chat, *, wanted: int, limit: float) -> None:
    row = await _locked(work, chat)
    on = row is not None and row.ended_at is None
    if not on and rules.begins(wanted, limit):
        row = await _begin(work, chat, row)
    elif row is not None and on and rules.passes(wanted, limit):
        row.ended_at = work.now
    if row is None or row.closed_at is not None:
        return
    if row.ended_at is None:
        await announced.fold(work, chat)
    await _say(work, chat, row)


async def _locked(work: Work, chat: Chat) -> SurgeRow | None:
    # Populated anew: what was read before the lock may be what another node has changed since.
    return await work.session.get(
        SurgeRow, (chat.party, chat.channel), with_for_update=True, populate_existing=True
    )


async def _begin(work: Work, chat: Chat, last: SurgeRow | None) -> SurgeRow:
    """A surge from now on. What still stands in the last one's digest goes on in the new one's."""
    first = await announced.first_waiting(work, chat)
    if last is None:
        last = SurgeRow(party=chat.party, channel=chat.channel, party_kind=chat.kind)
        work.session.add(last)
    elif last.closed_at is None:
        first = min(first, last.first)
        party = await _party(work, chat)
        if party and last.posted:
            work.put(_edit(party, last.posted, older=True))
    last.first, last.since = first, work.now
    last.ended_at = last.closed_at = last.posted = last.said = None
    await work.session.flush()
    return last


# ── The digest ──────────────────────────────────────────────────────────────────────────────────


async def _say(work: Work, chat: Chat, row: SurgeRow) -> None:
    if not rules.may_be_said(row.asked_at, work.now) or await announced.digest_waits(work, chat):
        return
    said = await _digest(work, row)
    word = rules.next_word(said, posted=row.posted is not None, before=row.said, night=_is_night(work))
    if rules.is_done(said):
        row.closed_at = work.now
    if word is None:
        return
    party = await _party(work, chat)
    if party is None:
        await _hand_on(work, row)
        return
    row.asked_at, row.said = work.now, said.fingerprint
    work.put(_edit(party, row.posted) if row.posted else Item(party, "digest", priority=Priority.DIGEST))


def _edit(party: Party, posted: str, *, older: bool = False) -> Item:
    params: dict[str, str | bool] = {"posted": posted, **({"older": True} if older else {})}
    return Item(party, "digest", {**params}, Priority.DIGEST, coalesce=posted)


def _is_night(work: Work) -> bool:
    quiet = work.settings.escalation.quiet()
    if quiet is None:
        return False
    night = Night(*quiet, ZoneInfo(work.settings.centre.timezone))
    return after_night(work.now, night) > work.now


async def _party(work: Work, chat: Chat) -> Party | None:
    """None if the room or the person is no longer there."""
    if chat.kind == "room":
        bound = [room for room in await rooms.bound(work) if room.id == chat.party]
        return bound[0].party if bound else None
    person = await staff.get(work, chat.party)
    return Party("staff", person.id, chat.channel, person.key) if person else None


async def current(work: Work, party: Party) -> Digest | None:
    """What the party's digest has to say now, None if it was closed without a word."""
    row = await work.session.get(SurgeRow, (party.id, party.channel))
    return None if row is None else await _digest(work, row)


async def _digest(work: Work, row: SurgeRow) -> Digest:
    """While a surge is on it lists whatever waits to be acknowledged, later what it alone has told of."""
    folded = exists().where(
        OutboxRow.case_id == CaseRow.id, OutboxRow.state == "folded", OutboxRow.number >= row.first
    )
    since = OutboxRow.made_at >= CaseRow.acknowledged_at
    alone = (folded,) if row.ended_at else ()
    waiting = await _listed(work, CaseRow.status == "new", *alone)
    others = await _listed(work, CaseRow.status.in_(TAKEN), folded.where(since))
    return rules.digest(waiting, others, since=row.since, ended_at=row.ended_at, now=work.now)


async def _listed(work: Work, *where: ColumnElement[bool]) -> list[Listed]:
    clock = CaseClockRow.kind, CaseClockRow.started_at
    query = (
        select(CaseRow.reference, CaseRow.severity, CaseRow.status, CaseRow.opened_at, *clock)
        .outerjoin(CaseClockRow, CaseClockRow.case_id == CaseRow.id)
        .where(CaseRow.hidden_at.is_(None), *where)
    )
    return [
        Listed(reference, severity, status, _waits_since(opened_at, kind, started_at))
        for reference, severity, status, opened_at, kind, started_at in await work.session.execute(query)
    ]


def _waits_since(opened_at: datetime, kind: str | None, started_at: datetime | None) -> datetime:
    """A case that was given back waits from then."""
    return max(opened_at, started_at) if kind == "acknowledge" and started_at else opened_at


# ── What became of it ───────────────────────────────────────────────────────────────────────────


async def stands(work: Work, party: Party, posted: str) -> None:
    """The digest stands in the chat: from now on it is edited."""
    row = await _locked(work, Chat(party.kind, party.id, party.channel))
    if row is not None and row.posted is None:
        row.posted = posted


async def not_shown(work: Work, party: Party, *, edited: str | None) -> None:
    """A word of the digest was given up: its message is gone and another is needed, or the chat is."""
    row = await _locked(work, Chat(party.kind, party.id, party.channel))
    if row is None or row.closed_at is not None:
        return
    if edited is None:
        await _hand_on(work, row)
    elif edited == row.posted:
        row.posted = None


async def _hand_on(work: Work, row: SurgeRow) -> None:
    """What this chat can't be told any more goes to the other rooms, or to everyone who works cases."""
    row.closed_at = work.now
    row.ended_at = row.ended_at or work.now
    for party in await _others(work, row.party):
        known = await _locked(work, Chat(party.kind, party.id, party.channel))
        if known is None:
            known = SurgeRow(party=party.id, channel=party.channel, party_kind=party.kind)
            work.session.add(known)
        elif known.closed_at is None:
            known.first = min(known.first, row.first)
            continue
        known.first, known.since, known.ended_at = row.first, row.since, row.ended_at
        known.closed_at = known.posted = known.said = None
    await work.session.flush()


async def _others(work: Work, besides: str) -> Collection[Party]:
    elsewhere = [room.party for room in await rooms.bound(work) if room.id != besides]
    people = await staff.with_role(work, "officer", "coordinator")
    return elsewhere or [each.party for each in people if each.party and each.id != besides]


@dataclass(frozen=True, slots=True)
class Standing:
    """That a surge is on: since when, and how many announcements were folded."""

    since: datetime
    folded: int


async def standing(work: Work) -> Standing | None:
    """For `/status`: the surge that is on, wherever it began first."""
    query = select(SurgeRow).where(SurgeRow.ended_at.is_(None)).order_by(SurgeRow.since)
    on = list((await work.session.execute(query)).scalars())
    if not on:
        return None
    folded = await announced.folded_since(work, [(row.party, row.channel, row.first) for row in on])
    return Standing(on[0].since, folded)
