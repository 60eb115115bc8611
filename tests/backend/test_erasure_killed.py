"""Whenever the process is killed while something is erased, all of it is there or nothing comes back."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from backend.archive.settings import BackupSettings
from backend.audit.log import HOTLINE
from backend.cases import casework, erasure, files, held_replies, records, reporting
from backend.cases.model import CaseRow, TombstoneRow
from backend.config import BackendSettings
from backend.database import Database, Table
from backend.people import posted, reporters
from backend.people.staff import Staff
from backend.retention import closed, erasures_list
from backend.retention.settings import RetentionSettings
from backend.vault.files import FileStore
from backend.work import Work
from bot import fetching, taking_back
from bot.conversation.types import EraseEverything
from bot.effects import carry_out
from tests.backend.world import HIGH, World

MONTH = timedelta(days=30)
MANY = 200
"""More statements than any erasure takes."""


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Reaper:
    """Kills at the statement of this number, or at the commit after it; counts what there was."""

    at: int
    seen: int = 0

    def statement(self, *_arguments: object) -> None:
        """One more, and perhaps the last."""
        self.seen += 1
        if self.seen == self.at:
            raise Killed


@contextlib.contextmanager
def reaping(database: Database, at: int) -> Iterator[Reaper]:
    """Whoever executes the statement of this number dies before it."""
    reaper, engine = Reaper(at), database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", reaper.statement)
    event.listen(engine, "commit", reaper.statement)
    try:
        yield reaper
    finally:
        event.remove(engine, "before_cursor_execute", reaper.statement)
        event.remove(engine, "commit", reaper.statement)


@dataclass
class Doomed:
    """A case with all that a case may have, in a world whose list of erasures is in a folder of its own."""

    world: World
    opened: reporting.Opened
    anna: Staff
    file: str
    listed: Path

    async def all_rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row there is."""
        async with self.world.backend.looking() as work:
            return {
                name: sorted(map(tuple, (await work.session.execute(select(table))).all()), key=repr)
                for name, table in Table.metadata.tables.items()
            }

    async def is_gone(self) -> bool:
        """Whether the database holds nothing of the case but what may outlive it."""
        case_id = self.opened.case.row.id
        return not [
            table
            for table, rows in (await self.all_rows()).items()
            if any(case_id in str(value) for row in rows for value in row)
        ]


@pytest.fixture
async def doomed(world: World, tmp_path: Path) -> Doomed:
    """Lend it."""
    listed = tmp_path / "erasures.log"
    world.backend.settings = BackendSettings(
        backup=BackupSettings(erasures=listed), retention=RetentionSettings(closed=MONTH)
    )
    anna, reporter = await world.person("anna"), await world.reporter()
    room = await world.room()
    async with world.backend.work() as work:
        file = files.note(work, reporter, ref="ref", kind="photo", name="name.jpg", mime=None)
    opened = await world.opened(HIGH, reporter, files=[file])
    async with world.backend.looking() as work:
        about = await files.about(work, await records.find(work, opened.case.reference), file)
    assert about
    world.backend.files.write(file, about.key, b"content")
    async with world.backend.work() as work:
        await files.stored(work, file)
        standing = posted.row(
            work, room.party, chat="c", message="1", purpose="notice", case_id=opened.case.row.id
        )
        await posted.add(work, [standing])
        held_replies.hold(work, anna, await records.find(work, opened.case.reference), "held")
    await world.do(
        opened.case.reference, lambda work, case: casework.reply(work, anna, case, "word", channel="telegram")
    )
    return Doomed(world, opened, anna, file, listed)


Erasing = Callable[[Work, Doomed], Awaitable[object]]


async def _with_the_code(work: Work, doomed: Doomed) -> None:
    (known,) = (await reporters.find(work, [("telegram", "reporter")])).values()
    await carry_out(work, known, EraseEverything(doomed.opened.receipt))


async def _by_staff(work: Work, doomed: Doomed) -> None:
    case = await records.find(work, doomed.opened.case.reference, for_change=True)
    await taking_back.destroy(work, case.row, by="somebody")


async def _hidden_a_day_ago(work: Work, _doomed: Doomed) -> None:
    await erasure.destroy_hidden(work)


async def _closed_long_ago(work: Work, _doomed: Doomed) -> None:
    await closed.destroy_due(work)


async def _prepared(doomed: Doomed, erases: Erasing) -> None:
    world, reference = doomed.world, doomed.opened.case.reference
    if erases is _hidden_a_day_ago:
        await world.do(reference, erasure.hide)
        world.clock.advance(erasure.HIDDEN_FOR)
    if erases is _closed_long_ago:
        anna = doomed.anna
        await world.do(reference, lambda work, case: casework.close(work, anna, case, "resolved"))
        for span in (MONTH, closed.WARNED):
            world.clock.advance(span)
            async with world.backend.work() as work:
                await closed.mark(work)


@pytest.mark.parametrize("erases", [_with_the_code, _by_staff, _hidden_a_day_ago, _closed_long_ago])
async def test_killed_at_any_statement(doomed: Doomed, erases: Erasing) -> None:
    """Up to the commit nothing has happened, files included; after it nothing of the case is left."""
    await _prepared(doomed, erases)
    before, backend = await doomed.all_rows(), doomed.world.backend
    seen = 0
    for at in range(1, MANY):
        with reaping(backend.database, at) as reaper:
            try:
                async with backend.work() as work:
                    await erases(work, doomed)
            except Killed:
                pass
        seen = reaper.seen
        if seen < at:
            break
        assert await doomed.all_rows() == before, at
        assert backend.files.ids() == {doomed.file}, at
    assert 15 < seen < MANY
    assert await doomed.is_gone()
    assert backend.files.ids() == set()


async def test_killed_before_the_files_went(doomed: Doomed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are gone and the process before it removed the file: the next one removes it."""

    def dies(*_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(FileStore, "remove", dies)
        with pytest.raises(Killed):
            async with doomed.world.backend.work() as work:
                await _by_staff(work, doomed)
    assert doomed.world.backend.files.ids() == {doomed.file}
    await fetching.remove_strays(doomed.world.backend)
    assert doomed.world.backend.files.ids() == set()


@pytest.mark.parametrize("when", ["before it is written", "before it is noted", "after half a line"])
async def test_killed_while_the_list_is_written(
    doomed: Doomed, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The tombstone says that it isn't listed yet, so the next process lists it, once."""
    reference, real = doomed.opened.case.reference, erasures_list.add

    def dies(path: Path, erased: dict[str, object]) -> int:
        if when == "before it is noted":
            real(path, erased)  # type: ignore[arg-type] # it is handed on
        if when == "after half a line":
            path.write_bytes(reference.encode() + b"\t2026-03-0")
        raise Killed

    async with doomed.world.backend.work() as work:
        await _by_staff(work, doomed)
    with monkeypatch.context() as patched:
        patched.setattr(erasures_list, "add", dies)
        with pytest.raises(Killed):
            await erasures_list.write(doomed.world.backend)
    assert await erasures_list.write(doomed.world.backend) == 1
    assert await erasures_list.write(doomed.world.backend) == 0
    listed = erasures_list.read(doomed.listed)
    assert set(listed.erased) == {reference}
    assert listed.torn == (when == "after half a line")
    assert doomed.listed.read_text().count("+00:00") == 1


async def test_what_was_erased_by_whom(doomed: Doomed) -> None:
    """Nothing but the tombstone, and it says by whom and when."""
    await _prepared(doomed, _closed_long_ago)
    async with doomed.world.backend.work() as work:
        assert await closed.destroy_due(work) == 1
    async with doomed.world.backend.looking() as work:
        (tombstone,) = (await work.session.execute(select(TombstoneRow))).scalars()
        assert (tombstone.reference, tombstone.erased_by, tombstone.erased_at) == (
            doomed.opened.case.reference,
            HOTLINE,
            doomed.world.clock.now(),
        )
        assert (await work.session.execute(select(CaseRow))).first() is None
