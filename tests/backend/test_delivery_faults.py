"""Faults of our own: a message, a database or a stop that goes wrong costs nobody else anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from backend.cases.records import Case
from backend.database import Database
from backend.outbox import Item, OutboxRow, Priority
from backend.vault.keys import Sealed
from backend.work import Work
from bot.intents import Card
from bot.staff import cards
from tests.backend.deliveries import put, rows, say, states
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import HIGH, World


async def test_a_row_that_cannot_be_rendered(world: World, messenger: Messenger) -> None:
    """A message that can't be put into words fails alone; the others are sent."""
    anna, boris = await world.person("anna"), await world.person("boris")
    assert anna.party
    assert boris.party
    await put(world, Item(anna.party, "say", {"card": "no card"}), say(boris.party), say(anna.party))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert await states(world) == ["failed", "sent", "sent"]


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
    assert await states(world) == ["failed", "sent"]
    assert messenger.heard("chat-room") == []
    assert len(messenger.heard("chat-anna")) == 1


async def test_a_file_that_is_refused_is_said(world: World, messenger: Messenger) -> None:
    """Whoever waits for a file reads that it can't be opened here."""
    anna = await world.person("anna")
    opened = await world.opened(HIGH)
    await world.told()
    assert anna.party
    item = Item(anna.party, "file", {}, Priority.REPLY, opened.case.row.id)
    await put(world, item)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert messenger.heard("chat-anna") == [f"{opened.case.reference}: a file can’t be opened here."]


async def test_a_broken_seal_stops_nobody(world: World, messenger: Messenger) -> None:
    """A row that was tampered with is not sent, and stops no other."""
    anna, boris = await world.person("anna"), await world.person("boris")
    assert anna.party
    assert boris.party
    await put(world, say(anna.party), say(boris.party))
    first = (await rows(world))[0]
    assert first.body
    async with world.backend.work() as work:
        changed = update(OutboxRow).where(OutboxRow.number == first.number)
        await work.session.execute(changed.values(body=Sealed(first.body[:-1] + b"?")))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert await states(world) == ["failed", "sent"]


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
    await put(world, say((await world.room()).party))
    messenger.held = asyncio.Event()
    async with delivering(world, messenger) as outbound:
        outbound.wake()
        await messenger.handed_over.wait()
        failing.left = 3
        messenger.held.set()
        await all_sent(outbound)
    assert messenger.heard("chat-room") == ["words"]
    assert await states(world) == ["sent"]


async def test_a_stop_settles_what_was_handed_over(world: World, messenger: Messenger) -> None:
    """When the hotline stops, a message under way is finished and settled: the next start sends nothing."""
    await put(world, say((await world.room()).party))
    messenger.held = asyncio.Event()
    async with delivering(world, messenger) as outbound:
        outbound.wake()
        await messenger.handed_over.wait()
        asyncio.get_running_loop().call_soon(messenger.held.set)
    assert await states(world) == ["sent"]
    assert messenger.heard("chat-room") == ["words"]


async def test_a_stop_is_heard_whatever_else_happens(world: World, messenger: Messenger) -> None:
    """A stop that comes together with something new to send is a stop all the same."""
    room = await world.room()
    async with asyncio.timeout(60), delivering(world, messenger):
        await asyncio.sleep(0)
        await put(world, say(room.party))
    assert set(await states(world)) <= {"due", "claimed", "sent"}
