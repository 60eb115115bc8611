"""What the Matrix benchmarks share: a homeserver, a bot to be measured, and reporters in their rooms."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import Process, running
from tests.matrix import Account, Clients, Room, Synapse, synapse

PATIENCE = 120.0
"""Seconds for one answer: in a surge hundreds wait for theirs at the same time."""
AT_ONCE = 8
"""Clients that log in at the same time."""

Start = Callable[[Path, str, Account], AbstractContextManager[Process]]
"""Starts a bot in a folder, at this homeserver, under this account."""


@contextlib.contextmanager
def the_hotline(folder: Path, url: str, bot: Account) -> Iterator[Process]:
    """`hotline run` with Matrix alone, over a new SQLite database."""
    (folder / "config.toml").write_text(matrix_section(url, bot), encoding="utf-8")
    command = ["-m", "bot", "run", "--config", str(folder / "config.toml")]
    with running(command, cwd=folder) as process:
        yield process


def matrix_section(url: str, bot: Account) -> str:
    """The section that turns Matrix on, with no limit on rates but the chat's own."""
    account = f'user = "{bot.user_id}"\npassword = "{bot.password}"\n'
    return f'[matrix]\nhomeserver = "{url}"\n{account}messages_per_second = 1000\n'


@contextlib.contextmanager
def the_echo(_folder: Path, url: str, bot: Account) -> Iterator[Process]:
    """The library's own client, answering every text with the same text."""
    with running(["-m", "tests.bench.peers.nio_echo", url, bot.user_id, bot.password]) as process:
        yield process


@dataclass
class Crowd:
    """Reporters, each in an encrypted room with one bot."""

    rooms: list[Room]

    async def walk(self, steps: Sequence[str]) -> list[list[float]]:
        """Everybody takes all steps, at once in each; for every step the seconds until each was answered."""
        return [list(await asyncio.gather(*(_asks(room, words) for room in self.rooms))) for words in steps]


async def _asks(room: Room, words: str) -> float:
    heard = len(room.messages)
    began = time.perf_counter()
    await room.says(words)
    await room.client.until(lambda: len(room.messages) > heard, PATIENCE)
    return time.perf_counter() - began


async def crowd(clients: Clients, bot: Account, people: int) -> Crowd:
    """So many new people, and the bot in each one's room."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one() -> Room:
        async with slots:
            person = await clients.person("crowd", signed=False)
            room = await person.opens_direct(bot.user_id)
            await room.until_member(bot.user_id, patience=PATIENCE)
            return room

    return Crowd(list(await asyncio.gather(*(one() for _ in range(people)))))


@contextlib.asynccontextmanager
async def world() -> AsyncIterator[tuple[Synapse, Clients]]:
    """A homeserver of our own, and a process for people's clients."""
    with synapse.running() as server:
        async with Clients(server) as clients:
            yield server, clients
