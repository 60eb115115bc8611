"""The outbox decides order: first in, first out for one party, the most pressing first between parties."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Literal

import pytest

from backend import claims, outbox, wrong_clocks
from backend.claims import Claimed, Settled
from backend.outbox import Item, Party, Priority
from backend.work import Work
from tests.backend.world import NOON, World


async def _put(world: World, *items: Item) -> None:
    async with world.backend.work() as work:
        work.put(*items)


async def _claim(
    world: World, *, limit: int = 100, urgent_only: bool = False, by: int = outbox.SOLE
) -> list[Claimed]:
    async with world.backend.work() as work:
        return await _claim_in(work, limit=limit, urgent_only=urgent_only, by=by)


async def _claim_in(
    work: Work, *, limit: int = 100, urgent_only: bool = False, by: int = outbox.SOLE
) -> list[Claimed]:
    return await claims.claim(
        work.session, now=work.now, limit=limit, channel="telegram", urgent_only=urgent_only, by=by
    )


async def _settle(world: World, *outcomes: Settled) -> None:
    async with world.backend.work() as work:
        await claims.settle(work.session, outcomes, now=work.now)


async def _party(world: World, name: str) -> Party:
    return (await world.reporter(name)).party


def _item(party: Party, word: str, priority: Priority = Priority.CONVERSATION, **more: str) -> Item:
    return Item(party, word, {}, priority, **more)  # type: ignore[arg-type]


async def _sent_in_order(world: World, *, limit: int = 1) -> list[str]:
    """What goes out, each sent before the next is claimed."""
    words = []
    async with world.backend.looking() as work:
        keys = await world.parties(work)
    while claimed := await _claim(world, limit=limit):
        words += [str(row.opened(keys[row.party].key)["intent"]) for row in claimed]
        await _settle(world, *(Settled(row.number, "sent") for row in claimed))
    return words


async def test_one_party_hears_in_the_order_of_decision(world: World) -> None:
    """What is said to one party arrives in the order in which it was decided, whatever its priority."""
    party = await _party(world, "one")
    order = (Priority.UPDATE, Priority.REPLY, Priority.NOTICE, Priority.CONVERSATION)
    await _put(world, *(_item(party, str(index), priority) for index, priority in enumerate(order)))
    assert await _sent_in_order(world) == ["0", "1", "2", "3"]


async def test_pressing_parties_go_first(world: World) -> None:
    """Between parties the most pressing message goes first, then the one that was decided first."""
    order = (Priority.UPDATE, Priority.NOTICE, Priority.URGENT, Priority.REPLY, Priority.CONVERSATION)
    for index, priority in enumerate(order):
        await _put(world, _item(await _party(world, f"p{index}"), priority.name, priority))
    assert await _sent_in_order(world) == ["URGENT", "REPLY", "CONVERSATION", "NOTICE", "UPDATE"]


async def test_urgent_overtakes_in_its_own_party(world: World) -> None:
    """In a surge the room reads of an urgent case before the normal ones that were decided earlier."""
    party = await _party(world, "room")
    await _put(world, _item(party, "first"), _item(party, "second"), _item(party, "urgent", Priority.URGENT))
    assert await _sent_in_order(world) == ["urgent", "first", "second"]


async def test_one_at_a_time_for_a_party(world: World) -> None:
    """One party never has two messages under way, an urgent one and another included."""
    party = await _party(world, "room")
    await _put(world, _item(party, "first"), _item(party, "urgent", Priority.URGENT))
    (only,) = await _claim(world)
    assert only.priority == Priority.URGENT
    await _put(world, _item(party, "more urgent", Priority.URGENT))
    assert await _claim(world) == []
    assert await _claim(world, urgent_only=True) == []
    await _settle(world, Settled(only.number, "sent"))
    assert len(await _claim(world)) == 1


async def test_urgent_waits_for_what_is_under_way(world: World) -> None:
    """An urgent message overtakes what waits, not what was handed over already: the chat is busy."""
    party = await _party(world, "room")
    await _put(world, _item(party, "first"))
    (first,) = await _claim(world)
    await _put(world, _item(party, "urgent", Priority.URGENT))
    assert await _claim(world) == []
    await _settle(world, Settled(first.number, "sent"))
    assert [row.priority for row in await _claim(world)] == [Priority.URGENT]


async def test_a_party_that_waits_blocks_nobody_else(world: World) -> None:
    """A message put back for later holds back the same party's later ones, and nobody else's."""
    one, other = await _party(world, "one"), await _party(world, "other")
    await _put(world, _item(one, "first"), _item(one, "second"), _item(other, "other"))
    row = next(row for row in await _claim(world) if row.party == one.id)
    await _settle(world, Settled(row.number, "due", NOON + timedelta(seconds=30)))
    assert await _claim(world) == []
    world.clock.advance(timedelta(seconds=30))
    assert [row.party for row in await _claim(world)] == [one.id]


async def test_claims_of_the_dead_repeat(world: World) -> None:
    """What dead nodes had claimed goes out again, marked as a possible repeat; other nodes' claims stay."""
    for name in ("one", "other"):
        await _put(world, _item(await _party(world, name), "word"))
    (first,) = await _claim(world, limit=1, by=7)
    (other,) = await _claim(world, by=8)
    assert (first.repeat, first.tries, first.claimed_by) == (False, 0, 7)
    await _put_back(world, 6, 7)
    (again,) = await _claim(world, by=8)
    assert (again.number, again.repeat, again.tries, again.claimed_by) == (first.number, True, 1, 8)
    assert other.party != again.party


async def test_the_only_node_takes_its_claims_back_at_once(world: World) -> None:
    """At the start of the only node every claim is a dead sender's, however young."""
    await _put(world, _item(await _party(world, "one"), "word"))
    await _claim(world)
    await _put_back(world)
    assert [row.repeat for row in await _claim(world)] == [True]


async def _put_back(world: World, *nodes: int) -> None:
    async with world.backend.work() as work:
        await claims.put_back(work.session, claimed_by=nodes or None)


@pytest.mark.parametrize("repeat", [False, True])
async def test_put_back_says_whether_it_may_repeat(world: World, *, repeat: bool) -> None:
    """A message put back is a repeat if its outcome is unknown, and stays one."""
    await _put(world, _item(await _party(world, "one"), "word"))
    (row,) = await _claim(world)
    await _settle(world, Settled(row.number, "due", repeat=repeat))
    (row,) = await _claim(world)
    assert row.repeat is repeat
    await _settle(world, Settled(row.number, "due"))
    assert [row.repeat for row in await _claim(world)] == [repeat]


async def test_what_was_settled_is_wiped(world: World) -> None:
    """Nothing of a message is kept once it was sent, given up or found unwanted."""
    for state in ("sent", "unwanted", "failed"):
        await _put(world, _item(await _party(world, state), "word"))
        (row,) = await _claim(world)
        await _settle(world, Settled(row.number, state))
        async with world.backend.looking() as work:
            kept = await work.session.get_one(outbox.OutboxRow, row.number)
            assert (kept.state, kept.body, kept.settled_at) == (state, None, NOON)


@pytest.mark.parametrize("state", ["sent", "failed", "due"])
async def test_only_ones_own_claim_can_be_settled(
    world: World, state: Literal["sent", "failed", "due"]
) -> None:
    """Whoever settles after another node has claimed the row changes nothing."""
    await _put(world, _item(await _party(world, "one"), "word"))
    (row,) = await _claim(world, by=7)
    await _put_back(world, 7)
    assert len(await _claim(world, by=8)) == 1
    await _settle(world, Settled(row.number, state, claimed_by=7))
    async with world.backend.looking() as work:
        kept = await work.session.get_one(outbox.OutboxRow, row.number)
        assert (kept.state, kept.claimed_by) == ("claimed", 8)


async def test_what_was_sent_after_all_is_not_sent_again(world: World) -> None:
    """A row put back from a node that seemed dead is settled by it, if nobody has claimed it since."""
    await _put(world, _item(await _party(world, "one"), "word"))
    (row,) = await _claim(world, by=7)
    await _put_back(world, 7)
    await _settle(world, Settled(row.number, "sent", claimed_by=7))
    assert await _claim(world, by=8) == []


async def test_a_try_put_off_by_its_node_is_not_put_off_again(world: World) -> None:
    """A row that was put back at once isn't made to wait by whoever had claimed it before."""
    await _put(world, _item(await _party(world, "one"), "word"))
    (row,) = await _claim(world, by=7)
    await _put_back(world, 7)
    await _settle(world, Settled(row.number, "due", NOON + timedelta(hours=1), claimed_by=7))
    assert len(await _claim(world, by=8)) == 1


async def test_decided_once(world: World) -> None:
    """What may be decided only once stands in the outbox once: put twice at once, or after it was sent."""
    party = await _party(world, "one")
    await _put(world, _item(party, "word", once="step"), _item(party, "word", once="step"))
    await _put(world, _item(party, "word", once="step"), _item(party, "other", once="other step"))
    assert await _sent_in_order(world) == ["word", "other"]
    await _put(world, _item(party, "word", once="step"))
    assert await _claim(world) == []


async def test_edits_coalesce(world: World) -> None:
    """Of several edits of one message only the last is sent, also of those decided in one transaction."""
    party = await _party(world, "room")
    await _put(world, _item(party, "edit 1", coalesce="m"), _item(party, "edit 2", coalesce="m"))
    await _put(world, _item(party, "edit 3", coalesce="m"), _item(party, "edit of another", coalesce="n"))
    await _put(world, _item(party, "edit 4", coalesce="m"), _item(party, "edit 5", coalesce="m"))
    assert await _sent_in_order(world) == ["edit of another", "edit 5"]


async def test_an_edit_under_way_is_followed_by_the_next(world: World) -> None:
    """An edit that was handed over can't be called back: the later one follows it."""
    party = await _party(world, "room")
    await _put(world, _item(party, "edit 1", coalesce="m"))
    (row,) = await _claim(world)
    await _put(world, _item(party, "edit 2", coalesce="m"))
    await _settle(world, Settled(row.number, "sent"))
    assert len(await _claim(world)) == 1


async def test_nothing_leaves_for_an_erased_case(world: World) -> None:
    """All that waits about a case is dropped with it; other cases' messages stay."""
    party = await _party(world, "one")
    await _put(world, _item(party, "about it", case_id="a"), _item(party, "about another", case_id="b"))
    async with world.backend.work() as work:
        await outbox.drop_for_case(work.session, "a")
    assert await _sent_in_order(world) == ["about another"]


async def test_settled_rows_are_forgotten_in_time(world: World) -> None:
    """Rows are dropped thirty days after they were settled; what still waits never is."""
    one, other = await _party(world, "one"), await _party(world, "other")
    await _put(world, _item(one, "sent"))
    (row,) = await _claim(world)
    await _settle(world, Settled(row.number, "sent"))
    await _put(world, _item(other, "waits"))
    world.clock.advance(outbox.KEPT + timedelta(seconds=1))
    async with world.backend.work() as work:
        await outbox.forget_old(work.session, now=work.now)
        assert await work.session.get(outbox.OutboxRow, row.number) is None
    assert len(await _claim(world)) == 1


async def test_two_senders_never_claim_the_same(world: World) -> None:
    """Of two transactions that claim at the same time none gets a row, or a party, of the other's."""
    for index in range(20):
        party = await _party(world, f"p{index}")
        await _put(world, _item(party, "first"), _item(party, "second"))
    ready = asyncio.Barrier(2) if not world.backend.database.is_sqlite else None

    async def sender() -> list[Claimed]:
        async with world.backend.work() as work:
            if ready:
                await ready.wait()
            mine = await _claim_in(work, limit=15)
            if ready:
                await ready.wait()
            return mine

    both = [row for rows in await asyncio.gather(sender(), sender()) for row in rows]
    assert len({row.number for row in both}) == len({row.party for row in both}) == len(both)
    assert len(both) >= 15


async def test_troubles_are_counted(world: World) -> None:
    """`/status` hears of what failed lately, and of what waits although it was due long ago."""
    for name in ("fails", "waits"):
        await _put(world, _item(await _party(world, name), "word"))
    row = (await _claim(world, limit=1))[0]
    await _settle(world, Settled(row.number, "failed"))
    world.clock.advance(timedelta(minutes=10))
    async with world.backend.looking() as work:
        counted = await outbox.troubles(
            work.session, since=NOON - timedelta(hours=1), late=work.now - timedelta(minutes=5)
        )
    assert counted == (1, 1)


async def test_a_transaction_that_fails_says_nothing(world: World) -> None:
    """What a transaction put into the outbox goes with it when it fails."""
    party = await _party(world, "one")

    async def failing() -> None:
        async with world.backend.work() as work:
            work.put(_item(party, "word"))
            await work.flush()
            raise LookupError

    with pytest.raises(LookupError):
        await failing()
    assert await world.waiting() == []


async def _clock_corrected(world: World, by: timedelta) -> None:
    """The machine's clock is set back, and the hotline looks for what that left waiting."""
    world.clock.advance(-by)
    async with world.backend.work() as work:
        assert await wrong_clocks.any_put_off(work.session, now=work.now)
        await wrong_clocks.pull_back(work.session, now=work.now)
        assert not await wrong_clocks.any_put_off(work.session, now=work.now)


HOURS = timedelta(hours=5)
SOON = timedelta(seconds=90)


async def test_decided_by_a_clock_that_ran_ahead(world: World) -> None:
    """What was to go at once goes at once when the clock is right again; what was to wait waits as long."""
    one, other = await _party(world, "one"), await _party(world, "other")
    world.clock.advance(HOURS)
    await _put(world, _item(one, "at once"), Item(other, "later", not_before=world.clock.now() + SOON))
    await _clock_corrected(world, HOURS)
    assert [row.party for row in await _claim(world)] == [one.id]
    world.clock.advance(SOON)
    assert [row.party for row in await _claim(world)] == [other.id]


async def test_at_once_needs_no_clock(world: World) -> None:
    """A node whose clock is behind sends at once what another one, ahead of it, has decided a moment ago."""
    await _put(world, _item(await _party(world, "one"), "word"))
    world.clock.advance(-timedelta(seconds=30))
    assert len(await _claim(world)) == 1


async def test_put_off_by_a_clock_that_ran_ahead(world: World) -> None:
    """A try that failed while the clock ran ahead is made again at once, not when it would have been time."""
    await _put(world, _item(await _party(world, "one"), "word"))
    (row,) = await _claim(world)
    world.clock.advance(HOURS)
    await _settle(world, Settled(row.number, "due", world.clock.now() + SOON))
    await _clock_corrected(world, HOURS)
    assert len(await _claim(world)) == 1


async def test_an_honest_pause_is_kept(world: World) -> None:
    """Nothing is pulled back that waits for a time that was meant."""
    await _put(world, _item(await _party(world, "one"), "word"))
    (row,) = await _claim(world)
    await _settle(world, Settled(row.number, "due", NOON + wrong_clocks.LONGEST_WAIT))
    async with world.backend.looking() as work:
        assert not await wrong_clocks.any_put_off(work.session, now=work.now)
