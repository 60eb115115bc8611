"""Several `hotline run` processes on one PostgreSQL, as nodes of one hotline."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from backend.database import Database, engine_url
from tests.botapi import BotApi, Message, User
from tests.postgresql import PostgresServer
from tests.system.hotline_process import (
    LOOK_EVERY,
    Desk,
    Hotline,
    configuration,
    desk_on,
    is_received,
    reference_in,
    set_up,
)

TAKEN = "role taken"
LIVING = "SELECT count(*) FROM nodes"
HELD = "SELECT fence FROM leases WHERE name = 'telegram' AND node IN (SELECT fence FROM nodes)"
TAKES_OVER_WITHIN = 15.0 + 15.0
"""Seconds: as promised, and as many again where the processor has other things to do."""
STARTS_WITHIN = 90.0
PATIENCE = 60.0
"""Seconds for what is promised without a time."""


@dataclass(frozen=True)
class Staffed:
    """A PostgreSQL database and a folder with its keys, in which Anna, Boris and the staff room are known."""

    server: PostgresServer
    name: str
    folder: Path

    def copied(self) -> str:
        """The name of a fresh copy of the database."""
        return self.server.create(template=self.name)


async def staff_it(server: PostgresServer, folder: Path) -> Staffed:
    """Prepare such a database through a hotline of its own."""
    staffed = Staffed(server, server.create(), folder)
    async with BotApi() as api, looking_at(server.url(staffed.name)) as looks:
        write_configuration(api, folder, server.url(staffed.name))
        async with Hotline(folder) as hotline:
            await set_up(api, hotline)
            await looks.until_sent()
            assert await hotline.stop() == 0
        # Minutes go by until a test starts it again: nobody is to be told that it was down meanwhile.
        await looks.change("DELETE FROM liveness")
    return staffed


def write_configuration(api: BotApi, folder: Path, url: str, more: str = "") -> None:
    """The configuration of every node in this folder."""
    (folder / "config.toml").write_text(configuration(api.url, token=api.token, database=url) + more)


class Looks:
    """A look into the database, beside the nodes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the query finds."""
        async with self._database.reading() as session:
            return [tuple(row) for row in await session.execute(text(query))]

    async def change(self, statement: str) -> None:
        """Change something behind everybody's back."""
        async with self._database.transaction() as session:
            await session.execute(text(statement))

    async def until(self, query: str, expected: list[tuple[object, ...]], patience: float = PATIENCE) -> None:
        """Wait until the database answers so. Raises TimeoutError."""
        async with asyncio.timeout(patience):
            while await self.rows(query) != expected:  # noqa: ASYNC110 - another process changes it
                await asyncio.sleep(LOOK_EVERY)

    async def until_sent(self) -> None:
        """Wait until nothing is left in the outbox."""
        await self.until("SELECT 1 FROM outbox WHERE state IN ('due', 'claimed') LIMIT 1", [])


@asynccontextmanager
async def looking_at(url: str) -> AsyncIterator[Looks]:
    """Lend a look into this database."""
    database = Database(engine_url(url, base=Path("/")))
    try:
        yield Looks(database)
    finally:
        await database.close()


@dataclass
class Pair:
    """Two nodes, of which one polls and the other stands by."""

    desk: Desk
    nodes: tuple[Hotline, Hotline]
    looks: Looks

    async def roles(self) -> tuple[Hotline, Hotline]:
        """Start whoever was killed; then who polls, and who stands by."""
        for node in self.nodes:
            if node.process.returncode is not None:
                await _started(node)
        await self.looks.until(LIVING, [(len(self.nodes),)])
        return await self._who_polls()

    async def _who_polls(self) -> tuple[Hotline, Hotline]:
        async with asyncio.timeout(PATIENCE):
            while True:
                held = {fence for (fence,) in await self.looks.rows(HELD)}
                for node, other in (self.nodes, self.nodes[::-1]):
                    if held & roles_taken(node):
                        return node, other
                await asyncio.sleep(LOOK_EVERY)

    async def quiet(self) -> None:
        """Wait until all updates are confirmed and everything decided is settled."""
        await self.desk.api.until(lambda: not self.desk.api.updates.pending, PATIENCE)
        await self.looks.until_sent()

    async def cases(self) -> set[str]:
        """The references of all cases."""
        return {str(reference) for (reference,) in await self.looks.rows("SELECT reference FROM cases")}

    async def begun(self) -> User:
        """Somebody whose next words are an SOS."""
        reporter = self.desk.api.user(language_code="ru")
        await reporter.says("/sos")
        await reporter.next_message(PATIENCE, "?")
        return reporter

    async def told_once(self, reporter: User) -> str:
        """The reference of their report, of which they and the room were told once each."""
        reference = reference_in(await reporter.next_message(PATIENCE, is_received))
        await self.desk.room.next_message(PATIENCE, reference)
        await self.quiet()
        assert len([each for each in reporter.messages if is_received(each)]) == 1
        assert len(self.in_room(reference)) == 1
        return reference

    def in_room(self, reference: str) -> list[Message]:
        """The room's messages about this case."""
        return [each for each in self.desk.room.messages if reference in each.text]


async def _started(node: Hotline) -> None:
    """As `Hotline.start`, where the other node, PostgreSQL and the tests want the processors too."""
    begun = len(node.lines)
    await node.launch()
    await node.until(lambda: "ready" in node.lines[begun:], STARTS_WITHIN)


def roles_taken(node: Hotline) -> set[object]:
    """The fences under which this node began to poll."""
    return {json.loads(line)["fence"] for line in node.lines if TAKEN in line}


def pause(node: Hotline) -> None:
    """SIGSTOP: nothing of it goes on, and nobody is told."""
    node.process.send_signal(signal.SIGSTOP)


def resume(node: Hotline) -> None:
    """SIGCONT: it goes on as if nothing had happened."""
    node.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def two_nodes(api: BotApi, staffed: Staffed, more: str = "") -> AsyncIterator[Pair]:
    """Two nodes at work on a copy of the database."""
    name = staffed.copied()
    url = staffed.server.url(name)
    write_configuration(api, staffed.folder, url, more)
    async with (
        looking_at(url) as looks,
        desk_on(api, Hotline(staffed.folder)) as desk,
        Hotline(staffed.folder) as second,
    ):
        yield Pair(desk, (desk.hotline, second), looks)
    staffed.server.drop(name)
