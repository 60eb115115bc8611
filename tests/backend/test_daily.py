"""Once a day, at the hour they chose, coordinators read how the day went: exactly once, whatever happened."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.cases import casework, records
from backend.escalation import daily, due_dates
from backend.people.staff import Staff
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.rota_world import at, plan, shift
from tests.backend.world import HIGH, NORMAL, URGENT, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
ONE = Counter({("Cora", "daily"): 1})


async def _look(world: World) -> None:
    """One look, as the schedule takes it."""
    async with world.backend.looking() as work:
        due = await daily.anything_due(work)
    if due:
        async with world.backend.work() as work:
            await daily.run_due(work)


async def _centre(world: World) -> tuple[Staff, Staff]:
    """A coordinator, an officer, a room; counting has begun, at noon."""
    cora, anna = await world.person("Cora", "coordinator"), await world.person("Anna")
    await world.room()
    await _look(world)
    assert await world.told() == Counter()
    return cora, anna


def _wanted_at(world: World, hour: str) -> None:
    escalation = world.backend.settings.escalation.model_copy(update={"daily_summary": hour})
    world.backend.settings = world.backend.settings.model_copy(update={"escalation": escalation})


async def test_the_coordinators_once_a_day_in_private(world: World) -> None:
    """At nine, not before; once however often it is looked; and again the next day."""
    await _centre(world)
    await at(world, "05 08:59")
    await _look(world)
    assert await world.told() == Counter()
    await at(world, "05 09:00")
    for _ in range(3):
        await _look(world)
    assert await world.told() == ONE
    await at(world, "06 09:00")
    await _look(world)
    assert await world.told() == ONE


async def test_the_hour_is_configured_and_empty_means_never(world: World) -> None:
    """Another hour is kept to; none at all switches it off."""
    await _centre(world)
    _wanted_at(world, "18:30")
    await at(world, "18:30")
    await _look(world)
    assert await world.told() == ONE
    _wanted_at(world, "")
    await at(world, "05 18:30")
    await _look(world)
    assert await world.told() == Counter()
    async with world.backend.looking() as work:
        assert await daily.next_due(work) is None


async def test_after_an_outage_one_late_or_none(world: World) -> None:
    """Up to twelve hours late it is still told, and only the last; later the next one is nearer."""
    await _centre(world)
    await at(world, "08 20:59")
    await _look(world)
    assert await world.told() == ONE
    await at(world, "09 21:01")
    await _look(world)
    assert await world.told() == Counter()


async def test_a_clock_set_back_tells_nothing_twice(world: World) -> None:
    """The same morning again is no new morning."""
    await _centre(world)
    await at(world, "05 09:00")
    await _look(world)
    await world.take_out()
    world.clock.advance(-2 * HOUR)
    await _look(world)
    world.clock.advance(2 * HOUR)
    await _look(world)
    assert await world.told() == Counter()


async def test_two_nodes_that_look_at_once_tell_once(world: World) -> None:
    """Both see that the hour has come; one of them tells."""
    await _centre(world)
    await at(world, "05 09:00")

    async def node() -> None:
        async with world.backend.work() as work:
            await daily.run_due(work)

    await asyncio.gather(*(node() for _ in range(4)))
    assert await world.told() == ONE


async def test_a_clock_that_ran_ahead_costs_no_summary(world: World) -> None:
    """Told in the wrong month by a clock that ran ahead: right again, each day has its own."""
    await _centre(world)
    world.clock.advance(30 * DAY)
    await _look(world)
    world.clock.advance(-30 * DAY)
    await world.take_out()
    for day in range(5, 8):
        await at(world, f"{day:02} 09:00")
        await _look(world)
        assert await world.told() == ONE


async def test_one_that_waited_a_day_is_not_sent(world: World) -> None:
    """A messenger that was out of order for a day doesn't bring yesterday's and today's."""
    await _centre(world)
    for day in ("05", "06"):
        await at(world, f"{day} 09:00")
        await _look(world)
    messenger = Messenger()
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert len(messenger.heard("chat-Cora")) == 1


async def test_what_it_says(world: World) -> None:
    """Opened and closed, in time, open, unacknowledged, overdue, due today, who is on duty, gaps."""
    cora, anna = await _centre(world)
    plan(world, shift("09:00", "21:00", "Anna"))
    await at(world, "05 08:00")
    urgent, high, done = [await world.case(dict(each)) for each in (URGENT, HIGH, NORMAL)]
    await world.acknowledge(high, anna)
    await world.do(done, lambda work, case: casework.close(work, anna, case, "resolved"))
    async with world.backend.work() as work:
        case = await records.find(work, high, for_change=True)
        await due_dates.add(work, anna, case, work.now + 6 * HOUR, "канарейка", channel="telegram")
        await due_dates.add(
            work, anna, case, work.now + timedelta(minutes=5), "канарейка", channel="telegram"
        )
    await world.take_out()
    await at(world, "05 09:00")
    await world.tick()
    await world.take_out()
    await _look(world)
    messenger = Messenger()
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    (said,) = messenger.heard(f"chat-{cora.name}")
    for words in (
        "The last day in short.",
        "3 opened, 1 closed.",
        "Acknowledged in time: 2 of 3.",
        "urgent 1, high 1, normal 0",
        f"Not acknowledged yet 1: {urgent} (1 h).",
        f"Overdue 1: {urgent} (1 h).",
        f"1 due date has passed: {high} today 08:05.",
        f"Due today: {high} today 14:00.",
        "On duty today: Anna until 21:00 and nobody until 00:00.",
        "7 gaps in the rota this week: 05.03 21:00–09:00",
        "More: /status",
    ):
        assert words in said
    assert "канарейка" not in said
    assert messenger.heard("chat-room") == []


async def test_a_good_day_is_said_to_be_good(world: World) -> None:
    """Nothing waits and nothing is amiss: it is short, and says so."""
    await _centre(world)
    await at(world, "05 09:00")
    await _look(world)
    messenger = Messenger()
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    (said,) = messenger.heard("chat-Cora")
    assert said.endswith("Everything is in its place. Have a calm day.")
    assert len(said.splitlines()) <= 9


# ── Pure ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hour", [time(2, 30), time(9)])
@pytest.mark.parametrize("change", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_once_a_day_where_clocks_change(hour: time, change: datetime) -> None:
    """An hour that is skipped or comes twice is told of once on that day too."""
    last, now, told = change - 2 * DAY, change - DAY, []
    while now < change + 3 * DAY:
        moment = daily.moment_due(last, now, hour, BERLIN)
        if moment is not None:
            told.append(moment.astimezone(BERLIN).date())
            last = moment
        now += timedelta(minutes=10)
    assert len(told) == len(set(told)) == 4


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - made aware below
    st.times(),
    st.sampled_from(["Europe/Moscow", "Europe/Berlin", "Australia/Lord_Howe", "America/New_York"]),
)
def test_what_comes_next_becomes_due(local: datetime, hour: time, zone: str) -> None:
    """The next moment lies ahead, is due when it comes, and not before."""
    now, place = local.replace(tzinfo=UTC), ZoneInfo(zone)
    moment = daily.next_moment(now, hour.replace(second=0, microsecond=0), place)
    assert now < moment <= now + timedelta(hours=26)
    clean = hour.replace(second=0, microsecond=0)
    assert daily.moment_due(now, moment, clean, place) == moment
    assert daily.moment_due(now, moment - timedelta.resolution, clean, place) is None
