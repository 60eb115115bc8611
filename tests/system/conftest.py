"""What the system tests may ask for: a hotline at work, as a process, people around it, and its operator."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.cli import main
from tests.botapi import BotApi
from tests.system.hotline_process import Desk, Hotline, configuration, desk_on, set_up, until_settled
from tests.system.shell import Done, Here, Operator


async def _prepare(folder: Path) -> None:
    async with BotApi() as api:
        (folder / "config.toml").write_text(configuration(api.url, token=api.token))
        async with Hotline(folder) as hotline:
            await set_up(api, hotline)
            await until_settled(hotline, api)
            assert await hotline.stop() == 0
            _forget_when_it_stopped(hotline)
    (folder / "config.toml").unlink()


def _forget_when_it_stopped(hotline: Hotline) -> None:
    """Minutes go by until a test starts it again: nobody is to be told that it was down meanwhile."""
    with contextlib.closing(sqlite3.connect(hotline.database)) as connection, connection:
        connection.execute("DELETE FROM liveness")


@pytest.fixture(scope="session")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with database and keys in which Anna, Boris and the staff room are known."""
    folder = tmp_path_factory.mktemp("staffed")
    asyncio.run(_prepare(folder))
    return folder


@pytest_asyncio.fixture
async def api() -> AsyncIterator[BotApi]:
    """Lend a Bot API server."""
    async with BotApi() as server:
        yield server


@pytest.fixture
def folder(staffed: Path, tmp_path: Path, api: BotApi) -> Path:
    """Lend a folder in which `hotline run` finds its staff, and `api` as Telegram."""
    home = tmp_path / "hotline"
    shutil.copytree(staffed, home)
    (home / "config.toml").write_text(configuration(api.url, token=api.token))
    return home


@pytest_asyncio.fixture
async def desk(api: BotApi, folder: Path) -> AsyncIterator[Desk]:
    """Lend a hotline at work on SQLite, by long polling."""
    async with desk_on(api, Hotline(folder)) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(staffed: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """Lend one hotline at work to all tests of a module that don't stand in each other's way."""
    home = tmp_path_factory.mktemp("shared") / "hotline"
    shutil.copytree(staffed, home)
    async with BotApi() as server:
        (home / "config.toml").write_text(configuration(server.url, token=server.token))
        async with desk_on(server, Hotline(home)) as made:
            yield made


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Lend an operator in an empty folder."""
    return Operator(tmp_path)


@pytest.fixture(scope="session")
def settled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make once what `hotline init --yes` leaves behind."""
    folder = tmp_path_factory.mktemp("settled")
    assert Operator(folder).types("init", "--yes").code == 0
    return folder


@pytest.fixture
def settled(operator: Operator, settled_folder: Path) -> Operator:
    """Lend an operator who ran `hotline init --yes`."""
    shutil.copytree(settled_folder, operator.folder, dirs_exist_ok=True)
    return operator


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Lend the same entry point without a process of its own, and without what it would do to this one.

    What it sets for a whole process, umask and hooks, would hold for every test that follows.
    """
    monkeypatch.setattr("bot.machine.harden", lambda: None)
    monkeypatch.setattr("bot.uncaught.install", lambda: None)

    def types(operator: Operator, *arguments: str, **environ: str) -> Done:
        monkeypatch.chdir(operator.folder)
        for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
            monkeypatch.delenv(name)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["hotline", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return types
