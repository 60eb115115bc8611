"""A finished conversation goes from the chat by itself, exactly once and whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from backend import claims
from backend.cases import casework, erasure
from backend.outbox import OutboxRow
from backend.people import posted
from backend.people.model import PostedRow, ReporterRow
from backend.retention import vanish
from backend.retention.settings import PrivacySettings
from bot.channels.base import (
    ButtonPressed,
    LocationSent,
    RemoteFile,
    Temporary,
    TextEdited,
    TextSent,
    UnknownSent,
)
from bot.inbound import Reception
from tests.backend.messenger import delivering
from tests.backend.vanishing import HOUR, Chat, sent_report
from tests.backend.world import TEXTS, World

MINUTE = timedelta(minutes=1)


async def _count(world: World, *where: object) -> int:
    async with world.backend.looking() as work:
        query = select(func.count()).select_from(PostedRow).where(*where)  # type: ignore[arg-type] # any condition
        return (await work.session.execute(query)).scalar_one()


@pytest.mark.parametrize("span", ["47h", "1m", "1h", ""])
def test_how_long_may_be_chosen(span: str) -> None:
    """Up to 47 hours, or never."""
    assert PrivacySettings(vanish=span).model_dump(mode="json")["vanish"] == span  # type: ignore[arg-type] # as written


@pytest.mark.parametrize("span", ["48h", "2d", "59s", "3d"])
def test_longer_than_messengers_let_is_refused(span: str) -> None:
    """After 48 hours nothing can be taken back any more: it is an error that says so."""
    with pytest.raises(ValidationError, match="47h"):
        PrivacySettings(vanish=span)  # type: ignore[arg-type] # as written in the file


async def test_a_report_goes_after_its_time(world: World) -> None:
    """Both sides' messages stand for as long as was promised, and go in one call; the case stays."""
    chat = Chat(world)
    await sent_report(chat)
    (receipt,) = (each for each in chat.shows() if "Code: " in each)
    assert "1 hour after the last message" in receipt
    await chat.passes(HOUR - timedelta(seconds=1))
    assert len(chat.shows()) == 4
    await chat.passes(timedelta(seconds=1))
    assert chat.shows() == []
    assert len(chat.messenger.calls) == 1
    assert await _count(world) == 0
    await chat.says("/mycase")
    assert "still nobody" not in chat.shows()
    assert "sent" in chat.shows()[-1]


async def test_nothing_goes_unless_it_is_asked_for(world: World) -> None:
    """Without `privacy.vanish` everything stays, nothing is announced, and ids are forgotten after 47 h."""
    chat = Chat(world, vanish=None)
    await sent_report(chat)
    assert not any("soon be empty" in each for each in chat.shows())
    await chat.passes(timedelta(hours=47, seconds=1))
    assert (len(chat.shows()), await _count(world)) == (4, 0)


async def test_everything_that_people_send(world: World) -> None:
    """Albums, files, places, stickers, edited messages and answered prompts with buttons go like words."""
    chat = Chat(world)
    await chat.says("/report")
    stamp = "c:x:yes"
    photo = RemoteFile("ref", "photo", album="a")
    for event in (
        TextSent("caption", (photo,)),
        TextSent("", (photo,)),
        UnknownSent(),
        LocationSent(55.7, 37.6),
        TextSent("voice", (RemoteFile("v", "voice"),)),
    ):
        await chat.says(event)
    edited = chat.messenger.standing[chat.chat][0].partition(":")[0]
    await chat.take([chat.inbound(TextEdited("said otherwise"), message=edited)])
    await chat.take([chat.inbound(ButtonPressed(stamp), message="b1")])
    await chat.says("/cancel", "yes")
    assert len(chat.shows()) > 12
    await chat.passes(HOUR)
    assert chat.shows() == []


async def test_what_was_edited_without_having_been_seen(world: World) -> None:
    """An edit of a message that never reached us tells of it, and it goes with the rest."""
    chat = Chat(world)
    chat.messenger.standing[chat.chat] = ["lost:words"]
    await chat.take([chat.inbound(TextEdited("other words"), message="lost")])
    await chat.says("/cancel", "yes")
    await chat.passes(HOUR)
    assert chat.shows() == []


async def test_a_draft_stays_and_goes_once_it_expired(world: World) -> None:
    """Of an open draft nothing goes; when it has had its day, its messages go like those of a sent one."""
    chat = Chat(world)
    await chat.says("/report", "yes")
    await chat.passes(2 * HOUR)
    assert len(chat.shows()) == 4
    world.clock.advance(timedelta(hours=22))
    async with delivering(world, chat.messenger) as outbound:
        await Reception(world.backend, TEXTS, outbound).wake_due()
    await chat.passes(HOUR - MINUTE)
    assert len(chat.shows()) == 4
    await chat.passes(MINUTE)
    assert chat.shows() == []


async def test_a_new_draft_keeps_only_its_own(world: World) -> None:
    """What was said before a new report was begun goes when it was promised; the open report stays."""
    chat = Chat(world)
    await sent_report(chat)
    await chat.passes(HOUR / 2)
    before = len(chat.shows())
    await chat.says("/report")
    await chat.passes(HOUR / 6)
    await chat.says("yes")
    await chat.passes(HOUR / 3)
    assert (len(chat.shows()), before) == (4, 4)
    await chat.passes(2 * HOUR)
    assert len(chat.shows()) == 4
    await chat.says("/cancel", "yes")
    await chat.passes(HOUR)
    assert chat.shows() == []


async def test_later_words_count_from_the_last(world: World) -> None:
    """While reporter and officer talk, everything stays; it goes after the last message of either."""
    chat, anna = Chat(world), await world.person("anna")
    await sent_report(chat)
    reference = chat.shows()[-1].partition("Reference ")[2][:7]
    await chat.passes(HOUR * 0.9)
    await chat.says("one more thing")
    await chat.passes(HOUR * 0.9)
    await world.do(reference, lambda work, case: casework.reply(work, anna, case, "go", channel="telegram"))
    await chat.deliver()
    await chat.passes(HOUR * 0.9)
    assert any("go" in each for each in chat.shows())
    await chat.passes(HOUR * 0.1)
    assert chat.shows() == []
    await world.do(reference, lambda work, case: casework.reply(work, anna, case, "on", channel="telegram"))
    await chat.deliver()
    assert len(chat.shows()) == 1
    await chat.passes(HOUR)
    assert chat.shows() == []


async def test_a_receipt_that_came_late_has_its_time(world: World) -> None:
    """A messenger that was away for hours brings the receipt late: it stands for as long as promised."""
    chat = Chat(world)
    await chat.take([chat.inbound(TextSent("/sos"))])
    await chat.take([chat.inbound(TextSent("they are here"))])
    world.clock.advance(3 * HOUR)
    await chat.tick()
    await chat.passes(HOUR - MINUTE)
    assert any("Code: " in each for each in chat.shows())
    await chat.passes(MINUTE)
    assert chat.shows() == []


async def test_many_messages_go_in_batches(world: World) -> None:
    """A messenger that takes back a hundred at a time is asked three times for 250 messages."""
    chat, reporter = Chat(world), await world.reporter()
    async with world.backend.work() as work:
        rows = [
            posted.row(work, reporter.party, chat=chat.chat, message=f"m{number}", purpose="chat")
            for number in range(250)
        ]
        await posted.add(work, rows)
        await vanish.burn(work, reporter)
    chat.messenger.standing[chat.chat] = [f"m{number}:word" for number in range(250)]
    await chat.deliver()
    assert [1 + len(call.more) for call in chat.messenger.calls] == [100, 100, 50]
    assert chat.shows() == []


async def test_what_the_messenger_keeps_is_told_once(world: World) -> None:
    """What can't be taken back any more stays, and the person is told once how to clear the chat."""
    chat = Chat(world)
    await sent_report(chat)
    chat.messenger.keeps |= {"m1-reporter", "m2-reporter"}
    await chat.passes(HOUR)
    assert [each[:24] for each in chat.shows()] == ["/sos", "they are here", "Some messages are still "]
    await chat.passes(HOUR)
    assert chat.shows() == ["/sos", "they are here"]
    await chat.passes(timedelta(hours=50))
    assert chat.shows() == ["/sos", "they are here"]


async def test_down_for_longer_than_messengers_let(world: World) -> None:
    """After two days without the hotline nothing can go: no useless calls, one word about it, no ids left."""
    chat = Chat(world)
    await sent_report(chat)
    await chat.passes(timedelta(days=2, hours=1))
    assert chat.messenger.calls == []
    assert [each for each in chat.shows() if "press and hold this chat" in each] == [chat.shows()[-1]]
    assert await _count(world, PostedRow.purpose == "going") == 0
    await chat.passes(HOUR)
    assert len(chat.shows()) == 4


async def test_what_waited_at_the_messenger_is_as_old_as_it_is_there(world: World) -> None:
    """Words that waited for a hotline that was down go before they are too old, not 47 h after they came."""
    chat = Chat(world, vanish=timedelta(hours=47))
    await chat.take([chat.inbound(TextSent("/start"), ago=timedelta(hours=20))])
    await chat.deliver()
    await chat.passes(timedelta(hours=27))
    assert len(chat.shows()) == 1
    assert chat.shows() != ["/start"]


async def test_an_endless_talk_goes_piece_by_piece(world: World) -> None:
    """Where somebody writes every few hours for days, what is 47 hours old goes although the talk goes on."""
    chat = Chat(world)
    await chat.says("/report")
    for _ in range(9):
        await chat.says("they come back, they come back every night")
        world.clock.advance(timedelta(hours=5))
    await chat.passes(timedelta(hours=2))
    assert not any(each == "/report" for each in chat.shows())
    assert len(chat.shows()) == 16


async def test_nobody_is_forgotten_before_their_chat_is_empty(world: World) -> None:
    """A stranger's chat is emptied before the hotline forgets who they were; then it does."""
    chat = Chat(world, vanish=timedelta(hours=30))
    await chat.says("/start")
    world.clock.advance(timedelta(hours=29))
    async with world.backend.work() as work:
        await erasure.forget_expired_drafts(work)
        await erasure.forget_idle_reporters(work)
    assert len(chat.shows()) == 2
    await chat.passes(HOUR)
    assert chat.shows() == []
    async with world.backend.work() as work:
        await erasure.forget_idle_reporters(work)
    async with world.backend.looking() as work:
        assert (await work.session.execute(select(func.count()).select_from(ReporterRow))).scalar_one() == 0


# ── Once, and whoever is killed when ────────────────────────────────────────────────────────────


async def test_decided_once(world: World) -> None:
    """Two processes that look at the same moment decide once between them."""
    chat = Chat(world)
    await sent_report(chat)
    world.clock.advance(HOUR)

    async def look() -> None:
        async with world.backend.work() as work:
            await vanish.run_due(work)

    await asyncio.gather(*(look() for _ in range(4)))
    assert len(await world.waiting()) == 1
    await chat.deliver()
    assert (chat.shows(), len(chat.messenger.calls)) == ([], 1)


async def test_killed_before_it_was_sent(world: World) -> None:
    """Whoever dies with the removal in hand leaves it to be sent by the next one."""
    chat = Chat(world)
    await sent_report(chat)
    world.clock.advance(HOUR)
    async with world.backend.work() as work:
        await vanish.run_due(work)
    async with world.backend.work() as work:
        claimed = await claims.claim(work.session, now=work.now, limit=10, channel="telegram")
    assert len(claimed) == 1
    async with world.backend.work() as work:
        await claims.put_back(work.session)
    await chat.deliver()
    assert chat.shows() == []


async def test_killed_after_it_was_sent(world: World) -> None:
    """Removed, but never settled: it is removed again, which changes nothing, and is forgotten then."""
    chat = Chat(world)
    await sent_report(chat)
    world.clock.advance(HOUR)
    async with world.backend.work() as work:
        await vanish.run_due(work)
    chat.messenger.script.append(Temporary("cut", unknown=True))
    await chat.deliver()
    assert len(chat.shows()) == 4
    await chat.passes(MINUTE)
    assert (chat.shows(), await _count(world)) == ([], 0)


async def test_a_messenger_that_is_away(world: World) -> None:
    """The removal waits for its messenger as everything does, and ids are kept for as long as it is tried."""
    chat = Chat(world)
    await sent_report(chat)
    world.clock.advance(HOUR)
    async with world.backend.work() as work:
        await vanish.run_due(work)
    world.clock.advance(timedelta(hours=20))
    async with world.backend.work() as work:
        await vanish.heed_age(work)
    await chat.passes(MINUTE)
    assert chat.shows() == []
    async with world.backend.looking() as work:
        due = select(func.count()).select_from(OutboxRow).where(OutboxRow.state == "due")
        assert (await work.session.execute(due)).scalar_one() == 0
