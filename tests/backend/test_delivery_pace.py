"""Long texts in pieces, and all of it no faster than the messenger lets."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest

from backend.outbox import Item, Json, Priority
from bot import intents
from bot.channels.base import (
    Limits,
    Outgoing,
    Receipt,
    Say,
    Temporary,
)
from bot.intents import Card
from bot.outbound import Delivery
from bot.pace import Pace
from bot.phrases import phrase
from tests.backend.deliveries import put, rows, say
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import TEXTS, World

WORDS = phrase("desk-name", name="words")

# ── Long texts ───────────────────────────────────────────────────────────────────────────────────────


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
    await put(sqlite_world, intents.say(party, Card((phrase("desk-name", name=text),), ((button,),))))
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
    await put(sqlite_world, say(party, "x" * 5000))
    messenger.script += [None, Temporary("no line")]
    async with delivering(sqlite_world, messenger) as outbound:
        await all_sent(outbound)
        sqlite_world.clock.advance(timedelta(seconds=1))
        await all_sent(outbound)
    assert messenger.heard("chat-room")[-1].endswith("(Возможно, это сообщение уже приходило.)")


# ── Pace ─────────────────────────────────────────────────────────────────────────────────────────────


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
    while any(row.state in ("due", "claimed") for row in await rows(world)):
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
        await put(sqlite_world, say(party, str(number)))
    urgent = (await sqlite_world.reporter("urgent")).party
    await put(sqlite_world, say(urgent, "urgent", priority=Priority.URGENT))
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
    await put(sqlite_world, say(one.party, "x" * 4096 * 4))
    await _deliver_at_pace(sqlite_world, messenger)
    pieces = messenger.times[:]
    assert len(pieces) == 4
    assert min(later - at for at, later in itertools.pairwise(pieces)) >= 1
    standing: list[Json] = [["chat-other", str(number)] for number in range(80)]
    await put(sqlite_world, Item(other.party, "clear", {"messages": standing}, Priority.REPLY))
    await _deliver_at_pace(sqlite_world, messenger)
    assert _most_within(messenger.times, 1) <= 30
    assert len(messenger.times) == 84


async def test_pace_of_a_room(sqlite_world: World) -> None:
    """A room hears at most twenty a minute, and an urgent message needn't wait for the minute to pass."""
    messenger = Timed(Time())
    room = await sqlite_world.room()
    await put(sqlite_world, *(say(room.party, str(number)) for number in range(19)))
    urgent = say(room.party, "urgent", priority=Priority.URGENT)
    pace = Pace(messenger.limits, clock=messenger.time)
    delivery = Delivery(sqlite_world.backend, messenger, TEXTS, pace=pace, sleep=messenger.time.sleep)
    running = asyncio.create_task(delivery.run())
    while len(messenger.sent) < 18:
        delivery.wake()
        await asyncio.sleep(0.01)
    await put(sqlite_world, urgent)
    while len(messenger.sent) < 19:
        delivery.wake()
        await asyncio.sleep(0.01)
    assert messenger.heard("chat-room")[-1] == "urgent"
    assert messenger.time.now == 100.0
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
