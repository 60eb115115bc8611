"""Erasing while somebody else is at the same case, on two nodes: nothing of it stays, and nobody errs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pyrage.x25519 import Identity
from sqlalchemy import func, select, text

from backend.cases import casework, erasure, files, records, reporting, sealed
from backend.cases.model import CaseRow, TombstoneRow
from backend.database import Table
from backend.vault.model import DataKeyRow, FileRow
from backend.work import Backend, Work
from tests.backend.sealing_world import AFTER
from tests.backend.sealing_world import settings as sealing_to
from tests.backend.several import Nodes
from tests.backend.world import HIGH

Deed = Callable[[Work], Awaitable[object]]
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


async def _until_somebody_waits(backend: Backend) -> None:
    async with asyncio.timeout(60), backend.database.engine.connect() as connection:
        while not await connection.scalar(WAITING):
            await connection.commit()
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _meanwhile(two: Nodes, deed: Deed) -> AsyncIterator[Work]:
    """What is done in the block, while the other node waits with this deed for the block's end."""

    async def doing() -> None:
        async with two.other.work() as work:
            await deed(work)

    async with two.world.backend.work() as work:
        yield work
        await work.session.flush()
        other = asyncio.create_task(doing())
        await _until_somebody_waits(two.world.backend)
    await other


async def _count(two: Nodes, table: type[Table]) -> int:
    async with two.world.backend.looking() as work:
        return (await work.session.execute(select(func.count()).select_from(table))).scalar_one()


async def _row(two: Nodes) -> CaseRow:
    async with two.other.looking() as work:
        return (await work.session.execute(select(CaseRow))).scalar_one()


async def _sealed_case(two: Nodes) -> str:
    for backend in (two.world.backend, two.other):
        backend.settings = sealing_to(Identity.generate())
    anna, reference = await two.world.person("anna"), await two.world.case(HIGH)
    await two.world.do(reference, lambda work, case: casework.close(work, anna, case, "resolved"))
    await two.world.take_out()
    two.world.clock.advance(AFTER)
    assert await sealed.seal_due(two.world.backend) == 1
    return reference


async def test_a_key_that_is_begun_meanwhile_goes_too(two: Nodes) -> None:
    """A note begins a new epoch of a sealed case while its reporter destroys it: no key, no file is left."""
    anna, reference = await two.world.person("boris"), await _sealed_case(two)
    row = await _row(two)
    async with _meanwhile(two, lambda work: erasure.destroy_row(work, row, by="reporter")) as work:
        case = await records.find(work, reference, for_change=True)
        records.add_entry(work, case, "note", author="staff", author_id=anna.id, body="a word")
        files.note_from_staff(
            work, case, by=anna.id, channel="telegram", ref="r", kind="photo", name=None, mime=None, held=None
        )
    async with two.world.backend.looking() as work:
        keys = select(func.count()).select_from(DataKeyRow).where(DataKeyRow.owner == row.id)
        assert (await work.session.execute(keys)).scalar_one() == 0
    assert (await _count(two, CaseRow), await _count(two, FileRow)) == (0, 0)


async def test_destroyed_by_two_at_once(two: Nodes) -> None:
    """The second one comes too late, and finds nothing to do: no error, one tombstone."""
    reference = await two.world.case(HIGH)
    row = await _row(two)
    async with _meanwhile(two, lambda work: erasure.destroy_row(work, row, by="reporter")) as work:
        await erasure.destroy(work, await records.find(work, reference, for_change=True), by="operator")
    assert await _count(two, TombstoneRow) == 1


async def test_hidden_while_it_is_destroyed(two: Nodes) -> None:
    """A case that is gone can't be hidden, and that is no error to whoever wants it gone."""
    reference = await two.world.case(HIGH)
    async with two.other.looking() as work:
        found = await records.find(work, reference)
    async with _meanwhile(two, lambda work: erasure.hide(work, found)) as work:
        await erasure.destroy(work, await records.find(work, reference, for_change=True), by="operator")
    assert (await _count(two, TombstoneRow), await _count(two, CaseRow)) == (1, 0)


async def test_brought_back_while_it_is_destroyed(two: Nodes) -> None:
    """The receipt that comes in the moment of destruction opens nothing, as it will from then on."""
    opened = await two.world.opened(HIGH)
    await two.world.do(opened.case.reference, erasure.hide)
    two.world.clock.advance(erasure.HIDDEN_FOR)
    found: list[object] = []

    async def comes_back(work: Work) -> None:
        case = await reporting.case_of_receipt(work, opened.receipt, also_hidden=True)
        found.append(case)
        if case is not None:
            await erasure.bring_back(work, case)

    async with _meanwhile(two, comes_back) as work:
        await erasure.destroy_hidden(work)
    assert found == [None]
    assert await _count(two, CaseRow) == 0
