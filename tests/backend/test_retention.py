"""Closed cases go when they were kept long enough: told of a week before, by number, never by surprise."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from backend.cases import casework, erasure, records, reporting
from backend.cases.model import CaseRow, TombstoneRow
from backend.config import BackendSettings
from backend.people import reporters
from backend.people.staff import Staff
from backend.retention import closed
from backend.retention.closed import WARNED, Ending
from bot.staff import retention
from tests.backend.world import HIGH, NOON, TEXTS, World

DAY = timedelta(days=1)
KEPT = timedelta(days=180)


def _kept(world: World, closed_for: str) -> None:
    given = {"retention": {"closed": closed_for}}
    world.backend.settings = BackendSettings.model_validate(given)


@pytest.fixture
async def anna(world: World) -> Staff:
    """Lend an officer, where closed cases are kept for half a year."""
    _kept(world, "180d")
    return await world.person("anna")


async def _closed(world: World, anna: Staff, name: str = "reporter") -> str:
    reference = await world.case(HIGH, await world.reporter(name))
    await world.do(reference, lambda work, case: casework.close(work, anna, case, "resolved"))
    return reference


async def _tick(world: World) -> None:
    """As the schedule does it."""
    async with world.backend.looking() as work:
        due = await closed.any_due(work)
    if due:
        async with world.backend.work() as work:
            await closed.mark(work)
        while due:
            async with world.backend.work() as work:
                due = bool(await closed.destroy_due(work))


async def _left(world: World) -> set[str]:
    async with world.backend.looking() as work:
        return set((await work.session.execute(select(CaseRow.reference))).scalars())


async def _ending(world: World) -> Ending:
    async with world.backend.looking() as work:
        return await closed.ending(work, since=work.now - DAY)


async def test_told_a_week_before_and_then_destroyed(world: World, anna: Staff) -> None:
    """Nobody hears anything before; then by number, for at least a week; then it is gone, and counted."""
    reference = await _closed(world, anna)
    for _ in range((KEPT - WARNED).days):
        assert await _ending(world) == Ending(0, None, 0)
        world.clock.advance(DAY)
        await _tick(world)
    ends = world.clock.now() + WARNED
    for _ in range(WARNED.days):
        assert await _ending(world) == Ending(1, ends, 0)
        assert await _left(world) == {reference}
        world.clock.advance(DAY)
        await _tick(world)
    assert world.clock.now() == NOON + KEPT
    assert await _left(world) == set()
    assert await _ending(world) == Ending(0, None, 1)
    world.clock.advance(DAY * 2)
    assert await _ending(world) == Ending(0, None, 0)


async def test_how_it_is_told(world: World, anna: Staff) -> None:
    """Coordinators read how many, and until when they can say that one is still needed; never which."""
    reference = await _closed(world, anna)
    world.clock.advance(KEPT - WARNED)
    await _tick(world)
    async with world.backend.looking() as work:
        (said,) = await retention.standing(work)
        for language in TEXTS.languages:
            read = TEXTS.render(said, language=language, now=work.now, zone="Europe/Moscow")
            assert "180" in read
            assert "1 " in read
            assert reference not in read


async def test_whatever_is_done_on_it_keeps_it(world: World, anna: Staff) -> None:
    """A note, a message of the reporter's, reopening: each of them lets a marked case live on."""
    noted, heard, opened, gone = [await _closed(world, anna, name) for name in "abcd"]
    world.clock.advance(KEPT - DAY)
    await _tick(world)
    assert (await _ending(world)).count == len((noted, heard, opened, gone))
    await world.do(noted, lambda work, case: casework.note(work, anna, case, "still", channel="telegram"))
    await world.do(opened, lambda work, case: casework.reopen(work, anna, case))
    async with world.backend.work() as work:
        (known,) = (await reporters.find(work, [("telegram", "b")])).values()
        case = await records.find(work, heard)
        await reporting.add_message(work, known.reporter, case, "again")
    for _ in range(2 * WARNED.days):
        world.clock.advance(DAY)
        await _tick(world)
    assert await _left(world) == {noted, heard, opened}
    assert (await _ending(world)).count == 0


async def test_a_shorter_time_destroys_nothing_at_once(world: World, anna: Staff) -> None:
    """Whoever writes a shorter time into the configuration is told first what it would destroy."""
    reference = await _closed(world, anna)
    world.clock.advance(timedelta(days=100))
    await _tick(world)
    _kept(world, "30d")
    await _tick(world)
    assert (await _ending(world)).count == 1
    world.clock.advance(WARNED - DAY)
    await _tick(world)
    assert await _left(world) == {reference}
    world.clock.advance(DAY)
    await _tick(world)
    assert await _left(world) == set()


@pytest.mark.parametrize("written", ["", "400d"])
async def test_a_longer_time_lets_them_live(world: World, anna: Staff, written: str) -> None:
    """Marked under the old time, they are kept under the new one, or for ever."""
    reference = await _closed(world, anna)
    world.clock.advance(KEPT - DAY)
    await _tick(world)
    _kept(world, written)
    world.clock.advance(DAY * 30)
    await _tick(world)
    assert await _left(world) == {reference}
    assert (await _ending(world)).count == 0


async def test_a_clock_that_runs_ahead_destroys_nothing(world: World, anna: Staff) -> None:
    """A machine whose clock is a year wrong marks what it finds; put right, the marks are gone."""
    reference = await _closed(world, anna)
    world.clock.advance(timedelta(days=365))
    await _tick(world)
    await _tick(world)
    world.clock.advance(-timedelta(days=364))
    await _tick(world)
    assert await _left(world) == {reference}
    assert (await _ending(world)).count == 0


async def test_who_wants_them_gone_in_days_is_heeded(world: World, anna: Staff) -> None:
    """A time shorter than the warning is kept to; the warning comes at once."""
    _kept(world, "2d")
    await _closed(world, anna)
    await _tick(world)
    assert await _ending(world) == Ending(1, NOON + DAY * 2, 0)
    world.clock.advance(DAY * 2)
    await _tick(world)
    assert await _left(world) == set()


async def test_open_cases_are_never_too_old(world: World, anna: Staff) -> None:
    """Whatever waits for somebody, however long, is not for retention to destroy."""
    reference = await world.case(HIGH)
    await world.acknowledge(reference, anna)
    for _ in range(3):
        world.clock.advance(KEPT)
        await _tick(world)
    assert await _left(world) == {reference}


async def test_one_that_was_taken_back_goes_its_own_way(world: World, anna: Staff) -> None:
    """Hidden a day before its time it is destroyed once, as its reporter's."""
    reference = await _closed(world, anna)
    world.clock.advance(KEPT - DAY)
    await _tick(world)
    await world.do(reference, erasure.hide)
    for _ in range(WARNED.days + 1):
        world.clock.advance(DAY)
        await _tick(world)
        async with world.backend.work() as work:
            await erasure.destroy_hidden(work)
    async with world.backend.looking() as work:
        (tombstone,) = (await work.session.execute(select(TombstoneRow))).scalars()
    assert (tombstone.reference, tombstone.erased_by) == (reference, "reporter")


async def test_many_go_in_small_transactions(world: World, anna: Staff) -> None:
    """A year's cases at once hold nobody up for long, and the rooms are not told of each."""
    await world.room()
    references = [await _closed(world, anna, f"r{number}") for number in range(closed.AT_ONCE + 3)]
    await world.take_out()
    world.clock.advance(KEPT)
    await _tick(world)
    world.clock.advance(WARNED)
    async with world.backend.work() as work:
        assert await closed.destroy_due(work) == closed.AT_ONCE
    await _tick(world)
    assert await _left(world) == set()
    assert len(references) > closed.AT_ONCE
    assert await world.told("told") == {}


async def test_drafts_and_seen_ids_go_by_the_configuration(world: World) -> None:
    """An unfinished report is kept as long as the operator says."""
    world.backend.settings = BackendSettings.model_validate({"retention": {"drafts": "3h"}})
    reporter = await world.reporter()
    async with world.backend.work() as work:
        values = reporters.conversation_values(work, reporters.Known(reporter), b"state", wake_at=None)
        await reporters.save_conversations(work, [values])
    for span, ended in ((timedelta(hours=2), 0), (timedelta(hours=1), 1)):
        world.clock.advance(span)
        async with world.backend.work() as work:
            assert len(await reporters.end_expired(work)) == ended


def test_ids_are_kept_for_longer_than_a_repeat_may_come() -> None:
    """A time in which Telegram may bring the same update again is refused, with a sentence."""
    with pytest.raises(ValueError, match="longer than 24h"):
        BackendSettings.model_validate({"retention": {"inbox": "24h"}})
    assert BackendSettings.model_validate({"retention": {"inbox": "25h"}}).retention.inbox == DAY + DAY / 24


async def test_the_mark_is_a_time_and_no_more(world: World, anna: Staff) -> None:
    """A mark that a wrong clock left far ahead is taken for what it is."""
    reference = await _closed(world, anna)
    world.clock.advance(KEPT - DAY)
    far = datetime(2100, 1, 1, tzinfo=NOON.tzinfo)
    async with world.backend.work() as work:
        await work.session.execute(update(CaseRow).values(ends_at=far))
    await _tick(world)
    await _tick(world)
    world.clock.advance(WARNED)
    await _tick(world)
    assert reference not in await _left(world)
