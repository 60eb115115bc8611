"""Two nodes on one PostgreSQL, one Matrix device: where one stops, the other goes on as the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.matrix import Clients, Synapse
from tests.matrix.hotline import Desk, Reporter, desk_on
from tests.postgresql import PostgresServer
from tests.system.hotline_process import Hotline
from tests.system.several import Looks, looking_at, pause, resume, roles_taken

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 60.0
"""Seconds: fifteen are promised on a machine that does nothing else."""


@dataclass
class Pair:
    """Two nodes, of which one has the device."""

    desk: Desk
    nodes: tuple[Hotline, Hotline]
    looks: Looks

    async def holder(self) -> Hotline:
        """Whoever has the device, once somebody has."""
        held = "SELECT fence FROM leases WHERE name = 'matrix' AND node IN (SELECT fence FROM nodes)"
        async with asyncio.timeout(PATIENCE):
            while True:
                fences = {fence for (fence,) in await self.looks.rows(held)}
                for node in self.nodes:
                    if fences & roles_taken(node):
                        return node
                await asyncio.sleep(0.05)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(
    synapse: Synapse, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    """Lend two nodes at work to all tests of the module."""
    name, folder = postgres_server.create(), tmp_path_factory.mktemp("nodes")
    url = postgres_server.url(name)
    async with Clients(synapse) as clients, looking_at(url) as looks:
        second = Hotline(folder)
        desk = await desk_on(clients, folder, further=f'[database]\nurl = "{url}"\n')
        try:
            await second.start()
            yield Pair(desk, (desk.hotline, second), looks)
        finally:
            await desk.hotline.kill()
            await second.kill()
    postgres_server.drop(name)


async def heard_once(pair: Pair, reporter: Reporter, words: str) -> None:
    """What the reporter writes reaches the officer, readable, and once."""
    chat = pair.desk.boris.chat
    await chat.next_message(PATIENCE, words)
    await pair.looks.until_sent()
    assert len([each for each in chat.messages if words in each.text]) == 1
    assert chat.unreadable == reporter.room.unreadable == []


async def devices(pair: Pair, reporter: Reporter) -> dict[str, str]:
    """The bot's devices and their keys, as the reporter's client sees them."""
    found = await reporter.client.devices(pair.desk.bot.user_id)
    return {name: each.fingerprint for name, each in found.items()}


async def test_a_killed_nodes_device_goes_on_elsewhere(pair: Pair) -> None:
    """The same device, keys and sessions on the other node: what is said meanwhile is read there."""
    reporter = await pair.desk.reporter()
    reference = await pair.desk.report_by_sos(reporter)
    before, holder = await devices(pair, reporter), await pair.holder()
    await holder.kill()
    await reporter.says("Ломают дверь")
    await heard_once(pair, reporter, "Ломают дверь")
    assert await pair.holder() is not holder
    await pair.desk.boris.chat.says(f"!reply {reference} Адвокат едет")
    await reporter.next_message(PATIENCE, "Адвокат едет")
    assert await devices(pair, reporter) == before
    assert len(before) == 1
    await holder.start()


async def test_a_paused_node_that_wakes_up_writes_nothing(pair: Pair) -> None:
    """Its keys are old by then: with them it would spoil what the other node has gone on to use."""
    reporter = await pair.desk.reporter()
    await pair.desk.report_by_sos(reporter)
    before, holder = await devices(pair, reporter), await pair.holder()
    pause(holder)
    await reporter.says("Ломают дверь второй раз")
    await heard_once(pair, reporter, "Ломают дверь второй раз")
    assert await pair.holder() is not holder
    resume(holder)
    for words in ("Вошли внутрь", "Уводят"):
        await reporter.says(words)
        await heard_once(pair, reporter, words)
    assert await devices(pair, reporter) == before
