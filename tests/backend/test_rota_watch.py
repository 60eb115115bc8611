"""What is wrong with the rota is warned of a week, a day and an hour ahead; each of it once a lead."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest

from backend.outbox import Json
from backend.people import staff
from backend.people.staff import Staff
from backend.rota import shifts, watch
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.rota_world import at, look_ahead, plan, shift
from tests.backend.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def _centre(world: World) -> Staff:
    """Anna on weekdays around the clock, a coordinator, a room."""
    anna = await world.person("Anna")
    await world.person("Cora", "coordinator")
    await world.room()
    return anna


def _around_the_clock(world: World, name: str, days: str = "daily") -> None:
    plan(world, shift("09:00", "21:00", name, days=days), shift("21:00", "09:00", name, days=days))


async def _warned(world: World) -> list[tuple[str, list[tuple[str, str]]]]:
    """One look; who is warned, and of what (kind, and the hour, in UTC, that it begins)."""
    await look_ahead(world)
    taken = await world.take_out()
    return [(name, _told(said["concerns"])) for name, said in taken if said["intent"] == "rota-warning"]


def _told(concerns: Json) -> list[tuple[str, str]]:
    told = []
    for each in concerns if isinstance(concerns, list) else []:
        assert isinstance(each, list)
        told.append((str(each[0]), f"{datetime.fromisoformat(str(each[2])):%d %H:%M}"))
    return told


async def _unreachable(world: World, person: Staff) -> None:
    async with world.backend.work() as work:
        for account in person.accounts:
            await staff.set_reachable(work, account.id, reachable=False)


async def test_a_gap_is_warned_of_a_week_a_day_and_an_hour_ahead(world: World) -> None:
    """The coordinators read it each time, the room in the last hour; and each time once."""
    await _centre(world)
    _around_the_clock(world, "Anna", "mon-fri")
    gap = [("gap", "07 06:00")]
    assert await _warned(world) == [("Cora", gap)]
    assert await _warned(world) == []
    await at(world, "06 08:59")
    assert await _warned(world) == []
    await at(world, "06 09:00")
    assert await _warned(world) == [("Cora", gap)]
    await at(world, "07 07:59")
    assert await _warned(world) == []
    await at(world, "07 08:00")
    assert sorted(await _warned(world)) == [("Cora", gap), ("room", gap)]
    assert await _warned(world) == []


async def test_a_gap_near_when_found_is_warned_of_once(world: World) -> None:
    """Found half an hour ahead it is not warned of as a week's and a day's matter too."""
    await _centre(world)
    _around_the_clock(world, "Anna", "mon-fri")
    await at(world, "07 08:30")
    assert sorted(await _warned(world)) == [("Cora", [("gap", "07 06:00")]), ("room", [("gap", "07 06:00")])]
    assert await _warned(world) == []


async def test_all_that_is_new_stands_in_one_message(world: World) -> None:
    """A gap and somebody who can't be written to: one message, the soonest first."""
    anna = await _centre(world)
    _around_the_clock(world, "Anna", "mon-fri")
    await _unreachable(world, anna)
    (cora, room) = await _warned(world)
    assert cora == ("Cora", [("unreachable", "04 06:00"), ("gap", "07 06:00")])
    assert room == ("room", [("unreachable", "04 06:00")])


async def test_somebody_revoked_or_never_joined_is_a_name_that_nobody_has(world: World) -> None:
    """A name in the week that nobody has, for whatever reason, is warned of with the gap that it leaves."""
    await _centre(world)
    plan(world, shift("09:00", "21:00", "Anna"), shift("21:00", "09:00", "Zoya"))
    assert await _warned(world) == [("Cora", [("gap", "04 18:00"), ("unknown", "04 18:00"), *_nights()])]
    async with world.backend.work() as work:
        await staff.revoke(work, "Anna")
    (cora, *_) = await _warned(world)
    assert ("unknown", "04 06:00") in cora[1]


def _nights() -> list[tuple[str, str]]:
    return [("gap", f"{day:02} 18:00") for day in range(5, 11)]


async def test_somebody_who_is_back_is_no_concern(world: World) -> None:
    """Reachable again before the message left: nobody is warned."""
    anna = await _centre(world)
    _around_the_clock(world, "Anna")
    await _unreachable(world, anna)
    await look_ahead(world)
    async with world.backend.work() as work:
        for account in anna.accounts:
            await staff.set_reachable(work, account.id, reachable=True)
    messenger = Messenger()
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert messenger.sent == []


async def test_a_gap_that_was_filled_is_warned_of_no_more(world: World) -> None:
    """Filled before the next lead, or before the message left, it is forgotten."""
    anna = await _centre(world)
    plan(
        world,
        shift("09:00", "21:00", "Anna"),
        shift("21:00", "09:00", "Anna", days="mon,tue,thu,fri,sat,sun"),
    )
    await look_ahead(world)
    async with world.backend.work() as work:
        begins = work.now + 9 * HOUR
        await shifts.add(work, anna, anna, begins=begins, ends=begins + 12 * HOUR, role="primary")
    messenger = Messenger()
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert messenger.heard("chat-Cora") == []
    await at(world, "20:30")
    assert await _warned(world) == []


async def test_two_nodes_that_look_at_once_warn_once(world: World) -> None:
    """Both see the gap; the coordinators read of it once."""
    await _centre(world)
    _around_the_clock(world, "Anna", "mon-fri")

    async def node() -> None:
        async with world.backend.work() as work:
            await watch.run_due(work)

    await asyncio.gather(*(node() for _ in range(4)))
    assert await world.told() == Counter({("Cora", "rota-warning"): 1})


async def test_without_a_rota_nothing_is_amiss(world: World) -> None:
    """Where everybody is on duty there are no gaps, whoever can't be reached."""
    anna = await _centre(world)
    await _unreachable(world, anna)
    assert await _warned(world) == []


async def test_nobody_to_warn_yet(world: World) -> None:
    """Before the first coordinator joined nothing is taken for told: they read it when they come."""
    await world.room()
    _around_the_clock(world, "Anna")
    assert await _warned(world) == []
    await world.person("Cora", "coordinator")
    assert "Cora" in Counter(name for name, _ in await _warned(world))


async def test_how_it_reads(world: World) -> None:
    """Days and hours of the centre, names as the centre has them, and what to do about it."""
    anna = await _centre(world)
    plan(world, shift("09:00", "21:00", "Anna"), shift("21:00", "09:00", "Zoya", days="wed"))
    await _unreachable(world, anna)
    await look_ahead(world)
    messenger = Messenger()
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    (said,) = messenger.heard("chat-Cora")
    assert said.splitlines()[0] == "The rota needs a hand."
    assert "Anna: on duty 04.03 09:00–21:00, and there is nowhere to write to them" in said
    assert "Nobody on duty: 04.03 21:00–09:00" in said
    assert "Zoya: on duty 04.03 21:00–09:00, and nobody on the staff has this name" in said
    assert "/shift" in said


async def test_the_clock_stops_where_a_lead_is_reached(world: World) -> None:
    """Whoever moves the clock is told of the next lead."""
    await _centre(world)
    _around_the_clock(world, "Anna", "mon-fri")
    async with world.backend.looking() as work:
        stop = await watch.next_due(work)
    assert stop
    assert stop == datetime.fromisoformat("2026-03-06T06:00:00+00:00")


@pytest.mark.parametrize("back", [HOUR, 2 * DAY])
async def test_a_clock_set_back_repeats_nothing(world: World, back: timedelta) -> None:
    """What was warned of a day ahead is not warned of a week ahead afterwards."""
    await _centre(world)
    _around_the_clock(world, "Anna", "mon-fri")
    await at(world, "06 12:00")
    assert await _warned(world) == [("Cora", [("gap", "07 06:00")])]
    world.clock.advance(-back)
    assert await _warned(world) == []
