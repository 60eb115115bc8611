"""A backup is of one moment, whole or not there, its owner's alone, and opened by its recipients only."""

from __future__ import annotations

import asyncio
import errno
import stat
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest
import pytest_asyncio
from pyrage.x25519 import Identity
from sqlalchemy import func, select

from backend.archive import folder, making, rows, snapshot
from backend.archive.encryption import Encrypting
from backend.archive.reading import Archive, File, Page
from backend.cases.model import CaseReporterRow, CaseRow
from backend.errors import ArchiveRefused
from backend.upgrade import head
from tests.backend.backups import Home, all_rows, home, lived_in, names_in
from tests.backend.world import HIGH, KEYS, NOON

DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def at_home(empty_database_url: str, tmp_path: Path) -> AsyncIterator[Home]:
    """Lend a hotline that is backed up, on either kind of database."""
    async with home(empty_database_url, tmp_path) as lent:
        yield lent


@pytest.fixture
def full() -> Iterator[IO[bytes]]:
    """Lend a file on a disk that takes nothing, as Linux has one."""
    with Path("/dev/full").open("wb", buffering=0) as file:
        yield file


def _parts(archive: Path, identity: Identity) -> list[str]:
    with Archive(archive, by=[identity]) as opened:
        found = [part.id if isinstance(part, File) else part.table.name for part in opened.parts()]
        opened.finish()
    return found


# ── What is in it ───────────────────────────────────────────────────────────────────────────────


async def test_it_says_what_it_is_of(at_home: Home) -> None:
    """Revision, time, the keys that are needed, every table; no key, and no process that was at work."""
    await lived_in(at_home)
    archive = await at_home.back_up()
    with Archive(archive, by=[at_home.identity]) as opened:
        manifest = opened.manifest
    assert (manifest.revision, manifest.made_at) == (head(), at_home.world.clock.now())
    assert manifest.wrapping_keys == ["k1"]
    names = {table.name for table in manifest.tables}
    assert names == (await all_rows(at_home.world)).keys()
    assert names.isdisjoint(rows.LEFT_OUT)
    assert manifest.tables[0].name == "cases"


async def test_it_is_of_one_moment(at_home: Home) -> None:
    """What is committed while it is read, rows and all, is in the next one."""
    await at_home.world.case(HIGH)
    database = at_home.backend.database
    async with snapshot.snapshot(database) as connection:
        listed = {table.name: table for table in await snapshot.all_tables(connection)}
        first = [page async for page in snapshot.pages(connection, listed["cases"])]
        await at_home.world.case(HIGH)
        for name in ("cases", "case_entries"):
            found = [row async for page in snapshot.pages(connection, listed[name]) for row in page]
            assert len(found) == 1
    assert [len(page) for page in first] == [1]
    async with at_home.backend.looking() as work:
        assert (await work.session.execute(select(func.count()).select_from(CaseRow))).scalar_one() == 2


async def test_it_is_read_page_by_page(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is in it once, however many pages a table takes and whatever its key is made of."""
    monkeypatch.setattr(snapshot, "PAGE", 3)
    await lived_in(at_home)
    several = (await at_home.world.find(await at_home.world.case(HIGH))).row.id
    writers = [(await at_home.world.reporter(name)).id for name in "abcde"]
    async with at_home.backend.work() as work:
        for each in writers:
            work.session.add(CaseReporterRow(case_id=several, reporter_id=each, chosen_at=NOON))
    for _ in range(4):
        await at_home.world.case(HIGH)
    expected = await all_rows(at_home.world)
    found: dict[str, list[object]] = {name: [] for name in expected}
    with Archive(await at_home.back_up(), by=[at_home.identity]) as opened:
        for part in opened.parts():
            if isinstance(part, Page):
                assert len(part.rows) <= 3
                found[part.table.name] += part.rows
        opened.finish()
    assert {name: sorted(map(repr, each)) for name, each in found.items()} == {
        name: sorted(map(repr, each)) for name, each in expected.items()
    }


async def test_nothing_of_it_can_be_read_without_the_identity(at_home: Home) -> None:
    """Not even references; and what it was written by is no key that anybody keeps."""
    life = await lived_in(at_home)
    archive = await at_home.back_up()
    content = archive.read_bytes()
    assert life.worked.encode() not in content
    assert KEYS.wrapping["k1"] not in content
    assert content.count(b"-> X25519 ") == 2
    with pytest.raises(ArchiveRefused, match="doesn't open"):
        _parts(archive, Identity.generate())


# ── How it gets there ───────────────────────────────────────────────────────────────────────────


async def test_it_is_private_and_named_by_its_time(at_home: Home) -> None:
    """File and folder are their owner's alone."""
    archive = await at_home.back_up()
    assert archive.name == f"hotline-{NOON:%Y%m%dT%H%M%SZ}.age"
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert stat.S_IMODE(archive.parent.stat().st_mode) == 0o700
    assert folder.found(archive.parent) == [folder.Backup(archive, NOON)]


async def test_old_backups_go_once_there_is_a_new_one(at_home: Home) -> None:
    """Those older than `backup.kept`, and how many they were is told; nobody else's files."""
    first = await at_home.back_up()
    stranger = first.with_name("hotline-before-the-move.age")
    stranger.touch()
    at_home.world.clock.advance(29 * DAY)
    assert (await at_home.made()).expired == 0
    at_home.world.clock.advance(2 * DAY)
    made = await at_home.made()
    assert made.expired == 1
    kept = {each.path for each in folder.found(first.parent)}
    assert (len(kept), first in kept, made.path in kept, stranger.exists()) == (2, False, True, True)


async def test_what_a_killed_backup_left_is_removed(at_home: Home) -> None:
    """It has a name by which nobody takes it for a backup."""
    backups = at_home.backend.settings.backup.folder
    with folder.draft(backups, now=NOON - DAY) as left:
        left.file.write(b"half")
        left.file.flush()
        stale = left.part.with_name("hotline-20260101T000000Z.age.part")
        stale.write_bytes(b"half")
        assert folder.found(backups) == []
    archive = await at_home.back_up()
    assert names_in(backups) == [".lock", archive.name]


async def test_two_are_not_made_at_once(at_home: Home) -> None:
    """The second one says so, and takes nothing away from the first."""
    backups = at_home.backend.settings.backup.folder
    with folder.draft(backups, now=NOON) as first:
        with pytest.raises(ArchiveRefused, match="another backup"):
            await at_home.made()
        assert first.part.exists()


async def test_a_full_disk_is_told_and_leaves_nothing(
    at_home: Home, monkeypatch: pytest.MonkeyPatch, full: IO[bytes]
) -> None:
    """Neither half a backup nor a deleted old one."""
    await lived_in(at_home)
    old = await at_home.back_up()
    at_home.world.clock.advance(40 * DAY)
    monkeypatch.setattr(making, "Encrypting", lambda _, path, to: Encrypting(full, path, to=to))
    with pytest.raises(OSError, match="No space") as told:
        await at_home.made()
    assert (told.value.errno, str(told.value.filename).endswith(".part")) == (errno.ENOSPC, True)
    assert names_in(old.parent) == [".lock", old.name]


async def test_what_the_disk_changed_is_found(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup is read back before it gets its name: one that can't be is not there."""
    await lived_in(at_home)
    put_on_disk = folder.Draft.put_on_disk

    def changed(draft: folder.Draft) -> None:
        put_on_disk(draft)
        with draft.part.open("r+b") as file:
            file.seek(draft.part.stat().st_size // 2)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 1]))

    monkeypatch.setattr(folder.Draft, "put_on_disk", changed)
    with pytest.raises(ArchiveRefused, match="damaged"):
        await at_home.made()
    assert names_in(at_home.backend.settings.backup.folder) == [".lock"]


async def test_the_hotline_goes_on_meanwhile(at_home: Home) -> None:
    """A backup holds up nobody who writes, and they don't hold it up."""
    await lived_in(at_home)
    making = asyncio.create_task(at_home.back_up())
    references = [await at_home.world.case(HIGH) for _ in range(3)]
    assert len(set(references)) == 3
    assert "cases" in _parts(await making, at_home.identity)
