"""What must go out: decided here in the transaction of its cause, sent afterwards by `bot.outbound`.

A row holds an intent (a name and parameters, sealed) and never words. First in, first out for one
party; priority between parties only. A claim belongs to a node (`backend.nodes`); a row that is claimed
and whose node dies is put back by another, marked as a repeat: its first outcome is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Literal, TypeAlias, cast

from sqlalchemy import (
    ColumnElement,
    Index,
    LargeBinary,
    RowMapping,
    String,
    and_,
    bindparam,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from backend.database import Table
from backend.vault.keys import DataKey, Sealed, Vault, new_id
from backend.vault.model import Id, Moment, SealedColumn

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None
PartyKind = Literal["reporter", "staff", "room"]

KEPT = timedelta(days=30)
ANNOUNCEMENTS = frozenset({"notice", "escalated", "news", "due"})
"""Intents that in a surge a digest may stand for, unless they are urgent."""
ALERTS = frozenset({"notice", "escalated", "reporter-wrote", "due", "handover", "handover-call", "gap-begun"})
"""Intents that try a staff member's other messenger if they aren't out in time."""
ELSEWHERE_AFTER = timedelta(seconds=60)
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""The `not_before` of what may go at once: due by any clock, however wrong one was when it was decided."""
SOLE = 0
"""Whose claims they are where there is one node only: no fence is ever this low."""


class Priority(IntEnum):
    """Who goes first when a messenger's limit makes some wait. Lower is sooner."""

    URGENT = 0
    REPLY = 1
    CONVERSATION = 2
    NOTICE = 3
    UPDATE = 4
    DIGEST = 5
    """Beside its party's queue: it neither waits there nor is waited for (see `claim_digests`)."""


class OutboxRow(Table):
    """One message that must go out, or did. `number` is the order of decision."""

    __tablename__ = "outbox"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id)
    channel: Mapped[str] = mapped_column(String(16))
    party_kind: Mapped[str] = mapped_column(String(8))
    party: Mapped[str] = mapped_column(Id)
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(8), default="due")
    """`due`, `claimed`, or how it was settled: `sent`, `unwanted`, `failed`, `folded` (into a digest)."""
    not_before: Mapped[datetime] = mapped_column(Moment)
    claimed_by: Mapped[int | None]
    """The fence of the node that claimed it last."""
    tries: Mapped[int] = mapped_column(default=0)
    repeat: Mapped[bool] = mapped_column(default=False)
    """True once an outcome is unknown: the message may stand in the chat already."""
    once: Mapped[bytes | None] = mapped_column(LargeBinary(16), unique=True)
    """A keyed hash of what may be decided only once (case, round, step, party)."""
    coalesce: Mapped[str | None] = mapped_column(String(40))
    """Edits of one message: the later one makes the earlier ones unwanted."""
    case_id: Mapped[str | None] = mapped_column(Id, index=True)
    while_: Mapped[str | None] = mapped_column("while", String(24))
    """`kind:round` of the case's clock: unwanted once that clock has stopped."""
    made_at: Mapped[datetime] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    announces: Mapped[bool] = mapped_column(default=False)
    """Whether it is one of `ANNOUNCEMENTS`."""
    elsewhere_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the person's other messenger gets it too, unless it is out by then; None once looked at."""
    body: Mapped[Sealed | None] = mapped_column(SealedColumn)

    __table_args__ = (
        Index("ix_outbox_open", "state", "priority", "number"),
        Index("ix_outbox_party_open", "party", "state", "number"),
        Index(
            "ix_outbox_elsewhere_at",
            "elsewhere_at",
            sqlite_where=text("elsewhere_at IS NOT NULL"),
            postgresql_where=text("elsewhere_at IS NOT NULL"),
        ),
    )


_TABLE = cast("SqlTable", OutboxRow.__table__)


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody or some room that messages go to, with the key that seals what is said to them."""

    kind: PartyKind
    id: str
    channel: str
    key: DataKey


@dataclass(frozen=True, slots=True)
class Item:
    """A message to put into the outbox."""

    party: Party
    intent: str
    params: Mapping[str, Json] = field(default_factory=dict)
    priority: Priority = Priority.CONVERSATION
    case_id: str | None = None
    once: str | None = None
    coalesce: str | None = None
    while_: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claimed row. `state` `due` puts it back until `not_before`."""

    number: int
    state: Literal["sent", "unwanted", "failed", "folded", "due"]
    not_before: datetime | None = None
    repeat: bool = False
    claimed_by: int = SOLE
    """The fence it was claimed under."""


async def put(session: AsyncSession, vault: Vault, items: Sequence[Item], *, now: datetime) -> None:
    """Add these, in this order. What was decided before (`once`) is passed over."""
    items = _latest_edits(await _undecided(session, vault, items))
    await _supersede(session, [item.coalesce for item in items if item.coalesce], now=now)
    if items:
        await session.execute(_TABLE.insert(), [new_row(vault, item, now) for item in items])


async def _undecided(session: AsyncSession, vault: Vault, items: Sequence[Item]) -> list[Item]:
    """Those of `items` that weren't decided before, each once. The unique column guards against a race."""
    digests = {item.once: vault.digest("once", item.once) for item in items if item.once}
    if not digests:
        return list(items)
    query = select(OutboxRow.once).where(OutboxRow.once.in_(digests.values()))
    known = set((await session.execute(query)).scalars())
    undecided: list[Item] = []
    for item in items:
        digest = digests[item.once] if item.once else None
        if digest is None or digest not in known:
            undecided.append(item)
            known.add(digest)
    return undecided


def _latest_edits(items: Sequence[Item]) -> list[Item]:
    """Of the edits of one message only the last."""
    last = {item.coalesce: item for item in items if item.coalesce}
    return [item for item in items if not item.coalesce or last[item.coalesce] is item]


async def _supersede(session: AsyncSession, keys: Collection[str], *, now: datetime) -> None:
    if not keys:
        return
    stale = and_(OutboxRow.coalesce.in_(keys), OutboxRow.state == "due")
    await session.execute(update(OutboxRow).where(stale).values(state="unwanted", body=None, settled_at=now))


def plain(item: Item) -> bytes:
    """What a row's body holds, before it is sealed."""
    said = {"intent": item.intent, **item.params}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def new_row(vault: Vault, item: Item, now: datetime) -> dict[str, object]:
    """The row of an item that is decided now, by column name."""
    row_id = new_id()
    return {
        "id": row_id,
        "state": "due",
        "tries": 0,
        "repeat": False,
        "channel": item.party.channel,
        "party_kind": item.party.kind,
        "party": item.party.id,
        "priority": int(item.priority),
        "not_before": item.not_before or AT_ONCE,
        "once": vault.digest("once", item.once) if item.once else None,
        "coalesce": item.coalesce,
        "case_id": item.case_id,
        "while": item.while_,
        "made_at": now,
        "announces": item.intent in ANNOUNCEMENTS,
        "elsewhere_at": _elsewhere_at(item, now),
        "body": item.party.key.seal("outbox", "body", row_id, plain(item)),
    }


def _elsewhere_at(item: Item, now: datetime) -> datetime | None:
    """Only for what a person must hear of, and not for what is on its second way already."""
    if item.party.kind != "staff" or item.intent not in ALERTS or "detour" in item.params:
        return None
    return max(item.not_before or now, now) + ELSEWHERE_AFTER


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


def opened(row_id: str, body: Sealed, key: DataKey) -> dict[str, Json]:
    """What `plain` made of a row's item. Raises SealBroken."""
    content: dict[str, Json] = json.loads(key.open("outbox", "body", row_id, body))
    return content


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


async def put_back(session: AsyncSession, *, claimed_by: Collection[int] | None = None) -> None:
    """Let others send what these nodes (None: any) had claimed: its outcome is unknown, so it is a repeat."""
    left = OutboxRow.state == "claimed"
    if claimed_by is not None:
        left = and_(left, OutboxRow.claimed_by.in_(claimed_by))
    await session.execute(update(OutboxRow).where(left).values(state="due", repeat=True))


async def anything_due(session: AsyncSession, *, channel: str, now: datetime) -> bool:
    """Whether anything waits for this channel that may go by now."""
    found = await session.execute(_DUE, {"channel": channel, "now": now})
    return found.scalar() is not None


async def next_due(session: AsyncSession) -> datetime | None:
    """The earliest time at which a waiting row may go out; long ago for what may go at once."""
    return (
        await session.execute(select(func.min(OutboxRow.not_before)).where(OutboxRow.state == "due"))
    ).scalar()


async def drop_for_case(session: AsyncSession, case_id: str) -> None:
    """Erasure: nothing about this case leaves any more."""
    await session.execute(delete(OutboxRow).where(OutboxRow.case_id == case_id))


async def drop_for_party(session: AsyncSession, party: str) -> None:
    """Nothing leaves any more for this party."""
    await session.execute(delete(OutboxRow).where(OutboxRow.party == party))


async def forget_old(session: AsyncSession, *, now: datetime) -> None:
    """Drop rows that were settled long ago."""
    await session.execute(delete(OutboxRow).where(OutboxRow.settled_at < now - KEPT))


async def troubles(session: AsyncSession, *, since: datetime, late: datetime) -> tuple[int, int]:
    """For `/status`: how many messages failed since `since`, and how many wait although due before `late`."""
    failed = select(func.count()).where(OutboxRow.state == "failed", OutboxRow.settled_at >= since)
    waiting = select(func.count()).where(
        OutboxRow.state == "due", OutboxRow.not_before < late, OutboxRow.made_at < late
    )
    return (await session.execute(failed)).scalar_one(), (await session.execute(waiting)).scalar_one()
