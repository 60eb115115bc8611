"""What was sent while something broke goes with the rest of the chat, or the person hears that it may not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

import pytest
from sqlalchemy import func, select

from backend import claims
from backend.database import Database
from backend.people.model import PostedRow, VanishingRow
from backend.retention import vanish
from bot import intents
from bot.channels.base import NotSaved, Outgoing, Receipt, Say, Temporary, TextSent
from bot.inbound import Reception
from bot.intents import Card
from bot.outbound import Outbound
from bot.phrases import phrase
from tests.backend.messenger import all_sent, delivering
from tests.backend.test_erasure_killed import Killed, reaping
from tests.backend.vanishing import HOUR, Chat, Removing, sent_report
from tests.backend.world import TEXTS, World

MINUTE = timedelta(minutes=1)
MANY = 100
"""More statements than taking a chat's messages back takes."""


@dataclass
class CutOff(Removing):
    """A messenger that takes the next message, and then the line breaks before it can say so."""

    cut: bool = False

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Take it."""
        receipt = await super().send(outgoing)
        if self.cut and isinstance(outgoing, Say):
            self.cut = False
            raise Temporary("cut off", unknown=True)
        return receipt


async def _left(world: World, table: type[PostedRow | VanishingRow] = PostedRow) -> int:
    async with world.backend.looking() as work:
        return (await work.session.execute(select(func.count()).select_from(table))).scalar_one()


# ── Messages of which nobody knows where they stand ─────────────────────────────────────────────


async def _reported(chat: Chat) -> CutOff:
    """A report of which the receipt was said twice, for nobody knew whether it had arrived."""
    chat.messenger = messenger = CutOff()
    await chat.says("/sos")
    messenger.cut = True
    await chat.says("they are here")
    await chat.passes(MINUTE)
    assert sum("Code: " in each for each in chat.shows()) == 2
    return messenger


@pytest.mark.parametrize("how", ["in time", "at once"])
async def test_a_message_that_may_stand_there_is_told_of(world: World, how: str) -> None:
    """Its reader hears that one may be left, once, and that they can remove it; all others go."""
    chat = Chat(world)
    await _reported(chat)
    if how == "at once":
        await chat.says("/burn")
    else:
        await chat.passes(HOUR)
    first, told = chat.shows()
    assert "Code: " in first
    assert "may still be here" in told
    await chat.passes(2 * HOUR)
    assert chat.shows() == [first]
    assert await _left(world) == 0


async def test_a_process_that_died_may_have_sent_it(world: World) -> None:
    """What was in a dead process's hand is said again, and the first may stand: that is told, too."""
    chat = Chat(world)
    await chat.says("/sos")
    await chat.take([chat.inbound(TextSent("they are here"))])
    async with world.backend.work() as work:
        await claims.claim(work.session, now=work.now, limit=10, channel="telegram")
    async with world.backend.work() as work:
        await claims.put_back(work.session)
    await chat.deliver()
    await chat.passes(HOUR)
    assert ["may still be here" in each for each in chat.shows()] == [True]


async def test_a_messenger_that_knows_repeats_leaves_no_doubt(world: World) -> None:
    """Where the second sending says where the first one stands, everything goes and nothing is told."""
    messenger = CutOff("matrix", cut=True)
    reporter = await world.reporter(channel="matrix")
    async with world.backend.work() as work:
        work.put(intents.say(reporter.party, Card((phrase("said-parked"),))))
    for _ in range(2):
        async with delivering(world, messenger) as outbound:
            await all_sent(outbound)
        world.clock.advance(MINUTE)
    assert len(messenger.sent) == 2
    assert await _left(world) == 1


# ── Words past the database ─────────────────────────────────────────────────────────────────────


def _refuse(_database: Database) -> NoReturn:
    raise ConnectionRefusedError


async def _said_directly(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Reception:
    """The database was gone, and the person was told so; then it came back."""
    outbound = Outbound(chat.world.backend, {"telegram": chat.messenger}, TEXTS)
    reception = Reception(chat.world.backend, TEXTS, outbound, tell_after=0.01)
    first_words = chat.inbound(TextSent("/start"))
    with monkeypatch.context() as patched:
        patched.setattr(Database, "transaction", _refuse)
        with pytest.raises(NotSaved):
            await reception.receive([first_words])
        await asyncio.wait_for(chat.messenger.handed_over.wait(), 60)
        with pytest.raises(NotSaved):
            await reception.receive([first_words])
    await reception.note_direct_words()
    assert await _left(chat.world) == 0, "remembered of whom, before they are known?"
    await reception.receive([first_words])
    await reception.note_direct_words()
    return reception


async def test_not_saved_yet_goes_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The word that something isn't saved yet is taken back with the rest, and noted once."""
    chat = Chat(world)
    reception = await _said_directly(chat, monkeypatch)
    before = await _left(world)
    await reception.note_direct_words()
    assert await _left(world) == before
    await chat.deliver()
    assert any("Not saved yet" in each for each in chat.shows())
    await chat.passes(HOUR)
    assert chat.shows() == []


# ── Killed ──────────────────────────────────────────────────────────────────────────────────────


async def test_killed_at_any_statement(world: World) -> None:
    """Whatever statement or commit is the last one of a process, the next one empties the chat, told once."""
    chat = Chat(world)
    await sent_report(chat)
    world.clock.advance(HOUR)
    deaths = 0
    for at in range(1, MANY):
        died = False
        with reaping(world.backend.database, at) as reaper:
            try:
                async with world.backend.work() as work:
                    await vanish.run_due(work)
            except Killed:
                died = True
        if reaper.seen < at:
            break
        deaths += died
        assert await _left(world, VanishingRow) == 1, at
        assert await world.waiting() == [], at
    assert 3 < deaths < MANY
    assert [row.state for row in await world.waiting()] == ["due"]
    await chat.deliver()
    assert (chat.shows(), len(chat.messenger.calls), await _left(world)) == ([], 1, 0)
