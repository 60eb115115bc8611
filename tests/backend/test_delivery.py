"""Delivery: everything decided is handed over, in its way and at its pace, and whatever fails is said."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from backend import claims
from backend.cases import casework, erasure
from backend.cases.records import Case
from backend.claims import Settled
from backend.database import Database
from backend.outbox import Item, Json, OutboxRow, Party, Priority
from backend.people import posted, rooms, staff
from backend.vault.keys import Sealed
from backend.work import Work
from bot import intents
from bot.channels.base import (
    Edit,
    Gone,
    Limits,
    Outgoing,
    Permanent,
    Receipt,
    Remove,
    Say,
    Temporary,
    Throttled,
)
from bot.intents import Card
from bot.outbound import Delivery
from bot.outcomes import Outcome
from bot.pace import Pace
from bot.phrases import phrase
from bot.settling import Settling
from bot.staff import cards
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import HIGH, TEXTS, URGENT, World

MINUTE = timedelta(minutes=1)
WORDS = phrase("desk-name", name="words")


@pytest.fixture
def messenger() -> Messenger:
    """Lend a messenger that takes everything."""
    return Messenger()


def _say(party: Party, text: str = "words", *, priority: Priority = Priority.CONVERSATION) -> Item:
    return intents.say(party, Card((phrase("desk-name", name=text),)), priority=priority)


async def _put(world: World, *items: Item) -> None:
    async with world.backend.work() as work:
        work.put(*items)


async def _rows(world: World) -> list[OutboxRow]:
    async with world.backend.looking() as work:
        return list((await work.session.execute(select(OutboxRow).order_by(OutboxRow.number))).scalars())


async def _states(world: World) -> list[str]:
    return [row.state for row in await _rows(world)]


# ── How a send ends ─────────────────────────────────────────────────────────────────────────────


async def test_sent_once_and_remembered(world: World, messenger: Messenger) -> None:
    """A message is handed over once, in words, settled and wiped; staff's can be found again by its id."""
    room, reference = await world.room(), await world.case(HIGH)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        await all_sent(outbound)
    (said,) = messenger.heard("chat-room")
    assert said.startswith(reference)
    assert await _states(world) == ["sent"]
    assert (await _rows(world))[0].body is None
    async with world.backend.looking() as work:
        case = await posted.case_of(work, room.channel, room.chat, "1")
    assert case == (await world.find(reference)).row.id


async def test_one_that_cannot_be_settled_holds_up_nobody(
    world: World, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outcome whose settling fails is written down in the bare, and all others as they should be."""
    room, other = await world.room(), await world.person("Second")
    assert other.party is not None
    await _put(world, _say(room.party), _say(other.party, "more"))
    settled = Settling._settled  # noqa: SLF001 - the step that is made to fail

    async def failing(self: Settling, work: Work, outcome: Outcome) -> Settled:
        if outcome.parcel.row.party == room.id:
            raise LookupError
        return await settled(self, work, outcome)

    monkeypatch.setattr(Settling, "_settled", failing)
    async with delivering(world, messenger) as outbound:
        await asyncio.wait_for(all_sent(outbound), 10)
    assert await _states(world) == ["sent", "sent"]
    assert sorted(said.text for said in messenger.sent if isinstance(said, Say)) == ["more", "words"]


async def test_throttled_waits_as_long_as_asked(world: World, messenger: Messenger) -> None:
    """Too fast: the same message goes again after the pause that was asked for, and is no repeat."""
    await _put(world, _say((await world.room()).party))
    messenger.script.append(Throttled(0.01))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        assert await _states(world) == ["due"]
        world.clock.advance(timedelta(seconds=0.01))
        await all_sent(outbound)
    assert messenger.heard("chat-room") == ["words"]


async def test_an_unknown_outcome_repeats_and_says_so(world: World, messenger: Messenger) -> None:
    """Sent again after a pause where nobody knows whether it arrived, with a word that it may be a repeat."""
    await _put(world, _say((await world.room()).party))
    messenger.script += [Temporary("no line"), Temporary("no answer", unknown=True)]
    async with delivering(world, messenger) as outbound:
        for seconds in (0, 1, 2):
            world.clock.advance(timedelta(seconds=seconds))
            await all_sent(outbound)
    (said,) = messenger.heard("chat-room")
    assert said == "words\n\n(Возможно, это сообщение уже приходило.)"


async def test_a_known_outcome_is_no_repeat(world: World, messenger: Messenger) -> None:
    """What surely did not arrive is sent again without that word."""
    await _put(world, _say((await world.room()).party))
    messenger.script.append(Temporary("no line"))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        world.clock.advance(timedelta(seconds=1))
        await all_sent(outbound)
    assert messenger.heard("chat-room") == ["words"]


async def test_a_dead_senders_message_is_a_repeat(world: World, messenger: Messenger) -> None:
    """What a process that died had claimed is sent by the next one, as a possible repeat."""
    await _put(world, _say((await world.person("anna")).party or pytest.fail("no party")))
    async with world.backend.work() as work:
        await claims.claim(work.session, now=work.now, limit=9, channel="telegram")
    async with world.backend.work() as work:
        await claims.put_back(work.session)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert messenger.heard("chat-anna") == ["words\n\n(You may have had this message before.)"]


async def test_a_moved_chat_is_followed(world: World, messenger: Messenger) -> None:
    """A group that goes on under another id is written to there, and stays the staff room."""
    room = await world.room()
    await _put(world, _say(room.party))
    messenger.script.append(Gone("moved", moved_to="-100500"))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert messenger.heard("-100500") == ["words"]
    async with world.backend.looking() as work:
        assert [(each.id, each.chat) for each in await rooms.bound(work)] == [(room.id, "-100500")]


async def test_a_move_that_was_heard_of_already(world: World, messenger: Messenger) -> None:
    """To be told twice that the group moved loses nothing: it is still the staff room."""
    room = await world.room()
    await _put(world, _say(room.party))
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
    await _put(world, _say(anna.party))
    messenger.refuses["chat-anna"] = Gone("moved", moved_to="elsewhere")
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert await _states(world) == ["failed"]


async def test_permanent_is_not_tried_again(world: World, messenger: Messenger) -> None:
    """What the messenger will never take is given up at once."""
    await _put(world, _say((await world.room()).party))
    messenger.script.append(Permanent("too long"))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        world.clock.advance(timedelta(days=2))
        await all_sent(outbound)
    assert await _states(world) == ["failed"]
    assert messenger.sent == []


async def test_a_messenger_that_is_down_for_a_day(world: World, messenger: Messenger) -> None:
    """For a day a message is tried again; then it has failed, which is counted."""
    room = await world.room()
    await _put(world, _say(room.party))
    messenger.refuses["chat-room"] = Temporary("down")
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        world.clock.advance(timedelta(hours=23))
        await all_sent(outbound)
        assert await _states(world) == ["due"]
        world.clock.advance(timedelta(hours=1))
        await all_sent(outbound)
    assert await _states(world) == ["failed"]


async def test_a_channel_that_breaks_its_word(world: World, messenger: Messenger) -> None:
    """An error that no channel may raise is an unknown outcome: the message goes again."""
    await _put(world, _say((await world.room()).party))
    messenger.script.append(LookupError("not one of the four"))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        world.clock.advance(timedelta(seconds=1))
        await all_sent(outbound)
    assert [text.startswith("words\n\n") for text in messenger.heard("chat-room")] == [True]


# ── Another way ─────────────────────────────────────────────────────────────────────────────────


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
    assert "failed" in await _states(world)


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
        await _put(world, _say(Party("staff", anna.id, channel, anna.key), channel))
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
    assert set(await _states(world)) == {"failed"}
    assert len(await _rows(world)) < 12


# ── Still wanted? ───────────────────────────────────────────────────────────────────────────────


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
    assert (await _states(world)).count("unwanted") == 3


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


# ── What goes wrong inside ──────────────────────────────────────────────────────────────────────


async def test_a_row_that_cannot_be_rendered(world: World, messenger: Messenger) -> None:
    """A message that can't be put into words fails alone; the others are sent."""
    anna, boris = await world.person("anna"), await world.person("boris")
    assert anna.party
    assert boris.party
    await _put(world, Item(anna.party, "say", {"card": "no card"}), _say(boris.party), _say(anna.party))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert await _states(world) == ["failed", "sent", "sent"]


async def test_an_alert_that_cannot_be_rendered_takes_another_way(
    world: World, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be put into words for the room is tried for the people, so that a case isn't unheard of."""
    await world.room()
    await world.person("anna")
    await world.case(HIGH)
    real = cards.notice

    async def failing(work: Work, case: Case, *, reason: str, private: bool) -> Card:
        if not private:
            raise LookupError
        return await real(work, case, reason=reason, private=private)

    monkeypatch.setattr(cards, "notice", failing)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert await _states(world) == ["failed", "sent"]
    assert messenger.heard("chat-room") == []
    assert len(messenger.heard("chat-anna")) == 1


async def test_a_file_that_is_refused_is_said(world: World, messenger: Messenger) -> None:
    """Whoever waits for a file reads that it can't be opened here."""
    anna = await world.person("anna")
    opened = await world.opened(HIGH)
    await world.told()
    assert anna.party
    item = Item(anna.party, "file", {}, Priority.REPLY, opened.case.row.id)
    await _put(world, item)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert messenger.heard("chat-anna") == [f"{opened.case.reference}: a file can’t be opened here."]


async def test_a_broken_seal_stops_nobody(world: World, messenger: Messenger) -> None:
    """A row that was tampered with is not sent, and stops no other."""
    anna, boris = await world.person("anna"), await world.person("boris")
    assert anna.party
    assert boris.party
    await _put(world, _say(anna.party), _say(boris.party))
    first = (await _rows(world))[0]
    assert first.body
    async with world.backend.work() as work:
        changed = update(OutboxRow).where(OutboxRow.number == first.number)
        await work.session.execute(changed.values(body=Sealed(first.body[:-1] + b"?")))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert await _states(world) == ["failed", "sent"]


class Failing:
    """A database whose next transactions fail, as one does that is gone for a moment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        real = Database.transaction

        def transaction(database: Database) -> object:
            if self.left:
                self.left -= 1
                raise OSError
            return real(database)

        monkeypatch.setattr(Database, "transaction", transaction)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Failing]:
    """Lend a way to make the next transactions fail."""
    made = Failing(monkeypatch)
    yield made
    assert made.left == 0, "as many failed as were meant to"


async def test_settling_survives_a_failing_database(
    world: World, messenger: Messenger, failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outcome that can't be written down is kept and written down later: nothing is sent twice."""
    monkeypatch.setattr("bot.outbound.LOOK_AGAIN", 0.01)
    await _put(world, _say((await world.room()).party))
    messenger.held = asyncio.Event()
    async with delivering(world, messenger) as outbound:
        outbound.wake()
        await messenger.handed_over.wait()
        failing.left = 3
        messenger.held.set()
        await all_sent(outbound)
    assert messenger.heard("chat-room") == ["words"]
    assert await _states(world) == ["sent"]


async def test_a_stop_settles_what_was_handed_over(world: World, messenger: Messenger) -> None:
    """When the hotline stops, a message under way is finished and settled: the next start sends nothing."""
    await _put(world, _say((await world.room()).party))
    messenger.held = asyncio.Event()
    async with delivering(world, messenger) as outbound:
        outbound.wake()
        await messenger.handed_over.wait()
        asyncio.get_running_loop().call_soon(messenger.held.set)
    assert await _states(world) == ["sent"]
    assert messenger.heard("chat-room") == ["words"]


async def test_a_stop_is_heard_whatever_else_happens(world: World, messenger: Messenger) -> None:
    """A stop that comes together with something new to send is a stop all the same."""
    room = await world.room()
    async with asyncio.timeout(5), delivering(world, messenger):
        await asyncio.sleep(0)
        await _put(world, _say(room.party))
    assert set(await _states(world)) <= {"due", "claimed", "sent"}


# ── Long texts ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "word " * 3000,
        "🆘" * 5000,
        "x" * 4096,
        "x" * 4096 + " ",
        "x" * 4097,
        "line\n" * 2000,
        "a" + "\n" * 9000 + "b",
        "слово" * 4000,
    ],
)
async def test_long_texts_in_pieces(sqlite_world: World, messenger: Messenger, text: str) -> None:
    """A long text arrives whole, in pieces within the limit, none of them empty, buttons under the last."""
    party = (await sqlite_world.reporter()).party
    button = intents.PhraseButton(WORDS, "data")
    await _put(sqlite_world, intents.say(party, Card((phrase("desk-name", name=text),), ((button,),))))
    async with delivering(sqlite_world, messenger) as outbound:
        await all_sent(outbound)
    pieces = [each for each in messenger.sent if isinstance(each, Say)]
    assert all(each.text.strip() and len(each.text.encode("utf-16-le")) <= 2 * 4096 for each in pieces)
    assert "".join("".join(each.text.split()) for each in pieces) == "".join(text.split())
    assert [bool(each.buttons) for each in pieces] == [False] * (len(pieces) - 1) + [True]
    assert len({each.tx for each in pieces}) == len(pieces)


async def test_pieces_sent_already_are_repeats(sqlite_world: World, messenger: Messenger) -> None:
    """If a later piece is refused for now, the whole comes again and says that it may be a repeat."""
    party = (await sqlite_world.room()).party
    await _put(sqlite_world, _say(party, "x" * 5000))
    messenger.script += [None, Temporary("no line")]
    async with delivering(sqlite_world, messenger) as outbound:
        await all_sent(outbound)
        sqlite_world.clock.advance(timedelta(seconds=1))
        await all_sent(outbound)
    assert messenger.heard("chat-room")[-1].endswith("(Возможно, это сообщение уже приходило.)")


# ── Pace ────────────────────────────────────────────────────────────────────────────────────────


class Time:
    """Monotonic time that passes only while delivery sleeps for its pace."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time, in seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.now += seconds
        await asyncio.sleep(0)


class Timed(Messenger):
    """A messenger that notes when it was handed what."""

    def __init__(self, time: Time) -> None:
        super().__init__(limits=Limits())
        self.time = time
        self.times: list[float] = []

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Take it."""
        self.times.append(self.time.now)
        return await super().send(outgoing)


async def _deliver_at_pace(world: World, messenger: Timed) -> None:
    """Turn after turn; whenever delivery has to wait for its pace, a quarter of a second passes."""
    pace = Pace(messenger.limits, clock=messenger.time)
    delivery = Delivery(world.backend, messenger, TEXTS, pace=pace, sleep=messenger.time.sleep)
    running = asyncio.create_task(delivery.run())
    while any(row.state in ("due", "claimed") for row in await _rows(world)):
        messenger.time.now += 0.25
        delivery.wake()
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def _most_within(times: list[float], seconds: float) -> int:
    return max(sum(start <= each < start + seconds for each in times) for start in times)


async def test_pace_in_a_surge(sqlite_world: World) -> None:
    """A hundred people are written to at no more than thirty a second, urgent ones before the rest."""
    messenger = Timed(Time())
    for number in range(100):
        party = (await sqlite_world.reporter(f"r{number}")).party
        await _put(sqlite_world, _say(party, str(number)))
    urgent = (await sqlite_world.reporter("urgent")).party
    await _put(sqlite_world, _say(urgent, "urgent", priority=Priority.URGENT))
    await _deliver_at_pace(sqlite_world, messenger)
    assert _most_within(messenger.times, 1) <= 30
    assert len(messenger.times) == 101
    assert messenger.times[[each.chat for each in messenger.sent].index("chat-urgent")] == min(
        messenger.times
    )


async def test_pace_of_pieces_and_removals(sqlite_world: World) -> None:
    """Pieces of a long text come a second apart, and taking a whole chat back keeps thirty a second."""
    messenger = Timed(Time())
    one, other = await sqlite_world.reporter("one"), await sqlite_world.reporter("other")
    await _put(sqlite_world, _say(one.party, "x" * 4096 * 4))
    await _deliver_at_pace(sqlite_world, messenger)
    pieces = messenger.times[:]
    assert len(pieces) == 4
    assert min(later - at for at, later in itertools.pairwise(pieces)) >= 1
    standing: list[Json] = [["chat-other", str(number)] for number in range(80)]
    await _put(sqlite_world, Item(other.party, "clear", {"messages": standing}, Priority.REPLY))
    await _deliver_at_pace(sqlite_world, messenger)
    assert _most_within(messenger.times, 1) <= 30
    assert len(messenger.times) == 84


async def test_pace_of_a_room(sqlite_world: World) -> None:
    """A room hears at most twenty a minute, and an urgent message needn't wait for the minute to pass."""
    messenger = Timed(Time())
    room = await sqlite_world.room()
    await _put(sqlite_world, *(_say(room.party, str(number)) for number in range(19)))
    urgent = _say(room.party, "urgent", priority=Priority.URGENT)
    pace = Pace(messenger.limits, clock=messenger.time)
    delivery = Delivery(sqlite_world.backend, messenger, TEXTS, pace=pace, sleep=messenger.time.sleep)
    running = asyncio.create_task(delivery.run())
    while len(messenger.sent) < 18:
        delivery.wake()
        await asyncio.sleep(0.01)
    await _put(sqlite_world, urgent)
    while len(messenger.sent) < 19:
        delivery.wake()
        await asyncio.sleep(0.01)
    assert messenger.heard("chat-room")[-1] == "urgent"
    assert messenger.time.now == 100.0
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_erased_people_are_not_written_to(world: World, messenger: Messenger) -> None:
    """What waits for somebody who was revoked or forgotten meanwhile is dropped, and stops nobody."""
    anna = await world.person("anna")
    assert anna.party
    await _put(world, _say(anna.party), _say((await world.room()).party))
    async with world.backend.work() as work:
        await staff.revoke(work, "anna")
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert await _states(world) == ["sent"]
