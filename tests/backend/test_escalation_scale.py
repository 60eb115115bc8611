"""Many at once: each step of each case is decided once, and what is wrong with one case keeps to itself."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from backend.cases import casework
from backend.database import NotNow
from backend.escalation import run_due
from backend.escalation.model import CaseClockRow
from backend.escalation.writing import Batch
from backend.outbox import OutboxRow
from backend.vault.keys import Sealed
from backend.vault.model import DataKeyRow
from tests.backend.world import HIGH, URGENT, World

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MANY = 25


async def _many(world: World) -> list[str]:
    """Cases of both severities, some taken by either officer, all with something due in two hours."""
    await world.room()
    staff = [await world.person(name) for name in ("anna", "boris")]
    await world.person("clara", "coordinator")
    reporter = await world.reporter()
    references = [await world.case(URGENT if number % 2 else HIGH, reporter) for number in range(MANY)]
    for number, reference in enumerate(references[:10]):
        await world.acknowledge(reference, staff[number % 2])
    await world.told()
    return references


async def _rounds_of(world: World) -> list[tuple[int, int]]:
    async with world.backend.looking() as work:
        query = select(CaseClockRow.step, CaseClockRow.next_at).order_by(CaseClockRow.case_id)
        return [(row.step, row.next_at) for row in await work.session.execute(query)]


async def test_each_of_many_once(world: World) -> None:
    """Whether in one transaction or in seven, each case has one entry and each party one message a case."""
    references = await _many(world)
    world.clock.advance(2 * HOUR)
    taken = 0
    while True:
        async with world.backend.work() as work:
            found = await run_due.run_due(work, limit=4)
        taken += found
        if not found:
            break
    assert taken == MANY
    async with world.backend.looking() as work:
        told = (
            await work.session.execute(select(OutboxRow.once).where(OutboxRow.once.is_not(None)))
        ).scalars()
        assert None not in set(told)
        query = select(OutboxRow.case_id, OutboxRow.party, func.count()).where(OutboxRow.while_.is_not(None))
        counts = await work.session.execute(
            query.where(OutboxRow.state == "due", OutboxRow.priority < 2).group_by(
                OutboxRow.case_id, OutboxRow.party
            )
        )
        assert {count for _, _, count in counts} == {1}
    for reference in references:
        history = await world.history(reference)
        assert [entry.number for entry in history] == list(range(len(history)))
        assert [entry.kind for entry in history].count("escalated") == 1
    assert await world.tick() == 0


async def test_what_each_is_told(world: World) -> None:
    """In a batch of many everybody hears of exactly those cases that they would hear of one by one."""
    await _many(world)
    world.clock.advance(2 * HOUR)
    await world.tick()
    told = Counter(
        (name, said["kind"], said["step"], said["last"], said["priority"])
        for name, said in await world.take_out()
        if said["intent"] == "escalated"
    )
    new_urgent, new_high = 7, 8
    taken_urgent, taken_high = 5, 5
    expected: Counter[tuple[str, object, object, object, object]] = Counter()
    for name in ("clara", "room"):
        expected[name, "acknowledge", 9, True, 0] = new_urgent
        expected[name, "acknowledge", 3, True, 3] = new_high
        expected[name, "first_reply", 8, True, 0] = taken_urgent
    expected["anna", "first_reply", 1, False, 3] = taken_high
    assert told == expected


@pytest.mark.parametrize("broken", [0, 12, 24])
async def test_one_bad_row_costs_nobody_else_their_step(
    world: World, broken: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever in a batch a case's key is damaged, all the others are escalated in the same tick, once."""
    references = await _many(world)
    bad = (await world.find(references[broken])).row.id
    async with world.backend.work() as work:
        key = update(DataKeyRow).where(DataKeyRow.owner == bad)
        await work.session.execute(key.values(wrapped=Sealed(b"?" * 60)))
    await world.passes(2 * HOUR)
    for reference in references[:broken] + references[broken + 1 :]:
        kinds = [entry.kind for entry in await world.history(reference)]
        assert kinds.count("escalated") == 1
    said = capsys.readouterr().out
    assert (said.count("step failed"), bad in said) == (1, True)
    assert await world.tick() == 0, "put off"


async def test_a_database_that_is_gone_puts_nothing_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is the database's fault nothing is put off: the same steps are taken at the next tick."""
    await _many(world)
    before = await _rounds_of(world)
    world.clock.advance(2 * HOUR)

    async def gone(_batch: Batch) -> None:
        raise NotNow

    with monkeypatch.context() as patch:
        patch.setattr(Batch, "write", gone)
        with pytest.raises(NotNow):
            await world.tick()
    assert await _rounds_of(world) == before
    assert await world.tick() == MANY


async def test_what_was_decided_before_is_passed_over(world: World) -> None:
    """Should a clock ever be taken back to a step it had, nobody hears of that step a second time."""
    await _many(world)
    await world.passes(2 * HOUR)
    await world.told()
    async with world.backend.work() as work:
        await work.session.execute(update(CaseClockRow).values(step=0, next_at=work.now))
    assert await world.tick() == MANY
    assert await world.told("escalated", "nobody-yet") == Counter()


async def test_nothing_is_due(world: World) -> None:
    """A look says so without taking anything; a clock that is due, or ahead of its time, says otherwise."""
    references = await _many(world)

    async def due() -> bool:
        async with world.backend.looking() as work:
            return await run_due.anything_due(work)

    assert not await due()
    world.clock.advance(5 * MINUTE)
    assert await due()
    await world.tick()
    assert not await due()
    world.clock.advance(timedelta(hours=-1))
    assert await due()
    await world.tick()
    assert not await due()
    anna = await world.person("dora")
    for reference in references:
        await world.do(reference, lambda work, case: casework.close(work, anna, case, "resolved"))
    world.clock.advance(timedelta(days=30))
    assert not await due()
