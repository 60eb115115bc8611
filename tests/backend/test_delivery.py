"""Delivery: everything decided is handed over; how a send ends, and the other way where there is none."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.pool import PoolProxiedConnection

from backend import claims
from backend.cases import casework
from backend.claims import Settled
from backend.outbox import Party
from backend.people import posted, rooms, staff
from backend.people.model import PostedRow
from backend.work import Work
from bot.channels.base import (
    Gone,
    Permanent,
    Say,
    Temporary,
    Throttled,
)
from bot.outcomes import Outcome
from bot.settling import Settling
from tests.backend.deliveries import put, rows, say, states
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import HIGH, URGENT, World

MINUTE = timedelta(minutes=1)

# ── How a send ends ──────────────────────────────────────────────────────────────────────────────────


async def test_sent_once_and_remembered(world: World, messenger: Messenger) -> None:
    """A message is handed over once, in words, settled and wiped; staff's can be found again by its id."""
    room, reference = await world.room(), await world.case(HIGH)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        await all_sent(outbound)
    (said,) = messenger.heard("chat-room")
    assert said.startswith(reference)
    assert await states(world) == ["sent"]
    assert (await rows(world))[0].body is None
    async with world.backend.looking() as work:
        case = await posted.case_of(work, room.channel, room.chat, "1")
    assert case == (await world.find(reference)).row.id


async def test_one_that_cannot_be_settled_holds_up_nobody(
    world: World, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outcome whose settling fails is written down in the bare, and all others as they should be."""
    room, other = await world.room(), await world.person("Second")
    assert other.party is not None
    await put(world, say(room.party), say(other.party, "more"))
    settled = Settling._settled  # noqa: SLF001 - the step that is made to fail

    async def failing(self: Settling, work: Work, outcome: Outcome) -> Settled:
        if outcome.parcel.row.party == room.id:
            raise LookupError
        return await settled(self, work, outcome)

    monkeypatch.setattr(Settling, "_settled", failing)
    async with delivering(world, messenger) as outbound:
        await asyncio.wait_for(all_sent(outbound), 60)
    assert await states(world) == ["sent", "sent"]
    assert sorted(said.text for said in messenger.sent if isinstance(said, Say)) == ["more", "words"]


async def test_throttled_waits_as_long_as_asked(world: World, messenger: Messenger) -> None:
    """Too fast: the same message goes again after the pause that was asked for, and is no repeat."""
    await put(world, say((await world.room()).party))
    messenger.script.append(Throttled(0.01))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        assert await states(world) == ["due"]
        world.clock.advance(timedelta(seconds=0.01))
        await all_sent(outbound)
    assert messenger.heard("chat-room") == ["words"]


async def test_an_unknown_outcome_repeats_and_says_so(world: World, messenger: Messenger) -> None:
    """Sent again after a pause where nobody knows whether it arrived, with a word that it may be a repeat."""
    await put(world, say((await world.room()).party))
    messenger.script += [Temporary("no line"), Temporary("no answer", unknown=True)]
    async with delivering(world, messenger) as outbound:
        for seconds in (0, 1, 2):
            world.clock.advance(timedelta(seconds=seconds))
            await all_sent(outbound)
    (said,) = messenger.heard("chat-room")
    assert said == "words\n\n(Возможно, это сообщение уже приходило.)"


async def test_a_known_outcome_is_no_repeat(world: World, messenger: Messenger) -> None:
    """What surely did not arrive is sent again without that word."""
    await put(world, say((await world.room()).party))
    messenger.script.append(Temporary("no line"))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        world.clock.advance(timedelta(seconds=1))
        await all_sent(outbound)
    assert messenger.heard("chat-room") == ["words"]


async def test_a_dead_senders_message_is_a_repeat(world: World, messenger: Messenger) -> None:
    """What a process that died had claimed is sent by the next one, as a possible repeat."""
    await put(world, say((await world.person("anna")).party or pytest.fail("no party")))
    async with world.backend.work() as work:
        await claims.claim(work.session, now=work.now, limit=9, channel="telegram")
    async with world.backend.work() as work:
        await claims.put_back(work.session)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert messenger.heard("chat-anna") == ["words\n\n(You may have had this message before.)"]


@pytest.mark.parametrize("how", [OSError, asyncio.CancelledError])
async def test_settled_by_a_commit_that_was_cut_off(
    world: World, messenger: Messenger, monkeypatch: pytest.MonkeyPatch, how: type[BaseException]
) -> None:
    """Where the answer to a commit is lost, or nobody waits for it any more, nothing is remembered twice."""
    await world.room()
    await world.case(HIGH)
    dialect = world.backend.database.engine.sync_engine.dialect
    commit, cut_off = dialect.do_commit, asyncio.Event()

    def cutting_off(connection: PoolProxiedConnection) -> None:
        commit(connection)
        if messenger.sent and not cut_off.is_set():
            cut_off.set()
            raise how

    async with delivering(world, messenger) as outbound:
        monkeypatch.setattr(dialect, "do_commit", cutting_off)
        outbound.wake()
        await asyncio.wait_for(cut_off.wait(), 60)
        if how is OSError:
            await all_sent(outbound)
    assert await states(world) == ["sent"]
    async with world.backend.looking() as work:
        assert len(list(await work.session.execute(select(PostedRow.id)))) == 1


async def test_a_moved_chat_is_followed(world: World, messenger: Messenger) -> None:
    """A group that goes on under another id is written to there, and stays the staff room."""
    room = await world.room()
    await put(world, say(room.party))
    messenger.script.append(Gone("moved", moved_to="-100500"))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert messenger.heard("-100500") == ["words"]
    async with world.backend.looking() as work:
        assert [(each.id, each.chat) for each in await rooms.bound(work)] == [(room.id, "-100500")]


async def test_a_move_that_was_heard_of_already(world: World, messenger: Messenger) -> None:
    """To be told twice that the group moved loses nothing: it is still the staff room."""
    room = await world.room()
    await put(world, say(room.party))
    messenger.script.append(Gone("moved", moved_to="-100500"))
    messenger.held = asyncio.Event()
    async with delivering(world, messenger) as outbound:
        outbound.wake()
        await messenger.handed_over.wait()
        async with world.backend.work() as work:
            await rooms.move(work, room, "-100500")
        messenger.held.set()
        await all_sent(outbound)
    async with world.backend.looking() as work:
        assert [(each.id, each.chat) for each in await rooms.bound(work)] == [(room.id, "-100500")]
    assert messenger.heard("-100500") == ["words"]


async def test_a_chat_that_moves_in_circles_ends(world: World, messenger: Messenger) -> None:
    """A person's chat can't move: such an answer must not be asked for again without end."""
    anna = await world.person("anna")
    assert anna.party
    await put(world, say(anna.party))
    messenger.refuses["chat-anna"] = Gone("moved", moved_to="elsewhere")
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert await states(world) == ["failed"]


async def test_permanent_is_not_tried_again(world: World, messenger: Messenger) -> None:
    """What the messenger will never take is given up at once."""
    await put(world, say((await world.room()).party))
    messenger.script.append(Permanent("too long"))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        world.clock.advance(timedelta(days=2))
        await all_sent(outbound)
    assert await states(world) == ["failed"]
    assert messenger.sent == []


async def test_a_messenger_that_is_down_for_a_day(world: World, messenger: Messenger) -> None:
    """For a day a message is tried again; then it has failed, which is counted."""
    room = await world.room()
    await put(world, say(room.party))
    messenger.refuses["chat-room"] = Temporary("down")
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        world.clock.advance(timedelta(hours=23))
        await all_sent(outbound)
        assert await states(world) == ["due"]
        world.clock.advance(timedelta(hours=1))
        await all_sent(outbound)
    assert await states(world) == ["failed"]


async def test_a_channel_that_breaks_its_word(world: World, messenger: Messenger) -> None:
    """An error that no channel may raise is an unknown outcome: the message goes again."""
    await put(world, say((await world.room()).party))
    messenger.script.append(LookupError("not one of the four"))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        world.clock.advance(timedelta(seconds=1))
        await all_sent(outbound)
    assert [text.startswith("words\n\n") for text in messenger.heard("chat-room")] == [True]


# ── Another way ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_room_that_is_gone(world: World, messenger: Messenger) -> None:
    """A notice that can't reach the room reaches everyone who works cases, in private."""
    await world.room()
    for name, role in (("anna", "officer"), ("clara", "coordinator"), ("dora", "council")):
        await world.person(name, role)  # type: ignore[arg-type]
    reference = await world.case(HIGH)
    messenger.refuses["chat-room"] = Gone("put out")
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    for name in ("anna", "clara"):
        assert [text[:7] for text in messenger.heard(f"chat-{name}")] == [reference]
    assert messenger.heard("chat-dora") == []


async def test_a_person_who_blocked_the_hotline(world: World, messenger: Messenger) -> None:
    """A notice that can't reach a person goes to the room; where there is none, to colleagues."""
    await world.person("anna")
    reference = await world.case(URGENT)
    await world.person("boris")
    messenger.refuses["chat-anna"] = Gone("blocked")
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        assert [text[:7] for text in messenger.heard("chat-boris")] == [reference]
        await world.room()
        world.clock.advance(5 * MINUTE)
        await world.tick()
        await all_sent(outbound)
    assert messenger.heard("chat-room")
    assert "failed" in await states(world)


async def test_a_persons_other_messenger(world: World, messenger: Messenger) -> None:
    """Who can't be reached on one messenger is written to on the other, and from then on there first."""
    other = Messenger("matrix")
    anna = await world.person("anna")
    await world.link(anna, "matrix")
    reference = await world.case(URGENT)
    messenger.refuses["chat-anna"] = Gone("blocked")
    async with delivering(world, messenger, other) as outbound:
        await all_sent(outbound)
        await all_sent(outbound)
    assert [text[:7] for text in other.heard("matrix-anna")] == [reference]
    async with world.backend.looking() as work:
        now = await staff.get(work, anna.id)
    assert now
    assert [account.channel for account in now.accounts if account.reachable] == ["matrix"]


async def test_an_answer_goes_where_it_was_asked(world: World, messenger: Messenger) -> None:
    """A person on two messengers is answered on the one that the message is for."""
    other = Messenger("matrix")
    anna = await world.link(await world.person("anna"), "matrix")
    for channel in ("telegram", "matrix"):
        await put(world, say(Party("staff", anna.id, channel, anna.key), channel))
        async with delivering(world, messenger, other) as outbound:
            await all_sent(outbound)
    assert messenger.heard("chat-anna") == ["telegram"]
    assert other.heard("matrix-anna") == ["matrix"]


async def test_an_undelivered_reply_is_told_to_its_author(world: World, messenger: Messenger) -> None:
    """Whoever wrote a reply that could not be delivered is told, and the history says it."""
    anna = await world.person("anna")
    reference = await world.case(HIGH)
    await world.do(reference, lambda work, case: casework.reply(work, anna, case, "word", channel="telegram"))
    messenger.refuses["chat-reporter"] = Gone("blocked")
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert any(text.startswith(reference) and "word" not in text for text in messenger.heard("chat-anna"))
    assert "undelivered" in [entry.kind for entry in await world.history(reference)]


async def test_a_detour_ends(world: World, messenger: Messenger) -> None:
    """Where nobody can be reached at all, notices don't go round for ever."""
    await world.room()
    await world.person("anna")
    await world.person("boris")
    await world.case(URGENT)
    for chat in ("chat-room", "chat-anna", "chat-boris"):
        messenger.refuses[chat] = Gone("blocked")
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert set(await states(world)) == {"failed"}
    assert len(await rows(world)) < 12
