"""A homeserver that doesn't give what was said between two syncs: it is asked again until it does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from backend import devices, leases
from bot.channels.base import Missing
from bot.channels.matrix import gaps, paging, syncing
from bot.channels.matrix.gaps import GAP, Gap, Gaps
from bot.channels.matrix.memory import Memory
from tests.channels.matrix import PATIENCE, Bot, bot_at
from tests.matrix import Clients, Room, Synapse
from tests.matrix.wire import Wire

PAGES = "GET .*/messages"
SHOWN = 2
"""Events that one sync brings of a room."""


@pytest_asyncio.fixture
async def wire(synapse: Synapse) -> AsyncIterator[Wire]:
    """Lend a wire to the homeserver."""
    async with Wire(synapse.url) as made:
        yield made


@pytest_asyncio.fixture
async def bot(
    clients: Clients, wire: Wire, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bot]:
    """Lend a bot at the far end of the wire, to which a sync brings little, and which soon asks again."""
    short = {**syncing.FILTER["room"], "timeline": {"limit": SHOWN}}  # type: ignore[dict-item, index, call-overload]
    monkeypatch.setitem(syncing.FILTER, "room", short)  # type: ignore[arg-type]
    monkeypatch.setattr(gaps, "_FIRST", 0.1)
    async with bot_at(clients, sqlite_template, tmp_path, url=wire.url) as made:
        yield made


async def said_meanwhile(bot: Bot, clients: Clients, wire: Wire) -> tuple[Room, list[str]]:
    """A room in which much was said while nobody listened, of which the homeserver gives the last alone."""
    room = await bot.room_with(await clients.person("vera"))
    await room.says("начало")
    await bot.saved()
    await bot.stop()
    sent = [await room.says(f"слово {number}") for number in range(5)]
    wire.fault(PAGES, "500", times=1000)
    bot.start()
    assert [(await bot.saved()).id for _ in range(SHOWN)] == sent[-SHOWN:]
    return room, sent[:-SHOWN]


async def test_what_was_kept_back_comes_once_it_is_given(bot: Bot, clients: Clients, wire: Wire) -> None:
    """Also to the next process, although the token is past it; then nothing is missing any more."""
    room, missing = await said_meanwhile(bot, clients, wire)
    await room.says("а это пришло сразу")
    await bot.saved()
    await bot.restart()
    wire.calm()
    assert [(await bot.saved()).id for _ in missing] == missing
    await room.says("конец")
    await bot.saved()
    await bot.stop()
    async with bot.world.backend.looking() as work:
        assert await devices.count(work, "matrix", GAP) == 0


async def test_its_writer_is_told_once(bot: Bot, clients: Clients, wire: Wire) -> None:
    """After five minutes, and not before; it is asked for all the same."""
    room, missing = await said_meanwhile(bot, clients, wire)
    bot.world.clock.advance(gaps.TOLD_AFTER)
    told = await bot.saved()
    assert (told.event, told.chat, told.sender, told.private) == (
        Missing(),
        room.id,
        room.client.user_id,
        True,
    )
    await bot.restart()
    await asked(wire, paging.TRIES + 1)
    wire.calm()
    assert [(await bot.saved()).id for _ in missing] == missing


async def asked(wire: Wire, times: int) -> None:
    """Wait until it was asked so many times more."""
    before = times_asked(wire)
    async with asyncio.timeout(PATIENCE):
        while times_asked(wire) < before + times:  # noqa: ASYNC110 - the wire is looked at
            await asyncio.sleep(0.02)


def times_asked(wire: Wire) -> int:
    """How often it was asked for what is missing."""
    return sum(re.search(PAGES, call) is not None for call in wire.calls)


async def test_one_refusal_is_enough_to_go_on(
    bot: Bot, clients: Clients, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A homeserver in trouble isn't asked for each room: what all of them say now is read first."""
    monkeypatch.setattr(gaps, "_FIRST", 600.0)
    rooms = [await bot.room_with(await clients.person(name)) for name in ("vera", "eve")]
    for room in rooms:
        await room.says("начало")
        await bot.saved()
    await bot.stop()
    sent = [await room.says(f"слово {number}") for room in rooms for number in range(2 * SHOWN)]
    wire.fault(PAGES, "500", times=1000)
    bot.start()
    read = {(await bot.saved()).id for _ in range(2 * SHOWN)}
    assert read == {*sent[SHOWN : 2 * SHOWN], *sent[3 * SHOWN :]}
    assert times_asked(wire) == paging.TRIES


async def test_nothing_is_asked_for_for_ever(bot: Bot) -> None:
    """After a week it is given up."""
    memory, now = Memory(bot.world.backend, "matrix", leases.sole("matrix")), bot.world.clock.now()
    found = Gaps(memory, [])
    found.put(Gap("!room:x", "newest", "known", now.isoformat()))
    assert found.overdue(now) == found.due(now) == []
    assert found.due(now + gaps.KEPT + timedelta(seconds=1)) == []
    assert found.overdue(now + gaps.KEPT) == []
