"""Rotating 100,000 data keys beside plain UPDATEs of the same rows, and what memory that takes."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from sqlalchemy import text

from backend.bulk import Insert
from backend.database import Database, engine_url
from backend.vault import rotation
from backend.vault.keys import KeyFile, Vault, new_data_key, new_id
from backend.vault.model import DataKeyRow
from tests import postgresql
from tests.bench.table import Row, Table
from tests.schema import create_tables

KEYS, FEW_KEYS = 100_000, 100_000
ROUNDS, FEW_ROUNDS = 7, 3
AT_ONCE = 10_000
WRAPPED = 61
"""Bytes of a wrapped data key."""
MEGA = 1 << 20
NOTES = (
    "plain: one statement; new bytes are made inside the database",
    "driven: the same, but that the rows come to this process and go back from it, as many a transaction",
    "ours also opens each data key, wraps it by the new key, and compares before it writes",
)

_INSERT = Insert(DataKeyRow.__table__)  # type: ignore[arg-type]
_PLAIN = {
    "sqlite": "UPDATE data_keys SET wrapping_key = :name, wrapped = randomblob(61)",
    "postgresql": (
        "UPDATE data_keys SET wrapping_key = :name,"
        " wrapped = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())"
        " || uuid_send(gen_random_uuid()) || substr(uuid_send(gen_random_uuid()), 1, 13)"
    ),
}


@dataclass
class Measured:
    """Seconds of each round, and by how many bytes the process grew while it rotated."""

    plain: list[float] = field(default_factory=list)
    driven: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    grown: int = 0


def run(*, quick: bool, full: bool) -> Iterator[Table]:  # noqa: ARG001 - all benchmarks are asked in the same way
    """One table a database."""
    number, rounds = (FEW_KEYS, FEW_ROUNDS) if quick else (KEYS, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name, _addresses(Path(name)) as addresses:
        for kind, url in addresses.items():
            measured = asyncio.run(_measured(url, number, rounds))
            yield Table(
                f"rotation, {kind}: {number} data keys wrapped anew, {rounds} rounds in turn",
                ("", "median", "each", "target"),
                list(_rows(measured)),
                NOTES,
            )


def _rows(measured: Measured) -> Iterator[Row]:
    for name, base, target in (("plain", measured.plain, ""), ("driven", measured.driven, "< 2")):
        ratios = [ours / other for ours, other in zip(measured.ours, base, strict=True)]
        yield _row(f"ours, times {name}", ratios, target)
        yield _row(f"{name}, s", base, "")
    yield _row("ours, s", measured.ours, "")
    yield ("memory grown by, MB", f"{measured.grown / MEGA:.1f}", "", "flat")


def _row(name: str, figures: list[float], target: str) -> Row:
    return (name, f"{median(figures):.2f}", " ".join(f"{figure:.2f}" for figure in figures), target)


@contextmanager
def _addresses(folder: Path) -> Iterator[dict[str, str]]:
    """An empty database of each kind."""
    with postgresql.running() as server:
        yield {"sqlite": f"sqlite:///{folder / 'hotline.db'}", "postgresql": server.url(server.create())}


async def _measured(url: str, number: int, rounds: int) -> Measured:
    await create_tables(url)
    database = Database(engine_url(url, base=Path("/")))
    keys = KeyFile("k1", {name: new_data_key() for name in ("k1", "k2")}, new_data_key())
    vault, found = Vault(keys), Measured()
    try:
        rows = [(owner, vault.wrap(owner, 1, new_data_key())) for owner in sorted(_ids(number))]
        for _ in range(rounds):
            await _fill(database, rows)
            found.plain.append(await _seconds(lambda: _by_plain_sql(database)))
            await _fill(database, rows)
            found.driven.append(await _seconds(lambda: _by_driver(database)))
            await _fill(database, rows)
            vault.learn(keys)
            vault.use("k2", vault.mark("k2"))
            memory = _Memory()
            found.ours.append(await _seconds(lambda: _rotated(database, vault, memory)))  # noqa: B023 - awaited here
            found.grown = max(found.grown, memory.grown)
        return found
    finally:
        await database.close()


def _ids(number: int) -> Iterator[str]:
    return (new_id() for _ in range(number))


async def _fill(database: Database, rows: Sequence[tuple[str, bytes]]) -> None:
    """All data keys as they were in the beginning: each way finds the same table."""
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM data_keys"))
    for begin in range(0, len(rows), AT_ONCE):
        async with database.transaction() as session:
            some = rows[begin : begin + AT_ONCE]
            values = (
                {"owner": owner, "epoch": 1, "wrapping_key": "k1", "wrapped": key} for owner, key in some
            )
            await _INSERT(session, [_INSERT.row(each) for each in values])
    if not database.is_sqlite:
        outside = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with outside.connect() as connection:
            await connection.execute(text("VACUUM ANALYZE data_keys"))


async def _seconds(act: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await act()
    return time.perf_counter() - began


async def _by_plain_sql(database: Database) -> None:
    async with database.transaction() as session:
        statement = _PLAIN["sqlite" if database.is_sqlite else "postgresql"]
        await session.execute(text(statement), {"name": "k2"})


async def _by_driver(database: Database) -> None:
    """Read and written as rotation does it; only that nothing is opened, wrapped or compared."""
    after = rotation.BEGINNING
    while rows := await rotation.read(database, "k2", after):
        after = (rows[-1][0], rows[-1][1])
        changed = [(owner, epoch, old, os.urandom(WRAPPED)) for owner, epoch, _, old in rows]
        async with database.transaction() as session:
            await rotation.write(session, "k2", changed)


class _Memory:
    """By how much the process has grown since it was made, as far as somebody looked."""

    def __init__(self) -> None:
        self._before = _resident()
        self.grown = 0

    def look(self, _: int) -> None:
        """Look once more."""
        self.grown = max(self.grown, _resident() - self._before)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def _rotated(database: Database, vault: Vault, memory: _Memory) -> None:
    await rotation.rewrap(database, vault, memory.look)
