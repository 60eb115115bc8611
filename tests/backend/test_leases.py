"""Roles that one node has at a time: who holds one, how it passes on, and who may write no more."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select

from backend import leases
from backend.inbox import InboxRow
from backend.leases import Lease, LeaseLost
from backend.work import Backend
from bot.channels.base import Inbound, NotSaved, TextSent
from bot.inbound import Reception
from bot.outbound import Outbound
from bot.roles import Role
from tests.backend.messenger import Messenger
from tests.backend.several import Nodes
from tests.backend.world import NOON, TEXTS, World

POLLING = "telegram"


async def _taken(backend: Backend, name: str = POLLING) -> Lease | None:
    async with backend.work() as work:
        return await leases.take(work.session, name, node=await backend.node.confirm(work.session))


async def _confirmed(backend: Backend, lease: Lease) -> None:
    async with backend.work() as work:
        await leases.confirm(work.session, lease)


async def test_held_by_one(two: Nodes) -> None:
    """A role that is held can't be taken, and each role is held apart."""
    mine = await _taken(two.world.backend)
    assert mine == Lease(POLLING, await two.first.fence(), 1)
    assert await _taken(two.other) is None
    assert await _taken(two.other, "matrix") is not None
    await _confirmed(two.world.backend, mine)


async def test_two_who_reach_for_it_at_once(two: Nodes) -> None:
    """However often both reach for a role at the same time, one gets it, each time under a higher fence."""
    fences = []
    for _ in range(10):
        both = await asyncio.gather(_taken(two.world.backend), _taken(two.other))
        (lease,) = [each for each in both if each]
        fences.append(lease.fence)
        async with two.other.work() as work:
            await leases.give_back(work.session, lease)
    assert fences == list(range(1, 11))


async def test_it_passes_on_with_the_holders_term(two: Nodes) -> None:
    """When the holder's term is over and was ended, another takes the role; the old holder writes nothing."""
    mine = await _taken(two.world.backend)
    assert mine
    await two.is_taken_over()
    others = await _taken(two.other)
    assert others
    assert others.fence > mine.fence
    with pytest.raises(LeaseLost):
        await _confirmed(two.world.backend, mine)
    await _confirmed(two.other, others)


async def test_giving_back_what_was_lost_changes_nothing(two: Nodes) -> None:
    """A late stop of an old holder doesn't free the role of the new one."""
    mine = await _taken(two.world.backend)
    assert mine
    await two.is_taken_over()
    others = await _taken(two.other)
    async with two.world.backend.work() as work:
        await leases.give_back(work.session, mine)
    assert others
    await _confirmed(two.other, others)


async def test_it_is_not_taken_in_the_middle_of_the_holders_transaction(two: Nodes) -> None:
    """What the holder is about to commit is committed before another one has the role."""
    mine = await _taken(two.world.backend)
    assert mine
    async with two.world.backend.work() as work:
        await leases.confirm(work.session, mine)
        await two.is_taken_over()
        taking = asyncio.create_task(_taken(two.other))
        done, _ = await asyncio.wait({taking}, timeout=0.3)
        assert not done
    assert await taking


# ── In the way in ───────────────────────────────────────────────────────────────────────────────


def _typed(number: int, text: str) -> Inbound:
    return Inbound(
        "telegram", str(number), "one", "chat-one", private=True, event=TextSent(text), at=NOON, language="en"
    )


async def _seen(backend: Backend) -> int:
    async with backend.looking() as work:
        return (await work.session.execute(select(func.count()).select_from(InboxRow))).scalar_one()


async def test_nothing_is_taken_in_by_who_lost_the_role(two: Nodes) -> None:
    """What was polled before the role was lost isn't committed nor confirmed; the new holder takes it in.

    Nor is the writer told that it isn't saved: the new holder saves it.
    """
    messenger = Messenger()
    outbound = Outbound(two.world.backend, {"telegram": messenger}, TEXTS)
    reception = Reception(two.world.backend, TEXTS, outbound, tell_after=0.05)
    mine = await _taken(two.world.backend)
    await two.is_taken_over()
    others = await _taken(two.other)
    with pytest.raises(NotSaved):
        await reception.receive([_typed(1, "/start")], lease=mine)
    assert await _seen(two.other) == 0
    theirs = Reception(two.other, TEXTS, Outbound(two.other, {"telegram": messenger}, TEXTS))
    await theirs.receive([_typed(1, "/start")], lease=others)
    assert await _seen(two.other) == 1
    await asyncio.sleep(0.1)
    assert messenger.sent == []


# ── Who does it ─────────────────────────────────────────────────────────────────────────────────


@dataclass
class Performance:
    """Something that goes on while a role is held."""

    leases: list[Lease] = field(default_factory=list)
    ended: int = 0
    under_way: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def perform(self, lease: Lease) -> None:
        """Go on until cancelled."""
        self.leases.append(lease)
        self._now(under_way=True)
        try:
            await asyncio.Event().wait()
        finally:
            self.ended += 1
            self._now(under_way=False)

    def _now(self, *, under_way: bool) -> None:
        self.under_way = under_way
        self.changed.set()

    async def until(self, *, under_way: bool) -> None:
        """Wait until it goes on, or has ended."""
        async with asyncio.timeout(60):
            while self.under_way is not under_way:
                self.changed.clear()
                await self.changed.wait()


@contextlib.asynccontextmanager
async def _playing(backend: Backend) -> AsyncIterator[Performance]:
    performance = Performance()
    running = asyncio.create_task(Role(backend, POLLING, performance.perform).run())
    try:
        yield performance
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.roles.LOOK_EVERY", 0.02)


async def test_another_takes_the_role_of_one_that_is_gone(two: Nodes) -> None:
    """Performed by one at a time: ended where the term is over, begun by whoever took over."""
    async with _playing(two.world.backend) as mine:
        await mine.until(under_way=True)
        async with _playing(two.other) as others, asyncio.timeout(60):
            await two.is_taken_over()
            # Back at once, the first one may be the faster one again.
            while not (mine.ended and (others.under_way or len(mine.leases) > 1)):  # noqa: ASYNC110 - either
                await asyncio.sleep(0.01)
    first, second = (*mine.leases, *others.leases)
    assert second.fence > first.fence


async def test_a_stop_hands_over_at_once(two: Nodes) -> None:
    """Whoever stops gives the role back, without anybody's term being over."""
    async with _playing(two.world.backend) as mine:
        await mine.until(under_way=True)
        others = Performance()
        standing_by = asyncio.create_task(Role(two.other, POLLING, others.perform).run())
        await asyncio.sleep(0.1)
        assert not others.under_way
    await others.until(under_way=True)
    standing_by.cancel()
    await asyncio.gather(standing_by, return_exceptions=True)


async def test_a_lone_node_listens_on_without_its_database(two: Nodes) -> None:
    """Where there is no other node, whoever writes while the database is gone is heard all the same."""
    await two.other.node.leave()
    await two.first.renew()
    assert two.first.live == 1
    async with _playing(two.world.backend) as mine:
        await mine.until(under_way=True)
        two.steady.seconds += 3600
        await asyncio.sleep(0.2)
        assert mine.under_way
    assert len(mine.leases) == 1


async def test_the_only_node_of_a_file_performs_at_once(sqlite_world: World) -> None:
    """On SQLite nobody else could: the role is had without asking, and always confirmed."""
    async with _playing(sqlite_world.backend) as mine:
        await mine.until(under_way=True)
        await _confirmed(sqlite_world.backend, mine.leases[0])
