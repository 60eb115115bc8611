"""One, two and four nodes on one PostgreSQL: how many steps they decide and send a second, and none twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

from sqlalchemy import Table as SqlTable
from sqlalchemy import func, select

from backend.cases.codes import ALPHABET
from backend.cases.model import CaseRow, EntryRow
from backend.clock import SystemClock
from backend.escalation.model import CaseClockRow
from backend.outbox import OutboxRow
from backend.people.staff import Staff
from backend.vault.keys import Sealed, new_data_key, new_id
from backend.vault.model import DataKeyRow
from backend.work import Work
from tests import postgresql
from tests.backend.world import World, new_world
from tests.bench.node import GO
from tests.bench.processes import running
from tests.bench.table import Row, Table
from tests.schema import create_tables

NODES = (1, 2, 4)
STEPS, FEW_STEPS, ALL_STEPS = 20_000, 2_000, 100_000
"""Of each count of nodes; with two nodes `ALL_STEPS` besides."""
OFFICERS = 40
"""Each is told of their own cases, in order: so many messages may be under way at once."""
AT_ONCE = 5_000
"""Cases of one transaction while the tables are filled."""
LOOK_EVERY = 0.25
PATIENCE = 1800.0
OVERDUE = timedelta(days=2)


@dataclass(frozen=True)
class Measured:
    """What so many nodes did: steps a second, and rows of the outbox that were handed over more than once."""

    nodes: int
    steps: int
    seconds: float
    doubled: int
    shares: tuple[int, ...]
    """How many of the messages each node sent."""

    @property
    def rate(self) -> float:
        """Steps a second."""
        return self.steps / self.seconds


def run(*, quick: bool, full: bool) -> Iterator[Table]:
    """One table."""
    steps = FEW_STEPS if quick else STEPS
    with postgresql.running() as server:
        measured = [_measured(server.url(server.create()), nodes, steps) for nodes in NODES]
        if full:
            measured.append(_measured(server.url(server.create()), 2, ALL_STEPS))
    yield Table(
        f"nodes: {steps} steps due, each decided, told to an officer and settled, on one PostgreSQL",
        ("nodes", "steps", "steps a second", "ratio to one node", "sent by each", "sent twice"),
        [_row(each, measured[0].rate) for each in measured],
        (f"{os.cpu_count()} processors, for the nodes and PostgreSQL together; target: nothing twice",),
    )


def _row(measured: Measured, alone: float) -> Row:
    return (
        str(measured.nodes),
        str(measured.steps),
        f"{measured.rate:.0f}",
        f"{measured.rate / alone:.2f}",
        " ".join(str(share) for share in measured.shares),
        str(measured.doubled),
    )


def _measured(url: str, nodes: int, steps: int) -> Measured:
    """Let so many nodes work it all off. Raises RuntimeError if something was not sent."""
    asyncio.run(_filled(url, steps))
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        folder = Path(name)
        with contextlib.ExitStack() as stack:
            for number in range(nodes):
                stack.enter_context(running(["-m", "tests.bench.node", url, name, str(number)]))
            (folder / GO).touch()
            began = time.perf_counter()
            asyncio.run(_worked_off(url, folder))
            seconds = time.perf_counter() - began
        sent = [(folder / str(number)).read_text().split() for number in range(nodes)]
    times = Counter(row for rows in sent for row in rows)
    if len(times) != steps:
        raise RuntimeError(f"{len(times)} messages instead of {steps}")
    doubled = sum(count > 1 for count in times.values())
    return Measured(nodes, steps, seconds, doubled, tuple(len(rows) for rows in sent))


async def _worked_off(url: str, folder: Path) -> None:
    """Wait until no clock is due and nothing is left to send."""
    world = new_world(url, folder)
    open_rows = select(func.count()).select_from(OutboxRow).where(OutboxRow.state.in_(("due", "claimed")))
    due = select(func.count()).select_from(CaseClockRow).where(CaseClockRow.next_at <= SystemClock().now())
    try:
        async with asyncio.timeout(PATIENCE):
            left = 1
            while left:
                await asyncio.sleep(LOOK_EVERY)
                async with world.backend.looking() as work:
                    left = (await work.session.execute(due)).scalar_one()
                    left += (await work.session.execute(open_rows)).scalar_one()
    finally:
        await world.backend.database.close()


# ── What they work off ──────────────────────────────────────────────────────────────────────────


async def _filled(url: str, cases: int) -> None:
    """So many cases on which somebody works, all quiet for too long."""
    await create_tables(url)
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        world = new_world(url, Path(name))
        try:
            officers = [await world.person(f"officer {number}") for number in range(OFFICERS)]
            for begin in range(0, cases, AT_ONCE):
                await _add(world, officers, range(begin, min(begin + AT_ONCE, cases)))
        finally:
            await world.backend.database.close()


async def _add(world: World, officers: Sequence[Staff], numbers: range) -> None:
    async with world.backend.work() as work:
        rows = [_rows(work, number, officers[number % len(officers)]) for number in numbers]
        for table in (CaseRow, DataKeyRow, CaseClockRow, EntryRow):
            insert = cast("SqlTable", table.__table__).insert()
            await work.session.execute(insert, [each[table] for each in rows])


def _rows(work: Work, number: int, officer: Staff) -> dict[type, dict[str, object]]:
    case_id, begun = new_id(), SystemClock().now() - OVERDUE
    letters = "".join(ALPHABET[number >> shift & 31] for shift in range(0, 30, 5))
    named = {"id": case_id, "reference": f"{letters[:3]}-{letters[3:]}", "severity": "high", "entries": 1}
    at = {"opened_at": begun, "acknowledged_at": begun, "worked_at": begun, "touched_at": begun}
    held = {"status": "in_progress", "assignee": officer.id, "channel": "telegram"}
    wrapped = work.vault.wrap(case_id, 1, new_data_key())
    clock = {"kind": "quiet", "round": 1, "step": 0, "started_at": begun, "next_at": begun, "snoozed": False}
    entry = {"id": new_id(), "case_id": case_id, "number": 0, "at": begun, "channel": "telegram"}
    return {
        CaseRow: {**named, **held, **at, "report": Sealed(os.urandom(600))},
        DataKeyRow: {"owner": case_id, "epoch": 1, "wrapping_key": work.vault.current, "wrapped": wrapped},
        CaseClockRow: {"case_id": case_id, **clock, "decided_at": begun},
        EntryRow: {**entry, "body": Sealed(os.urandom(200))},
    }
