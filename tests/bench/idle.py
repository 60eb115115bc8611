"""What an idle `hotline run` costs, how soon it serves, how soon `--help` answers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.hotline import CEILING, configure, hotline
from tests.bench.matrix import matrix_section
from tests.bench.messenger import serving
from tests.bench.processes import ROOT
from tests.bench.table import Table
from tests.matrix import synapse

IDLE = 10.0
"""Seconds after `ready` at which the memory is read."""
MEGABYTE = 1e6


@dataclass(frozen=True)
class Idle:
    """One start: seconds to `ready`, then bytes of resident memory, and the share of a processor."""

    start: float
    resident: int
    load: float


def run(*, quick: bool, full: bool) -> Iterator[Table]:  # noqa: ARG001 - all benchmarks are asked in the same way
    """One table."""
    starts = [_starts() for _ in range(1 if quick else 3)]
    first, again = [pair[0] for pair in starts], [pair[1] for pair in starts]
    yield Table(
        "idle: `hotline run` with Telegram on SQLite",
        ("", "median", "each", "target"),
        (
            _row("resident memory after 10 s, MB", [each.resident / MEGABYTE for each in again], "120"),
            _row("the same at the first start, MB", [each.resident / MEGABYTE for each in first], "120"),
            _row("start to ready, s", [each.start for each in again], "3"),
            _row("the same at the first start, s", [each.start for each in first], "3"),
            _row("`hotline --help`, s", [_help() for _ in range(3 if quick else 9)], "0.5"),
            _row("processor while idle, %", [each.load * 100 for each in again], ""),
        ),
        ("the first start makes the database's tables and the key file",),
    )
    yield _with_matrix([_on_both() for _ in range(1 if quick else 3)])


def _with_matrix(found: list[Idle]) -> Table:
    return Table(
        "idle: `hotline run` with Telegram and Matrix on SQLite",
        ("", "median", "each", "target"),
        (
            _row("resident memory after 10 s, MB", [each.resident / MEGABYTE for each in found], "150"),
            _row("start to ready, s", [each.start for each in found], "3"),
            _row("processor while idle, %", [each.load * 100 for each in found], ""),
        ),
    )


def _on_both() -> Idle:
    """The second start: the first one makes tables, keys and the account's device."""
    with (
        tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder,
        serving() as messenger,
        synapse.running() as server,
    ):
        bot = asyncio.run(server.person("bot"))
        section = matrix_section(server.url, bot)
        config = configure(Path(folder), messenger, per_second=CEILING, further=section)
        _idle(config)
        return _idle(config)


def _row(name: str, figures: list[float], target: str) -> tuple[str, ...]:
    each = " ".join(f"{figure:.2f}" for figure in figures)
    return (name, f"{median(figures):.2f}", each, target and f"< {target}")


def _starts() -> tuple[Idle, Idle]:
    """The first start in a new folder, and the next one."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder, serving() as messenger:
        config = configure(Path(folder), messenger, per_second=CEILING)
        return _idle(config), _idle(config)


def _idle(config: Path) -> Idle:
    with hotline(config) as process:
        began, before = time.monotonic(), process.cpu()
        time.sleep(IDLE)
        load = (process.cpu() - before) / (time.monotonic() - began)
        return Idle(process.seconds, process.resident(), load)


def _help() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "bot", "--help"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
