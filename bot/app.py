"""The composition root: the only place that names concrete channels."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Coroutine, Mapping
from functools import partial
from pathlib import Path

from backend import claims
from backend.clock import Clock, ShiftedClock, SystemClock
from backend.config import BackendSettings
from backend.database import Database, engine_url
from backend.places import name as place_name
from backend.upgrade import upgrade
from backend.vault import sources
from backend.vault.files import FileStore
from backend.vault.opening import open_vault
from backend.work import Backend
from bot import passphrase
from bot.channels.base import Channel
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.logs import quiet_loggers
from bot.channels.telegram.menus import CommandMenu
from bot.config import Settings
from bot.health.serving import health_served
from bot.hotline import put_together
from bot.logs import set_up_logs
from bot.machine import require_private
from bot.roles import Sharing
from bot.staff.help import menu
from bot.texts import Texts

STOP_WITHIN = 8.0
"""Seconds for a clean stop: ten are promised."""


@contextlib.asynccontextmanager
async def open_backend(
    settings: BackendSettings, clock: Clock, *, passing: bool = False
) -> AsyncIterator[Backend]:
    """The case backend on an up-to-date database, its vault open. `passing`: nothing of it will be kept."""
    database = Database(engine_url(settings.database.url, base=Path.cwd()))
    try:
        with database.alone():
            upgraded = await upgrade(database)
            if upgraded.backup:
                _say(upgraded.sentence)
            source = sources.of_settings(settings.keys)
            opened = await open_vault(database, source, now=clock.now(), ask=passphrase.ask)
            if opened.made and not passing:
                _say(f"made a key file: {settings.keys.file} (keep a copy, apart from the database)")
            backend = Backend(database, opened.vault, FileStore(settings.files.folder), settings, clock)
            await _take_over(backend)
            yield backend
    finally:
        await database.close()


async def _take_over(backend: Backend) -> None:
    """On SQLite there is one node: what is claimed at its start was claimed by a process that died."""
    if backend.database.is_sqlite:
        async with backend.work() as work:
            await claims.put_back(work.session)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what the command line promises to print


async def run(settings: Settings) -> None:
    """Every configured channel, the schedule and delivery, until SIGINT or SIGTERM; prints `ready`."""
    set_up_logs()
    quiet_loggers()
    key_file = sources.of_settings(settings.keys).file
    if key_file is not None:
        require_private(key_file)
    clock, texts = SystemClock(), Texts(place_name)
    async with open_backend(settings, clock) as backend, _channels(settings, backend, texts) as channels:
        hotline = put_together(backend, channels, texts, _sharing(settings))
        gc.collect()  # start-up leaves a few megabytes behind that nobody needs
        async with health_served(backend, settings.health):
            await _until_stopped(hotline.serve(), "ready")


@contextlib.asynccontextmanager
async def _channels(settings: Settings, backend: Backend, texts: Texts) -> AsyncIterator[list[Channel]]:
    """Every channel that is configured, closed afterwards."""
    async with contextlib.AsyncExitStack() as stack:
        channels: list[Channel] = []
        if settings.telegram is not None:
            telegram = TelegramChannel(settings.telegram, backend.clock, menus=_menus(settings, texts))
            stack.push_async_callback(telegram.close)
            channels.append(telegram)
        if settings.matrix is not None:
            # Loaded here: its library takes memory that a hotline without Matrix need not have.
            from bot.channels.matrix.channel import MatrixChannel  # noqa: PLC0415
            from bot.channels.matrix.logs import quiet_loggers as quiet_matrix  # noqa: PLC0415

            quiet_matrix()
            matrix = MatrixChannel(settings.matrix, backend)
            stack.push_async_callback(matrix.close)
            channels.append(matrix)
        yield channels


def _sharing(settings: Settings) -> Mapping[str, Sharing]:
    """Whoever a webhook reaches takes what it brings; who polls has to be alone; a device is on one node."""
    webhook = settings.telegram is not None and settings.telegram.webhook_url
    matrix: dict[str, Sharing] = {"matrix": "nothing"}
    return {**matrix, "telegram": "everything"} if webhook else matrix


def _menus(settings: Settings, texts: Texts) -> list[CommandMenu]:
    """What the command menu of a private chat offers before anybody is known: the reporter's commands.

    Staff get a menu of their own in their chats when they join.
    """
    spoken = settings.centre.languages
    return [
        CommandMenu("all_private_chats", language, _described(texts, language or spoken[0]))
        for language in (None, *spoken)
    ]


def _described(texts: Texts, language: str) -> tuple[tuple[str, str], ...]:
    names = menu("reporter")
    return tuple((name, texts.label(f"command-{name.replace('_', '-')}", language)) for name in names)


async def demo(*, port: int, open_browser: bool, like: BackendSettings | None = None) -> None:
    """The whole hotline on a passing database and a sandbox messenger; prints `ready URL`.

    `like`: the centre and the times of a configuration, to see one's own; nothing else of it is used.
    """
    # Loaded here: `run` needs none of it, and is promised to be small.
    from bot import demo as demonstration  # noqa: PLC0415
    from bot.channels.sandbox.channel import SandboxChannel  # noqa: PLC0415
    from bot.channels.sandbox.messenger import Sandbox  # noqa: PLC0415
    from bot.channels.sandbox.server import SandboxServer  # noqa: PLC0415

    set_up_logs()
    clock, texts = ShiftedClock(), Texts(place_name)
    with tempfile.TemporaryDirectory(prefix="hotline-demo-") as folder:
        settings = demonstration.settings(Path(folder), like)
        clock.advance(demonstration.until_noon(clock.now(), settings.centre.timezone))
        async with open_backend(settings, clock, passing=True) as backend:
            sandbox = Sandbox(clock)
            hotline = put_together(backend, [SandboxChannel(sandbox)], texts)
            async with backend.work() as work:
                await demonstration.people(work)
            server = SandboxServer(
                sandbox,
                partial(demonstration.advance, hotline, clock),
                speak=partial(demonstration.speak, backend),
                centre=like.centre.name if like else "",
                timezone=settings.centre.timezone,
            )
            url = await server.start(port)
            if open_browser:
                webbrowser.open(url)
            try:
                await _until_stopped(hotline.serve(), f"ready {url}")
            finally:
                await server.stop()


async def _until_stopped(serving: Coroutine[None, None, None], ready: str) -> None:
    """Serve until a signal asks to stop. Raises what serving raised, should it end by itself."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    task = asyncio.create_task(serving)
    stop = asyncio.create_task(stopping.wait())
    await asyncio.sleep(0)
    _say(ready)
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if task.done():
        task.result()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait_for(task, STOP_WITHIN)
