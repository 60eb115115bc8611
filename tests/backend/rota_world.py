"""A world with a rota, and the ticks that watch over it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from backend.config import RotaSettings
from backend.outbox import Json
from backend.rota import handover, watch
from tests.backend.world import World

MOSCOW = ZoneInfo("Europe/Moscow")


def plan(world: World, *lines: dict[str, Json]) -> None:
    """From now on the configured week is this."""
    rota = RotaSettings.model_validate({"weekly": list(lines)})
    world.backend.settings = world.backend.settings.model_copy(update={"rota": rota})


def shift(begins: str, ends: str, *names: str, days: str = "daily") -> dict[str, Json]:
    """A line of the week."""
    return {"days": days, "from": begins, "to": ends, "primary": list(names)}


async def at(world: World, moment: str) -> None:
    """Move the clock to this hour of the centre, on the day that it is or the one named (`05 09:00`)."""
    now = world.clock.now().astimezone(MOSCOW)
    day, _, hour = moment.rpartition(" ")
    hours, minutes = map(int, hour.split(":"))
    target = now.replace(hour=hours, minute=minutes, second=0, microsecond=0, day=int(day or now.day))
    world.clock.advance(target - now)


async def look(world: World) -> None:
    """One look at who is on duty, as the schedule takes it."""
    async with world.backend.looking() as work:
        due = await handover.anything_due(work)
    if due:
        async with world.backend.work() as work:
            await handover.run_due(work)


async def look_ahead(world: World) -> None:
    """One look at what is ahead, as the schedule takes it."""
    async with world.backend.looking() as work:
        due = await watch.anything_due(work)
    if due:
        async with world.backend.work() as work:
            await watch.run_due(work)


async def next_look(world: World) -> datetime | None:
    """When others come on duty, or an answer is missed."""
    async with world.backend.looking() as work:
        return await handover.next_due(work)
