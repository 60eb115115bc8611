"""A hotline on Matrix that lives in this process, and dies at a chosen moment as if it had been killed.

The moments are those at which anything can change outside of it: before and after each call to the
homeserver, which the wire holds, and before and after each commit. Whoever runs it starts the next life.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.pool import PoolProxiedConnection

from backend.clock import ShiftedClock
from backend.config import BackendSettings, DatabaseSettings, FilesSettings
from backend.database import Database, engine_url
from backend.people import staff
from backend.people.roles import Role
from backend.places import name as place_name
from backend.vault.settings import KeysSettings
from backend.work import Backend
from bot.app import open_backend
from bot.channels.matrix.channel import MatrixChannel, Timings
from bot.hotline import put_together
from bot.texts import Texts
from tests.channels.matrix import settings_for
from tests.matrix.people import Clients
from tests.matrix.room import Room
from tests.matrix.synapse import Account
from tests.matrix.wire import Wire

TEXTS = Texts(place_name)
LOOK_EVERY = 0.02
PATIENCE = 60.0
UNSETTLED = "SELECT 1 FROM outbox WHERE state IN ('due', 'claimed') LIMIT 1"


class Killed(BaseException):
    """Nothing of this life goes on from here."""


class Commits:
    """Counts commits from when it was armed; at the fatal one, and from then on, the process is dead."""

    def __init__(self, look: Callable[[], None]) -> None:
        """`look` is called after each commit, before anything else goes on."""
        self.passed = 0
        self._look = look
        self.died = asyncio.Event()
        self._fatal: int | None = None

    def arm(self, fatal: int) -> None:
        """Die at the `fatal` moment from now: odd ones are before a commit, even ones after it."""
        self.passed, self._fatal = 0, fatal

    def disarm(self) -> None:
        """Live on."""
        self._fatal = None

    def come(self) -> None:
        """One more moment. Raises Killed."""
        self.passed += 1
        if self.died.is_set() or self.passed == self._fatal:
            self.died.set()
            raise Killed

    def watch(self, dialect: Dialect) -> None:
        """Take both sides of every commit for a moment."""
        commit = dialect.do_commit

        def watched(dbapi_connection: PoolProxiedConnection) -> None:
            self.come()
            commit(dbapi_connection)
            self._look()
            self.come()

        dialect.do_commit = watched  # type: ignore[method-assign]


@dataclass
class Lives:
    """One hotline's database and account, in which life after life is lived."""

    folder: Path
    bot: Account
    url: str
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    timings: Timings = field(default_factory=Timings)
    commits: Commits = field(init=False)
    backend: Backend = field(init=False)
    """Of the life that is lived, or was lived last."""
    look: Callable[[], None] = lambda: None
    """Called after each commit of any life, before anything else goes on."""
    deaths: int = 0

    @property
    def file(self) -> Path:
        """Its database."""
        return self.folder / "hotline.db"

    @property
    def database(self) -> str:
        """The address of its database."""
        return f"sqlite:///{self.file}"

    def settings(self) -> BackendSettings:
        """Its configuration."""
        return BackendSettings(
            database=DatabaseSettings(url=self.database),
            keys=KeysSettings(file=self.folder / "keys.toml"),
            files=FilesSettings(folder=self.folder / "files"),
        )

    def kill(self) -> None:
        """Die now; the next life begins at once."""
        self.commits.died.set()

    async def joins(self, role: Role, name: str, sender: str, chat: str) -> None:
        """Make somebody staff, as their `/join` does."""
        async with open_backend(self.settings(), self.clock) as backend, backend.work() as work:
            code = await staff.invite(work, role, name)
            await work.session.flush()
            await staff.join(work, code, channel="matrix", sender=sender, chat=chat, language="ru")

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the database, beside whoever lives."""
        watcher = Database(engine_url(self.database, base=Path("/")))
        try:
            async with watcher.reading() as session:
                return [tuple(row) for row in await session.execute(text(query))]
        finally:
            await watcher.close()

    async def quiet(self) -> None:
        """Wait until everything that was decided has been sent."""
        async with asyncio.timeout(PATIENCE):
            while await self.rows(UNSETTLED):  # noqa: ASYNC110 - the database is looked at
                await asyncio.sleep(LOOK_EVERY)

    async def run(self) -> None:
        """Live, die, and live again until cancelled."""
        while True:
            self.commits = Commits(self._committed)
            async with open_backend(self.settings(), self.clock) as backend:
                self.backend = backend
                self.commits.watch(backend.database.engine.sync_engine.dialect)
                await self._live(backend)
            self.deaths += 1

    def _committed(self) -> None:
        self.look()

    async def _live(self, backend: Backend) -> None:
        channel = MatrixChannel(settings_for(self.bot, self.url), backend, timings=self.timings)
        hotline = put_together(backend, [channel], TEXTS, {"matrix": "nothing"})
        parts = [asyncio.create_task(part) for part in hotline.parts()]
        dying = asyncio.create_task(self.commits.died.wait())
        try:
            await asyncio.wait([dying, *parts], return_when=asyncio.FIRST_COMPLETED)
            if not self.commits.died.is_set():
                raise AssertionError("a part of the hotline ended by itself")
        finally:
            self.commits.died.set()
            for task in (dying, *parts):
                task.cancel()
            await asyncio.gather(dying, *parts, return_exceptions=True)
            await channel.close()


@contextlib.asynccontextmanager
async def living(lives: Lives) -> AsyncIterator[Lives]:
    """Have it live again and again until the block ends."""
    task = asyncio.create_task(lives.run())
    try:
        yield lives
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@dataclass
class Scene:
    """The hotline, its coordinator's private room, and the wire on which it hangs."""

    lives: Lives
    wire: Wire
    clients: Clients
    boris: Room


@contextlib.asynccontextmanager
async def scene_in(folder: Path, clients: Clients, wire: Wire, timings: Timings) -> AsyncIterator[Scene]:
    """Have a hotline live, with somebody on duty."""
    bot = await clients.server.person("hotline")
    boris = await clients.person("boris", strict=True)
    chat = await boris.opens_direct(bot.user_id)
    lives = Lives(folder, bot, wire.url, timings=timings)
    await lives.joins("coordinator", "Борис", boris.user_id, chat.id)
    async with living(lives):
        await chat.until_member(bot.user_id, patience=PATIENCE)
        await boris.until_signed(bot.user_id, PATIENCE)
        yield Scene(lives, wire, clients, chat)
