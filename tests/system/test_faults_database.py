"""Database locked, full or gone: the writer is told, nothing is half-written, everything is served later."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest_asyncio
from sqlalchemy import text

from backend.database import Database, engine_url
from tests.botapi import BotApi, User
from tests.postgresql import PostgresServer
from tests.system.hotline_process import (
    LOOK_EVERY,
    READY_WITHIN,
    Desk,
    Hotline,
    configuration,
    is_received,
    reference_in,
    set_up,
)

NOT_SAVED = "Пока не сохранилось"


@contextlib.contextmanager
def write_lock(path: Path) -> Iterator[None]:
    """Hold SQLite's only write lock, as a backup gone wrong would."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextlib.contextmanager
def full_disk(hotline: Hotline) -> Iterator[None]:
    """Let no file of the process grow beyond its first page: SQLite meets what it meets on a full disk."""
    pid = hotline.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


async def wrote_meanwhile(desk: Desk, reporter: User) -> None:
    """Write while nothing can be saved: told once, after five seconds, and Telegram keeps the update."""
    await reporter.says("Они у двери")
    await reporter.next_message(60, NOT_SAVED)
    await desk.hotline.said("saving updates failed", 60)
    assert desk.api.updates.pending


async def served_afterwards(desk: Desk, reporter: User) -> None:
    """What was written meanwhile became one case; it was said once that it wasn't saved yet."""
    reference = reference_in(await reporter.next_message(60, is_received))
    await desk.room.next_message(60, reference)
    await desk.api.until(lambda: not desk.api.updates.pending)
    assert len([each for each in reporter.messages if NOT_SAVED in each.text]) == 1
    assert len([each for each in reporter.messages if is_received(each)]) == 1
    assert len([each for each in desk.room.messages if reference in each.text]) == 1


async def begun(desk: Desk) -> User:
    """Somebody whose next words are an SOS."""
    reporter = desk.api.user()
    await reporter.says("/sos")
    await reporter.next_message(60, "?")
    return reporter


async def test_locked(desk: Desk) -> None:
    """Somebody holds the database's lock: told once, and served when it is free."""
    reporter = await begun(desk)
    await desk.quiet()
    with write_lock(desk.hotline.database):
        await wrote_meanwhile(desk, reporter)
        assert desk.hotline.count("cases") == 0
    await served_afterwards(desk, reporter)
    assert desk.hotline.count("cases") == 1


async def test_locked_and_killed(desk: Desk) -> None:
    """Killed while nothing can be saved: the next process takes the report all the same."""
    reporter = await begun(desk)
    await desk.quiet()
    with write_lock(desk.hotline.database):
        await wrote_meanwhile(desk, reporter)
        await desk.hotline.kill()
    await desk.hotline.start()
    await served_afterwards(desk, reporter)


async def test_full(desk: Desk) -> None:
    """Nothing more fits on the disk: told once, nothing half-written, and served when there is room."""
    reporter = await begun(desk)
    await desk.quiet()
    with full_disk(desk.hotline):
        await wrote_meanwhile(desk, reporter)
    await served_afterwards(desk, reporter)
    assert desk.hotline.count("cases") == 1
    assert desk.hotline.rows("PRAGMA integrity_check") == [("ok",)]


async def until_all_is_sent(url: str) -> None:
    """Wait until the outbox is empty: what a killed sender holds, another leaves alone for a minute."""
    database = Database(engine_url(url, base=Path("/")))
    waiting = text("SELECT 1 FROM outbox WHERE state IN ('due', 'claimed') LIMIT 1")
    async with asyncio.timeout(READY_WITHIN), database.reading() as session:
        while (await session.execute(waiting)).first() is not None:  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(LOOK_EVERY)
    await database.close()


class Cable:
    """The connection to a server; while it is pulled out the server is gone."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._to = port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def plug(self) -> None:
        """Let connections through."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def pull(self) -> None:
        """Cut everything, and take no new connection."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        task = asyncio.ensure_future(_carry_both((reader, back), (there, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _carry_both(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()

    carrying = [asyncio.ensure_future(carry(*way)) for way in ways]
    try:
        await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in carrying:
            task.cancel()
        for _, writer in ways:
            writer.transport.abort()


@pytest_asyncio.fixture
async def cable(postgres_server: PostgresServer) -> AsyncIterator[Cable]:
    """Lend a cable to the PostgreSQL server."""
    made = Cable(postgres_server.port)
    await made.plug()
    yield made
    await made.pull()


async def test_postgresql_gone(
    api: BotApi, tmp_path: Path, cable: Cable, postgres_server: PostgresServer
) -> None:
    """PostgreSQL goes away and comes back: told once, and served; a kill meanwhile changes nothing."""
    name = postgres_server.create()
    url = postgres_server.url(name).replace(f":{postgres_server.port}/", f":{cable.port}/")
    assert urlsplit(url).port == cable.port
    (tmp_path / "config.toml").write_text(configuration(api.url, token=api.token, database=url))
    async with Hotline(tmp_path) as hotline:
        await set_up(api, hotline)
        anna, boris, *_ = api.world.users.values()
        (room,) = (chat for chat in api.world.chats.values() if chat.kind == "group")
        desk = Desk(api, hotline, anna, boris, room)  # type: ignore[arg-type]
        reporter = await begun(desk)
        await cable.pull()
        await wrote_meanwhile(desk, reporter)
        await cable.plug()
        await served_afterwards(desk, reporter)
        await until_all_is_sent(postgres_server.url(name))
        await hotline.restart()
        await desk.report_by_sos(api.user())
        assert await hotline.stop() == 0
    postgres_server.drop(name)
