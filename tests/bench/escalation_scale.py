"""Among 1,000,000 clocks: 10,000 steps due at once beside plain SQL, and a tick with nothing due."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, cast

from sqlalchemy import String, func, literal, select, text, update
from sqlalchemy import Table as SqlTable
from sqlalchemy import cast as sql_cast

from backend import outbox
from backend.bulk import Insert, Update, plain
from backend.cases.codes import ALPHABET
from backend.cases.model import CaseRow, EntryRow
from backend.escalation.model import CaseClockRow
from backend.escalation.run_due import anything_due, run_due
from backend.outbox import Item, Json, OutboxRow, Priority
from backend.people import staff
from backend.people.staff import Staff
from backend.vault.keys import Sealed, new_data_key, new_id
from backend.vault.model import DataKeyRow
from backend.work import Work
from tests import postgresql
from tests.backend.world import World, new_world
from tests.bench.table import Row, Table
from tests.schema import create_tables

CLOCKS, FEW_CLOCKS = 1_000_000, 100_000
DUE = 10_000
ROUNDS, FEW_ROUNDS = 5, 3
IDLE_TICKS = 100
AT_ONCE = 10_000
"""Rows of one statement while the tables are filled."""
APART = timedelta(minutes=1)
"""Between two rounds' due times."""
QUIET = timedelta(hours=24)
FAR = timedelta(hours=12)
"""When the clocks that no round is about are due."""
MILLI = 1e3
NOTES = (
    "plain: INSERT … SELECT from the due clocks into the outbox, UPDATE of the clocks",
    "driven: the same, but that the rows come to this process and go back from it",
    "ours also writes an entry under each case's key and counts it, 500 clocks a transaction",
)
OFFICERS = 5
REPORT, ENTRY = 600, 200
"""Bytes of a sealed report, and of a case's first entry."""

_OUTBOX, _CLOCKS = (cast("SqlTable", table.__table__) for table in (OutboxRow, CaseClockRow))
_MESSAGES = Insert(_OUTBOX, once="once")
_STEPS = Update(_CLOCKS, "case_id", "step", "next_at", "decided_at", "snoozed")
_INSERTS = {
    table: Insert(cast("SqlTable", table.__table__))
    for table in (CaseRow, DataKeyRow, CaseClockRow, EntryRow)
}


@dataclass(frozen=True)
class Measured:
    """Seconds of each round, and of each idle tick."""

    plain: list[float]
    driven: list[float]
    ours: list[float]
    idle: list[float]


def run(*, quick: bool, full: bool) -> Iterator[Table]:  # noqa: ARG001 - all benchmarks are asked in the same way
    """One table a database."""
    clocks, rounds = (FEW_CLOCKS, FEW_ROUNDS) if quick else (CLOCKS, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name, _addresses(Path(name)) as addresses:
        for kind, url in addresses.items():
            measured = asyncio.run(_measured(url, Path(name), clocks, rounds))
            yield Table(
                f"escalation_scale, {kind}: {DUE} steps due among {clocks} clocks, {rounds} rounds in turn",
                ("", "median", "each", "target"),
                list(_rows(measured)),
                NOTES,
            )


def _rows(measured: Measured) -> Iterator[Row]:
    for name, base in (("plain", measured.plain), ("driven", measured.driven)):
        ratios = [ours / other for ours, other in zip(measured.ours, base, strict=True)]
        yield _row(f"ours, times {name}", ratios, "3")
        yield _row(f"{name}, ms", [each * MILLI for each in base], "")
    yield _row("ours, ms", [each * MILLI for each in measured.ours], "")
    idle = [each * MILLI for each in measured.idle]
    yield ("tick with nothing due, ms", f"{median(idle):.2f}", f"max {max(idle):.2f}", "< 5")


def _row(name: str, figures: list[float], target: str) -> Row:
    each = " ".join(f"{figure:.2f}" for figure in figures)
    return (name, f"{median(figures):.2f}", each, target and f"< {target}")


@contextmanager
def _addresses(folder: Path) -> Iterator[dict[str, str]]:
    """An empty database of each kind."""
    with postgresql.running() as server:
        yield {"sqlite": f"sqlite:///{folder / 'hotline.db'}", "postgresql": server.url(server.create())}


async def _measured(url: str, folder: Path, clocks: int, rounds: int) -> Measured:
    await create_tables(url)
    world = new_world(url, folder)
    try:
        officers = [await world.person(f"officer {number}") for number in range(OFFICERS)]
        await _fill(world, officers, clocks=clocks, rounds=3 * rounds)
        await _settled(world)
        acts = (_by_plain_sql, _by_driver, _by_ticks)
        found = [[await _timed(world, act) for act in acts] for _ in range(rounds)]
        plain, driven, ours = (list(each) for each in zip(*found, strict=True))
        idle = [await _seconds(lambda: _idle(world)) for _ in range(IDLE_TICKS)]
        return Measured(plain, driven, ours, idle)
    finally:
        await world.backend.database.close()


async def _timed(world: World, act: Callable[[World], Awaitable[None]]) -> float:
    """The next 10,000 fall due, and are dealt with."""
    world.clock.advance(APART)
    seconds = await _seconds(lambda: act(world))
    async with world.backend.looking() as work:
        left = (await work.session.execute(select(func.min(_CLOCKS.c.next_at)))).scalar()
        if left is None or left <= work.now:
            raise RuntimeError("not all that was due was dealt with")
    return seconds


async def _seconds(act: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await act()
    return time.perf_counter() - began


async def _by_ticks(world: World) -> None:
    more = True
    while more:
        async with world.backend.work() as work:
            more = await run_due(work) > 0


async def _idle(world: World) -> None:
    async with world.backend.looking() as work:
        if await anything_due(work):
            raise RuntimeError("something is due")


async def _by_plain_sql(world: World) -> None:
    async with world.backend.work() as work:
        columns = await _plain_columns(work)
        due = _CLOCKS.c.next_at <= work.now
        chosen = select(*columns.values()).where(CaseRow.id == _CLOCKS.c.case_id, due)
        adding = _OUTBOX.insert().from_select(list(columns), chosen.order_by(_CLOCKS.c.next_at))
        await work.session.execute(adding)
        taken = {"step": _CLOCKS.c.step + 1, "decided_at": work.now, "snoozed": False}
        await work.session.execute(update(_CLOCKS).where(due).values(**taken, next_at=work.now + QUIET))


async def _plain_columns(work: Work) -> dict[str, Any]:
    """What an outbox row of a step holds; but ids, keyed hashes and seals are any bytes of their length."""
    lite = (await work.session.connection()).dialect.name == "sqlite"
    bytes_16 = func.randomblob(16) if lite else func.uuid_send(func.gen_random_uuid())
    id_32 = func.lower(func.hex(func.randomblob(16))) if lite else func.encode(bytes_16, "hex")
    row = await _plain_row(work)
    same = {name: literal(value, _OUTBOX.c[name].type) for name, value in row.items()}
    mark = _CLOCKS.c.kind + ":" + sql_cast(_CLOCKS.c.round, String)
    own = {
        "id": id_32,
        "once": bytes_16,
        "case_id": _CLOCKS.c.case_id,
        "while": mark,
        "party": CaseRow.assignee,
    }
    return {**same, **own}


async def _plain_row(work: Work) -> dict[str, object]:
    party = (await staff.everyone(work))[0].party
    if party is None:
        raise RuntimeError("the officer has no account")
    said: dict[str, Json] = {"kind": "quiet", "step": 1, "last": True}
    return outbox.new_row(work.vault, Item(party, "escalated", said, Priority.NOTICE), work.now)


async def _by_driver(world: World) -> None:
    async with world.backend.work() as work:
        asked = select(_CLOCKS.c.case_id, CaseRow.assignee, _CLOCKS.c.step).where(
            CaseRow.id == _CLOCKS.c.case_id, _CLOCKS.c.next_at <= work.now
        )
        due = (await work.session.execute(asked.order_by(_CLOCKS.c.next_at))).all()
        template = {**await _plain_row(work), "while": "quiet:1"}
        rows = [
            _MESSAGES.row(
                {**template, "id": new_id(), "case_id": case, "party": party, "once": os.urandom(16)}
            )
            for case, party, _ in due
        ]
        await _MESSAGES(work.session, rows)
        now, later = plain(work.now), plain(work.now + QUIET)
        await _STEPS(work.session, [(case, step + 1, later, now, False) for case, _, step in due])


# ── What they work on ─────────────────────────────────────────────────────────────────────────


async def _fill(world: World, officers: Sequence[Staff], *, clocks: int, rounds: int) -> None:
    """Cases that somebody works on, all quiet; the due ones of each round lie anywhere among the others."""
    ids = sorted(new_id() for _ in range(clocks))  # in order, or filling an index would take the time
    when = [(1 + number // DUE) * APART if number < rounds * DUE else FAR for number in range(clocks)]
    random.Random(1).shuffle(when)  # noqa: S311 - no secret
    for begin in range(0, clocks, AT_ONCE):
        some = range(begin, min(begin + AT_ONCE, clocks))
        async with world.backend.work() as work:
            rows = [_rows_of(work, number, ids[number], when[number], officers) for number in some]
            for table, insert in _INSERTS.items():
                await insert(work.session, [insert.row(row[table]) for row in rows])


def _rows_of(
    work: Work, number: int, case_id: str, after: timedelta, officers: Sequence[Staff]
) -> dict[type, dict[str, object]]:
    begun = work.now + after - QUIET
    at = {"opened_at": begun, "acknowledged_at": begun, "worked_at": begun, "touched_at": begun}
    letters = "".join(ALPHABET[number >> shift & 31] for shift in range(0, 30, 5))
    held = {"status": "in_progress", "assignee": officers[number % len(officers)].id, "entries": 1}
    named = {"id": case_id, "reference": f"{letters[:3]}-{letters[3:]}", "severity": "high"}
    wrapped = work.vault.wrap(case_id, 1, new_data_key())
    clock = {"kind": "quiet", "round": 1, "step": 0, "started_at": begun, "next_at": work.now + after}
    entry = {"id": case_id, "case_id": case_id, "number": 0, "at": begun, "channel": "telegram"}
    return {
        CaseRow: {**named, **held, **at, "channel": "telegram", "report": Sealed(os.urandom(REPORT))},
        DataKeyRow: {"owner": case_id, "epoch": 1, "wrapping_key": work.vault.current, "wrapped": wrapped},
        CaseClockRow: {"case_id": case_id, **clock, "decided_at": begun, "snoozed": False},
        EntryRow: {**entry, "body": Sealed(os.urandom(ENTRY))},
    }


async def _settled(world: World) -> None:
    """What PostgreSQL does by itself in time: it counts its rows."""
    if not world.backend.database.is_sqlite:
        engine = world.backend.database.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text("VACUUM ANALYZE"))
