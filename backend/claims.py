"""Whose turn it is to be sent, and what became of it: the outbox as `bot.outbound` sees it.

A claim belongs to a node (`backend.nodes`); a row that is claimed and whose node dies is put back by
another, marked as a repeat: its first outcome is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, exists, not_, or_, select, update
from sqlalchemy import Table as SqlTable
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from backend.outbox import AT_ONCE, SOLE, Json, OutboxRow, PartyKind, Priority, opened
from backend.vault.keys import DataKey, Sealed

_TABLE = cast("SqlTable", OutboxRow.__table__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours to send. `repeat`: an earlier attempt's outcome is unknown."""

    number: int
    id: str
    channel: str
    party_kind: PartyKind
    party: str
    priority: int
    tries: int
    repeat: bool
    case_id: str | None
    while_: str | None
    made_at: datetime
    body: Sealed
    claimed_by: int

    def opened(self, key: DataKey) -> dict[str, Json]:
        """The intent: `{"intent": name, **params}`. Raises SealBroken."""
        return opened(self.id, self.body, key)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claimed row. `state` `due` puts it back until `not_before`."""

    number: int
    state: Literal["sent", "unwanted", "failed", "folded", "due"]
    not_before: datetime | None = None
    repeat: bool = False
    claimed_by: int = SOLE
    """The fence it was claimed under."""


_CLAIMED = (
    OutboxRow.number,
    OutboxRow.id,
    OutboxRow.channel,
    OutboxRow.party_kind,
    OutboxRow.party,
    OutboxRow.priority,
    OutboxRow.tries,
    OutboxRow.repeat,
    OutboxRow.case_id,
    OutboxRow.while_,
    OutboxRow.made_at,
    OutboxRow.body,
)


def _has_to_wait() -> ColumnElement[bool]:
    """Whether another message to the same party is under way, or goes before this one."""
    other = aliased(OutboxRow)
    urgent, other_urgent = OutboxRow.priority == Priority.URGENT, other.priority == Priority.URGENT
    earlier = and_(other.number < OutboxRow.number, or_(other_urgent, not_(urgent)))
    # Of an officer's two messengers one may be out of order: the other doesn't wait for it.
    same_chat = and_(other.party == OutboxRow.party, other.channel == OutboxRow.channel)
    same_party = exists().where(same_chat, other.priority != Priority.DIGEST)
    return or_(
        same_party.where(other.state == "claimed"),
        same_party.where(other.state == "due", earlier),
        and_(not_(urgent), same_party.where(other.state == "due", other_urgent)),
    )


# Built once: putting these together costs several times what running them does.
_DUE = (
    select(OutboxRow.number)
    .where(OutboxRow.state == "due", OutboxRow.channel == bindparam("channel"))
    .where(OutboxRow.not_before <= bindparam("now"))
    .limit(1)
)
_CLAIM = (
    select(*_CLAIMED)
    .where(OutboxRow.state == "due", OutboxRow.channel == bindparam("channel"))
    .where(OutboxRow.not_before <= bindparam("now"))
    .where(OutboxRow.party.not_in(bindparam("not_parties", expanding=True)), ~_has_to_wait())
    .where(OutboxRow.priority <= bindparam("lowest"))
    .order_by(OutboxRow.priority, OutboxRow.number)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM_DIGESTS = (
    select(*_CLAIMED)
    .where(OutboxRow.state == "due", OutboxRow.priority == Priority.DIGEST)
    .where(OutboxRow.channel == bindparam("channel"), OutboxRow.not_before <= bindparam("now"))
    .where(OutboxRow.party.not_in(bindparam("paused", expanding=True)))
    .where(or_(OutboxRow.coalesce.is_not(None), OutboxRow.party.not_in(bindparam("full", expanding=True))))
    .order_by(OutboxRow.number)
    .with_for_update(skip_locked=True)
)
_MARK = (
    update(_TABLE)
    .where(_TABLE.c.number.in_(bindparam("numbers", expanding=True)))
    .values(state="claimed", claimed_by=bindparam("by"), tries=_TABLE.c.tries + 1)
)
_MINE = and_(_TABLE.c.number == bindparam("key"), _TABLE.c.claimed_by == bindparam("by"))
_WIPE = (
    update(_TABLE)
    .where(_MINE, _TABLE.c.settled_at.is_(None))
    .values(state=bindparam("new_state"), settled_at=bindparam("when"), body=None)
)
_TRY_AGAIN = (
    update(_TABLE)
    .where(_MINE, _TABLE.c.state == "claimed")
    .values(state="due", not_before=bindparam("when"), repeat=or_(_TABLE.c.repeat, bindparam("again")))
)


async def claim(
    session: AsyncSession,
    *,
    now: datetime,
    limit: int,
    channel: str,
    not_parties: Collection[str] = (),
    urgent_only: bool = False,
    by: int = SOLE,
) -> list[Claimed]:
    """Up to `limit` rows whose turn it is, at most one a party, most pressing first; now claimed `by` a node.

    Parties in `not_parties` have to wait (their messenger's limit). First in, first out within a party,
    but that an urgent message overtakes the rest: in a surge the room must read of it at once.
    """
    lowest = Priority.URGENT if urgent_only else Priority.UPDATE
    asked = {"now": now, "channel": channel, "not_parties": list(not_parties), "lowest": int(lowest)}
    found = await session.execute(_CLAIM, {**asked, "most": limit})
    return await _marked(session, found.mappings(), by)


async def claim_digests(
    session: AsyncSession,
    *,
    now: datetime,
    channel: str,
    paused: Collection[str],
    full: Collection[str],
    by: int = SOLE,
) -> list[Claimed]:
    """Digests that may go now, whatever else waits for their party.

    Parties in `paused` are left alone; those in `full` may have no new message, but what stands there may
    be edited (only edits coalesce).
    """
    asked = {"now": now, "channel": channel, "paused": list(paused), "full": list(full)}
    found = await session.execute(_CLAIM_DIGESTS, asked)
    return await _marked(session, found.mappings(), by)


async def _marked(session: AsyncSession, found: Iterable[RowMapping], by: int) -> list[Claimed]:
    rows = [Claimed(**row, claimed_by=by) for row in found]
    if rows:
        await session.execute(_MARK, {"numbers": [row.number for row in rows], "by": by})
    return rows


async def settle(session: AsyncSession, outcomes: Sequence[Settled], *, now: datetime) -> None:
    """Write down what became of claimed rows. What went out is wiped: only the fact remains.

    A row that another node has claimed since is left alone; one that was only put back is not sent again.
    """
    ended = [
        {"key": each.number, "by": each.claimed_by, "new_state": each.state, "when": now}
        for each in outcomes
        if each.state != "due"
    ]
    again = [
        {
            "key": each.number,
            "by": each.claimed_by,
            "when": each.not_before or AT_ONCE,
            "again": each.repeat,
        }
        for each in outcomes
        if each.state == "due"
    ]
    connection = await session.connection()
    if ended:
        await connection.execute(_WIPE, ended)
    if again:
        await connection.execute(_TRY_AGAIN, again)


async def settled_among(session: AsyncSession, rows: Collection[Claimed]) -> set[int]:
    """The numbers of those of these rows that were settled for good under this very claim."""
    claimed_by = {row.number: row.claimed_by for row in rows}
    query = select(OutboxRow.number, OutboxRow.claimed_by).where(
        OutboxRow.number.in_(claimed_by), OutboxRow.settled_at.is_not(None)
    )
    return {number for number, by in await session.execute(query) if claimed_by[number] == by}


async def put_back(session: AsyncSession, *, claimed_by: Collection[int] | None = None) -> None:
    """Let others send what these nodes (None: any) had claimed: its outcome is unknown, so it is a repeat."""
    left = OutboxRow.state == "claimed"
    if claimed_by is not None:
        left = and_(left, OutboxRow.claimed_by.in_(claimed_by))
    await session.execute(update(OutboxRow).where(left).values(state="due", repeat=True))


async def is_any_about_a_case_under_way(session: AsyncSession, *, party: str, channel: str) -> bool:
    """Whether a message about a case is being sent to this party, or was and isn't settled yet."""
    query = select(OutboxRow.number).where(
        OutboxRow.party == party,
        OutboxRow.channel == channel,
        OutboxRow.state == "claimed",
        OutboxRow.case_id.is_not(None),
    )
    return (await session.execute(query.limit(1))).scalar() is not None


async def anything_due(session: AsyncSession, *, channel: str, now: datetime) -> bool:
    """Whether anything waits for this channel that may go by now."""
    found = await session.execute(_DUE, {"channel": channel, "now": now})
    return found.scalar() is not None
