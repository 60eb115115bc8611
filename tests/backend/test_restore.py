"""A backup comes back whole on either kind of database, without what must not come back, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from pyrage.x25519 import Identity
from sqlalchemy import select, text, update

from backend import devices
from backend.archive import restoring
from backend.audit.model import AuditRow
from backend.audit.verifying import verify
from backend.cases import erasure, files, records
from backend.cases.model import TombstoneRow
from backend.errors import ArchiveRefused, CaseNotFound, ConfigurationInvalid, KeysMissing
from backend.leases import LeaseRow
from backend.outbox import OutboxRow
from backend.upgrade import changing_tables, current, head, take_steps, upgrade
from backend.vault.keyfile import create_key_file
from backend.vault.keys import KeyFile, Vault
from backend.vault.model import FileRow
from backend.vault.opening import open_vault
from backend.vault.sources import of_file
from tests.backend.backups import (
    PHOTO,
    Home,
    all_rows,
    elsewhere,
    home,
    lived_in,
    names_in,
    restored,
)
from tests.backend.world import HIGH, KEYS, NOON, World

OTHERS = KeyFile("k1", {"k1": bytes(32)}, bytes(32))


@pytest_asyncio.fixture
async def at_home(empty_database_url: str, tmp_path: Path) -> AsyncIterator[Home]:
    """Lend a hotline that is backed up."""
    async with home(empty_database_url, tmp_path) as lent:
        yield lent


@pytest_asyncio.fixture
async def away(other_database_url: str, tmp_path: Path, at_home: Home) -> AsyncIterator[World]:
    """Lend a place to restore to, on the other kind of database."""
    async with elsewhere(other_database_url, tmp_path, at_home) as lent:
        yield lent


async def _refused(away: World, sentence: str, archive: Path, identity: Identity) -> None:
    """Nothing is there afterwards, neither rows nor files."""
    with pytest.raises((ArchiveRefused, KeysMissing), match=sentence):
        await restored(away, archive, identity)
    assert await current(away.backend.database) is None
    assert names_in(away.backend.files.folder) == []


# ── What comes back ─────────────────────────────────────────────────────────────────────────────


async def test_everything_comes_back_on_the_other_kind_of_database(at_home: Home, away: World) -> None:
    """Every row of every table is the same but for what was on its way, and files open with their keys."""
    life = await lived_in(at_home)
    before = await all_rows(at_home.world)
    done = await restored(away, await at_home.back_up(), at_home.identity)
    after = await all_rows(away)
    assert after.keys() == before.keys()
    changed = {"outbox", "audit", "audit_head"}
    assert {name: after[name] for name in after if name not in changed} == {
        name: before[name] for name in before if name not in changed
    }
    assert len(after["outbox"]) == len(before["outbox"])
    assert (done.files, done.missing, done.erased, done.made_at) == (1, 0, 0, at_home.world.clock.now())
    async with away.backend.looking() as work:
        (photo,) = await files.of_case(work, await records.find(work, life.worked))
    assert away.backend.files.read(photo.id, photo.key) == PHOTO
    assert [entry.body for entry in await away.history(life.worked)] == [
        entry.body for entry in await at_home.world.history(life.worked)
    ]
    assert (await away.find(life.sealed)).is_sealed


async def test_the_hotline_goes_on(at_home: Home, away: World) -> None:
    """New cases and messages get numbers that nothing restored has; escalation goes on."""
    life = await lived_in(at_home)
    await restored(away, await at_home.back_up(), at_home.identity)
    before = {row.number for row in await away.waiting()}
    new = await away.case(HIGH)
    assert {row.number for row in await away.waiting()} > before
    await away.passes(timedelta(hours=1))
    escalated = {str(said["intent"]) for name, said in await away.take_out()}
    assert "escalated" in escalated
    assert (await away.find(new)).reference not in (life.worked, life.waiting)


async def test_restoring_is_written_into_the_audit_log(at_home: Home, away: World) -> None:
    """Its chain goes on from where it stood."""
    await lived_in(at_home)
    await restored(away, await at_home.back_up(), at_home.identity)
    async with away.backend.looking() as work:
        query = select(AuditRow.action, AuditRow.actor).order_by(AuditRow.number.desc()).limit(1)
        assert (await work.session.execute(query)).one() == ("restored", "operator")
        assert (await verify(work.session, away.backend.vault)).fault is None


async def test_words_under_way_go_out_again_and_say_so(at_home: Home, away: World) -> None:
    """Whatever is for a reporter or about a case is marked as a repeat; other old words are dropped."""
    life = await lived_in(at_home)
    async with at_home.backend.work() as work:
        await work.session.execute(
            update(OutboxRow).where(OutboxRow.state == "due").values(state="claimed", claimed_by=7)
        )
    old = (await _waiting_without_case(at_home)).id
    archive = await at_home.back_up()
    away.clock.advance(timedelta(days=1, hours=2))
    done = await restored(away, archive, at_home.identity)
    waiting = await away.waiting()
    assert (len(waiting), done.dropped) == (done.again, 1)
    assert all(each.repeat and each.claimed_by is None for each in waiting)
    assert old not in {each.id for each in waiting}
    assert (await away.find(life.waiting)).row.id in {each.case_id for each in waiting}


async def _waiting_without_case(at_home: Home) -> OutboxRow:
    """A notice to staff about no case, waiting to be sent."""
    async with at_home.backend.work() as work:
        query = select(OutboxRow).where(OutboxRow.body.is_not(None), OutboxRow.party_kind != "reporter")
        row = (await work.session.execute(query.limit(1))).scalar_one()
        row.case_id = None
        return row


async def test_a_device_is_made_anew(at_home: Home, away: World) -> None:
    """Of a Matrix device its identity and whom it trusts come back; its account and sessions don't.

    Nor does anything say that a process which is gone still has a role.
    """
    async with at_home.backend.work() as work:
        kinds = ("account", "olm", "megolm", "login", "token", "crossing", "trust", "shown")
        await devices.save(work, "matrix", {(kind, "name"): kind for kind in kinds})
        work.session.add(LeaseRow(name="matrix", node=7, fence=7))
    await restored(away, await at_home.back_up(), at_home.identity)
    async with away.backend.looking() as work:
        kept = {each.kind: each.value for each in await devices.load(work, "matrix")}
        leases = (await work.session.execute(select(LeaseRow.name))).all()
    assert kept == {kind: kind for kind in ("crossing", "trust", "shown")}
    assert leases == []


async def test_an_older_archive_is_brought_up_to_date(at_home: Home, away: World, tmp_path: Path) -> None:
    """It is loaded into the tables of its time, which are then migrated as any others."""
    async with elsewhere(f"sqlite:///{tmp_path / 'old.db'}", tmp_path / "old", at_home) as old:
        async with changing_tables(old.backend.database) as connection:
            await connection.run_sync(take_steps, "0002")
            await connection.execute(
                text("INSERT INTO posted (id, party, purpose, at, message) VALUES (:a, :a, :a, 5, :b)"),
                {"a": "chat", "b": b"\x01"},
            )
        await restored(away, (await _made_by(at_home, old)), at_home.identity)
    assert await current(away.backend.database) == head()
    async with away.backend.looking() as work:
        assert (await work.session.execute(text("SELECT channel FROM posted"))).scalars().all() == [
            "telegram"
        ]


async def _made_by(at_home: Home, old: World) -> Path:
    return await Home(old, at_home.identity, at_home.folder).back_up()


# ── What doesn't ────────────────────────────────────────────────────────────────────────────────


async def test_an_erased_case_stays_erased(at_home: Home, away: World) -> None:
    """No row, no file and no key of it come back, only its tombstone: its reference is never given again."""
    life = await lived_in(at_home)
    case = await at_home.world.find(life.worked)
    archive = await at_home.back_up()
    done = await restored(away, archive, at_home.identity, erased={life.worked: NOON})
    assert (done.erased, done.files) == (1, 0)
    with pytest.raises(CaseNotFound):
        await away.find(life.worked)
    assert names_in(away.backend.files.folder) == []
    everything = repr(await all_rows(away))
    assert case.row.id not in everything
    assert case.row.id in repr(await all_rows(at_home.world))
    assert life.file not in everything
    async with away.backend.looking() as work:
        found = (await work.session.execute(select(TombstoneRow))).scalars().all()
        assert [(each.reference, each.erased_at, each.erased_by) for each in found] == [
            (life.worked, NOON, "list")  # which doesn't say by whom
        ]
        assert all(each.listed_at is not None for each in found)
    assert (await away.find(life.waiting)).report()


async def test_a_case_erased_before_the_backup_has_one_tombstone(at_home: Home, away: World) -> None:
    """The list of erasures speaks of it too; that is as good as once."""
    life = await lived_in(at_home)
    await at_home.world.do(life.worked, lambda work, case: erasure.destroy(work, case, by="reporter"))
    done = await restored(
        away, await at_home.back_up(), at_home.identity, erased={life.worked: at_home.world.clock.now()}
    )
    assert done.erased == 0
    async with away.backend.looking() as work:
        assert (await work.session.execute(select(TombstoneRow.reference))).scalars().all() == [life.worked]


async def test_a_file_that_was_gone_while_copying_is_given_up(at_home: Home, away: World) -> None:
    """The archive says that it lacks it, and the restored case that it can't be had."""
    life = await lived_in(at_home)
    at_home.backend.files.remove(life.file)
    made = await at_home.made()
    assert (made.files, made.missing) == (0, 1)
    assert (await restored(away, made.path, at_home.identity)).missing == 1
    async with away.backend.looking() as work:
        assert (await work.session.execute(select(FileRow.state))).scalars().all() == ["failed"]


# ── What is refused ─────────────────────────────────────────────────────────────────────────────


async def test_a_database_that_is_not_empty_is_left_alone(at_home: Home, away: World) -> None:
    """Whatever is there stays as it is."""
    archive = await at_home.back_up()
    await restored(away, archive, at_home.identity)
    there = await all_rows(away)
    with pytest.raises(ArchiveRefused, match="isn't empty"):
        await restored(away, archive, at_home.identity)
    assert await all_rows(away) == there


async def test_tables_without_rows_are_empty(at_home: Home, away: World) -> None:
    """`hotline migrate` may have been there before."""
    async with changing_tables(away.backend.database) as connection:
        await connection.run_sync(take_steps, "0001")
    await lived_in(at_home)
    await restored(away, await at_home.back_up(), at_home.identity)
    assert await current(away.backend.database) == head()


async def test_a_database_that_only_goes_by_a_key_is_empty(
    at_home: Home, away: World, tmp_path: Path
) -> None:
    """Another command may have been there before, with the key file that everything is sealed by."""
    file = tmp_path / "keys.toml"
    create_key_file(file, KEYS)
    await upgrade(away.backend.database)
    await open_vault(away.backend.database, of_file(file), now=NOON)
    await lived_in(at_home)
    await restored(away, await at_home.back_up(), at_home.identity)
    assert await current(away.backend.database) == head()


async def test_the_wrong_identity_is_told(at_home: Home, away: World) -> None:
    """In one sentence, and nothing is changed."""
    await lived_in(at_home)
    await _refused(away, "the identity doesn't open", await at_home.back_up(), Identity.generate())


async def test_the_right_key_file_has_to_be_there(at_home: Home, away: World) -> None:
    """Which key is missing is said before anything is read; another hotline's key file is told as such."""
    await lived_in(at_home)
    archive = await at_home.back_up()
    without = KeyFile("k2", {"k2": bytes(32)}, KEYS.lookup)
    with pytest.raises(KeysMissing, match="lacks k1, which the archive"):
        await restored(away, archive, at_home.identity, keys=without)
    with pytest.raises(KeysMissing, match="another hotline's"):
        await restored(away, archive, at_home.identity, keys=OTHERS)
    assert await current(away.backend.database) is None
    assert names_in(away.backend.files.folder) == []


async def test_a_running_hotline_is_not_restored_under(at_home: Home, tmp_path: Path) -> None:
    """On SQLite, where a process has the file for itself."""
    async with elsewhere(f"sqlite:///{tmp_path / 'there.db'}", tmp_path, at_home) as there:
        with there.backend.database.alone(), pytest.raises(ConfigurationInvalid, match="running"):
            await restored(there, await at_home.back_up(), at_home.identity)


async def test_a_later_versions_archive_is_refused(
    at_home: Home, away: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may hold what this version doesn't know."""
    archive = await at_home.back_up()
    monkeypatch.setattr(restoring, "head", lambda: "0001")
    await _refused(away, "later version", archive, at_home.identity)


async def test_a_damaged_archive_changes_nothing(at_home: Home, away: World, tmp_path: Path) -> None:
    """Where it is changed or cut, early or late: refused, and nothing is there."""
    await lived_in(at_home)
    whole = (await at_home.back_up()).read_bytes()
    bad = tmp_path / "bad.age"
    for place in (300, len(whole) // 2, len(whole) - 1):
        bad.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        await _refused(away, "damaged|doesn't open", bad, at_home.identity)
    for cut in (0, len(whole) // 2, len(whole) - 1):
        bad.write_bytes(whole[:cut])
        await _refused(away, "damaged|doesn't open", bad, at_home.identity)


async def test_another_hotlines_archive_changes_nothing(at_home: Home, away: World) -> None:
    """Though it opens, and its keys are there: only who has the look-up key can have made it."""
    await lived_in(at_home)
    away.backend.vault = Vault(KeyFile("k1", KEYS.wrapping, bytes(32)))
    await _refused(away, "not made by the hotline whose key file", await at_home.back_up(), at_home.identity)
