"""Whoever the rota puts on duty is called first, at every hour of the week and whatever clocks do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.promises.scene import DAYS, NIGHTS, RELAY, Scene, playing, settings


async def test_only_those_on_duty_are_called_first(database_url: str, tmp_path: Path) -> None:
    """At noon that is anna: boris, who has the nights, sleeps until all officers are called."""
    async with playing(database_url, tmp_path, settings(rota=RELAY)) as scene:
        clara = await scene.coordinator("clara")
        anna, boris = await scene.officer("anna"), await scene.officer("boris")
        room = await scene.room(clara)
        case = await scene.report("urgent")
        for person in (anna, room):
            person.hears(case, "urgent")
        await scene.passes(minutes=5)
        for person in (anna, room):
            person.hears(case, "waiting 5 min")
        boris.hears_nothing()
        await scene.passes(minutes=10)
        boris.hears(case, "waiting 15 min")


async def test_whoever_stands_behind_them_is_called_by_a_step_of_their_own(
    database_url: str, tmp_path: Path
) -> None:
    """A step that says `backup` calls the backup of the hour, and nobody else in private."""
    acknowledge = [{"after": "5m", "notify": "duty"}, {"after": "10m", "notify": "backup"}]
    configured = settings(
        rota={"weekly": [{**DAYS, "backup": "vera"}, NIGHTS]},
        escalation={"urgent": {"acknowledge": acknowledge}},
    )
    async with playing(database_url, tmp_path, configured) as scene:
        anna, boris = await scene.officer("anna"), await scene.officer("boris")
        vera = await scene.officer("vera")
        case = await scene.report("urgent")
        await scene.passes(minutes=5)
        anna.new()
        vera.hears_nothing()
        await scene.passes(minutes=5)
        vera.hears(case, "waiting 10 min")
        anna.hears_nothing()
        boris.hears_nothing()


async def test_in_a_gap_everybody_is_called(database_url: str, tmp_path: Path) -> None:
    """After 21:00 the rota has nobody: every officer hears of the case and of its first step."""
    evening = datetime(2026, 3, 4, 19, 0, tzinfo=UTC)
    async with playing(database_url, tmp_path, settings(rota={"weekly": [DAYS]}), at=evening) as scene:
        anna, boris = await scene.officer("anna"), await scene.officer("boris")
        case = await scene.report("urgent")
        for person in (anna, boris):
            person.hears(case, "waiting 0 min")
        await scene.passes(minutes=5)
        for person in (anna, boris):
            person.hears(case, "waiting 5 min")


async def test_without_a_rota_everybody_is_on_duty(scene: Scene) -> None:
    """Where nothing is planned nobody is left out, and coordinators still come last."""
    clara = await scene.coordinator("clara")
    anna, boris = await scene.officer("anna"), await scene.officer("boris")
    case = await scene.report("urgent")
    scene.everybody_has_read()
    await scene.passes(minutes=5)
    for person in (anna, boris):
        person.hears(case, "waiting 5 min")
    clara.hears_nothing()


@pytest.mark.parametrize(
    ("zone", "nine"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 7, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, 8, 0, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 22, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 22, 0, tzinfo=UTC)),
    ],
)
async def test_on_the_day_on_which_clocks_change(
    database_url: str, tmp_path: Path, zone: str, nine: datetime
) -> None:
    """The night ends when clocks show nine, be it an hour (or half an hour) longer or shorter."""
    configured = settings(centre={"languages": ["en"], "timezone": zone}, rota=RELAY)
    async with playing(database_url, tmp_path, configured, at=nine - timedelta(minutes=12)) as scene:
        anna, boris = await scene.officer("anna"), await scene.officer("boris")
        first = await scene.report("urgent")
        await scene.passes(minutes=10)
        assert sum(first in text for text in boris.new()) == 2
        anna.hears_nothing()
        await boris.says(f"/ack {first}")
        second = await scene.report("urgent", "another")
        boris.hears(second, "waiting 0 min")
        await scene.passes(minutes=5)
        anna.hears(second, "waiting 5 min")
        boris.hears_nothing_of("waiting 5 min")
