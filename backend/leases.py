"""Roles that one node has at a time: long polling, a device that encrypts.

A lease lasts as long as its holder's term (`backend.nodes`), and ends with it or when it is given back. Each
holding has a higher fence than the one before; whoever writes as the holder confirms that in the same
transaction, so that of a holder who was paused and replaced nothing is committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqlalchemy import String, bindparam, exists, or_, select, update
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend import outbox
from backend.database import NotNow, Table
from backend.nodes import NodeRow


class LeaseRow(Table):
    """A role and who has it."""

    __tablename__ = "leases"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    node: Mapped[int | None]
    """The fence of the holder's term: of one that is over, or None, nobody has the role."""
    fence: Mapped[int]
    """How often the role was taken."""


class LeaseLost(NotNow):
    """Another node has the role now: nothing of what was done in it may be committed."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A role that was taken. `node` is the fence of the holder's term, `fence` the lease's own."""

    name: str
    node: int
    fence: int

    @property
    def is_sole(self) -> bool:
        """Whether nobody else could ever have it (SQLite)."""
        return self.node == outbox.SOLE


def sole(name: str) -> Lease:
    """The lease of a role on a database with one node."""
    return Lease(name, outbox.SOLE, 0)


_TABLE = cast("SqlTable", LeaseRow.__table__)
_NAMED = LeaseRow.name == bindparam("named")
_THIS = LeaseRow.fence == bindparam("held")
_HELD = exists().where(NodeRow.fence == LeaseRow.node)
_FREE = select(or_(~exists().where(_NAMED), exists().where(_NAMED, ~_HELD.correlate(LeaseRow))))
_MADE = postgresql.insert(_TABLE).on_conflict_do_nothing()
_LOCK = select(LeaseRow.fence).where(_NAMED).with_for_update()
_TAKE = (
    update(LeaseRow)
    .where(_NAMED, ~_HELD)
    .values(node=bindparam("taker"), fence=LeaseRow.fence + 1)
    .returning(LeaseRow.fence)
)
_GIVE_BACK = update(LeaseRow).where(_NAMED, _THIS).values(node=None)
_CONFIRM = select(LeaseRow.fence).where(_NAMED, _THIS).with_for_update(read=True)


async def is_free(session: AsyncSession, name: str) -> bool:
    """Whether the role can be taken: a cheap look."""
    return bool((await session.execute(_FREE, {"named": name})).scalar())


async def take(session: AsyncSession, name: str, *, node: int) -> Lease | None:
    """Take the role for the node of this fence (confirmed in this transaction), or None if it is held."""
    await session.execute(_MADE, {"name": name, "node": None, "fence": 0})
    # First the lock, then a statement of its own that sees what was true once it was had.
    await session.execute(_LOCK, {"named": name})
    fence = (await session.execute(_TAKE, {"named": name, "taker": node})).scalar()
    return None if fence is None else Lease(name, node, fence)


async def give_back(session: AsyncSession, lease: Lease) -> None:
    """Let another node have the role at once. One that was lost is left alone."""
    if not lease.is_sole:
        await session.execute(_GIVE_BACK, {"named": lease.name, "held": lease.fence})


async def confirm(session: AsyncSession, lease: Lease) -> None:
    """Make sure that the lease is held until this transaction ends. Raises LeaseLost."""
    if lease.is_sole:
        return
    held = await session.execute(_CONFIRM, {"named": lease.name, "held": lease.fence})
    if held.scalar() is None:
        raise LeaseLost
