"""The list of erasures holds every one of them, whatever happens to it; and erased pages are overwritten."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from backend.cases import erasure
from backend.cases.codes import ALPHABET
from backend.cases.model import CaseRow, TombstoneRow
from backend.clock import StoppedClock
from backend.config import BackendSettings
from backend.retention import erasures_list
from backend.retention.erasures_list import Listed, add, complete, parse, read, write
from backend.work import Backend
from bot.hotline import put_together
from bot.staff import retention
from tests.backend.messenger import Messenger
from tests.backend.several import Nodes
from tests.backend.world import HIGH, NOON, TEXTS, World

REFERENCES = st.tuples(*[st.text(ALPHABET, min_size=3, max_size=3)] * 2).map("-".join)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
FIVE = timedelta(minutes=5)


def _listing(backend: Backend, file: Path) -> None:
    backend.settings = BackendSettings.model_validate({"backup": {"erasures": file}})


async def _erased(world: World) -> str:
    reference = await world.case(HIGH)
    await world.do(reference, lambda work, case: erasure.destroy(work, case, by="somebody"))
    return reference


# ── The file ────────────────────────────────────────────────────────────────────────────────────


@given(st.dictionaries(REFERENCES, MOMENTS, max_size=5))
def test_what_is_written_is_read(erased: dict[str, datetime]) -> None:
    """One line an erasure, a tab between reference and time."""
    lines = "".join(f"{reference}\t{at.isoformat()}\n" for reference, at in erased.items())
    assert parse(lines.encode()) == Listed(erased, 0)


@given(st.binary(max_size=200))
def test_whatever_stands_there_is_read(content: bytes) -> None:
    """Nothing that a disk can hold breaks the reader, and no line of it is taken for two."""
    found = parse(content)
    assert len(found.erased) + found.torn <= content.count(b"\n") + 1


@given(st.dictionaries(REFERENCES, MOMENTS, min_size=2, max_size=4), st.data())
def test_a_list_cut_anywhere_says_nothing_wrong(erased: dict[str, datetime], data: st.DataObject) -> None:
    """A crash while writing loses the end; what is read of the rest is as it was."""
    content = "".join(f"{reference}\t{at.isoformat()}\n" for reference, at in erased.items()).encode()
    cut = parse(content[: data.draw(st.integers(0, len(content)))])
    assert cut.erased.items() <= erased.items()


def test_private_and_appended_to(tmp_path: Path) -> None:
    """For the hotline alone, made with its folder; nothing twice, and a torn end begins no line."""
    file, moment = tmp_path / "apart" / "erasures.log", NOON
    assert read(file) == Listed({}, 0)
    assert add(file, {"AAA-AAA": moment}) == 1
    file.chmod(0o644)
    with file.open("ab") as torn:
        torn.write(b"BBB-B")
    assert add(file, {"AAA-AAA": moment + FIVE, "BBB-BBB": moment}) == 1
    assert add(file, {"AAA-AAA": moment, "BBB-BBB": moment}) == 0
    assert read(file) == Listed({"AAA-AAA": moment, "BBB-BBB": moment}, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


# ── From the tombstones ─────────────────────────────────────────────────────────────────────────


async def test_listed_once_and_noted(world: World, tmp_path: Path) -> None:
    """A tombstone says when it was listed; from then on it isn't looked at again."""
    _listing(world.backend, tmp_path / "erasures.log")
    references = {await _erased(world) for _ in range(3)}
    world.clock.advance(FIVE)
    assert await write(world.backend) == len(references)
    assert await write(world.backend) == 0
    assert set(read(tmp_path / "erasures.log").erased) == references
    async with world.backend.looking() as work:
        moments = set((await work.session.execute(select(TombstoneRow.listed_at))).scalars())
    assert moments == {NOON + FIVE}


async def test_a_lost_list_is_made_anew(world: World, tmp_path: Path) -> None:
    """Deleted or cut short by hand: within the hour the node's file is complete again."""
    file = tmp_path / "erasures.log"
    _listing(world.backend, file)
    assert await complete(world.backend) == 0
    assert not file.exists(), "where nothing was erased there is no list"
    references = {await _erased(world) for _ in range(3)}
    await write(world.backend)
    whole = file.read_bytes()
    for left in (b"", whole[:20], whole):
        file.write_bytes(left)
        await complete(world.backend)
        assert set(read(file).erased) == references
    assert await complete(world.backend) == 0


async def test_every_node_has_the_whole_list(two: Nodes, tmp_path: Path) -> None:
    """One node lists an erasure at once, the other within the hour: either file will do."""
    for name, backend in (("one", two.world.backend), ("two", two.other)):
        _listing(backend, tmp_path / name)
    first = await _erased(two.world)
    assert await write(two.world.backend) == 1
    second = await _erased(two.world)
    assert await write(two.other) == 1
    for name, backend in (("one", two.world.backend), ("two", two.other)):
        await complete(backend)
        assert set(read(tmp_path / name).erased) == {first, second}


async def test_a_list_that_can_not_be_written_is_seen(world: World, tmp_path: Path) -> None:
    """The tick goes on, `/status` says it after five minutes; once it can be written nothing is missing."""
    file = tmp_path / "erasures.log"
    file.mkdir()
    _listing(world.backend, file)
    hotline = put_together(world.backend, [Messenger()], TEXTS)
    reference = await _erased(world)
    for _ in range(2):
        await hotline.schedule.forget()
    assert await _status(world) == ""
    world.clock.advance(FIVE + timedelta(seconds=1))
    assert "1 destroyed report is not in the list" in await _status(world)
    file.rmdir()
    await hotline.schedule.forget()
    assert await _status(world) == ""
    assert set(read(file).erased) == {reference}


async def _status(world: World) -> str:
    async with world.backend.looking() as work:
        said = await retention.standing(work)
        return "".join(TEXTS.render(each, language="en", now=work.now, zone="UTC") for each in said)


# ── Pages ───────────────────────────────────────────────────────────────────────────────────────


async def test_pages_wait_for_readers_and_are_asked_again(sqlite_world: World, tmp_path: Path) -> None:
    """While somebody reads, SQLite's log can't be cut: that is known, and the next tick does it."""
    _listing(sqlite_world.backend, tmp_path / "erasures.log")
    database, log = sqlite_world.backend.database, tmp_path / "hotline.db-wal"
    hotline = put_together(sqlite_world.backend, [Messenger()], TEXTS)
    assert database.holds_destroyed, "nobody knows what the process before left"
    await hotline.schedule.forget()
    assert not database.holds_destroyed
    async with database.reading() as reader:
        await reader.execute(text("SELECT count(*) FROM cases"))
        await _erased(sqlite_world)
        assert not await database.forget_pages()
        await hotline.schedule.forget()
        assert database.holds_destroyed
        assert log.stat().st_size
    await hotline.schedule.forget()
    assert not database.holds_destroyed
    assert log.stat().st_size == 0


async def test_pages_do_not_wait_for_the_list(world: World, tmp_path: Path) -> None:
    """While the list can't be written, pages are overwritten all the same: once an erasure, not each tick."""
    file = tmp_path / "erasures.log"
    file.mkdir()
    _listing(world.backend, file)
    hotline = put_together(world.backend, [Messenger()], TEXTS)
    await hotline.schedule.forget()
    asked: list[None] = []
    real = world.backend.database.forget_pages

    async def forget_pages() -> bool:
        asked.append(None)
        return await real()

    world.backend.database.forget_pages = forget_pages  # type: ignore[method-assign]
    for often in (1, 2):
        await _erased(world)
        for _ in range(3):
            await hotline.schedule.forget()
        assert len(asked) == often
    file.rmdir()
    await hotline.schedule.forget()
    await _erased(world)
    await hotline.schedule.forget()
    assert len(asked) == 3


async def test_nobody_waits_for_the_overwriting(sqlite_world: World) -> None:
    """A reader that stays keeps the log from being cut, and keeps nobody from writing meanwhile."""
    database = sqlite_world.backend.database
    async with database.reading() as reader:
        await reader.execute(text("SELECT count(*) FROM cases"))
        for _ in range(2):
            await sqlite_world.case(HIGH)
            assert not await database.forget_pages()
    assert await database.forget_pages()


async def test_dead_rows_are_given_free(world: World, database_kind: str) -> None:
    """On PostgreSQL VACUUM has been over the tables from which something was erased."""
    await _erased(world)
    assert await world.backend.database.forget_pages()
    if database_kind == "sqlite":
        return
    async with world.backend.looking() as work:
        names = [CaseRow.__tablename__, "case_entries", "data_keys"]
        query = text(
            "SELECT count(*) FROM pg_stat_user_tables WHERE relname = ANY(:names) AND n_dead_tup = 0"
        )
        assert (await work.session.execute(query, {"names": names})).scalar_one() == len(names)


def test_the_clock_of_the_list_is_the_erasure_s() -> None:
    """What is kept is when it was erased, in UTC, whatever clock wrote the line."""
    clock = StoppedClock(NOON)
    line = f"K7F-3QX\t{clock.now().astimezone(UTC).isoformat()}\n".encode()
    assert erasures_list.parse(line).erased == {"K7F-3QX": NOON}
