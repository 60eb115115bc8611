"""Processor time of a guided report's step over end-to-end encryption, against a bot that only echoes."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.matrix import Crowd, Start, crowd, the_echo, the_hotline, world
from tests.bench.processes import Process
from tests.bench.reporters import REPORT, SENDING
from tests.bench.table import Row, Table
from tests.matrix import Account, Clients, Synapse

HOTLINE, FLOOR = "hotline: durable, sealed", "bare nio echo, in memory"
CONTENDERS: Mapping[str, Start] = {HOTLINE: the_hotline, FLOOR: the_echo}
STEPS = (*REPORT, *SENDING)
TARGET = 1.5
MILLI = 1e3


REST = 5.0
"""Seconds for which a bot is watched while nobody writes."""


@dataclass(frozen=True)
class Round:
    """Reporters, and how often both bots take their turn."""

    people: int
    rounds: int


@dataclass(frozen=True)
class Cost:
    """Processor seconds a step: all, and without what the bot uses up anyway in the same time."""

    all: float
    besides: float


FULL, QUICK = Round(20, 5), Round(8, 2)

Costs = Mapping[str, list[Cost]]


@dataclass(frozen=True)
class Bot:
    """One of those compared. `rest`: the share of a processor that it uses while nobody writes."""

    process: Process
    account: Account
    rest: float


def run(*, quick: bool, full: bool) -> Iterator[Table]:  # noqa: ARG001 - all benchmarks are asked in the same way
    """One table."""
    measured = QUICK if quick else FULL
    yield _table(measured, asyncio.run(_costs(measured)))


async def _costs(measured: Round) -> Costs:
    """What each step costs, each round; the bots take turns on the same homeserver."""
    costs: dict[str, list[Cost]] = {name: [] for name in CONTENDERS}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-bench-")))
        async with world() as (server, clients):
            bots = {
                name: await _bot(stack, folder, start, server, clients) for name, start in CONTENDERS.items()
            }
            for _ in range(measured.rounds):
                for name, bot in bots.items():
                    costs[name].append(await _cost(bot, await crowd(clients, bot.account, measured.people)))
    return costs


async def _bot(stack: ExitStack, folder: Path, start: Start, server: Synapse, clients: Clients) -> Bot:
    """A bot that has loaded its modules and compiled its statements: it has served one person already."""
    account = await server.person("bot")
    process = stack.enter_context(start(folder, server.url, account))
    await (await crowd(clients, account, 1)).walk(STEPS)
    before = process.cpu()
    await asyncio.sleep(REST)
    return Bot(process, account, (process.cpu() - before) / REST)


async def _cost(bot: Bot, people: Crowd) -> Cost:
    """For each answer of a whole report, keys given and sessions begun included."""
    before, began = bot.process.cpu(), time.monotonic()
    await people.walk(STEPS)
    used, answers = bot.process.cpu() - before, len(STEPS) * len(people.rooms)
    return Cost(used / answers, (used - bot.rest * (time.monotonic() - began)) / answers)


def _table(measured: Round, costs: Costs) -> Table:
    return Table(
        f"matrix_step: {measured.people} reporters x {len(STEPS)} steps over E2EE, both bots in turns",
        ("ms a step: median (each round)", "all", "without what it uses up at rest"),
        (*(_row(name, figures) for name, figures in costs.items()), _ratios(costs)),
        (f"target: a ratio of at most {TARGET}; a loaded machine draws rounds out, and rest with them",),
    )


def _row(name: str, costs: list[Cost]) -> Row:
    columns = ([each.all for each in costs], [each.besides for each in costs])
    return (name, *(_median([figure * MILLI for figure in figures]) for figures in columns))


def _ratios(costs: Costs) -> Row:
    pairs = list(zip(costs[HOTLINE], costs[FLOOR], strict=True))
    columns = ([ours.all / floor.all for ours, floor in pairs], [a.besides / b.besides for a, b in pairs])
    return ("ratio to the echo", *(_median(ratios) for ratios in columns))


def _median(figures: list[float]) -> str:
    return f"{median(figures):.2f}  ({' '.join(f'{each:.2f}' for each in figures)})"
