"""Sealing and unsealing by real processes: beside each other, and whoever is killed when."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pyrage.x25519 import Identity

from backend.cases import casework, records, reporting, sealed
from backend.config import BackendSettings
from backend.errors import CaseNotSealed
from backend.people import reporters, staff
from bot.cli.opening import opened_backend
from bot.config import load
from tests.backend.sealing_world import AFTER, Sealing, sealing_hotline
from tests.backend.world import URGENT, new_backend
from tests.botapi import BotApi
from tests.system.hotline_process import Desk, Hotline, command, desk_on, environment
from tests.system.mortal import Killed, Moments

IDENTITY, OTHER = Identity.generate(), Identity.generate()
MANY = 60
PATIENCE = 60.0


@pytest.fixture
def folder(folder: Path) -> Path:
    """Lend a folder in which a case is sealed a second after it was closed, with two identity files."""
    config = folder / "config.toml"
    sealing = f'[sealing]\nrecipients = ["{IDENTITY.to_public()}"]\nafter = "1s"\n'
    config.write_text(sealing + config.read_text())
    (folder / "key.txt").write_text(f"# kept elsewhere\n{IDENTITY}\n")
    (folder / "other.txt").write_text(f"{OTHER}\n")
    return folder


@pytest_asyncio.fixture
async def desk(api: BotApi, folder: Path) -> AsyncIterator[Desk]:
    """Lend a hotline at work that seals."""
    async with desk_on(api, Hotline(folder)) as made:
        yield made


async def _refused(desk: Desk, *arguments: str) -> str:
    """The one line that a command says which does nothing."""
    process = await asyncio.create_subprocess_exec(
        *command(*arguments),
        cwd=desk.hotline.folder,
        env=environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode not in (0, None)
    assert not out
    (line,) = err.decode().splitlines()
    return line


async def test_unsealed_while_the_hotline_runs(desk: Desk) -> None:
    """What was sealed is read again as soon as the command is done, by the process that was running."""
    reporter = desk.api.user()
    reference = await desk.report_by_sos(reporter, "Они у двери")
    await desk.quiet()
    await desk.boris.says(f"/close {reference} resolved")
    await desk.boris.next_message(PATIENCE, "закрыто")
    await desk.quiet()
    _time_passes(desk.hotline)
    await desk.hotline.restart()
    await desk.hotline.until_rows("SELECT count(*) FROM sealed_keys", [(1,)])
    await desk.boris.says(f"/case {reference}")
    shown = await desk.boris.next_message(PATIENCE, f"hotline unseal {reference}")
    assert "у двери" not in shown.text

    assert "the identity doesn't fit" in await _refused(desk, "unseal", reference, "--identity", "other.txt")
    assert "no case AAA-AAA" in await _refused(desk, "unseal", "aaaaaa", "--identity", "key.txt")
    assert "no case nonsense" in await _refused(desk, "unseal", "nonsense", "--identity", "key.txt")
    assert "nowhere.txt can't be read" in await _refused(
        desk, "unseal", reference, "--identity", "nowhere.txt"
    )
    assert "config.toml holds a line that is no identity" in await _refused(
        desk, "unseal", reference, "--identity", "config.toml"
    )
    typed = reference.replace("-", "").lower()
    (said,) = await desk.hotline.run_command("unseal", typed, "--identity", "key.txt")
    assert f"{reference} can be read again" in said
    assert desk.hotline.count("sealed_keys") == 0
    assert f"{reference} isn't sealed" in await _refused(desk, "unseal", reference, "--identity", "key.txt")
    await desk.boris.says(f"/case {reference}")
    await desk.boris.next_message(PATIENCE, "Они у двери")


@pytest.mark.timeout(300)
async def test_killed_while_it_seals(folder: Path) -> None:
    """SIGKILL in the midst of many: each case is readable or sealed, and the next process goes on."""
    references = await _closed_cases(load(folder / "config.toml", {}))
    hotline = Hotline(folder)
    _time_passes(hotline)
    for many in (1, MANY // 2, MANY):
        await hotline.launch()
        async with asyncio.timeout(PATIENCE):
            while hotline.count("sealed_keys") < many:  # noqa: ASYNC110 - another process changes it
                await asyncio.sleep(0.01)
        await hotline.kill()
        assert hotline.rows(BOTH_OR_NEITHER) == []
    async with opened_backend(load(folder / "config.toml", {})) as backend:
        async with backend.work() as work:
            for reference in references:
                await sealed.unseal(work, reference, [IDENTITY])
        async with backend.looking() as work:
            reports = [(await records.find(work, each)).report() for each in references]
    assert all(report and report["answers"] == URGENT for report in reports)


BOTH_OR_NEITHER = """
    SELECT id FROM cases
    WHERE (id IN (SELECT owner FROM data_keys)) = (id IN (SELECT owner FROM sealed_keys))
       OR (sealed_at IS NULL) <> (id IN (SELECT owner FROM data_keys))
"""


def _time_passes(hotline: Hotline) -> None:
    """All that was done was done a minute earlier."""
    with contextlib.closing(sqlite3.connect(hotline.database, timeout=5)) as connection, connection:
        connection.execute(
            "UPDATE cases SET closed_at = closed_at - 60000000, touched_at = touched_at - 60000000"
        )


async def _closed_cases(settings: BackendSettings) -> list[str]:
    async with opened_backend(settings) as backend, backend.work() as work:
        known = reporters.make(work, channel="telegram", sender="9", chat="9", language="ru")
        await reporters.set_reachable(work, known.reporter.id, reachable=False)
        await work.session.flush()
        (boris,) = await staff.with_role(work, "officer")
        references: list[str] = []
        for _ in range(MANY):
            opened = await reporting.open_case(work, known.reporter, URGENT)
            await casework.close(work, boris, opened.case, "resolved")
            references.append(opened.case.reference)
        work.items.clear()
        return references


@pytest_asyncio.fixture
async def sealing(database_url: str, tmp_path: Path) -> AsyncIterator[Sealing]:
    """Lend a hotline that seals, on either kind of database."""
    async with sealing_hotline(database_url, tmp_path) as lent:
        yield lent


@pytest.mark.parametrize("doing", ["sealing", "unsealing"])
async def test_killed_at_every_moment(
    sealing: Sealing, database_url: str, tmp_path: Path, doing: str
) -> None:
    """Before each statement and around each commit: the keys are in one place, and all of it can be had."""
    reference = await sealing.closed(URGENT)
    sealing.world.clock.advance(AFTER)
    fatal, lived = 0, False
    while not lived:
        fatal += 1
        if doing == "unsealing":
            await sealed.seal_due(sealing.world.backend)
        lived = await _lives(sealing, database_url, tmp_path, doing, fatal=fatal, reference=reference)
        here, away = await sealing.epochs(reference)
        assert (here, away) in (({1}, set()), (set(), {1}))
        assert ((await sealing.row(reference)).sealed_at is None) == bool(here)
        report = (await sealing.world.find(reference)).report()
        assert (report is not None) == bool(here)
        if away and doing == "sealing":
            await sealing.unseal(reference)
            sealing.world.clock.advance(AFTER)
        elif here and doing == "unsealing":
            sealing.world.clock.advance(AFTER)
        assert fatal < 100
    assert fatal > 5


async def _lives(
    sealing: Sealing, database_url: str, folder: Path, doing: str, *, fatal: int, reference: str
) -> bool:
    """Another process on the same database that dies at that moment; True if it got through."""
    clock, settings = sealing.world.clock, sealing.world.backend.settings
    backend = new_backend(database_url, folder, clock, settings=settings)
    moments = Moments(fatal)
    moments.watch(backend.database.engine)
    try:
        if doing == "sealing":
            await sealed.seal_due(backend)
        else:
            async with backend.work() as work:
                await sealed.unseal(work, reference, [sealing.identity])
    except (Killed, CaseNotSealed):
        return False
    finally:
        await backend.database.close()
    return not moments.died.is_set()
