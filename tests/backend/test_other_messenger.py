"""An alert that isn't out after a minute tries the person's other messenger: once, and if still wanted."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from backend import elsewhere, outbox
from backend.cases import casework, notices
from backend.outbox import Item, Priority
from backend.people import staff
from backend.people.staff import Staff
from bot.channels.base import Gone, Temporary
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import HIGH, URGENT, World

MINUTE = timedelta(minutes=1)
BOTH = ("telegram", "matrix")


@pytest.fixture
def messengers() -> tuple[Messenger, Messenger]:
    """Lend two messengers, the first of which is down."""
    down = Messenger()
    down.refuses["chat-anna"] = Temporary("down")
    return down, Messenger("matrix")


async def _anna(world: World) -> Staff:
    anna = await world.person("anna")
    await world.link(anna, "matrix")
    async with world.backend.looking() as work:
        found = await staff.get(work, anna.id)
    assert found
    return found


async def _look(world: World, channels: tuple[str, ...] = BOTH) -> None:
    async with world.backend.work() as work:
        if await elsewhere.any_due(work):
            await elsewhere.look(work, channels)


async def _late(world: World, messengers: tuple[Messenger, ...]) -> None:
    """A minute passes, in which the first messenger takes nothing."""
    async with delivering(world, *messengers) as outbound:
        await all_sent(outbound)
        world.clock.advance(MINUTE)
        await _look(world)
        await _look(world)
        await all_sent(outbound)


async def _first_is_telegram(world: World, anna: Staff) -> None:
    """The messenger written from last is the one that alerts go to."""
    async with world.backend.work() as work:
        for account in anna.accounts:
            if account.channel == "telegram":
                await work.session.execute(
                    text("UPDATE staff_addresses SET heard_at = heard_at + 3600000000 WHERE id = :id"),
                    {"id": account.id},
                )


@pytest.fixture
async def anna(world: World) -> Staff:
    """Lend an officer on two messengers, of which the first comes first."""
    anna = await _anna(world)
    await _first_is_telegram(world, anna)
    return anna


async def test_a_minute_late_it_goes_both_ways(
    world: World, anna: Staff, messengers: tuple[Messenger, Messenger]
) -> None:
    """A notice that the first messenger didn't take in a minute is on the other, once, and says so."""
    reference = await world.case(URGENT)
    await _late(world, messengers)
    await _late(world, messengers)
    (said,) = messengers[1].heard("matrix-anna")
    assert said.startswith(reference), anna.name
    assert said.endswith("(You may have had this message before.)")


async def test_what_is_out_in_time_is_not_repeated(world: World, anna: Staff) -> None:
    """What was taken by the first messenger is never put on the second."""
    first, second = Messenger(), Messenger("matrix")
    await world.case(URGENT)
    await _late(world, (first, second))
    assert len(first.heard("chat-anna")) == 1, anna.name
    assert second.sent == []


async def test_not_before_the_minute_is_over(
    world: World, anna: Staff, messengers: tuple[Messenger, Messenger]
) -> None:
    """Up to a minute the first messenger has its time."""
    await world.case(URGENT)
    async with delivering(world, *messengers) as outbound:
        await all_sent(outbound)
        world.clock.advance(MINUTE - timedelta(seconds=1))
        await _look(world)
        await all_sent(outbound)
    assert messengers[1].sent == [], anna.name


async def test_while_it_is_being_sent(world: World, anna: Staff) -> None:
    """A send that hangs is late as well: nobody knows whether it will arrive."""
    first, second = Messenger(), Messenger("matrix")
    first.held = asyncio.Event()
    reference = await world.case(URGENT)
    async with delivering(world, first, second) as outbound:
        outbound.wake()
        await first.handed_over.wait()
        world.clock.advance(MINUTE)
        await _look(world)
        outbound.wake()
        await second.handed_over.wait()
        first.held.set()
        await all_sent(outbound)
    assert [said[:7] for said in second.heard("matrix-anna")] == [reference], anna.name


async def test_what_is_done_meanwhile_is_not_told(world: World, anna: Staff) -> None:
    """Acknowledged within the minute: neither the notice nor the reminder goes to the other messenger."""
    reference = await world.case(URGENT)
    boris = await world.person("boris")
    await world.passes(5 * MINUTE)
    await world.acknowledge(reference, boris)
    world.clock.advance(MINUTE)
    await _look(world)
    alerts = [
        row for row in await world.waiting() if row.party == anna.id and row.priority == Priority.URGENT
    ]
    assert {row.channel for row in alerts} == {"telegram"}


async def test_reminders_and_the_reporters_words_too(world: World, anna: Staff) -> None:
    """Reminders and what the reporter wrote take the other way, as new cases do."""
    reference = await world.case(HIGH)
    await world.passes(30 * MINUTE)
    await world.do(reference, lambda work, case: casework.acknowledge(work, anna, case))
    await world.told()
    await world.do(
        reference, lambda work, case: notices.tell_people(work, case, [anna], "reporter-wrote", entry="none")
    )
    await world.passes(120 * MINUTE)
    async with world.backend.work() as work:
        await elsewhere.look(work, BOTH)
    waiting = [row.channel for row in await world.waiting()]
    assert waiting.count("matrix") == 1
    world.clock.advance(MINUTE)
    async with world.backend.work() as work:
        await elsewhere.look(work, BOTH)
    waiting = [row.channel for row in await world.waiting()]
    assert waiting.count("matrix") == 2


async def test_nobody_elses_messages(world: World, anna: Staff) -> None:
    """Answers, rooms and reporters have one messenger: nothing of theirs is ever put on another."""
    await world.room()
    await world.case(HIGH)
    assert anna.party
    async with world.backend.work() as work:
        work.put(Item(anna.party, "told", {"key": "told-parked"}, Priority.NOTICE))
    world.clock.advance(MINUTE)
    async with world.backend.looking() as work:
        assert not await elsewhere.any_due(work)


async def test_one_messenger_only(world: World, messengers: tuple[Messenger, Messenger]) -> None:
    """Who has no other messenger, or none that is served or open, is waited for where they are."""
    await world.person("anna")
    await world.case(URGENT)
    world.clock.advance(MINUTE)
    await _look(world)
    linked = await _anna_elsewhere(world)
    await world.case(URGENT)
    world.clock.advance(MINUTE)
    await _look(world, ("telegram",))
    assert {row.channel for row in await world.waiting()} == {"telegram"}, (linked.name, messengers)


async def _anna_elsewhere(world: World) -> Staff:
    async with world.backend.looking() as work:
        anna = await staff.named(work, "anna")
    linked = await world.link(anna, "matrix")
    await _first_is_telegram(world, linked)
    return linked


async def test_a_definite_failure_goes_there_once(
    world: World, anna: Staff, messengers: tuple[Messenger, Messenger]
) -> None:
    """Put on the other messenger after a minute and refused for good by the first later: still only once."""
    reference = await world.case(URGENT)
    await _late(world, messengers)
    messengers[0].refuses["chat-anna"] = Gone("blocked")
    world.clock.advance(MINUTE)
    async with delivering(world, *messengers) as outbound:
        await all_sent(outbound)
    assert [said[:7] for said in messengers[1].heard("matrix-anna")] == [reference], anna.name


async def test_the_look_is_cheap(world: World, database_kind: str) -> None:
    """What is looked at every second stands in an index of its own: nothing else in the outbox is read."""
    query = "SELECT number FROM outbox WHERE elsewhere_at <= 1"
    explain = "EXPLAIN QUERY PLAN " if database_kind == "sqlite" else "EXPLAIN "
    async with world.backend.work() as work:
        if database_kind == "postgresql":
            await work.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = str(list(await work.session.execute(text(explain + query))))
    assert "ix_outbox_elsewhere_at" in plan
    assert outbox.ELSEWHERE_AFTER == MINUTE


async def test_a_damaged_one_holds_up_nobody(world: World, anna: Staff) -> None:
    """A message that can't be opened is passed over; the next one takes its other way."""
    await world.case(URGENT)
    damaged = text("UPDATE outbox SET body = :body WHERE party = :party")
    async with world.backend.work() as work:
        await work.session.execute(damaged, {"body": b"no seal", "party": anna.id})
    await world.case(URGENT)
    world.clock.advance(MINUTE)
    await _look(world)
    assert [row.channel for row in await world.waiting()].count("matrix") == 1
    async with world.backend.looking() as work:
        assert not await elsewhere.any_due(work)
