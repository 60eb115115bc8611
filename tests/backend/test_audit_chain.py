"""The audit log's chain: whatever is done to its rows from outside is found, and many may write at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit import chain, log, verifying
from backend.audit.chain import Noted
from backend.audit.log import Action
from backend.audit.model import AuditRow
from backend.audit.verifying import Posted, Verdict
from backend.errors import NoChange
from backend.people import staff
from backend.vault.keys import KeyFile, Vault
from backend.vault.model import microseconds
from backend.work import Backend, Work
from tests.backend.several import Nodes
from tests.backend.world import World

NOTED: Sequence[tuple[str, Action, str | None, str | None]] = (
    (log.OPERATOR, "invited", None, None),
    ("a" * 32, "joined", None, None),
    ("a" * 32, "read", "K7F-3QX", None),
    ("a" * 32, "file", "K7F-3QX", None),
    ("b" * 32, "restricted", "K7F-3QX", "a" * 32),
    ("b" * 32, "audit-read", None, "a" * 32),
)


async def note_all(backend: Backend) -> None:
    """A line in each of as many transactions."""
    for actor, action, reference, about in NOTED:
        async with backend.work() as work:
            await log.note(work, actor, action, reference=reference, about=about)


async def verdict(backend: Backend, *heads: str) -> Verdict:
    """What verifying finds."""
    async with backend.looking() as work:
        known = [each for each in map(verifying.posted, heads) if each]
        assert len(known) == len(heads)
        return await verifying.verify(work.session, backend.vault, heads=known)


async def outside(backend: Backend, *statements: str) -> None:
    """Somebody with the database changes it."""
    async with backend.database.transaction() as session:
        for each in statements:
            await session.execute(text(each))


async def head(backend: Backend) -> str:
    """The head as it would be posted now."""
    async with backend.looking() as work:
        return (await chain.head(work.session)).short()


async def test_a_whole_chain_verifies(world: World) -> None:
    """Untouched, it is whole, ends where the head says, and every head that was ever posted lies on it."""
    heads = []
    for _ in range(3):
        await note_all(world.backend)
        heads.append(await head(world.backend))
    found = await verdict(world.backend, *heads)
    assert (found.fault, found.head.number, found.head.short()) == (None, 18, heads[-1])


async def test_an_empty_log_is_whole(world: World) -> None:
    """Before anything was noted there is nothing to complain of."""
    assert (await verdict(world.backend)).fault is None


COLUMNS = ("at = at + 1", "actor = 'operator'", "action = 'export'", "reference = 'AAA-AAA'", "about = ''")
EMPTIED = ("reference = NULL", "reference = ''", "about = NULL")


@pytest.mark.parametrize("change", COLUMNS)
@pytest.mark.parametrize("number", [2, 4, 5])
async def test_every_changed_column_is_found(world: World, change: str, number: int) -> None:
    """Whatever a line said, it can't be made to say something else."""
    await note_all(world.backend)
    await outside(world.backend, f"UPDATE audit SET {change} WHERE number = {number}")  # noqa: S608 - ours
    found = await verdict(world.backend)
    assert (found.first, found.fault) == (number, "changed")


@pytest.mark.parametrize("change", EMPTIED)
async def test_what_was_emptied_is_found(world: World, change: str) -> None:
    """Nothing and an empty text are told apart, and both from what was there."""
    await note_all(world.backend)
    await outside(world.backend, f"UPDATE audit SET {change} WHERE number = 5")  # noqa: S608 - ours
    assert (await verdict(world.backend)).first == 5


@pytest.mark.parametrize("number", range(1, 7))
async def test_every_removed_line_is_found(world: World, number: int) -> None:
    """The first, one in the middle, the last: the chain has a hole, or ends before its head."""
    await note_all(world.backend)
    await outside(world.backend, f"DELETE FROM audit WHERE number = {number}")  # noqa: S608 - ours
    found = await verdict(world.backend)
    assert (found.first, found.fault) == (number, "end" if number == 6 else "missing")


async def test_closing_the_gap_is_found(world: World) -> None:
    """Numbering the later lines anew doesn't help: each is bound to what stood before it."""
    await note_all(world.backend)
    steps = [f"UPDATE audit SET number = {number - 1} WHERE number = {number}" for number in (4, 5, 6)]  # noqa: S608 - ours
    await outside(world.backend, "DELETE FROM audit WHERE number = 3", *steps)
    assert (await verdict(world.backend)).first == 3


@pytest.mark.parametrize("number", [0, -3, 7, 9])
async def test_an_added_line_is_found(world: World, number: int) -> None:
    """A copy of another line, anywhere: before, behind, far behind."""
    await note_all(world.backend)
    copied = f"SELECT {number}, at, actor, action, reference, about, link FROM audit WHERE number = 3"  # noqa: S608 - ours
    copy = f"INSERT INTO audit {copied}"
    await outside(world.backend, copy)
    found = await verdict(world.backend)
    assert found.fault is not None
    assert found.first == (1 if number < 1 else 7)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (3, 4), (5, 6)])
async def test_swapped_lines_are_found(world: World, one: int, other: int) -> None:
    """What came first stays first."""
    await note_all(world.backend)
    await outside(
        world.backend,
        f"UPDATE audit SET number = 99 WHERE number = {one}",  # noqa: S608 - ours
        f"UPDATE audit SET number = {one} WHERE number = {other}",  # noqa: S608 - ours
        f"UPDATE audit SET number = {other} WHERE number = 99",  # noqa: S608 - ours
    )
    assert (await verdict(world.backend)).first == one


@pytest.mark.parametrize(
    "change", ["number = number - 1", "link = (SELECT link FROM audit WHERE number = 5)"]
)
async def test_a_changed_head_is_found(world: World, change: str) -> None:
    """The row that says where the chain ends is believed only as the hotline wrote it."""
    await note_all(world.backend)
    await outside(world.backend, f"UPDATE audit_head SET {change}")  # noqa: S608 - ours
    found = await verdict(world.backend)
    assert (found.first, found.fault) == (7, "end")


async def test_cutting_it_short_takes_the_keys(world: World) -> None:
    """Removing the last lines and moving the head to before them isn't enough: the head is sealed."""
    await note_all(world.backend)
    await outside(
        world.backend,
        "DELETE FROM audit WHERE number > 4",
        "UPDATE audit_head SET number = 4, link = (SELECT link FROM audit WHERE number = 4)",
    )
    found = await verdict(world.backend)
    assert (found.first, found.fault) == (5, "end")


async def test_with_the_keys_it_can_be_rewritten_but_not_past_a_posted_head(world: World) -> None:
    """A whole other chain verifies by itself; it doesn't lead to what the coordinators were told."""
    await note_all(world.backend)
    told = await head(world.backend)
    await outside(world.backend, "DELETE FROM audit", "DELETE FROM audit_head")
    world.clock.advance(timedelta(seconds=1))
    await note_all(world.backend)
    assert (await verdict(world.backend)).fault is None
    found = await verdict(world.backend, told)
    assert (found.first, found.fault) == (6, "rewritten")


async def test_each_line_holds_all_before_it(world: World) -> None:
    """Who has the keys and rewrites one line has to rewrite all that follow, up to the posted head."""
    await note_all(world.backend)
    async with world.backend.database.transaction() as session:
        first, second = (
            await session.execute(select(AuditRow).where(AuditRow.number < 3).order_by(AuditRow.number))
        ).scalars()
        second.action = "export"
        noted = Noted(second.actor, second.action, second.reference, second.about)
        at = microseconds(second.at)
        second.link = chain.link(world.backend.vault, first.link, number=2, at=at, noted=noted)
    found = await verdict(world.backend)
    assert (found.first, found.fault) == (3, "changed")


async def test_a_line_of_another_past_does_not_fit(world: World) -> None:
    """A line that the hotline did write, under the same number, before a backup was restored: found too."""
    await note_all(world.backend)
    await outside(world.backend, "CREATE TABLE kept AS SELECT * FROM audit WHERE number = 5")
    await outside(world.backend, "DELETE FROM audit", "DELETE FROM audit_head")
    async with world.backend.work() as work:
        await log.note(work, log.OPERATOR, "restored")
    await note_all(world.backend)
    await outside(
        world.backend,
        "DELETE FROM audit WHERE number = 5",
        "INSERT INTO audit SELECT * FROM kept",
        "DROP TABLE kept",
    )
    found = await verdict(world.backend)
    assert (found.first, found.fault) == (5, "changed")


async def test_an_older_state_shows_against_a_posted_head(world: World) -> None:
    """After restoring a backup the log ends before the head that was posted since."""
    await note_all(world.backend)
    async with world.backend.looking() as work:
        end = await chain.head(work.session)
    later = Posted(end.number + 3, "A" * 16)
    async with world.backend.looking() as work:
        found = await verifying.verify(work.session, world.backend.vault, heads=[later])
    assert (found.first, found.fault) == (7, "shorter")


async def test_other_keys_make_another_chain(world: World) -> None:
    """Without the look-up key not even the first line can be made."""
    await note_all(world.backend)
    stranger = Vault(KeyFile("k", {"k": bytes(32)}, lookup=b"x" * 32))
    async with world.backend.looking() as work:
        found = await verifying.verify(work.session, stranger)
    assert (found.first, found.fault) == (1, "changed")


@pytest.mark.parametrize("typed", ["7", "7:ABCD", "x:ABCD-EFGH-JKLM-NPQR", "7:ABCD-EFGH-JKLM-NPQ1", ""])
def test_what_is_no_head_is_refused(typed: str) -> None:
    """A head that was typed wrong must not pass for one that fits."""
    assert verifying.posted(typed) is None


def test_a_head_is_read_as_people_type_it() -> None:
    """Small letters, blanks, no hyphens: the same head."""
    wanted = Posted(1234, "ABCDEFGHJKLMNPQR")
    for typed in ("1234:ABCD-EFGH-JKLM-NPQR", " 1234 : abcd efgh jklm npqr ", "1234:abcdefghjklmnpqr"):
        assert verifying.posted(typed) == wanted


async def _refused(work: Work, action: Action) -> None:
    await log.note(work, log.HOTLINE, action)
    raise NoChange


async def _refused_alone(backend: Backend) -> None:
    async with backend.work() as work:
        await _refused(work, "file")


async def test_what_was_undone_was_not_noted(world: World) -> None:
    """A line is written with the deed or not at all, be it a block that failed or a transaction."""
    async with world.backend.work() as work:
        await log.note(work, log.HOTLINE, "read")
        with contextlib.suppress(NoChange):
            async with work.apart():
                await _refused(work, "export")
    with pytest.raises(NoChange):
        await _refused_alone(world.backend)
    async with world.backend.looking() as work:
        actions = (await work.session.execute(text("SELECT action FROM audit ORDER BY number"))).scalars()
        assert list(actions) == ["read"]
    assert (await verdict(world.backend)).fault is None


async def test_a_lost_head_row_stops_nobody(world: World) -> None:
    """A vandal must not be able to stop the hotline by removing a row: it goes on, and verifying shows it."""
    await note_all(world.backend)
    await outside(world.backend, "DELETE FROM audit_head")
    assert (await verdict(world.backend)).fault == "end"
    await note_all(world.backend)
    assert await _count(world.backend) == 12


async def _count(backend: Backend) -> int:
    async with backend.looking() as work:
        return await verifying.count(work.session)


async def test_several_nodes_write_one_chain(two: Nodes) -> None:
    """Two nodes noting at once, from the very first line on: no gap, no fork, and nobody fails."""

    async def notes(backend: Backend, worker: int) -> None:
        for number in range(15):
            async with backend.work() as work:
                people = await staff.everyone(work)
                assert people == []
                for _ in range(1 + (worker + number) % 3):
                    await log.note(work, log.HOTLINE, "read", reference=f"AAA-{worker:03}")

    workers = [notes(backend, number) for number in range(4) for backend in (two.world.backend, two.other)]
    async with asyncio.timeout(60):
        await asyncio.gather(*workers)
    found = await verdict(two.world.backend)
    assert (found.fault, found.head.number) == (None, 8 * 30)


async def test_verifying_while_lines_are_added(two: Nodes) -> None:
    """A log that grows under the walk isn't taken for one that was tampered with."""
    await note_all(two.other)

    async def writes() -> None:
        for _ in range(10):
            await note_all(two.other)

    writing = asyncio.create_task(writes())
    while not writing.done():
        async with two.world.backend.database.engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            async with AsyncSession(connection) as session:
                found = await verifying.verify(session, two.world.backend.vault)
        assert found.fault is None
    await writing
