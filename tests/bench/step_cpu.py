"""Processor time of one guided step, durable and sealed, against bots that only answer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.hotline import configure, hotline
from tests.bench.messenger import TOKEN, Messenger, serving
from tests.bench.processes import Process, running
from tests.bench.reporters import REPORT, SENDING, STEADY, SURGE, Load, walk
from tests.bench.samples import report
from tests.bench.table import Row, Table

ROUNDS = 3
FEW = 10
"""Reporters of the unmeasured first round: connections are opened, modules loaded, statements compiled."""
MICRO, MILLI = 1e6, 1e3

Start = Callable[[Path, Messenger], AbstractContextManager[Process]]


@dataclass(frozen=True)
class Crowd:
    """How many reporters come, and how."""

    people: int
    load: Load


@dataclass(frozen=True)
class Cost:
    """Processor seconds of a step, and of the sending at the end."""

    step: float
    sending: float


CROWDS = (Crowd(300, SURGE), Crowd(60, STEADY))


@contextmanager
def _hotline(folder: Path, messenger: Messenger) -> Iterator[Process]:
    with hotline(configure(folder, messenger)) as process:
        yield process


def _peer(name: str, *, database: bool = False) -> Start:
    @contextmanager
    def start(folder: Path, messenger: Messenger) -> Iterator[Process]:
        path = [str(folder / "peer.db")] if database else []
        with running(["-m", f"tests.bench.peers.{name}", TOKEN, messenger.url, *path]) as process:
            yield process

    return start


HOTLINE = "hotline: durable, sealed"
FLOOR = "bare echo, default backend"
CONTENDERS: dict[str, Start] = {
    HOTLINE: _hotline,
    FLOOR: _peer("echo"),
    "ConversationHandler, in memory": _peer("conversation"),
    "ConversationHandler, a commit a step": _peer("conversation", database=True),
}


def run(*, quick: bool, full: bool) -> Iterator[Table]:  # noqa: ARG001 - all benchmarks are asked in the same way
    """A table for each way of coming."""
    for crowd in CROWDS:
        rounds = [
            {name: _cost(start, crowd) for name, start in CONTENDERS.items()}
            for _ in range(1 if quick else ROUNDS)
        ]
        yield _table(crowd, rounds)


def _cost(start: Start, crowd: Crowd) -> Cost:
    with (
        tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder,
        serving() as messenger,
        start(Path(folder), messenger) as process,
    ):
        walk(messenger, messenger.people(FEW), (*REPORT, *SENDING), SURGE)
        people = messenger.people(crowd.people)
        step = _measured(process, lambda: walk(messenger, people, REPORT, crowd.load))
        return Cost(step, _measured(process, lambda: walk(messenger, people, SENDING, crowd.load)))


def _measured(process: Process, work: Callable[[], int]) -> float:
    """Processor seconds for each of so many answers."""
    before = process.cpu()
    answered = work()
    return (process.cpu() - before) / answered


def _table(crowd: Crowd, rounds: list[dict[str, Cost]]) -> Table:
    steps, load = len(REPORT), crowd.load
    sending = " ".join(f"{costs[HOTLINE].sending * MILLI:.1f}" for costs in rounds)
    return Table(
        f"step_cpu, {load.name}: {crowd.people} reporters x {steps} steps, {load.meaning}",
        ("", "µs a step (each round)", "ratio to the echo: median (each round)"),
        tuple(_row(name, rounds) for name in CONTENDERS),
        (f"a report sent (a case opened, receipt, clock): {sending} ms",),
    )


def _row(name: str, rounds: list[dict[str, Cost]]) -> Row:
    ratios = [costs[name].step / costs[FLOOR].step for costs in rounds]
    costs = " ".join(f"{each[name].step * MICRO:.0f}" for each in rounds)
    return (name, costs, f"{median(ratios):.2f}  ({' '.join(f'{each:.2f}' for each in ratios)})")


def profile() -> None:
    """Print where the hotline's time goes under the same loads."""
    for crowd in CROWDS:
        with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name, serving() as messenger:
            folder = Path(name)
            samples = folder / "samples.json"
            with hotline(configure(folder, messenger), under=("tests.bench.sampling", str(samples))):
                people = messenger.people(crowd.people)
                steps = walk(messenger, people, REPORT, crowd.load)
            title = f"step_cpu, {crowd.load.name}, {steps} steps: µs a step"
            print(f"\n{report(samples, title, per=steps)}", flush=True)
