"""What must not be lost between two of the channel's tasks: rooms being joined, rows being written."""

from __future__ import annotations

import asyncio
import shutil
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from backend import leases
from bot.channels.matrix.homeserver import Homeserver, Refused
from bot.channels.matrix.joining import INVITED, Joining
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.tree import Tree
from tests.backend.world import World, new_world

ROOM = "!room:x"


class Slow(Homeserver):
    """Each call waits for what it comes to: None is well, an error is raised."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9")
        self.calls: deque[asyncio.Future[Refused | None]] = deque()

    async def call(self, *_: object, **__: object) -> Tree:
        """Wait for the verdict."""
        verdict: asyncio.Future[Refused | None] = asyncio.get_running_loop().create_future()
        self.calls.append(verdict)
        fault = await verdict
        if fault:
            raise fault
        return {}


@pytest_asyncio.fixture
async def world(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[World]:
    """Lend a hotline without people."""
    made = new_world(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'hotline.db')}", tmp_path)
    yield made
    await made.backend.database.close()


@pytest_asyncio.fixture
async def memory(world: World) -> Memory:
    """Lend what a device remembers."""
    return Memory(world.backend, "matrix", leases.sole("matrix"))


async def a_turn() -> None:
    """Let every task go on until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_room_that_is_being_joined_is_not_asked_for_again(memory: Memory) -> None:
    """However long the homeserver takes: others look for rooms to join meanwhile."""
    server = Slow()
    joining = Joining(server, memory, [])
    entering = asyncio.create_task(joining.invited([ROOM]))
    await a_turn()
    await joining.retry()
    assert len(server.calls) == 1
    server.calls.popleft().set_result(None)
    await entering


async def test_an_invitation_that_comes_while_another_is_refused_is_kept(memory: Memory) -> None:
    """Two attempts at one room, the first refused for good and the second for now: it is tried again."""
    server = Slow()
    joining = Joining(server, memory, [])
    both = [asyncio.create_task(joining.invited([ROOM])) for _ in range(2)]
    await a_turn()
    server.calls.popleft().set_result(Refused(403, "M_FORBIDDEN"))
    await a_turn()
    server.calls.popleft().set_result(Refused(502))
    await asyncio.gather(*both)
    await memory.flush()
    assert [each.name for each in await memory.load(INVITED)] == [ROOM]


async def test_what_is_being_written_is_not_written_yet(memory: Memory) -> None:
    """Whoever waits for all to be written waits for what another task has begun to write."""
    memory.put(INVITED, ROOM, "")
    writing = asyncio.create_task(memory.flush())
    await a_turn()
    assert memory.changed
    await memory.flush()
    assert not memory.changed
    assert [each.name for each in await memory.load(INVITED)] == [ROOM]
    await writing
