"""The real `hotline run` as a process of its own, and the people around it, for the system tests.

async with BotApi() as api, Hotline(folder, api.url) as hotline:
    ...
    await hotline.kill()      # SIGKILL: no time to tidy up
    await hotline.start()     # the same database, the same keys
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.botapi import BotApi, Chat, Group, Message, User

ROOT = Path(__file__).parents[2]
READY_WITHIN = 90.0
STOP_WITHIN = 10.0
"""What the command line promises."""
LOOK_EVERY = 0.05
LINE_LIMIT = 1 << 20
MET_BEFORE = 1000
"""More updates and messages than setting up a desk takes."""

Prepare = Callable[[], None]


def configuration(api_url: str, *, token: str, database: str = "", telegram: str = "") -> str:
    """A `config.toml`; `telegram` are further lines of its section."""
    chosen = f'[database]\nurl = "{database}"\n' if database else ""
    return f'{chosen}[telegram]\ntoken = "{token}"\napi_url = "{api_url}"\n{telegram}'


class Hotline:
    """`hotline run` in a folder that holds its configuration; what it prints is kept in `lines`."""

    def __init__(self, folder: Path, *, prepare: Prepare | None = None) -> None:
        """`prepare` runs in the new process before Python does: limits for it are set there."""
        self.folder = folder
        self.lines: list[str] = []
        self._prepare = prepare
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._grew = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Start it and wait until it serves."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing of it outlives the test."""
        await self.kill()

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The process that runs, or ran last."""
        assert self._process is not None
        return self._process

    @property
    def database(self) -> Path:
        """The SQLite file, where nothing else is configured."""
        return self.folder / "data" / "hotline.db"

    def arguments(self) -> str:
        """What everybody on the machine can read of the process: its command line."""
        return Path(f"/proc/{self.process.pid}/cmdline").read_bytes().decode()

    async def launch(self) -> None:
        """Start the process without waiting for it."""
        self._process = await asyncio.create_subprocess_exec(
            *command("run"),
            cwd=self.folder,
            env=environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=self._prepare,
            limit=LINE_LIMIT,
        )
        self._reader = asyncio.create_task(self._read(self._process))

    async def start(self) -> None:
        """Start it and wait for `ready`."""
        begun = len(self.lines)
        await self.launch()
        await self.until(lambda: "ready" in self.lines[begun:] or self._ended(), READY_WITHIN)
        assert not self._ended(), self.lines

    async def until(self, predicate: Callable[[], object], patience: float = 60.0) -> None:
        """Wait until something is true of `lines`. Raises TimeoutError."""
        async with asyncio.timeout(patience):
            while not predicate():
                self._grew.clear()
                await self._grew.wait()

    async def said(self, part: str, patience: float = 60.0) -> None:
        """Wait until a line holds `part`."""
        await self.until(lambda: any(part in line for line in self.lines), patience)

    async def kill(self) -> None:
        """SIGKILL, at once."""
        await self._end(signal.SIGKILL)

    async def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code. Raises TimeoutError if that takes longer than it promises."""
        async with asyncio.timeout(STOP_WITHIN):
            await self._end(with_signal)
        return self.process.returncode or 0

    async def ended(self) -> int:
        """Wait until it has ended by itself; its exit code."""
        async with asyncio.timeout(READY_WITHIN):
            code = await self.process.wait()
            await self._drained()
        return code

    async def restart(self) -> None:
        """Kill it and start it again."""
        await self.kill()
        await self.start()

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Look into the SQLite file, beside whoever else has it open."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=5)) as connection:
            return connection.execute(query, values).fetchall()

    async def until_rows(self, query: str, expected: list[tuple[object, ...]]) -> None:
        """Wait until the SQLite file answers so. Raises TimeoutError."""
        async with asyncio.timeout(READY_WITHIN):
            while self.rows(query) != expected:  # noqa: ASYNC110 - another process changes it
                await asyncio.sleep(LOOK_EVERY)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        ((number,),) = self.rows(f"SELECT count(*) FROM {table}")  # noqa: S608 - the test names the table
        assert isinstance(number, int)
        return number

    async def run_command(self, *arguments: str) -> list[str]:
        """Run another command of the command line beside it; the lines that it printed."""
        process = await asyncio.create_subprocess_exec(
            *command(*arguments),
            cwd=self.folder,
            env=environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        assert process.returncode == 0, out
        return out.decode().splitlines()

    async def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        await self._process.wait()
        await self._drained()

    async def _drained(self) -> None:
        if self._reader is not None:
            await self._reader

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self.lines.append(line.decode().rstrip("\n"))
            self._grew.set()
        await process.wait()
        self._grew.set()

    def _ended(self) -> bool:
        return self._reader is not None and self._reader.done()


def command(*arguments: str) -> Sequence[str]:
    """`hotline ARGUMENTS`, as it is started everywhere."""
    return (sys.executable, "-m", "bot", *arguments)


def environment() -> Mapping[str, str]:
    """Ours without the hotline's settings; the code is found wherever the command is typed."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    return {**plain, "PYTHONPATH": str(ROOT)}


@dataclass
class Desk:
    """A hotline at work: Anna coordinates, Boris is on duty, both sit in the staff room."""

    api: BotApi
    hotline: Hotline
    anna: User
    boris: User
    room: Group

    async def report_by_sos(self, reporter: User, words: str = "Они у двери") -> str:
        """Send an SOS and wait until the reporter and the room have it; the case's reference."""
        await reporter.says("/sos")
        await reporter.next_message(matching="?")
        await reporter.says(words)
        return await self.reference_for(reporter)

    async def report_by_sos_without_room(self, reporter: User) -> str:
        """The same where there is no room to be told; the officer on duty is told in private."""
        await reporter.says("/sos")
        await reporter.next_message(60, "?")
        await reporter.says("Они у двери")
        reference = reference_in(await reporter.next_message(60, is_received))
        await self.boris.next_message(60, reference)
        return reference

    async def reference_for(self, reporter: User) -> str:
        """The reference that the reporter is told next, once the room has its notice."""
        received = await reporter.next_message(matching=is_received)
        reference = reference_in(received)
        await self.room.next_message(matching=reference)
        return reference

    async def quiet(self) -> None:
        """Wait until everything that was decided has been sent and settled."""
        await until_settled(self.hotline, self.api)


async def until_settled(hotline: Hotline, api: BotApi) -> None:
    """Wait until all updates are confirmed and nothing is left in the outbox."""
    async with asyncio.timeout(READY_WITHIN):
        await api.until(lambda: not api.updates.pending, READY_WITHIN)
        await hotline.until_rows("SELECT 1 FROM outbox WHERE state IN ('due', 'claimed') LIMIT 1", [])


def people(api: BotApi) -> tuple[User, User, Group]:
    """Anna, Boris and the staff room: the first people and the first group of any server of these tests."""
    anna = api.user(language_code="ru", first_name="Anna")
    boris = api.user(language_code="ru", first_name="Boris")
    return anna, boris, api.group("Staff", members=[anna, boris], bot=False)


async def set_up(api: BotApi, hotline: Hotline) -> None:
    """Make Anna, Boris and the room staff, through the command line and the bot."""
    anna, boris, room = people(api)
    coordinator, officer = await asyncio.gather(
        hotline.run_command("invite", "coordinator", "--name", "Анна"),
        hotline.run_command("invite", "officer", "--name", "Борис"),
    )
    await anna.says(f"/join {coordinator[-1]}")
    await boris.says(f"/join {officer[-1]}")
    await anna.next_message(matching="Анна")
    await boris.next_message(matching="Борис")
    room.admit_bot()
    await anna.says("/bind staff", chat=room)
    await room.next_message(matching="комната")


@contextlib.asynccontextmanager
async def desk_on(api: BotApi, hotline: Hotline) -> AsyncIterator[Desk]:
    """The desk whose people and room this folder's database knows already, at work.

    The server goes on counting where the one that the database has met left off.
    """
    api.updates.next_id += MET_BEFORE
    for _ in range(MET_BEFORE):
        api.world.next_message_id()
    anna, boris, room = people(api)
    for person in (anna, boris):
        person.met = person.chat.started = True
    room.bot_status, room.was_member = "member", True
    async with hotline:
        yield Desk(api, hotline, anna, boris, room)


def is_received(message: Message) -> bool:
    """Whether this tells a reporter that their report is in, with reference and code."""
    return message.text.startswith(("Приняли.", "Received."))


def reference_in(message: Message) -> str:
    """The reference in such a message."""
    return message.text.partition("\n")[0].rstrip(".").rpartition(" ")[2]


def code_in(message: Message) -> str:
    """The receipt's code in such a message."""
    (line,) = (line for line in message.text.splitlines() if line.startswith(("Код: ", "Code: ")))
    return line.partition(" ")[2]


def all_texts(chat: Chat) -> Iterator[str]:
    """Everything that the bot ever showed in a chat, edits included."""
    for message in chat.messages:
        yield message.text
        yield from (version.text for version in message.edits)
