"""The processes at work on one database: each says every few seconds that it lives, by the database's time.

A node's term is a row of `nodes`. While the row stands, what the node claimed and the leases it holds are
its own; whoever removes the row, once its time is over, puts the claims back. So the row, not a clock,
decides when a transaction commits. By its own steady clock a node knows when its term may be over; from
then on it begins nothing until it has renewed it, and if its row is gone, that takes a new fence.

A SQLite file has one node, alone by a lock on the file: its term never ends.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import BigInteger, bindparam, cast, delete, exists, extract, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend import claims, outbox
from backend.clock import Clock, steady_time
from backend.database import Database, NotNow, Table, is_unavailable
from backend.outbox import OutboxRow
from backend.vault.keys import new_id
from backend.vault.model import Id

log = structlog.get_logger("nodes")

LASTS = timedelta(seconds=10)
"""How long a term lasts from its last renewal: a dead node's work is taken over this much later."""
RENEW_EVERY = 2.0
RENEW_WITHIN = 5.0
"""Seconds after which a renewal that hangs is given up and tried anew."""
SKEWED = timedelta(seconds=5)
"""A clock this far from the database's is complained of."""


class NodeRow(Table):
    """A term. `until` is in microseconds since 1970, by the database's time."""

    __tablename__ = "nodes"
    fence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    """Each term has a higher one than all before."""
    id: Mapped[str] = mapped_column(Id)
    """The process: random, the same in all its terms."""
    until: Mapped[int] = mapped_column(BigInteger)


class NodeLapsed(NotNow):
    """This node's term is over and its work was taken over: nothing may be committed under it."""


@dataclass(frozen=True, slots=True)
class Term:
    """What a node knows of its term: it lasts at least until `until`, in seconds of its steady clock."""

    fence: int
    until: float


_MICROS = 1_000_000
_NOW = cast(extract("epoch", func.clock_timestamp()) * _MICROS, BigInteger)
_UNTIL = _NOW + int(LASTS.total_seconds() * _MICROS)
_THIS = NodeRow.fence == bindparam("this")
_OVER = NodeRow.until <= _NOW
_ENTER = insert(NodeRow).values(id=bindparam("node"), until=_UNTIL).returning(NodeRow.fence)
_PROLONG = update(NodeRow).where(_THIS).values(until=_UNTIL).returning(NodeRow.fence)
LIVES = ~_OVER
"""Of a node: that its term, as far as the database knows, isn't over."""
_COUNT = select(func.count(), _NOW).select_from(NodeRow).where(LIVES)
# The lock lets the term be prolonged, but not ended, before this transaction is.
_CONFIRM = select(NodeRow.fence).where(_THIS).with_for_update(read=True, key_share=True)


class Node:
    """This process among the nodes."""

    def __init__(
        self, database: Database, clock: Clock, *, steady: Callable[[], float] = steady_time
    ) -> None:
        self.id = new_id()
        self.live = 1
        """How many nodes lived when the term was last renewed, this one included."""
        self.skew = timedelta(0)
        """By how much this machine's time was ahead of the database's then."""
        self._database = database
        self._clock = clock
        self._steady = steady
        self._term = Term(outbox.SOLE, math.inf) if self.is_sole else None
        self._renewing = asyncio.Lock()

    @property
    def is_sole(self) -> bool:
        """Whether there can be no other node on this database."""
        return self._database.is_sqlite

    @property
    def is_skewed(self) -> bool:
        """Whether this machine's clock and the database's are too far apart."""
        return abs(self.skew) > SKEWED

    def may_act(self) -> bool:
        """Whether the term surely lasts still."""
        return self._term is not None and self._steady() < self._term.until

    def holds(self, fence: int) -> bool:
        """Whether what was begun under this fence may go on: the term is the same, and lasts."""
        return self.is_in(fence) and self.may_act()

    def is_in(self, fence: int) -> bool:
        """Whether this is the fence of the last term that is known of, be it over or not."""
        return self._term is not None and self._term.fence == fence

    def answers_for_itself(self) -> bool:
        """Whether no other node can have gone on with this one's work: it lives, or there was no other."""
        return self.may_act() or self.live == 1

    async def fence(self) -> int:
        """The fence under which to begin something now. Renews a term that is over: raises what that does."""
        if not self.may_act():
            await self.renew()
        if self._term is None:  # confirmed as lost in between
            raise NodeLapsed
        return self._term.fence

    async def renew(self) -> None:
        """Prolong the term; if it was ended from outside, begin another one."""
        if self.is_sole:
            return
        async with self._renewing, asyncio.timeout(RENEW_WITHIN):
            asked, before = self._steady(), self._clock.now()
            async with self._database.transaction() as session:
                fence = await self._prolonged(session) or await self._entered(session)
                live, database_time = (await session.execute(_COUNT)).one()
            self._term = Term(fence, asked + LASTS.total_seconds())
            self.live = max(1, live)
            self._compare(before, database_time)

    async def _prolonged(self, session: AsyncSession) -> int | None:
        if self._term is None:
            return None
        prolonged: int | None = (await session.execute(_PROLONG, {"this": self._term.fence})).scalar()
        if prolonged is None:
            log.warning("term was ended by another node", node=self.id, fence=self._term.fence)
        return prolonged

    async def _entered(self, session: AsyncSession) -> int:
        entered: int = (await session.execute(_ENTER, {"node": self.id})).scalar_one()
        return entered

    def _compare(self, before: datetime, database_time: int) -> None:
        """How far apart the clocks are, of which the time that asking took says nothing."""
        after, theirs = self._clock.now(), _EPOCH + timedelta(microseconds=database_time)
        was_skewed = self.is_skewed
        self.skew = before - theirs if before > theirs else min(after - theirs, timedelta(0))
        if self.is_skewed and not was_skewed:
            log.warning("clock differs from the database's", seconds=round(self.skew.total_seconds()))

    async def confirm(self, session: AsyncSession) -> int:
        """The fence, certain until this transaction ends: nobody can take over before. Raises NodeLapsed."""
        if self.is_sole:
            return outbox.SOLE
        fence = self._term.fence if self._term else 0
        if (await session.execute(_CONFIRM, {"this": fence})).scalar() is None:
            self._term = None
            raise NodeLapsed
        return fence

    async def keep(self) -> None:
        """Renew until cancelled. A database that is gone is tried again and again."""
        if self.is_sole:
            await asyncio.Event().wait()
        while True:
            await asyncio.sleep(RENEW_EVERY)
            try:
                await self.renew()
            except Exception as error:  # noqa: BLE001 - the term runs out if this goes on: that is what it is for
                if not is_unavailable(error):
                    log.error("term not renewed", error=type(error).__name__)

    async def leave(self) -> None:
        """End the term: what is still claimed is put back at once, for others. For a clean stop."""
        if self._term is None or self.is_sole:
            return
        fence, self._term = self._term.fence, None
        try:
            async with asyncio.timeout(RENEW_WITHIN), self._database.transaction() as session:
                await session.execute(delete(NodeRow).where(NodeRow.fence == fence))
                await claims.put_back(session, claimed_by=[fence])
        except Exception as error:  # noqa: BLE001 - the term runs out by itself, a few seconds later
            log.error("term not ended", error=type(error).__name__)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# ── What others left behind ─────────────────────────────────────────────────────────────────────

_AHEAD = NodeRow.until > _UNTIL + _MICROS
"""No renewal reaches this far: the database's clock was set back since."""
_CLAIMANTS = select(OutboxRow.claimed_by).where(OutboxRow.state == "claimed").distinct()
_ORPHAN = (
    exists()
    .where(OutboxRow.state == "claimed")
    .where(OutboxRow.claimed_by.is_not(None), OutboxRow.claimed_by.not_in(select(NodeRow.fence)))
)
_LEFT = select(or_(exists().where(or_(_OVER, _AHEAD)), _ORPHAN))


async def anything_left(session: AsyncSession) -> bool:
    """Whether a node may have died: a cheap look. Not on SQLite, where there is no other."""
    return bool((await session.execute(_LEFT)).scalar())


async def take_over(session: AsyncSession) -> int:
    """End the terms whose time is over, and put back what was claimed under none; how many claimants went.

    Not on SQLite.
    """
    await session.execute(update(NodeRow).where(_AHEAD).values(until=_UNTIL))
    await session.execute(delete(NodeRow).where(_OVER))
    claimants = set((await session.execute(_CLAIMANTS)).scalars())
    # A statement after the first: whoever claimed before that one had entered before this one.
    living = set((await session.execute(select(NodeRow.fence))).scalars())
    gone = [fence for fence in claimants - living if fence is not None]
    if gone:
        log.warning("took over from nodes that are gone", fences=gone)
        await claims.put_back(session, claimed_by=gone)
    return len(gone)
