"""Who watches the watchman: `/healthz`, `/metrics`, the sign of life, and what is told after an outage."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest_asyncio
from aiohttp import web

from tests.botapi import BotApi, Chat, Message
from tests.postgresql import PostgresServer
from tests.system.hotline_process import (
    LOOK_EVERY,
    ROOT,
    Hotline,
    command,
    configuration,
    desk_on,
    environment,
    set_up,
)
from tests.system.test_faults_database import Cable

DOWN = "Был перерыв"


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def configure(folder: Path, **health: str | int) -> None:
    """Add a `[health]` section."""
    lines = "".join(f'{key} = "{value}"\n' for key, value in health.items())
    with (folder / "config.toml").open("a") as file:
        file.write(f"[health]\n{lines}")


@dataclass
class Page:
    """The health page of a hotline, as a monitor sees it."""

    port: int

    async def get(self, path: str = "/healthz", **headers: str) -> tuple[int, str]:
        """Status and text."""
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(f"http://127.0.0.1:{self.port}{path}") as response,
        ):
            return response.status, await response.text()

    async def until(self, status: int, part: str, patience: float = 30.0) -> str:
        """Ask until it answers so. Raises TimeoutError."""
        async with asyncio.timeout(patience):
            while True:
                found, text = await self.get()
                if found == status and part in text:
                    return text
                await asyncio.sleep(LOOK_EVERY)


@pytest_asyncio.fixture
async def page(folder: Path) -> Page:
    """Lend the page that the hotline in `folder` will serve."""
    made = Page(free_port())
    configure(folder, listen=f"127.0.0.1:{made.port}")
    return made


@dataclass
class Outside:
    """Whoever watches from outside: counts the signs of life."""

    url: str = ""
    calls: int = 0
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def called(self, _request: web.Request) -> web.Response:
        """One more."""
        async with self._news:
            self.calls += 1
            self._news.notify_all()
        return web.Response()

    async def until_called(self, times: int) -> None:
        """Wait for so many. Raises TimeoutError."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: self.calls >= times)


@pytest_asyncio.fixture
async def outside() -> AsyncIterator[Outside]:
    """Lend somebody who watches."""
    made = Outside()
    application = web.Application()
    application.router.add_get("/secret-path", made.called)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/secret-path"
    yield made
    await runner.cleanup()


def change(hotline: Hotline, statement: str) -> None:
    """Change something in the SQLite file, as time would."""
    with contextlib.closing(sqlite3.connect(hotline.database, timeout=5)) as connection, connection:
        connection.execute(statement)


def older(minutes: int) -> str:
    """Make what waits in the outbox so much older."""
    return f"UPDATE outbox SET made_at = made_at - {minutes * 60_000_000} WHERE state IN ('due', 'claimed')"  # noqa: S608


def away(minutes: int) -> str:
    """Let nobody have been at work for so long."""
    return f"UPDATE liveness SET seen_at = seen_at - {minutes * 60_000_000}"  # noqa: S608


async def test_a_hotline_at_work_is_well(api: BotApi, folder: Path, page: Page) -> None:
    """200 and a line for each check, as text or JSON; figures for Prometheus; nobody's name in either."""
    async with desk_on(api, Hotline(folder)) as desk:
        reference = await desk.report_by_sos(api.user())
        await desk.quiet()
        status, text = await page.get()
        assert status == 200
        assert text.splitlines()[0] == "ok"
        assert [line.partition(":")[0] for line in text.splitlines()[1:]] == [
            "database",
            "time",
            "ticks",
            "steps",
            "waiting",
            "sending",
        ]
        status, json = await page.get(Accept="application/json")
        assert (status, '"ok": true' in json) == (200, True)
        status, figures = await page.get("/metrics")
        assert status == 200
        assert "hotline_healthy 1.0" in figures
        assert 'hotline_tick_age_seconds{tick="escalate"}' in figures
        assert 'hotline_messages_total{channel="telegram",outcome="taken"}' in figures
        for forbidden in (reference, "Анна", "Борис", "python_info", str(folder), "127.0.0.1"):
            assert forbidden not in text + json + figures
        assert await desk.hotline.stop() == 0


def test_without_the_section_nothing_of_it_is_loaded() -> None:
    """The memory that is promised has no room for a page and figures that nobody asked for."""
    program = "import bot.app, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True)
    loaded = done.stdout.decode().split()
    assert "bot.health.settings" in loaded
    assert {"prometheus_client", "bot.health.server", "bot.health.ping"} & set(loaded) == set()


async def test_a_messenger_that_refuses_everything_is_ill(api: BotApi, folder: Path, page: Page) -> None:
    """A message that nobody takes for five minutes: 503 with that line alone; delivered, all is well."""
    async with desk_on(api, Hotline(folder)) as desk:
        down = api.faults.add("sendMessage", "500", times=1000)
        await api.user().says("/start")
        await down.met()
        change(desk.hotline, older(6))
        text = await page.until(503, "waiting")
        assert text.splitlines()[0].startswith("waiting: a message has been waiting for telegram for 36")
        assert len(text.splitlines()) == 1
        down.release()
        await page.until(200, "ok")


async def test_a_database_that_is_gone_is_ill(
    api: BotApi, tmp_path: Path, cable: Cable, postgres_server: PostgresServer
) -> None:
    """PostgreSQL out of reach: 503 says so; back again, 200."""
    name = postgres_server.create()
    url = postgres_server.url(name).replace(f":{postgres_server.port}/", f":{cable.port}/")
    (tmp_path / "config.toml").write_text(configuration(api.url, token=api.token, database=url))
    page = Page(free_port())
    configure(tmp_path, listen=f"127.0.0.1:{page.port}")
    async with Hotline(tmp_path) as hotline:
        await set_up(api, hotline)
        await page.until(200, "ok")
        await cable.pull()
        assert "no answer" in await page.until(503, "database")
        await cable.plug()
        await page.until(200, "ok")
        assert await hotline.stop() == 0
    postgres_server.drop(name)


@pytest_asyncio.fixture
async def cable(postgres_server: PostgresServer) -> AsyncIterator[Cable]:
    """Lend a cable to the PostgreSQL server."""
    made = Cable(postgres_server.port)
    await made.plug()
    yield made
    await made.pull()


async def test_the_sign_of_life_ends_with_health(api: BotApi, folder: Path, outside: Outside) -> None:
    """Called while all is well; an ill hotline calls nobody, says why in the log, and never the address."""
    configure(folder, ping_url=outside.url)
    async with desk_on(api, Hotline(folder)) as desk:
        await outside.until_called(1)
        down = api.faults.add("sendMessage", "500", times=1000)
        await api.user().says("/start")
        await down.met()
        assert await desk.hotline.stop() == 0
        change(desk.hotline, older(6))
        await desk.hotline.start()
        await desk.hotline.said("unhealthy", 30)
        assert outside.calls == 1
        down.release()
        assert not any("secret-path" in line for line in desk.hotline.lines)


async def test_an_address_in_use_is_one_line(folder: Path, page: Page) -> None:
    """It ends at once with one line that names the key, before it says that it is ready."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", page.port))
        taken.listen()
        hotline = Hotline(folder)
        await hotline.launch()
        assert await hotline.ended() == 1
        assert len(hotline.lines) == 1
        assert (
            f"health.listen: nothing can be served at 127.0.0.1:{page.port}: Address already in use"
            in (hotline.lines[0])
        )


async def checked(folder: Path) -> list[str]:
    """What `hotline check` says of the section."""
    process = await asyncio.create_subprocess_exec(
        *command("check"), cwd=folder, env=environment(), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return [line for line in out.decode().splitlines() if "health." in line]


async def test_check_says_whether_it_can_be_served_and_called(api: BotApi, folder: Path) -> None:
    """A free address is right, and one that a hotline has; another's is wrong, and so is a deaf ping_url."""
    page = Page(free_port())
    configure(folder, listen=f"127.0.0.1:{page.port}", ping_url="http://127.0.0.1:9/secret-path")
    free, deaf = await checked(folder)
    assert (free[:5], "is free" in free) == ("ok   ", True)
    assert deaf == "wrong health.ping_url: its host can't be reached (ConnectionRefusedError)"
    async with desk_on(api, Hotline(folder)):
        (ours, _) = await checked(folder)
        assert ours == f"ok    health.listen: a hotline serves 127.0.0.1:{page.port} already"
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", page.port):
        (taken, _) = await checked(folder)
        assert taken.startswith("wrong health.listen: nothing can be served at")


def told(chat: Chat) -> list[Message]:
    """Who was down, as a chat reads it."""
    return [message for message in chat.messages if DOWN in message.text]


async def test_after_a_kill_the_staff_are_told_once(api: BotApi, folder: Path) -> None:
    """Killed, and started an hour later: room and coordinator read from when to when, and what fell due."""
    async with desk_on(api, Hotline(folder)) as desk:
        reference = await desk.report_by_sos(api.user())
        await desk.quiet()
        await desk.hotline.kill()
        change(desk.hotline, away(60))
        change(desk.hotline, "UPDATE case_clocks SET next_at = next_at - 20 * 60000000")
        await desk.hotline.start()
        in_room = await desk.room.next_message(60, DOWN)
        await desk.anna.next_message(60, DOWN)
        assert "Был перерыв: 1 час." in in_room.text
        assert f"по 1 обращению: {reference}" in in_room.text
        await desk.quiet()
        await desk.hotline.restart()
        await desk.report_by_sos(api.user())
        await desk.quiet()
        assert [len(told(chat)) for chat in (desk.room, desk.anna.chat, desk.boris.chat)] == [1, 1, 0]


async def test_a_clean_stop_is_told_too(api: BotApi, folder: Path) -> None:
    """An operator's stop of an hour is also a time in which nobody was watching."""
    async with desk_on(api, Hotline(folder)) as desk:
        await desk.hotline.until_rows("SELECT count(*) FROM liveness", [(1,)])
        assert await desk.hotline.stop() == 0
        change(desk.hotline, away(60))
        await desk.hotline.start()
        await desk.room.next_message(60, DOWN)


async def test_a_moment_of_standstill_is_none(api: BotApi, folder: Path) -> None:
    """Stopped by a signal for a moment, or its row set back under it: a process at work tells nothing."""
    async with desk_on(api, Hotline(folder)) as desk:
        await desk.hotline.until_rows("SELECT count(*) FROM liveness", [(1,)])
        ((before,),) = desk.hotline.rows("SELECT seen_at FROM liveness")
        change(desk.hotline, away(60))
        desk.hotline.process.send_signal(signal.SIGSTOP)
        desk.hotline.process.send_signal(signal.SIGCONT)
        await desk.hotline.until_rows(f"SELECT seen_at > {before} FROM liveness", [(1,)])  # noqa: S608
        await desk.report_by_sos(api.user())
        await desk.quiet()
        assert told(desk.room) == []
