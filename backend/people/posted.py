"""Messages that stand in chats: kept so that they can be edited, answered and taken back."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy import Table as SqlTable

from backend.messengers import SAFE_TO_TAKE_BACK, TAKES_BACK
from backend.outbox import Party
from backend.people.model import PostedRow, ReporterRow
from backend.vault.keys import DataKey, new_id
from backend.work import Work

Purpose = Literal["notice", "handover", "mention", "chat", "going"]

KEPT = SAFE_TO_TAKE_BACK
"""How long a reporter's messages are remembered where they can't be taken back for ever."""
UNKNOWN = ""
"""In a message id's place: it may stand there, for its sending was cut off, and we were never told where."""
STAFF_KEPT = timedelta(days=90)
"""How long a message in a staff chat can be answered, and changes in place with its case."""
TRIED_FOR = timedelta(hours=24)
"""How much longer what is being taken back is remembered: as long as the outbox tries."""
OWN: tuple[Purpose, Purpose] = ("chat", "going")

Whereabouts = tuple[str, str, str]
"""Of a message in a chat: row id, party id, channel."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message in a chat, by the messenger's ids."""

    id: str
    party: str
    case_id: str | None
    chat: str
    message: str
    at: datetime


def _lookup(work: Work, channel: str, chat: str, message: str) -> bytes:
    return work.vault.digest("posted", channel, chat, message)


def row(
    work: Work,
    party: Party,
    *,
    chat: str,
    message: str,
    purpose: Purpose,
    case_id: str | None = None,
    at: datetime | None = None,
) -> dict[str, object]:
    """A row for bulk writing. Only staff's messages can be found by messenger id.

    `at`: when it was sent, where that isn't now: what waited at the messenger is as old as it is there.
    """
    row_id = new_id()
    place = json.dumps([chat, message]).encode()
    return {
        "id": row_id,
        "party": party.id,
        "case_id": case_id,
        "channel": party.channel,
        "purpose": purpose,
        "at": min(at or work.now, work.now),
        "lookup": None if purpose == "chat" else _lookup(work, party.channel, chat, message),
        "message": party.key.seal("posted", "message", row_id, place),
    }


_TABLE = cast("SqlTable", PostedRow.__table__)


async def add(work: Work, rows: list[dict[str, object]]) -> None:
    """Remember these messages."""
    if rows:
        await work.session.execute(_TABLE.insert(), rows)


async def case_of(work: Work, channel: str, chat: str, message: str) -> str | None:
    """The id of the case that this message in a staff chat is about."""
    query = select(PostedRow.case_id).where(PostedRow.lookup == _lookup(work, channel, chat, message))
    return (await work.session.execute(query)).scalars().first()


async def _whereabouts(work: Work, *which: ColumnElement[bool]) -> list[Whereabouts]:
    query = select(PostedRow.id, PostedRow.party, PostedRow.channel).where(*which).order_by(PostedRow.at)
    return [(row_id, party, channel) for row_id, party, channel in await work.session.execute(query)]


async def notices(work: Work, case_id: str) -> list[Whereabouts]:
    """The notices of a case that are edited in place, oldest first."""
    return await _whereabouts(work, PostedRow.case_id == case_id, PostedRow.purpose == "notice")


async def of_purpose(work: Work, purpose: Purpose) -> list[Whereabouts]:
    """All messages in chats that were sent for this, oldest first."""
    return await _whereabouts(work, PostedRow.purpose == purpose)


async def about_case(work: Work, case_id: str) -> list[Whereabouts]:
    """All messages in staff chats about a case, oldest first."""
    return await _whereabouts(work, PostedRow.case_id == case_id)


async def arrived(work: Work, case_id: str, *, since: datetime, until: datetime) -> list[Whereabouts]:
    """The messages about a case, notices aside, that arrived in this time, oldest first."""
    about, then = PostedRow.case_id == case_id, PostedRow.at.between(since, until)
    return await _whereabouts(work, about, PostedRow.purpose == "mention", then)


async def count_older(work: Work, case_id: str, *, channel: str, than: datetime) -> int:
    """How many messages about a case stand in staff chats on this messenger from before `than`."""
    of_case = PostedRow.case_id == case_id, PostedRow.channel == channel, PostedRow.purpose != "chat"
    query = select(func.count()).select_from(PostedRow).where(*of_case, PostedRow.at < than)
    return (await work.session.execute(query)).scalar_one()


def _in_chat(party: Party) -> Select[PostedRow]:
    """Newest first."""
    own = PostedRow.party == party.id, PostedRow.channel == party.channel
    return select(PostedRow).where(*own).order_by(PostedRow.at.desc())


async def going(
    work: Work,
    party: Party,
    *,
    purposes: Collection[Purpose],
    limit: int,
    since: datetime | None = None,
) -> list[Posted]:
    """Up to `limit` messages in this chat that are remembered for one of these purposes, newest first."""
    query = _in_chat(party).where(PostedRow.purpose.in_(purposes)).limit(limit)
    if since is not None:
        query = query.where(PostedRow.at > since)
    return [_opened(each, party.key) for each in (await work.session.execute(query)).scalars()]


async def standing(work: Work, party: Party) -> list[Posted]:
    """All that is remembered of this chat, newest first."""
    found = await work.session.execute(_in_chat(party))
    return [_opened(each, party.key) for each in found.scalars()]


async def let_go(work: Work, parties: Collection[str], *, before: datetime | None = None) -> set[str]:
    """These reporters' messages (those sent `before`) are to be taken back: returns who has any."""
    which = and_(PostedRow.party.in_(parties), PostedRow.purpose == "chat")
    if before is not None:
        which = and_(which, PostedRow.at < before)
    marked = update(PostedRow).where(which).values(purpose="going").returning(PostedRow.party)
    return set((await work.session.execute(marked)).scalars())


async def grown_old(work: Work, *, limit: int) -> list[str]:
    """Reporters in whose chats something stands that soon can't be taken back any more."""
    old = and_(PostedRow.purpose == "chat", PostedRow.at <= work.now - KEPT)
    query = select(PostedRow.party).where(old, PostedRow.party.in_(select(ReporterRow.id))).distinct()
    return list((await work.session.execute(query.limit(limit))).scalars())


async def first_in(work: Work, party: Party, case_id: str) -> Posted | None:
    """The oldest message about a case that stands in the chat of this room or staff member."""
    query = select(PostedRow).where(PostedRow.party == party.id, PostedRow.case_id == case_id)
    query = query.where(PostedRow.channel == party.channel).order_by(PostedRow.at).limit(1)
    found = (await work.session.execute(query)).scalar()
    return None if found is None else _opened(found, party.key)


async def get(work: Work, row_id: str, key: DataKey) -> Posted | None:
    """One remembered message, opened with its party's key."""
    found = await work.session.get(PostedRow, row_id)
    return None if found is None else _opened(found, key)


def _opened(found: PostedRow, key: DataKey) -> Posted:
    chat, message = json.loads(key.open("posted", "message", found.id, found.message))
    return Posted(found.id, found.party, found.case_id, chat, message, found.at)


async def let_be(work: Work, row_ids: list[str]) -> None:
    """These notices are not edited any more: a newer one stands below them."""
    if not row_ids:
        return
    where = PostedRow.id.in_(row_ids)
    await work.session.execute(update(PostedRow).where(where).values(purpose="mention"))


async def forget(work: Work, row_ids: Iterable[str]) -> None:
    """These messages are gone from their chats."""
    await work.session.execute(delete(PostedRow).where(PostedRow.id.in_(list(row_ids))))


async def forget_old(work: Work) -> None:
    """Forget messages that can't be taken back any more, and staff's that nobody answers any more.

    Where chats vanish, reporters' are taken back before they are forgotten (`backend.retention.vanish`).
    """
    own, going = PostedRow.purpose == "chat", PostedRow.purpose == "going"
    if work.settings.privacy.vanish is not None:
        own = and_(own, PostedRow.party.not_in(select(ReporterRow.id)))
    gone = or_(
        and_(own, PostedRow.channel.in_(TAKES_BACK), PostedRow.at < work.now - KEPT),
        and_(going, PostedRow.at < work.now - KEPT - TRIED_FOR),
        and_(PostedRow.purpose.not_in(OWN), PostedRow.at < work.now - STAFF_KEPT),
    )
    await work.session.execute(delete(PostedRow).where(gone))
