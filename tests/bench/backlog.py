"""Fills a hotline's outbox before it runs: `python -m tests.bench.backlog CONFIG`.

The order comes on standard input as JSON: {"people": [ids], "messages": n, "officer": id, "room": id}.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from backend.clock import SystemClock
from backend.outbox import Item, Json, Party
from backend.people import reporters, rooms, staff
from backend.work import Backend, Work
from bot import app
from bot.config import load

CHANNEL = "telegram"
AT_ONCE = 500
WORDS: dict[str, Json] = {"key": "told-acknowledged", "reference": "K7F-3QX"}


@dataclass(frozen=True)
class Order:
    """Ids are Telegram's; the messages are shared out among the people in turn."""

    people: Sequence[int]
    messages: int
    officer: int
    room: int


async def fill(config: Path, order: Order) -> None:
    """Make the people known, let the officer join, bind the room, and put the messages into the outbox."""
    async with app.open_backend(load(config, {}), SystemClock()) as backend:
        async with backend.work() as work:
            await _staff(work, order)
        parties = await _reporters(backend, order.people)
        waiting = [Item(party, "told", WORDS) for party in islice(cycle(parties), order.messages)]
        for start in range(0, len(waiting), AT_ONCE):
            async with backend.work() as work:
                work.put(*waiting[start : start + AT_ONCE])


async def _staff(work: Work, order: Order) -> None:
    code = await staff.invite(work, "officer", "Дежурный")
    await work.session.flush()
    officer = str(order.officer)
    await staff.join(work, code, channel=CHANNEL, sender=officer, chat=officer, language="ru")
    await rooms.bind(work, await rooms.note(work, CHANNEL, str(order.room)))


async def _reporters(backend: Backend, people: Sequence[int]) -> list[Party]:
    async with backend.work() as work:
        return [
            reporters.make(
                work, channel=CHANNEL, sender=str(person), chat=str(person), language="ru"
            ).reporter.party
            for person in people
        ]


def main() -> None:
    """Read the order and carry it out."""
    asyncio.run(fill(Path(sys.argv[1]), Order(**json.load(sys.stdin))))


if __name__ == "__main__":
    main()
