"""What must go out: decided here in the transaction of its cause, sent afterwards by `bot.outbound`.

A row holds an intent (a name and parameters, sealed) and never words. First in, first out for one
party; priority between parties only. Who may send it, and what became of it, is `backend.claims`' business.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Literal, TypeAlias, cast

from sqlalchemy import (
    Index,
    LargeBinary,
    String,
    and_,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

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
    """Beside its party's queue: it neither waits there nor is waited for (`backend.claims.claim_digests`)."""


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


def opened(row_id: str, body: Sealed, key: DataKey) -> dict[str, Json]:
    """What `plain` made of a row's item. Raises SealBroken."""
    content: dict[str, Json] = json.loads(key.open("outbox", "body", row_id, body))
    return content


async def next_due(session: AsyncSession) -> datetime | None:
    """The earliest time at which a waiting row may go out; long ago for what may go at once."""
    return (
        await session.execute(select(func.min(OutboxRow.not_before)).where(OutboxRow.state == "due"))
    ).scalar()


async def drop_for_case(session: AsyncSession, case_id: str) -> None:
    """Erasure: nothing about this case leaves any more."""
    await session.execute(delete(OutboxRow).where(OutboxRow.case_id == case_id))


async def any_under_way(session: AsyncSession, case_id: str) -> bool:
    """Whether a message about this case is still to go out."""
    where = OutboxRow.case_id == case_id, OutboxRow.state.in_(("due", "claimed"))
    return (await session.execute(select(OutboxRow.number).where(*where).limit(1))).scalar() is not None


async def drop_under_way(session: AsyncSession, case_id: str) -> None:
    """What was still to go out about this case doesn't; that the rest did stays known."""
    where = OutboxRow.case_id == case_id, OutboxRow.state.in_(("due", "claimed"))
    await session.execute(delete(OutboxRow).where(*where))


async def drop_for_party(session: AsyncSession, party: str) -> None:
    """Nothing leaves any more for this party."""
    await session.execute(delete(OutboxRow).where(OutboxRow.party == party))


async def drop_due_for_party(session: AsyncSession, party: str) -> None:
    """Nothing more is handed over for this party; what is under way ends as it ends."""
    await session.execute(delete(OutboxRow).where(OutboxRow.party == party, OutboxRow.state == "due"))


async def drop_unasked(session: AsyncSession, party: str) -> None:
    """The same, but for what is about a case."""
    unsent = and_(OutboxRow.party == party, OutboxRow.state == "due", OutboxRow.case_id.is_(None))
    await session.execute(delete(OutboxRow).where(unsent))


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
