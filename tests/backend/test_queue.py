"""What is open, how long it has waited, and when it counts as overdue."""

from __future__ import annotations

from datetime import timedelta

from backend.cases import queue
from backend.cases.queue import Waiting
from backend.escalation import run_due
from tests.backend.staff_desk import Desk

MINUTE = timedelta(minutes=1)


async def _open(desk: Desk) -> list[Waiting]:
    async with desk.backend.looking() as work:
        return await queue.open_cases(work)


async def _overdue(desk: Desk) -> list[str]:
    return [case.reference for case in await _open(desk) if case.overdue]


async def test_the_most_severe_come_first_and_of_these_the_oldest(desk: Desk) -> None:
    """The order is that in which they should be looked at."""
    normal = await desk.report(name="a", acts=["threat"], timing="past")
    urgent = await desk.report(name="b")
    desk.clock.advance(MINUTE)
    later = await desk.report(name="c")
    high = await desk.report(name="d", acts=["threat"], timing="imminent")
    assert [case.reference for case in await _open(desk)] == [urgent, later, high, normal]
    async with desk.backend.looking() as work:
        assert queue.by_severity(await queue.open_cases(work)) == {"urgent": 2, "high": 1, "normal": 1}


async def test_a_new_case_is_overdue_once_its_first_step_is_due(desk: Desk) -> None:
    """Five minutes for an urgent case, whether or not the step was taken already."""
    reference = await desk.report()
    desk.clock.advance(4 * MINUTE)
    assert await _overdue(desk) == []
    desk.clock.advance(MINUTE)
    assert await _overdue(desk) == [reference]
    async with desk.backend.work() as work:
        await run_due.run_due(work)
    assert await _overdue(desk) == [reference]


async def test_acknowledging_ends_it_until_the_first_reply_is_due(desk: Desk) -> None:
    """Acknowledged is in time again, and overdue again when nobody answers for half an hour."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    desk.clock.advance(10 * MINUTE)
    await desk.private(anna, f"/ack {reference}")
    assert await _overdue(desk) == []
    desk.clock.advance(30 * MINUTE)
    assert await _overdue(desk) == [reference]
    await desk.private(anna, f"/reply {reference} едем")
    assert await _overdue(desk) == []


async def test_what_waits_or_is_closed_is_not_overdue(desk: Desk) -> None:
    """A case put aside has its own end; a closed one isn't in the queue."""
    anna = await desk.person("Анна")
    waiting, closed = await desk.report(name="a"), await desk.report(name="b")
    await desk.private(anna, f"/wait {waiting} 2d")
    await desk.private(anna, f"/close {closed} решено")
    desk.clock.advance(timedelta(days=3))
    assert await _overdue(desk) == []
    assert [case.reference for case in await _open(desk)] == [waiting]


async def test_a_case_given_back_waits_from_then(desk: Desk) -> None:
    """What matters of a new case is since when nobody has it."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    opened_at = desk.clock.now()
    desk.clock.advance(60 * MINUTE)
    await desk.private(anna, f"/take {reference}")
    assert (await _open(desk))[0].since == opened_at
    await desk.private(anna, f"/release {reference}")
    assert (await _open(desk))[0].since == opened_at + 60 * MINUTE


async def test_a_case_that_was_taken_back_is_seen_nowhere(desk: Desk) -> None:
    """A hidden case is in no list and no count."""
    reference = await desk.report()
    await desk.hide(reference)
    assert await _open(desk) == []
    async with desk.backend.looking() as work:
        assert await queue.opened_and_closed(work, over=timedelta(days=1)) == (0, 0)


async def test_the_last_day_counts_what_came_and_what_ended(desk: Desk) -> None:
    """Opened and closed within the time, and nothing older."""
    anna = await desk.person("Анна")
    old = await desk.report(name="a")
    desk.clock.advance(timedelta(days=2))
    await desk.report(name="b")
    await desk.private(anna, f"/close {old} решено")
    async with desk.backend.looking() as work:
        assert await queue.opened_and_closed(work, over=timedelta(days=1)) == (1, 1)
        assert await queue.held_by(work, anna.id) == []
