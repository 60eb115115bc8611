"""Hundreds of reporters in as many encrypted rooms at once, and whether the sync loop keeps up with them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from tests.bench.matrix import crowd, the_hotline, world
from tests.bench.reporters import REPORT
from tests.bench.table import Row, Table

PEOPLE, FEWER = 200, 40
STEPS = REPORT[:6]


def run(*, quick: bool, full: bool) -> Iterator[Table]:  # noqa: ARG001 - all benchmarks are asked in the same way
    """One table."""
    people = FEWER if quick else PEOPLE
    yield _table(people, *asyncio.run(_measured(people)))


async def _measured(people: int) -> tuple[list[list[float]], float]:
    """Seconds until each was answered, by step; and the bot's processor seconds for each answer."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        async with world() as (server, clients):
            bot = await server.person("bot")
            with the_hotline(Path(folder), server.url, bot) as process:
                everybody = await crowd(clients, bot, people)
                before = process.cpu()
                waits = await everybody.walk(STEPS)
                return waits, (process.cpu() - before) / (people * len(STEPS))


def _table(people: int, waits: list[list[float]], cpu: float) -> Table:
    return Table(
        f"matrix_rooms: {people} reporters in {people} rooms, everybody at once in each step",
        ("step", "median, s", "95 %, s", "longest, s"),
        tuple(_row(str(number), step) for number, step in enumerate(waits, start=1)),
        (
            "from saying to reading the answer, the people's own clients and the homeserver included",
            f"the hotline's processor time an answer: {cpu * 1e3:.2f} ms",
            "a loop that falls behind would take longer in each step; the first one gives out all keys",
        ),
    )


def _row(name: str, waits: list[float]) -> Row:
    return (name, f"{median(waits):.2f}", f"{quantiles(waits, n=20)[-1]:.2f}", f"{max(waits):.2f}")
