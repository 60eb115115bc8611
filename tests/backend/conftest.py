"""What the backend's tests may ask for."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.nodes import Node
from tests.backend.messenger import Messenger
from tests.backend.several import Nodes, Steady
from tests.backend.staff_desk import Desk, new_desk
from tests.backend.world import World, new_backend, new_world
from tests.postgresql import PostgresServer


@pytest_asyncio.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """Lend an empty desk on either kind of database."""
    made = new_desk(database_url, tmp_path)
    yield made
    await made.backend.database.close()


@pytest_asyncio.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Lend a hotline without people on either kind of database."""
    made = new_world(database_url, tmp_path)
    yield made
    await made.backend.database.close()


@pytest_asyncio.fixture
async def sqlite_world(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[World]:
    """Lend a hotline on SQLite, where what is promised has nothing to do with the database."""
    made = new_world(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'hotline.db')}", tmp_path)
    yield made
    await made.backend.database.close()


@pytest.fixture
def messenger() -> Messenger:
    """Lend a messenger that takes everything."""
    return Messenger()


@pytest_asyncio.fixture
async def two(
    postgres_server: PostgresServer, postgres_template: str, tmp_path: Path
) -> AsyncIterator[Nodes]:
    """Lend two nodes that live, on PostgreSQL: on SQLite there is never more than one."""
    with postgres_server.lent(template=postgres_template) as url:
        world, steady = new_world(url, tmp_path), Steady()
        world.backend.node = Node(world.backend.database, world.clock, steady=steady)
        other = new_backend(url, tmp_path, world.clock)
        for backend in (world.backend, other, world.backend):  # the first one learns of the second
            await backend.node.renew()
        yield Nodes(world, other, steady)
        for backend in (world.backend, other):
            await backend.database.close()
