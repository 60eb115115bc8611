"""The restore drill, by real processes: all is lost but backup, key file and list of erasures; it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from pyrage.x25519 import Identity

from tests.botapi import BotApi, User
from tests.postgresql import PostgresServer
from tests.system.hotline_process import (
    LOOK_EVERY,
    Desk,
    Hotline,
    code_in,
    command,
    configuration,
    desk_on,
    environment,
    is_received,
)
from tests.system.several import looking_at

pytestmark = pytest.mark.timeout(240)

IDENTITY = Identity.generate()
PATIENCE = 60.0
BIG = "f" * 32
MANY = 60_000_000
"""Bytes that take long enough to be killed over."""
SEALED_WORDS, OPEN_WORDS, ERASED_WORDS = "Они у двери", "Нас окружили", "Меня нашли"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line of a command that did nothing."""
        assert self.code != 0, self.out
        assert not self.out
        (line,) = self.err.splitlines()
        assert line.startswith("hotline: ")
        return line


async def types(folder: Path, *arguments: str) -> Done:
    """Run a command in this folder to its end."""
    process = await _started(folder, *arguments)
    out, err = await process.communicate()
    return Done(process.returncode or 0, out.decode(), err.decode())


async def _started(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command(*arguments),
        cwd=folder,
        env=environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def chosen(api: BotApi, database: str = "") -> str:
    """A configuration that backs up, and seals a second after closing."""
    whom = f'recipients = ["{IDENTITY.to_public()}"]\n'
    kept = f'[backup]\n{whom}[sealing]\n{whom}after = "1s"\n'
    return kept + configuration(api.url, token=api.token, database=database)


@pytest.fixture
def folder(folder: Path, api: BotApi) -> Path:
    """Lend a folder whose hotline is backed up; the identity is kept beside it, as it never should be."""
    (folder / "config.toml").write_text(chosen(api))
    (folder.parent / "identity.txt").write_text(f"# kept elsewhere\n{IDENTITY}\n")
    return folder


@pytest_asyncio.fixture
async def desk(api: BotApi, folder: Path) -> AsyncIterator[Desk]:
    """Lend a hotline at work."""
    async with desk_on(api, Hotline(folder)) as made:
        yield made


async def reported(desk: Desk, words: str) -> tuple[User, str, str]:
    """Somebody who reports, their case's reference and receipt code."""
    reporter = desk.api.user(language_code="ru")
    reference = await desk.report_by_sos(reporter, words)
    given = next(message for message in reporter.messages if is_received(message))
    return reporter, reference, code_in(given)


async def sealed_away(desk: Desk, reference: str) -> None:
    """Close the case, let a minute pass, and wait until it is sealed."""
    await desk.boris.says(f"/close {reference} resolved")
    await desk.boris.next_message(PATIENCE, "закрыто")
    await desk.quiet()
    with contextlib.closing(sqlite3.connect(desk.hotline.database)) as connection, connection:
        connection.execute(
            "UPDATE cases SET closed_at = closed_at - 60000000, touched_at = touched_at - 60000000"
        )
    await desk.hotline.restart()
    await desk.hotline.until_rows("SELECT count(*) FROM sealed_keys", [(1,)])
    await desk.quiet()


async def erased_for_good(desk: Desk, reporter: User, reference: str, code: str) -> None:
    """Erase the case by its code, and wait until the list of erasures says so."""
    await reporter.says(f"/delete {code}")
    await reporter.presses(await reporter.next_message(PATIENCE, "Стереть всё?"), "Да")
    listed = desk.hotline.folder / "erasures.log"
    async with asyncio.timeout(PATIENCE):
        while not (listed.exists() and reference in listed.read_text()):  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(LOOK_EVERY)


async def backed_up(folder: Path) -> Path:
    """Make a backup; where it is."""
    done = await types(folder, "backup")
    assert (done.code, done.err) == (0, "")
    return Path(done.out.partition(": ")[0])


def new_home(desk: Desk, name: str, database: str = "") -> Path:
    """A folder on another machine: its configuration and a copy of the key file, and nothing else."""
    home = desk.hotline.folder.parent / name
    home.mkdir()
    (home / "config.toml").write_text(chosen(desk.api, database))
    shutil.copy(desk.hotline.folder / "keys.toml", home)
    return home


async def restored(desk: Desk, archive: Path, home: Path) -> Done:
    """Restore there, with the list of erasures of the first home."""
    listed = desk.hotline.folder / "erasures.log"
    identity = home.parent / "identity.txt"
    return await types(home, "restore", str(archive), "--identity", str(identity), "--erasures", str(listed))


async def test_the_drill(desk: Desk, postgres_server: PostgresServer) -> None:
    """SQLite is lost while people report; on PostgreSQL it goes on, and from there back to SQLite.

    Who was erased since the backup stays erased; what was sealed stays sealed and opens offline; who waits
    is still served; receipts still open what they opened.
    """
    _, sealed, _ = await reported(desk, SEALED_WORDS)
    await sealed_away(desk, sealed)
    open_reporter, waiting, code = await reported(desk, OPEN_WORDS)
    erased_reporter, erased, erased_code = await reported(desk, ERASED_WORDS)
    meanwhile, archive = await asyncio.gather(
        reported(desk, "Пока пишут копию"), backed_up(desk.hotline.folder)
    )
    await erased_for_good(desk, erased_reporter, erased, erased_code)
    await desk.hotline.kill()
    name = postgres_server.create()
    home = new_home(desk, "postgresql", postgres_server.url(name))
    done = await restored(desk, archive, home)
    assert done.code == 0, done.err
    assert "1 cases that were erased since then were left out" in done.out
    async with looking_at(postgres_server.url(name)) as looks, Hotline(home) as again:
        found = {str(each) for (each,) in await looks.rows("SELECT reference FROM cases")}
        assert {sealed, waiting} <= found <= {sealed, waiting, meanwhile[1]}
        await open_reporter.says(f"/mycase {code}")
        await open_reporter.next_message(PATIENCE, OPEN_WORDS)
        await erased_reporter.says(f"/mycase {erased_code}")
        await erased_reporter.next_message(PATIENCE, "Код не подошёл")
        await desk.boris.says(f"/case {sealed}")
        await desk.boris.next_message(PATIENCE, "Запечатано")
        back = await backed_up(home)
        await again.stop()
    await opens_offline(back, sealed, waiting)
    last = new_home(desk, "sqlite")
    assert (await restored(desk, back, last)).code == 0
    with contextlib.closing(sqlite3.connect(last / "data" / "hotline.db")) as connection:
        rows = {each for (each,) in connection.execute("SELECT reference FROM cases")}
    assert rows == found
    postgres_server.drop(name)


async def opens_offline(archive: Path, sealed: str, waiting: str) -> None:
    """In an empty folder, with nothing but the archive and the identity."""
    empty = archive.parents[2] / "offline"
    empty.mkdir()
    identity = ("--identity", str(empty.parent / "identity.txt"))
    listed = await types(empty, "open", str(archive), *identity)
    assert f"{sealed}  urgent  closed" in listed.out
    read = await types(empty, "open", str(archive), sealed, *identity, "--language", "ru")
    assert (read.code, SEALED_WORDS in read.out) == (0, True), read.err
    assert (
        "takes the hotline's key file" in (await types(empty, "open", str(archive), waiting, *identity)).line
    )
    assert list(empty.iterdir()) == []


# ── Killed, full, refused ───────────────────────────────────────────────────────────────────────


def _with_a_big_file(folder: Path) -> None:
    """Something that takes a while to copy."""
    (folder / "data" / "files").mkdir(exist_ok=True)
    (folder / "data" / "files" / f"{BIG}.sealed").write_bytes(os.urandom(MANY))
    with contextlib.closing(sqlite3.connect(folder / "data" / "hotline.db")) as connection, connection:
        connection.execute(
            "INSERT INTO files (id, owner, reporter_id, channel, state, at, tries, about)"
            " VALUES (?, 'o', 'r', 'telegram', 'stored', 1, 1, x'01')",
            (BIG,),
        )


async def _killed(folder: Path, *arguments: str, growing: str, size: int) -> None:
    """Kill the command as soon as a file that it writes (`growing`, a pattern) is so large."""
    began = time.time_ns()
    process = await _started(folder, *arguments)
    async with asyncio.timeout(PATIENCE):
        while not _is_any_grown(folder, growing, began=began, size=size):
            assert process.returncode is None
            await asyncio.sleep(0)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    assert process.returncode == -signal.SIGKILL


def _is_any_grown(folder: Path, growing: str, *, began: int, size: int) -> bool:
    """Whether one was written since then, up to this size; not what another process left."""
    with contextlib.suppress(FileNotFoundError):
        found = [path.stat() for path in folder.glob(growing)]
        return any(each.st_mtime_ns > began and each.st_size >= size for each in found)
    return False


async def test_killed_while_it_backs_up(folder: Path) -> None:
    """SIGKILL leaves nothing that could be taken for a backup, and the next one clears up."""
    _with_a_big_file(folder)
    backups = folder / "backups"
    for size in (MANY // 3, MANY):
        await _killed(folder, "backup", growing="backups/*.part", size=size)
        assert list(backups.glob("*.age")) == []
    archive = await backed_up(folder)
    assert sorted(path.name for path in backups.iterdir()) == [".lock", archive.name]


async def test_killed_while_it_restores(folder: Path) -> None:
    """SIGKILL at any moment leaves an empty database, into which the next try restores everything."""
    _with_a_big_file(folder)
    archive = await backed_up(folder)
    (folder / "data").rename(folder / "lost")
    asked = ("restore", str(archive), "--identity", "../identity.txt", "--without-erasures")
    for size in (0, MANY - 1):
        await _killed(folder, *asked, growing=f"data/files/.restoring/{BIG}", size=size)
    done = await types(folder, *asked)
    assert done.code == 0, done.err
    files = folder / "data" / "files"
    assert [path.name for path in files.iterdir()] == [f"{BIG}.sealed"]
    assert (files / f"{BIG}.sealed").read_bytes() == (
        folder / "lost" / "files" / f"{BIG}.sealed"
    ).read_bytes()


async def test_what_an_operator_can_do_wrong(folder: Path, api: BotApi) -> None:
    """Each is one line that says what to do."""
    archive = await backed_up(folder)
    asked = ("restore", str(archive), "--identity", "../identity.txt")
    assert "the list of erasures" in (await types(folder, *asked)).line
    assert "isn't empty" in (await types(folder, *asked, "--without-erasures")).line
    (folder / "data").rename(folder / "lost")
    (folder / "other.txt").write_text(f"{Identity.generate()}\n")
    refused = ("restore", str(archive), "--identity", "other.txt", "--without-erasures")
    assert "the identity doesn't open" in (await types(folder, *refused)).line
    (folder / "keys.toml").rename(folder / "keys.lost")
    assert "keys.toml" in (await types(folder, *asked, "--without-erasures")).line
    (folder / "keys.lost").rename(folder / "keys.toml")
    archive.write_bytes(archive.read_bytes()[:-20])
    assert "damaged or cut short" in (await types(folder, *asked, "--without-erasures")).line
    nowhere = ("restore", "nowhere.age", *asked[2:], "--without-erasures")
    assert "nowhere.age: No such file" in (await types(folder, *nowhere)).line
    (folder / "config.toml").write_text(configuration(api.url, token=api.token))
    assert "backup.recipients" in (await types(folder, "backup")).line


async def test_check_says_how_old_the_newest_is(folder: Path) -> None:
    """None yet, one of today, one that is too old."""
    said = await types(folder, "check")
    assert "wrong backup: there is none" in said.out
    archive = await backed_up(folder)
    assert "ok    backup: the newest of 1 is 0 hours old" in (await types(folder, "check")).out
    archive.rename(archive.with_name("hotline-20260101T000000Z.age"))
    assert "wrong backup: the newest of 1 is" in (await types(folder, "check")).out
