"""`/burn`: the chat is empty within a moment, without a word, and nothing else is touched."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import func, select

from backend import claims
from backend.cases import casework
from backend.cases.model import CaseRow
from backend.people.model import PostedRow
from bot.channels.base import TextSent
from bot.inbound import Reception
from tests.backend.messenger import all_sent, delivering
from tests.backend.vanishing import HOUR, Chat, sent_report
from tests.backend.world import TEXTS, World


async def _row(world: World) -> CaseRow:
    async with world.backend.looking() as work:
        return (await work.session.execute(select(CaseRow))).scalar_one()


async def test_everything_goes_and_nothing_is_said(world: World) -> None:
    """The person's messages and ours, the command too; the case stands as it stood, and answers come."""
    chat, anna = Chat(world, vanish=None), await world.person("anna")
    await sent_report(chat)
    before = await _row(world)
    await chat.says("/burn")
    assert chat.shows() == []
    after = await _row(world)
    assert (after.status, after.entries, after.touched_at) == (
        before.status,
        before.entries,
        before.touched_at,
    )
    await world.do(
        after.reference, lambda work, case: casework.reply(work, anna, case, "soon", channel="telegram")
    )
    await chat.deliver()
    assert [each[-4:] for each in chat.shows()] == ["soon"]
    await chat.says("one more thing")
    assert (await world.history(after.reference))[-1].body == "one more thing"


async def test_a_draft_survives(world: World) -> None:
    """An unfinished report goes on with `/report` where it was; it doesn't ask by itself meanwhile."""
    chat = Chat(world, vanish=None)
    await chat.says("/report", "yes", "/burn")
    assert chat.shows() == []
    world.clock.advance(timedelta(hours=2))
    async with delivering(world, chat.messenger) as outbound:
        await Reception(world.backend, TEXTS, outbound).wake_due()
        await all_sent(outbound)
    assert chat.shows() == []
    await chat.says("/report")
    assert "where you stopped" in chat.shows()[-1]


async def test_a_call_for_help_goes_out_all_the_same(world: World) -> None:
    """Burning the chat doesn't call off an SOS that waits for its minute."""
    chat = Chat(world, vanish=None)
    await chat.says("/sos", "/burn")
    assert chat.shows() == []
    world.clock.advance(timedelta(seconds=61))
    async with delivering(world, chat.messenger) as outbound:
        await Reception(world.backend, TEXTS, outbound).wake_due()
    assert (await _row(world)).severity == "urgent"


async def test_what_is_on_its_way(world: World) -> None:
    """Questions that weren't asked yet aren't any more; one that was being handed over goes with the rest."""
    chat = Chat(world, vanish=None)
    await chat.take([chat.inbound(TextSent("/report"))])
    chat.messenger.held = asyncio.Event()
    async with delivering(world, chat.messenger) as outbound:
        outbound.wake()
        await chat.messenger.handed_over.wait()
        await Reception(world.backend, TEXTS, outbound).receive(
            [chat.inbound(TextSent(words)) for words in ("yes", "/burn")]
        )
        chat.messenger.held.set()
        await all_sent(outbound)
    assert chat.shows() == []


async def test_an_answer_on_its_way_arrives(world: World) -> None:
    """What an officer wrote before is not lost with the questions."""
    chat, anna = Chat(world, vanish=None), await world.person("anna")
    await sent_report(chat)
    reference = (await _row(world)).reference
    await world.do(reference, lambda work, case: casework.reply(work, anna, case, "go", channel="telegram"))
    await chat.says("/burn")
    assert [each for each in chat.shows() if "go" in each] == chat.shows()


async def test_killed_between(world: World) -> None:
    """Whoever dies after the command was taken leaves the removal to the next process."""
    chat = Chat(world, vanish=None)
    await sent_report(chat)
    await chat.take([chat.inbound(TextSent("/burn"))])
    async with world.backend.work() as work:
        await claims.claim(work.session, now=work.now, limit=10, channel="telegram")
    async with world.backend.work() as work:
        await claims.put_back(work.session)
    await chat.deliver()
    assert chat.shows() == []


async def test_where_something_is_kept(world: World) -> None:
    """What the messenger won't take back is said, in one line, which itself vanishes where that is chosen."""
    chat = Chat(world)
    await sent_report(chat)
    chat.messenger.keeps.add("m1-reporter")
    await chat.says("/burn")
    assert [each.splitlines()[0] for each in chat.shows()] == ["/sos", "Some messages are still here."]
    await chat.passes(HOUR)
    assert chat.shows() == ["/sos"]


async def test_twice_and_with_nothing_there(world: World) -> None:
    """It does no harm where there is nothing, from a stranger, and when it is typed in panic ten times."""
    chat = Chat(world, vanish=None)
    await chat.take([chat.inbound(TextSent("/burn")) for _ in range(10)])
    await chat.deliver()
    assert chat.shows() == []
    async with world.backend.looking() as work:
        left = await work.session.execute(select(func.count()).select_from(PostedRow))
    assert left.scalar_one() == 0


async def test_colleagues_have_it_too(world: World) -> None:
    """An officer at whose door somebody stands empties their private chat: notices, answers, own words."""
    await world.person("anna")
    chat = Chat(world, sender="anna", vanish=None)
    reference = await world.case({"acts": ["threat"], "timing": "past", "account": "they called"})
    await chat.says(f"/case {reference}", f"/note {reference} a word")
    assert any(reference in each for each in chat.shows())
    await chat.says("/burn")
    assert chat.shows() == []
    assert any(entry.body == "a word" for entry in await world.history(reference))
    await chat.says("/queue")
    assert len(chat.shows()) == 2


async def test_not_in_a_room(world: World) -> None:
    """A room is everybody's: there it says where it can be typed."""
    await world.person("anna")
    await world.room()
    chat = Chat(world, sender="anna", vanish=None)
    typed = chat.inbound(TextSent("/burn"))
    in_room = type(typed)(
        typed.channel, typed.id, typed.sender, "chat-room", private=False, event=typed.event, at=typed.at
    )
    await chat.take([in_room])
    await chat.deliver()
    assert "/burn" in chat.messenger.heard("chat-room")[-1]
