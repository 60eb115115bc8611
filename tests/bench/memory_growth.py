"""Whether memory grows with the steps taken: the same reporters begin and drop reports, over and over."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.hotline import configure, hotline
from tests.bench.messenger import Messenger, serving
from tests.bench.processes import Process
from tests.bench.reporters import LEAVING, REPORT, SURGE, walk
from tests.bench.table import Row, Table

STEPS = (*REPORT, *LEAVING)
PEOPLE = 500
QUICK, USUAL, FULL = 10 * len(STEPS) * 50, 20_000, 100_000
TENTHS = 10
WARM = 3
"""Tenths before the slope is taken: allocators and caches fill first."""
MEGABYTE = 1e6


def run(*, quick: bool, full: bool) -> Iterator[Table]:
    """One table: memory at each tenth of the way, and the slope after the first three."""
    wanted = QUICK if quick else FULL if full else USUAL
    with (
        tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder,
        serving() as messenger,
        hotline(configure(Path(folder), messenger)) as process,
    ):
        start = process.resident()
        seen = _tenths(messenger, process, wanted)
    rows: list[Row] = [("0", f"{start / MEGABYTE:.1f}")]
    rows += [(str(steps), f"{resident / MEGABYTE:.1f}") for steps, resident in seen]
    slope = _slope(seen[WARM - 1 :])
    note = f"after {seen[WARM - 1][0]} steps: {slope:+.1f} kB for every 1,000 steps (least squares)"
    yield Table("memory_growth: `hotline run`, resident", ("steps", "MB"), rows, (note,))


def _tenths(messenger: Messenger, process: Process, wanted: int) -> list[tuple[int, int]]:
    people = messenger.people(min(PEOPLE, wanted // TENTHS // len(STEPS)))
    rounds = max(1, round(wanted / TENTHS / len(STEPS) / len(people)))
    seen: list[tuple[int, int]] = []
    taken = 0
    for _ in range(TENTHS):
        for _ in range(rounds):
            taken += walk(messenger, people, STEPS, SURGE)
        seen.append((taken, process.resident()))
    return seen


def _slope(seen: list[tuple[int, int]]) -> float:
    """Kilobytes for every thousand steps, which is bytes for every step."""
    middle = sum(steps for steps, _ in seen) / len(seen)
    over = sum((steps - middle) ** 2 for steps, _ in seen)
    return sum((steps - middle) * resident for steps, resident in seen) / over
