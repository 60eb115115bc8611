"""One unit of work: the session of an entry point's transaction, and what everything in it needs.

Entry points (`bot.inbound`, ticks, the command line) open one with `Hotline.work()`; whatever is put
into its outbox is written at the end, in the same transaction.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend import outbox
from backend.audit import chain
from backend.audit.chain import Noted
from backend.clock import Clock
from backend.config import BackendSettings
from backend.database import Database
from backend.liveness.vitals import Vitals
from backend.nodes import Node
from backend.outbox import Item
from backend.vault.files import FileStore
from backend.vault.keys import Vault


@dataclass
class Work:
    """A transaction under way. `now` is one moment for all of it."""

    session: AsyncSession
    vault: Vault
    files: FileStore
    settings: BackendSettings
    now: datetime
    items: list[Item] = field(default_factory=list)
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    """What must not happen unless all is committed: removing files from the disk."""
    noted: list[Noted] = field(default_factory=list)
    """What is added to the audit log at the very end (`backend.audit.log.note`)."""
    vitals: Vitals = field(default_factory=Vitals)
    remembered: dict[str, object] = field(default_factory=dict)
    """What was read before in this transaction and nobody changed since: whoever changes it takes it out."""

    def put(self, *items: Item) -> None:
        """Into the outbox, in this order, when the work is done."""
        self.items.extend(items)

    @contextlib.asynccontextmanager
    async def apart(self) -> AsyncIterator[None]:
        """A savepoint: of a block that raises nothing stays, neither rows nor what was put."""
        before = len(self.items), len(self.afterwards), len(self.noted)
        try:
            async with self.session.begin_nested():
                yield
        except BaseException:
            del self.items[before[0] :], self.afterwards[before[1] :], self.noted[before[2] :]
            self.remembered.clear()
            raise

    async def flush(self) -> None:
        """Write down what was put so far."""
        items, self.items = self.items, []
        if items:
            await self.session.flush()
            await outbox.put(self.session, self.vault, items, now=self.now)

    async def conclude(self) -> None:
        """Write down what is left, the audit log last: after this nothing may be written but the commit."""
        await self.flush()
        noted, self.noted = self.noted, []
        if noted:
            await chain.append(self.session, self.vault, noted, now=self.now)


@dataclass
class Backend:
    """The case backend, ready for work. Its settings change only in the demo, with the page's language."""

    database: Database
    vault: Vault
    files: FileStore
    settings: BackendSettings
    clock: Clock
    on_commit: list[Callable[[], None]] = field(default_factory=list)
    """Called after each commit that may have put something into the outbox."""
    vitals: Vitals = field(default_factory=Vitals)
    """How this process's ticks and sends go."""
    node: Node = field(init=False)
    """This process among those at work on the same database."""

    def __post_init__(self) -> None:
        self.node = Node(self.database, self.clock)

    @contextlib.asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """A transaction: all that is done in the block is committed, or none of it."""
        async with self.database.transaction() as session:
            work = self._work(session)
            yield work
            await work.conclude()
        for act in (*work.afterwards, *self.on_commit):
            act()

    @contextlib.asynccontextmanager
    async def looking(self) -> AsyncIterator[Work]:
        """The same, only for looking: nothing is committed."""
        async with self.database.reading() as session:
            yield self._work(session)

    def _work(self, session: AsyncSession) -> Work:
        now = self.clock.now()
        return Work(session, self.vault, self.files, self.settings, now, vitals=self.vitals)
