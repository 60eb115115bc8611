"""What is announced to whom: counted in the outbox, and folded there where a digest stands for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select, tuple_, update

from backend.claims import Claimed
from backend.outbox import OutboxRow, PartyKind, Priority
from backend.surge.model import SurgeRow
from backend.surge.rules import WINDOW
from backend.work import Work

OPEN = ("due", "claimed")
FOLDABLE = (Priority.URGENT, Priority.NOTICE)
"""The priorities that announcements have; asked for so that the index of what is open is used."""


@dataclass(frozen=True, slots=True, order=True)
class Chat:
    """A party on one messenger."""

    kind: PartyKind
    party: str
    channel: str


def _counting(*where: ColumnElement[bool]) -> Select[str, str, str, int]:
    chat = (OutboxRow.party_kind, OutboxRow.party, OutboxRow.channel)
    return select(*chat, func.count()).where(OutboxRow.announces, *where).group_by(*chat)


# Built once: this is asked every second, and putting statements together costs more than running them.
_IN_TIME = or_(OutboxRow.not_before <= bindparam("now"), OutboxRow.tries > 0)
_WAITING = _counting(OutboxRow.state.in_(OPEN), OutboxRow.priority.in_(FOLDABLE), _IN_TIME)
_WENT = _counting(
    OutboxRow.settled_at.between(bindparam("since"), bindparam("now")),
    OutboxRow.state.in_(("sent", "folded")),
)


async def wanted(work: Work) -> dict[Chat, int]:
    """How many announcements each chat would have had within the last minute, were there no limits.

    Those that wait count however old they are, but not what is held back until its time.
    """
    counts: dict[Chat, int] = {}
    for query, asked in ((_WAITING, {}), (_WENT, {"since": work.now - WINDOW})):
        for row in await work.session.execute(query, {**asked, "now": work.now}):
            chat = Chat(row.party_kind, row.party, row.channel)
            counts[chat] = counts.get(chat, 0) + row[3]
    return counts


async def first_waiting(work: Work, chat: Chat) -> int:
    """The number of the oldest announcement that waits, or of the outbox's last row if none does."""
    mine = and_(OutboxRow.party == chat.party, OutboxRow.channel == chat.channel)
    query = select(func.min(OutboxRow.number)).where(mine, OutboxRow.announces, OutboxRow.state.in_(OPEN))
    waiting = (await work.session.execute(query)).scalar()
    if waiting is not None:
        return waiting
    return (await work.session.execute(select(func.max(OutboxRow.number)))).scalar() or 0


async def fold(work: Work, chat: Chat) -> None:
    """What waits and isn't urgent is settled: the digest stands for it.

    What is being claimed at this moment is passed over: it is asked about when it is to be sent.
    """
    waiting = (
        select(OutboxRow.number)
        .where(OutboxRow.party == chat.party, OutboxRow.channel == chat.channel, OutboxRow.announces)
        .where(OutboxRow.state == "due", OutboxRow.priority > Priority.URGENT)
        .where(or_(OutboxRow.not_before <= work.now, OutboxRow.tries > 0))
        .with_for_update(skip_locked=True)
    )
    await work.session.execute(
        update(OutboxRow)
        .where(OutboxRow.number.in_(waiting.scalar_subquery()))
        .values(state="folded", body=None, settled_at=work.now)
        .execution_options(synchronize_session=False)
    )


async def folding(work: Work, rows: Iterable[Claimed]) -> Collection[int]:
    """Which of these rows a digest stands for instead: the last moment to ask is when they are to be sent.

    The surges are locked, so that none ends in between without having listed them.
    """
    asked = [row.number for row in rows if row.priority == Priority.NOTICE and row.party_kind != "reporter"]
    if not asked:
        return ()
    here = and_(SurgeRow.party == OutboxRow.party, SurgeRow.channel == OutboxRow.channel)
    query = (
        select(OutboxRow.number)
        .join(SurgeRow, here)
        .where(OutboxRow.number.in_(asked), OutboxRow.announces, SurgeRow.ended_at.is_(None))
        .with_for_update(read=True, of=SurgeRow)
    )
    return set((await work.session.execute(query)).scalars())


async def digest_waits(work: Work, chat: Chat) -> bool:
    """Whether a word of this chat's digest is on its way: its words are made at sending, so one is enough."""
    where = and_(
        OutboxRow.party == chat.party,
        OutboxRow.channel == chat.channel,
        OutboxRow.state.in_(OPEN),
        OutboxRow.priority == Priority.DIGEST,
    )
    return bool((await work.session.execute(select(exists().where(where)))).scalar())


async def folded_since(work: Work, chats: Iterable[tuple[str, str, int]]) -> int:
    """How many announcements were folded, in all of these chats (party, channel, first number)."""
    total = 0
    for party, channel, first in chats:
        mine = tuple_(OutboxRow.party, OutboxRow.channel) == (party, channel)
        query = select(func.count()).where(mine, OutboxRow.state == "folded", OutboxRow.number >= first)
        total += (await work.session.execute(query)).scalar_one()
    return total
