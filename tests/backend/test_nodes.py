"""Nodes on one PostgreSQL: who lives is told by the database, and whoever was replaced commits nothing."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from backend import claims, nodes, outbox
from backend.cases.model import EntryRow
from backend.clock import StoppedClock
from backend.escalation.run_due import run_due
from backend.inbox import InboxRow
from backend.nodes import LASTS, Node, NodeLapsed, NodeRow
from backend.outbox import OutboxRow
from backend.people.model import ReporterRow
from backend.work import Backend
from bot import intents, rendering
from bot.channels.base import ChannelError, Inbound, Permanent, Temporary, TextSent
from bot.inbound import Reception
from bot.intents import Card
from bot.outbound import Outbound
from bot.parcels import Parcel
from bot.phrases import phrase
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.several import Nodes
from tests.backend.world import NOON, TEXTS, URGENT

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def _say(party: outbox.Party, text: str = "words") -> outbox.Item:
    return intents.say(party, Card((phrase("desk-name", name=text),)))


# ── Terms ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_term_lasts_as_long_as_it_is_renewed(two: Nodes) -> None:
    """A node may act until its term is over by a clock that nobody stops; from then on it renews first."""
    fence = await two.first.fence()
    two.steady.seconds += LASTS.total_seconds() - 0.1
    assert two.first.holds(fence)
    two.steady.seconds += 0.1
    assert not two.first.holds(fence)
    assert await two.first.fence() == fence
    assert two.first.holds(fence)


async def test_a_term_that_was_ended_begins_anew_under_a_higher_fence(two: Nodes) -> None:
    """Whoever was replaced comes back as somebody else: what was begun before is not gone on with."""
    before = await two.first.fence()
    await two.is_taken_over()
    after = await two.first.fence()
    assert after > max(before, await two.other.node.fence())
    assert two.first.holds(after)
    assert not two.first.holds(before)


async def test_nothing_is_committed_in_a_term_that_was_ended(two: Nodes) -> None:
    """Even before its own clock says so, a node that was replaced commits nothing."""
    await two.is_taken_over()
    two.steady.seconds -= LASTS.total_seconds()
    assert two.first.may_act()
    with pytest.raises(NodeLapsed):
        async with two.world.backend.work() as work:
            await two.first.confirm(work.session)
    assert not two.first.may_act()


async def test_nobody_is_replaced_in_the_middle_of_a_transaction(two: Nodes) -> None:
    """Taking over waits for a transaction in which the term was confirmed."""
    async with two.world.backend.work() as work:
        await two.first.confirm(work.session)
        taking_over = asyncio.create_task(two.is_taken_over())
        async with two.other.looking() as look:
            while not (await look.session.execute(WAITING)).scalar():  # noqa: ASYNC110 - the database's to know
                await asyncio.sleep(0.01)
        assert not taking_over.done()
    await taking_over


async def test_living_nodes_are_counted(two: Nodes) -> None:
    """Each node knows how many there are, to share the messengers' limits with them."""
    await two.other.node.renew()
    await two.first.renew()
    assert (two.first.live, two.other.node.live) == (2, 2)
    await two.first.leave()
    await two.other.node.renew()
    assert two.other.node.live == 1


async def test_leaving_puts_claims_back_at_once(two: Nodes) -> None:
    """A node that stops leaves what it couldn't settle to the others, without waiting for its term's end."""
    party = (await two.world.reporter()).party
    async with two.world.backend.work() as work:
        work.put(_say(party))
    async with two.world.backend.work() as work:
        by = await two.first.fence()
        assert await claims.claim(work.session, now=work.now, limit=9, channel="telegram", by=by)
    await two.first.leave()
    (row,) = await two.world.waiting()
    assert row.repeat


async def test_a_living_nodes_claims_stay(two: Nodes) -> None:
    """Nothing is taken over from a node that lives, however long it sends."""
    party = (await two.world.reporter()).party
    async with two.world.backend.work() as work:
        work.put(_say(party))
    async with two.world.backend.work() as work:
        by = await two.first.fence()
        assert await claims.claim(work.session, now=work.now, limit=9, channel="telegram", by=by)
    two.world.clock.advance(timedelta(days=1))
    for node in (two.first, two.other.node):
        await node.renew()
    async with two.other.work() as work:
        assert not await nodes.anything_left(work.session)
        assert await nodes.take_over(work.session) == 0
    assert await two.world.waiting() == []


async def test_a_database_whose_clock_was_set_back(two: Nodes) -> None:
    """A dead node's term doesn't last for hours because the database's clock ran ahead at its renewal."""
    async with two.other.work() as work:
        await work.session.execute(update(NodeRow).values(until=NodeRow.until + 3600 * 1_000_000))
        assert await nodes.anything_left(work.session)
        await nodes.take_over(work.session)
        assert not await nodes.anything_left(work.session)


async def test_a_clock_that_differs_is_complained_of(two: Nodes, capsys: pytest.CaptureFixture[str]) -> None:
    """A machine whose clock is more than five seconds off says so, once; the tests' clock is years off."""
    node = Node(two.world.backend.database, StoppedClock(NOON))
    await node.renew()
    await node.renew()
    assert node.is_skewed
    assert capsys.readouterr().out.count("clock differs from the database's") == 1


# ── Sending ─────────────────────────────────────────────────────────────────────────────────────


async def _decided(two: Nodes) -> None:
    party = (await two.world.person("anna")).party
    assert party
    async with two.world.backend.work() as work:
        work.put(_say(party))


async def _other_sends(two: Nodes) -> list[str]:
    """What the other node says to Anna when it has sent all that it can."""
    messenger = Messenger()
    two.world.clock.advance(timedelta(seconds=2))
    async with delivering(replace(two.world, backend=two.other), messenger) as outbound:
        await all_sent(outbound)
    return messenger.heard("chat-anna")


async def _states(two: Nodes) -> list[tuple[str, bool]]:
    async with two.world.backend.looking() as work:
        query = select(OutboxRow.state, OutboxRow.repeat).order_by(OutboxRow.number)
        return [(row.state, row.repeat) for row in await work.session.execute(query)]


async def test_what_was_claimed_but_not_begun_is_not_sent(
    two: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped between claiming and sending until its term is over, a node doesn't send what it claimed."""
    rendered, mine = rendering.render, Messenger()

    async def stopped(*arguments: Any, **named: Any) -> Parcel | None:  # noqa: ANN401 - whatever rendering takes
        two.steady.seconds += LASTS.total_seconds()
        return await rendered(*arguments, **named)

    monkeypatch.setattr(rendering, "render", stopped)
    await _decided(two)
    async with delivering(two.world, mine) as outbound:
        await all_sent(outbound)
        assert await _states(two) == [("due", False)]
    monkeypatch.setattr(rendering, "render", rendered)
    assert await _other_sends(two) == ["words"]
    assert mine.sent == []


REPEATED = ["words\n\n(You may have had this message before.)"]


@pytest.mark.parametrize("refusal", [None, Permanent("never"), Temporary("not now")])
async def test_another_nodes_outcome_is_left_alone(two: Nodes, refusal: ChannelError | None) -> None:
    """Replaced while it sent, a node changes nothing of what the other one made of the message."""
    mine = Messenger(held=asyncio.Event(), script=deque([refusal]))
    await _decided(two)
    async with delivering(two.world, mine) as outbound:
        await mine.handed_over.wait()
        assert await two.is_taken_over() == 1
        assert await _other_sends(two) == REPEATED
        assert mine.held is not None
        mine.held.set()
        await all_sent(outbound)
    assert await _states(two) == [("sent", True)]


async def test_what_was_sent_after_all_is_not_sent_again(two: Nodes) -> None:
    """Replaced while it sent, but heard of before the other one began: that it was sent is believed."""
    mine = Messenger(held=asyncio.Event())
    await _decided(two)
    async with delivering(two.world, mine) as outbound:
        await mine.handed_over.wait()
        await two.is_taken_over()
        assert mine.held is not None
        mine.held.set()
        await all_sent(outbound)
    assert await _other_sends(two) == []
    assert await _states(two) == [("sent", True)]


# ── What two do at once ─────────────────────────────────────────────────────────────────────────


async def test_steps_that_two_see_are_taken_once(two: Nodes) -> None:
    """Two nodes look for the same due clocks at once, again and again: each step is decided once."""
    await two.world.person("Boris")
    for number in range(12):
        await two.world.case(URGENT, await two.world.reporter(f"r{number}"))
    two.world.clock.advance(timedelta(minutes=5))

    async def ticks(backend: Backend) -> int:
        taken = 0
        for _ in range(8):
            async with backend.work() as work:
                taken += await run_due(work, limit=3)
        return taken

    assert sum(await asyncio.gather(ticks(two.world.backend), ticks(two.other))) == 12
    async with two.other.looking() as work:
        entries = (await work.session.execute(select(EntryRow.case_id))).scalars()
        assert set(Counter(entries).values()) == {2}


def _typed(number: int, text: str) -> Inbound:
    event = TextSent(text)
    return Inbound(
        "telegram", str(number), "one", "chat-one", private=True, event=event, at=NOON, language="en"
    )


def _reception(backend: Backend) -> Reception:
    return Reception(backend, TEXTS, Outbound(backend, {"telegram": Messenger()}, TEXTS))


async def test_one_reporter_on_two_nodes_at_once(two: Nodes) -> None:
    """Updates that a webhook brings to two nodes at once are acted on one after the other, and each once."""
    mine, others = _reception(two.world.backend), _reception(two.other)
    reference = await two.world.case(URGENT, await two.world.reporter("one"))
    for number in range(0, 20, 2):
        batch = [_typed(number, f"word {number}")]
        await asyncio.gather(
            mine.receive(batch),
            others.receive([_typed(number + 1, f"word {number + 1}")]),
            others.receive(batch),
        )
    said = [entry.body for entry in await two.world.history(reference) if entry.kind == "message"]
    assert sorted(said) == sorted(f"word {number}" for number in range(20))


async def test_a_stranger_on_two_nodes_at_once(two: Nodes) -> None:
    """Somebody never seen before whose first words reach two nodes at once is one reporter."""
    mine, others = _reception(two.world.backend), _reception(two.other)
    await asyncio.gather(mine.receive([_typed(1, "/start")]), others.receive([_typed(2, "/report")]))
    async with two.other.looking() as work:
        assert (await work.session.execute(select(func.count()).select_from(ReporterRow))).scalar() == 1
        assert (await work.session.execute(select(func.count()).select_from(InboxRow))).scalar() == 2
