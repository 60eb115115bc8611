"""Messages that stand in chats: kept so that they can be edited, answered and taken back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

from sqlalchemy import Table as SqlTable
from sqlalchemy import and_, delete, or_, select, update

from backend.outbox import Party
from backend.people.model import PostedRow
from backend.vault.keys import DataKey, new_id
from backend.work import Work

Purpose = Literal["notice", "handover", "mention", "chat"]

KEPT = timedelta(hours=47)
"""How long a reporter's messages are remembered: bots may take messages back for 48 hours only."""
STAFF_KEPT = timedelta(days=90)
"""How long a message in a staff chat can be answered, and changes in place with its case."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message in a chat, by the messenger's ids."""

    id: str
    party: str
    case_id: str | None
    chat: str
    message: str


def _lookup(work: Work, channel: str, chat: str, message: str) -> bytes:
    return work.vault.digest("posted", channel, chat, message)


def row(
    work: Work, party: Party, *, chat: str, message: str, purpose: Purpose, case_id: str | None = None
) -> dict[str, object]:
    """A row for bulk writing. Only staff's messages can be found by messenger id."""
    row_id = new_id()
    place = json.dumps([chat, message]).encode()
    return {
        "id": row_id,
        "party": party.id,
        "case_id": case_id,
        "channel": party.channel,
        "purpose": purpose,
        "at": work.now,
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


async def notices(work: Work, case_id: str) -> list[tuple[str, str, str]]:
    """(row id, party id, channel) of the notices of a case that are edited in place, oldest first."""
    query = (
        select(PostedRow.id, PostedRow.party, PostedRow.channel)
        .where(PostedRow.case_id == case_id, PostedRow.purpose == "notice")
        .order_by(PostedRow.at)
    )
    return [(row_id, party, channel) for row_id, party, channel in await work.session.execute(query)]


async def of_purpose(work: Work, purpose: Purpose) -> list[tuple[str, str, str]]:
    """(row id, party id, channel) of all messages in chats that were sent for this, oldest first."""
    query = (
        select(PostedRow.id, PostedRow.party, PostedRow.channel)
        .where(PostedRow.purpose == purpose)
        .order_by(PostedRow.at)
    )
    return [(row_id, party, channel) for row_id, party, channel in await work.session.execute(query)]


async def about_case(work: Work, case_id: str) -> list[tuple[str, str, str]]:
    """(row id, party id, channel) of all messages in staff chats about a case."""
    query = select(PostedRow.id, PostedRow.party, PostedRow.channel).where(PostedRow.case_id == case_id)
    return [(row_id, party, channel) for row_id, party, channel in await work.session.execute(query)]


async def in_chat(work: Work, party: str, key: DataKey) -> list[Posted]:
    """All remembered messages in the chat with one reporter, oldest first."""
    query = select(PostedRow).where(PostedRow.party == party).order_by(PostedRow.at)
    return [_opened(each, key) for each in (await work.session.execute(query)).scalars()]


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
    return Posted(found.id, found.party, found.case_id, chat, message)


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
    """Forget messages that can't be taken back any more, and staff's that nobody answers any more."""
    chat, old, ancient = PostedRow.purpose == "chat", work.now - KEPT, work.now - STAFF_KEPT
    gone = or_(and_(chat, PostedRow.at < old), and_(~chat, PostedRow.at < ancient))
    await work.session.execute(delete(PostedRow).where(gone))
