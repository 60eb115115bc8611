"""Two nodes of one hotline in one process, on a real PostgreSQL; the first one can be replaced."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update

from backend import nodes
from backend.nodes import LASTS, Node, NodeRow
from backend.work import Backend
from tests.backend.world import World


@dataclass
class Steady:
    """A clock of seconds that a test moves, as a process that was stopped finds it moved."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        """The time now."""
        return self.seconds


@dataclass
class Nodes:
    """Two nodes: `world` is the first one's, and `steady` its steady clock."""

    world: World
    other: Backend
    steady: Steady

    @property
    def first(self) -> Node:
        """The first one."""
        return self.world.backend.node

    async def is_taken_over(self) -> int:
        """The first one's term runs out, and the other one takes over; from how many claimants."""
        self.steady.seconds += LASTS.total_seconds()
        await self.other.node.renew()  # as one that lives does, however slow the machine is
        async with self.other.work() as work:
            await work.session.execute(update(NodeRow).where(NodeRow.id == self.first.id).values(until=0))
        async with self.other.looking() as work:
            assert await nodes.anything_left(work.session)
        async with self.other.work() as work:
            return await nodes.take_over(work.session)
