"""What sealing adds to a guided step: the hotline against itself with a cipher that does nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from tests.bench.hotline import configure, hotline
from tests.bench.messenger import serving
from tests.bench.reporters import REPORT, SENDING, SURGE, walk
from tests.bench.table import Table

ROUNDS = 5
PEOPLE = 300
FEW = 10
TARGET = 1.15
MICRO = 1e6
SEALED, UNSEALED = "sealed", "in the clear"
WAYS: dict[str, Sequence[str]] = {SEALED: (), UNSEALED: ("tests.bench.unsealed",)}


def run(*, quick: bool, full: bool) -> Iterator[Table]:  # noqa: ARG001 - all benchmarks are asked in the same way
    """One table: both ways in turns, so that whatever else the machine does meets both."""
    rounds = [{way: _cost(under) for way, under in WAYS.items()} for _ in range(2 if quick else ROUNDS)]
    ratios = [costs[SEALED] / costs[UNSEALED] for costs in rounds]
    rows = tuple((way, " ".join(f"{costs[way] * MICRO:.0f}" for costs in rounds)) for way in WAYS)
    told = " ".join(f"{ratio:.3f}" for ratio in ratios)
    yield Table(
        f"sealing: {PEOPLE} reporters x {len(REPORT)} guided steps",
        ("", "processor µs a step (each round)"),
        rows,
        (f"ratio: median {median(ratios):.3f} ({told}); target at most {TARGET}",),
    )


def _cost(under: Sequence[str]) -> float:
    """Processor seconds of a step."""
    with (
        tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder,
        serving() as messenger,
        hotline(configure(Path(folder), messenger), under=under) as process,
    ):
        walk(messenger, messenger.people(FEW), (*REPORT, *SENDING), SURGE)
        people = messenger.people(PEOPLE)
        before = process.cpu()
        answered = walk(messenger, people, REPORT, SURGE)
        return (process.cpu() - before) / answered
