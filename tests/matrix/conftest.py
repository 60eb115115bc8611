"""What the Matrix tests may ask for: a hotline at work on Matrix, as a process, with people around it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.channels.matrix.channel import Timings
from tests.matrix import Clients, Synapse
from tests.matrix.hotline import Desk, desk_on
from tests.matrix.lives import Scene, scene_in
from tests.matrix.wire import Wire


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire(synapse: Synapse) -> AsyncIterator[Wire]:
    """Lend a wire to the homeserver, to all tests of a module."""
    async with Wire(synapse.url) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wired(
    wire: Wire, synapse: Synapse, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Lend a hotline that finds its homeserver at the far end of `wire`; people go there directly."""
    async with Clients(synapse) as clients:
        made = await desk_on(clients, tmp_path_factory.mktemp("wired"), homeserver=wire.url)
        try:
            yield made
        finally:
            await made.hotline.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(synapse: Synapse, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """Lend one hotline to all tests of a module: each brings reporters of its own; killing it is allowed."""
    async with Clients(synapse) as clients:
        made = await desk_on(clients, tmp_path_factory.mktemp("hotline"))
        try:
            yield made
        finally:
            await made.hotline.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(
    synapse: Synapse, wire: Wire, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """Lend one hotline in this process to all tests of a module: what one leaves behind the next one finds.

    Calls to the homeserver are given up after seconds, where the hotline itself waits for half a minute.
    """
    folder, timings = tmp_path_factory.mktemp("lives"), Timings(call=3.0)
    async with Clients(synapse) as clients, scene_in(folder, clients, wire, timings) as made:
        yield made
