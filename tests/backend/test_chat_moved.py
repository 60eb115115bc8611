"""A private conversation that goes on in another chat: what is said to the person is said there."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from backend.people import reporters, staff
from bot.channels.base import ChannelEvent, ChatMoved, Inbound, TextSent
from bot.inbound import Reception
from bot.outbound import Outbound
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import NOON, TEXTS, World

_numbers = count()


async def hears(world: World, event: ChannelEvent, *, chat: str, sender: str = "vera") -> None:
    """Something comes over Matrix in private."""
    outbound = Outbound(world.backend, {"matrix": Messenger("matrix")}, TEXTS)
    inbound = Inbound("matrix", f"${next(_numbers)}", sender, chat, True, event, NOON + timedelta(seconds=1))  # noqa: FBT003
    await Reception(world.backend, TEXTS, outbound).receive([inbound])


async def chat_of(world: World, sender: str = "vera") -> str:
    """Where this person is answered."""
    async with world.backend.looking() as work:
        return (await reporters.find(work, [("matrix", sender)]))["matrix", sender].reporter.chat


async def test_what_waits_for_a_reporter_is_sent_to_the_new_chat(world: World) -> None:
    """Also what was decided before the move."""
    await hears(world, TextSent("/sos"), chat="old")
    await hears(world, ChatMoved("new"), chat="old")
    assert await chat_of(world) == "new"
    messenger = Messenger("matrix")
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert {each.chat for each in messenger.sent} == {"new"}


async def test_a_chat_that_was_given_up_before_moves_nobody(world: World) -> None:
    """Whoever writes from another chat by now goes on being answered there; strangers stay unknown."""
    await hears(world, TextSent("/start"), chat="old")
    await hears(world, TextSent("/help"), chat="present")
    await hears(world, ChatMoved("new"), chat="old")
    await hears(world, ChatMoved("new"), chat="elsewhere", sender="stranger")
    assert await chat_of(world) == "present"
    assert await reporters_known(world) == 1


async def reporters_known(world: World) -> int:
    """How many people wrote to the hotline."""
    async with world.backend.looking() as work:
        return len(await reporters.find(work, [("matrix", "vera"), ("matrix", "stranger")]))


async def test_a_colleague_is_written_to_in_the_new_chat(world: World) -> None:
    """Their account is the same, and so are they; a chat that they gave up before moves nobody."""
    anna = await world.person("anna", channel="matrix")
    await hears(world, ChatMoved("stray"), chat="given-up", sender="anna")
    await hears(world, ChatMoved("new"), chat="chat-anna", sender="anna")
    async with world.backend.looking() as work:
        found = await staff.get(work, anna.id)
    assert found is not None
    assert [(each.sender, each.chat) for each in found.accounts] == [("anna", "new")]
