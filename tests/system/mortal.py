"""A hotline that dies at a chosen moment, and a messenger that lives on and brings what wasn't confirmed.

The moments are those at which anything can change outside of the process: before each statement to the
database, before and after each commit, before and after each message that goes out, and before and after
an update is handed over. Dying between two of them leaves what dying at the later one does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

from backend import nodes
from backend.clock import StoppedClock
from backend.config import BackendSettings
from backend.database import Database, engine_url
from backend.places import name as place_name
from backend.work import Backend
from bot.app import open_backend
from bot.channels.base import ChannelEvent, Edit, Inbound, Limits, OnInbound, Outgoing, Receipt, Remove, Say
from bot.hotline import put_together
from bot.texts import Texts

CHANNEL = "telegram"
TEXTS = Texts(place_name)
LOOK_EVERY = 0.015
REST = 0.2
"""Seconds in which connections that were cut off may close."""


class Killed(BaseException):
    """Nothing that runs in this process goes on from here."""


class Moments:
    """Counts the moments of one life and ends it at the `fatal` one; from then on each of them is fatal."""

    def __init__(self, fatal: int | None = None) -> None:
        self.passed = 0
        self.died = asyncio.Event()
        self._fatal = fatal

    def come(self) -> None:
        """One more moment. Raises Killed."""
        self.passed += 1
        if self.died.is_set() or self.passed == self._fatal:
            self.died.set()
            raise Killed

    def watch(self, engine: AsyncEngine) -> None:
        """Take every statement and every commit of this engine for a moment."""
        event.listen(engine.sync_engine, "before_cursor_execute", lambda *_: self.come())
        _watch_commits(engine.sync_engine.dialect, self.come)


def _watch_commits(dialect: Dialect, come: Callable[[], None]) -> None:
    commit = dialect.do_commit

    def watched(dbapi_connection: PoolProxiedConnection) -> None:
        come()
        commit(dbapi_connection)
        come()

    dialect.do_commit = watched  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class Step:
    """What a person does once a message that holds `after` stands in their chat; "" for at once."""

    sender: str
    after: str
    act: Callable[[Say], ChannelEvent]
    chat: str = ""
    """Where; their private chat if empty."""


@dataclass
class Messenger:
    """Keeps what was sent to it, and every update until it is confirmed, whoever dies."""

    steps: list[Step]
    sent: list[Outgoing] = field(default_factory=list)
    pending: list[Inbound] = field(default_factory=list)
    handed: int = 0
    clock: StoppedClock | None = None

    def take(self, outgoing: Outgoing) -> Receipt:
        """Take a message; its number is its id."""
        self.sent.append(outgoing)
        return Receipt(outgoing.message if isinstance(outgoing, Edit) else str(len(self.sent)))

    def said(self, chat: str = "") -> list[Say]:
        """The messages of one chat, or of all."""
        return [each for each in self.sent if isinstance(each, Say) and chat in ("", each.chat)]

    def standing(self, chat: str) -> set[str]:
        """The ids of our messages that stand in a chat."""
        ours = {
            str(number)
            for number, each in enumerate(self.sent, 1)
            if isinstance(each, Say) and each.chat == chat
        }
        return ours - {
            gone for each in self.sent if isinstance(each, Remove) for gone in (each.message, *each.more)
        }

    def next_step(self) -> bool:
        """Let the next person act; False if there is nobody left to."""
        if not self.steps:
            return False
        step = self.steps.pop(0)
        chat = step.chat or step.sender
        found = [each for each in self.said(chat) if step.after in each.text]
        assert found or not step.after, (step.after, [each.text for each in self.said(chat)])
        event_ = step.act(found[-1] if found else Say(chat, "", ""))
        self.handed += 1
        assert self.clock is not None
        self.pending.append(
            Inbound(
                CHANNEL,
                f"update-{self.handed}",
                step.sender,
                chat,
                not step.chat,
                event_,
                self.clock.now(),
                message=f"in-{self.handed}",
                language="ru",
            )
        )
        return True


@dataclass
class MortalChannel:
    """The channel of one life to that messenger."""

    messenger: Messenger
    moments: Moments
    name: str = CHANNEL
    limits: Limits = field(
        default_factory=lambda: Limits(per_second=1000, per_chat_second=1000, per_group_minute=100_000)
    )
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, on_inbound: OnInbound) -> None:
        """Hand over what is pending; confirm it afterwards."""
        while True:
            await self.bell.wait()
            self.bell.clear()
            batch = list(self.messenger.pending)
            if batch:
                self.moments.come()
                await on_inbound(batch)
                self.moments.come()
                del self.messenger.pending[: len(batch)]

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Give it to the messenger, if life lasts."""
        self.moments.come()
        receipt = self.messenger.take(outgoing)
        self.moments.come()
        return receipt

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """There are no files here."""
        raise NotImplementedError(ref)
        yield b""


@dataclass(frozen=True)
class World:
    """One database, one key file and one clock, in which life after life is lived."""

    settings: BackendSettings
    clock: StoppedClock

    async def live(self, messenger: Messenger, moments: Moments) -> bool:
        """Serve until nobody has anything left to do, True, or until the fatal moment, False."""
        messenger.clock = self.clock
        async with open_backend(self.settings, self.clock) as backend:
            await self._take_over(backend)
            moments.watch(backend.database.engine)
            return await _serve(backend, MortalChannel(messenger, moments))

    async def look(self, *queries: str) -> list[list[tuple[object, ...]]]:
        """Ask the database when nobody lives; what each of the queries found."""
        database = Database(engine_url(self.settings.database.url, base=Path("/")))
        try:
            async with database.reading() as session:
                return [[tuple(row) for row in await session.execute(text(query))] for query in queries]
        finally:
            await database.close()

    async def _take_over(self, backend: Backend) -> None:
        """What the tick does where another node might still be sending, once the dead one's term is over."""
        if not backend.database.is_sqlite:
            async with backend.work() as work:
                await work.session.execute(text("UPDATE nodes SET until = 0"))
                await nodes.take_over(work.session)


async def _serve(backend: Backend, channel: MortalChannel) -> bool:
    hotline = put_together(backend, [channel], TEXTS)
    running = [asyncio.create_task(part) for part in hotline.parts()]
    living = asyncio.create_task(_live_on(backend, channel))
    dying = asyncio.create_task(channel.moments.died.wait())
    await asyncio.wait([living, dying, *running], return_when=asyncio.FIRST_COMPLETED)
    if not channel.moments.died.is_set():
        living.result()
    await _abandon([living, dying, *running])
    return not channel.moments.died.is_set()


async def _abandon(tasks: Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=REST)
    for left in others:
        left.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _live_on(backend: Backend, channel: MortalChannel) -> None:
    """One step after the other, each once all that came of the last one is done.

    It is watched through connections of its own: looking is no moment of the hotline's life.
    """
    watcher = Database(backend.database.url)
    try:
        while True:
            channel.bell.set()
            await _until_idle(watcher, channel.messenger)
            if not channel.messenger.next_step():
                return
    finally:
        await watcher.close()


async def _until_idle(watcher: Database, messenger: Messenger) -> None:
    query = text("SELECT 1 FROM outbox WHERE state IN ('due', 'claimed') LIMIT 1")
    while True:
        await asyncio.sleep(LOOK_EVERY)
        if messenger.pending:
            continue
        async with watcher.reading() as session:
            if (await session.execute(query)).first() is None:
                return
