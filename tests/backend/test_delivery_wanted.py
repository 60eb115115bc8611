"""What is on its way is sent only while it is wanted, and moves on with its case."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from backend.cases import casework, erasure
from backend.people import rooms, staff
from bot.channels.base import (
    Edit,
    Remove,
    Say,
)
from tests.backend.deliveries import put, say, states
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import HIGH, URGENT, World

MINUTE = timedelta(minutes=1)


async def test_nobody_is_called_for_what_was_just_done(world: World, messenger: Messenger) -> None:
    """An escalation and «nobody yet» are not sent once the case was acknowledged, be it a second before."""
    anna = await world.person("anna")
    await world.room()
    reference = await world.case(URGENT)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        before = len(messenger.sent)
    await world.passes(30 * MINUTE)
    await world.acknowledge(reference, anna)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    later = [each for each in messenger.sent[before:] if isinstance(each, Say)]
    assert [each.chat for each in later] == ["chat-reporter"], "only that somebody has it now"
    assert (await states(world)).count("unwanted") == 3


async def test_nothing_is_sent_of_a_case_taken_back(world: World, messenger: Messenger) -> None:
    """What waits about a case goes with it; only its reference is named, to say that it was taken back."""
    await world.room()
    await world.person("anna")
    reference = await world.case(URGENT)
    await world.do(reference, erasure.hide)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert messenger.heard("chat-anna") == []
    assert len(messenger.heard("chat-room")) == 1


async def test_what_was_under_way_is_taken_back_too(world: World, messenger: Messenger) -> None:
    """A notice that was being sent at the moment of erasure is removed once it stands in the chat."""
    await world.room()
    reference = await world.case(HIGH)
    messenger.held = asyncio.Event()
    async with delivering(world, messenger) as outbound:
        outbound.wake()
        await messenger.handed_over.wait()
        await world.do(reference, erasure.hide)
        messenger.held.set()
        await all_sent(outbound)
        await all_sent(outbound)
    assert [each.message for each in messenger.sent if isinstance(each, Remove)] == ["1"]


async def test_removals_reach_rooms_of_old(world: World, messenger: Messenger) -> None:
    """Notices in a room that is no staff room any more are taken back as well."""
    room = await world.room()
    reference = await world.case(HIGH)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        async with world.backend.work() as work:
            await rooms.unbind(work, room)
        await world.do(reference, erasure.hide)
        await all_sent(outbound)
    assert [(each.chat, each.message) for each in messenger.sent if isinstance(each, Remove)] == [
        ("chat-room", "1")
    ]


async def test_notices_change_in_place(world: World, messenger: Messenger) -> None:
    """As a case moves on, its notice is edited, once for several changes; the card says how it stands."""
    anna = await world.person("anna")
    await world.room()
    reference = await world.case(HIGH)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    await world.acknowledge(reference, anna)
    await world.do(reference, lambda work, case: casework.take(work, anna, case))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    edits = [each for each in messenger.sent if isinstance(each, Edit)]
    assert [(each.chat, each.message) for each in edits] == [("chat-room", "1")]
    assert "anna" in edits[0].text


async def test_erased_people_are_not_written_to(world: World, messenger: Messenger) -> None:
    """What waits for somebody who was revoked or forgotten meanwhile is dropped, and stops nobody."""
    anna = await world.person("anna")
    assert anna.party
    await put(world, say(anna.party), say((await world.room()).party))
    async with world.backend.work() as work:
        await staff.revoke(work, "anna")
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert await states(world) == ["sent"]
