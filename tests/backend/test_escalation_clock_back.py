"""The machine's time was wrong and is set right: nobody waits for ever, nobody hears a step twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.cases import casework
from tests.backend.world import HIGH, URGENT, World

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
ALERTS = ("escalated", "nobody-yet")


async def _staffed(world: World) -> None:
    await world.room()
    for name in ("anna", "boris"):
        await world.person(name)
    await world.person("clara", "coordinator")


async def _after(world: World, span: timedelta) -> list[str]:
    """Nobody is told until just before `span` has passed; who is told at its end."""
    await world.passes(span - SECOND)
    assert not await world.told(*ALERTS)
    await world.passes(SECOND)
    return sorted(name for name, _ in await world.told(*ALERTS))


async def test_opened_in_a_wrong_future(world: World) -> None:
    """A case that came while the machine lived a year ahead waits from the moment that time is right."""
    await _staffed(world)
    world.clock.advance(365 * DAY)
    await world.case(URGENT)
    await world.told()
    world.clock.advance(-365 * DAY)
    await world.tick()
    assert not await world.told(*ALERTS)
    assert await _after(world, 5 * MINUTE) == ["anna", "boris", "room"]
    assert await _after(world, 10 * MINUTE) == ["anna", "boris", "room"]
    assert await _after(world, 15 * MINUTE) == ["clara", "reporter", "room"]


async def test_steps_decided_in_a_wrong_future_stay_decided(world: World) -> None:
    """Two steps were taken while the machine was a week ahead: the third comes as long after as ever."""
    await _staffed(world)
    world.clock.advance(7 * DAY)
    reference = await world.case(URGENT)
    await world.passes(5 * MINUTE)
    await world.passes(10 * MINUTE)
    await world.told()
    world.clock.advance(-7 * DAY)
    await world.tick()
    assert await _after(world, 15 * MINUTE) == ["clara", "reporter", "room"]
    assert [entry.facts["step"] for entry in (await world.history(reference))[1:]] == [1, 2, 3]


async def test_a_jump_ahead_and_back_loses_no_reminder(world: World) -> None:
    """A case from before the jump was called out by it, once; set right, the repeats go on in their time."""
    await _staffed(world)
    reference = await world.case(URGENT)
    await world.told()
    await world.passes(5 * DAY)
    assert sorted(name for name, _ in await world.told(*ALERTS)) == ["clara", "reporter", "room"]
    world.clock.advance(-5 * DAY)
    await world.tick()
    assert not await world.told(*ALERTS)
    for _ in range(3):
        assert await _after(world, 15 * MINUTE) == ["clara", "room"]
    steps = [int(str(entry.facts["step"])) for entry in (await world.history(reference))[1:]]
    assert steps == sorted(set(steps))


async def test_a_wait_that_began_in_a_wrong_future(world: World) -> None:
    """A case put to wait for two hours then waits two hours from now, and is told once."""
    await _staffed(world)
    reference = await world.case(HIGH)
    anna = await world.person("dora")
    world.clock.advance(30 * DAY)
    await world.do(reference, lambda work, case: casework.wait(work, anna, case, 2 * HOUR))
    await world.told()
    world.clock.advance(-30 * DAY)
    await world.tick()
    assert await _after(world, 2 * HOUR) == ["dora"]
    assert (await world.find(reference)).row.status == "in_progress"


@pytest.mark.parametrize("seconds", [1, 59])
async def test_nodes_that_differ_a_little_change_nothing(world: World, seconds: int) -> None:
    """What another node decided by a time a little ahead of ours is not taken for a wrong time."""
    await _staffed(world)
    world.clock.advance(seconds * SECOND)
    reference = await world.case(URGENT)
    before = await world.running_clock(reference)
    world.clock.advance(-seconds * SECOND)
    assert await world.tick() == 0
    after = await world.running_clock(reference)
    assert before is not None
    assert after is not None
    assert (after.started_at, after.next_at) == (before.started_at, before.next_at)


async def test_a_closed_case_is_set_right_in_silence(world: World) -> None:
    """A case closed in a wrong future keeps the ticks busy once, and starts nothing."""
    await _staffed(world)
    reference, anna = await world.case(HIGH), await world.person("dora")
    world.clock.advance(DAY)
    await world.do(reference, lambda work, case: casework.close(work, anna, case, "resolved"))
    await world.told()
    world.clock.advance(-DAY)
    await world.tick()
    assert await world.tick() == 0
    await world.passes(9 * DAY)
    assert not await world.told(*ALERTS)
