"""How long after its due time a step is handed to the messenger, with a tick of one second."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean, median, quantiles

from sqlalchemy import select, update

from backend.cases.model import CaseRow
from backend.clock import SystemClock
from backend.config import BackendSettings
from backend.database import Database, engine_url
from backend.escalation.model import CaseClockRow
from backend.outbox import OutboxRow
from backend.vault.files import FileStore
from backend.vault.keys import Vault
from backend.work import Backend
from bot.channels.base import Limits, OnInbound, Outgoing, Receipt, Say
from bot.hotline import put_together
from tests import postgresql
from tests.backend.world import KEYS, TEXTS, URGENT, World
from tests.bench.table import Table
from tests.schema import create_tables

CLOCKS, FEW_CLOCKS = 300, 60
SPREAD, SHORT_SPREAD = timedelta(seconds=60), timedelta(seconds=12)
LEAD = timedelta(seconds=3)
"""The hotline has started by then."""
PATIENCE = 120.0
"""Seconds after the last due time in which everything must have left."""
LOOK_EVERY = 0.5
UNLIMITED = Limits(per_second=1e6, per_chat_second=1e6, per_group_minute=1e6)


@dataclass
class Null:
    """A messenger that takes everything at once and notes when it did."""

    name: str = "telegram"
    limits: Limits = UNLIMITED
    taken: list[tuple[datetime, Outgoing]] = field(default_factory=list)

    async def listen(self, on_inbound: OnInbound) -> None:  # noqa: ARG002 - the protocol's
        """Nothing comes in."""
        await asyncio.Future()

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Take it."""
        self.taken.append((SystemClock().now(), outgoing))
        return Receipt(str(len(self.taken)))

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """No files."""
        yield ref.encode()


def run(*, quick: bool, full: bool) -> Iterator[Table]:  # noqa: ARG001 - all benchmarks are asked in the same way
    """One table."""
    clocks, spread = (FEW_CLOCKS, SHORT_SPREAD) if quick else (CLOCKS, SPREAD)
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name, _addresses(Path(name)) as urls:
        found = {kind: asyncio.run(_latencies(url, clocks, spread)) for kind, url in urls.items()}
    seconds = int(spread.total_seconds())
    yield Table(
        f"due_latency: {clocks} clocks due within {seconds} s, each told to a room and an officer, tick 1 s",
        ("seconds from due to handed over", "mean", "median", "99th percentile", "max", "target"),
        tuple(_row(kind, waits) for kind, waits in found.items()),
        ("the floor, a tick each second and nothing else: mean 0.50, 99th percentile 0.99",),
    )


def _row(kind: str, waits: list[float]) -> tuple[str, ...]:
    figures = (mean(waits), median(waits), quantiles(waits, n=100)[98], max(waits))
    return (kind, *(f"{figure:.2f}" for figure in figures), "99th < 2")


@contextlib.contextmanager
def _addresses(folder: Path) -> Iterator[dict[str, str]]:
    with postgresql.running() as server:
        yield {"SQLite": f"sqlite:///{folder}/hotline.db", "PostgreSQL": server.url(server.create())}


async def _latencies(url: str, clocks: int, spread: timedelta) -> list[float]:
    """Seconds by which each message came after its clock's time. Raises ValueError if one is missing."""
    await create_tables(url)
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        backend = Backend(
            Database(engine_url(url, base=Path(name))),
            Vault(KEYS),
            FileStore(Path(name) / "files"),
            BackendSettings(),
            SystemClock(),
        )
        try:
            due = await _fill(backend, clocks, spread)
            messages = await _serve(backend, until=max(due.values()), count=2 * clocks)
        finally:
            await backend.database.close()
    waits = [(at - due[said.text[:7]]).total_seconds() for at, said in messages if said.text[:7] in due]
    if len(waits) != 2 * clocks:
        raise ValueError(f"{len(waits)} messages instead of {2 * clocks}")
    return waits


async def _fill(backend: Backend, clocks: int, spread: timedelta) -> dict[str, datetime]:
    """Urgent cases whose first step is due at times spread evenly; by reference."""
    world = World(backend, SystemClock())  # type: ignore[arg-type] # nothing here moves the clock
    await world.room()
    await world.person("officer")
    references = [await world.case(URGENT) for _ in range(clocks)]
    first = backend.settings.escalation.urgent.acknowledge[0].after
    begin, due = backend.clock.now() + LEAD, {}
    async with backend.work() as work:
        await work.session.execute(update(OutboxRow).values(state="sent", settled_at=work.now - SPREAD))
        for number, reference in enumerate(references):
            at = due[reference] = begin + spread * number / clocks
            case = select(CaseRow.id).where(CaseRow.reference == reference).scalar_subquery()
            moved = update(CaseClockRow).where(CaseClockRow.case_id == case)
            await work.session.execute(moved.values(started_at=at - first, next_at=at))
    return due


async def _serve(backend: Backend, *, until: datetime, count: int) -> list[tuple[datetime, Say]]:
    """The hotline at work until it has said so much, or has had time enough; what it said, and when."""
    messenger = Null()
    serving = asyncio.create_task(put_together(backend, [messenger], TEXTS).serve())
    await asyncio.sleep((until - backend.clock.now()).total_seconds())
    for _ in range(int(PATIENCE / LOOK_EVERY)):
        await asyncio.sleep(LOOK_EVERY)
        if len(messenger.taken) >= count:
            break
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    return [(at, said) for at, said in messenger.taken if isinstance(said, Say)]
