"""The coordinators start their day with what they need to know, once, when clocks show the hour."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.promises.scene import RELAY, Scene, playing, settings

BERLIN = {"languages": ["en"], "timezone": "Europe/Berlin"}


async def test_at_nine_once(scene: Scene) -> None:
    """What came, what waits and what is overdue; to the coordinators alone, and nothing of any content."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    room = await scene.room(clara)
    case = await scene.report("normal")
    await scene.passes(hours=20, minutes=59)
    scene.everybody_has_read()
    await scene.passes(minutes=1)
    said = clara.hears("the last day in short", "1 opened", "not acknowledged yet 1", case)
    assert "they called" not in said
    for chat in (anna, room):
        chat.hears_nothing()
    await scene.passes(hours=2, minutes=59)
    clara.hears_nothing()


async def test_it_says_who_is_on_duty(database_url: str, tmp_path: Path) -> None:
    """With a rota: whose day it is, and until when."""
    async with playing(database_url, tmp_path, settings(rota=RELAY)) as scene:
        clara, _ = await scene.coordinator("clara"), await scene.officer("anna")
        await scene.officer("boris")
        await scene.passes(seconds=1)
        await scene.sleeps(hours=21)
        clara.hears("the last day in short", "on duty today: anna until 21:00 and boris until 00:00")


@pytest.mark.parametrize(
    ("hour", "moments"),
    [
        ("09:00", [datetime(2026, 3, 28, 8, 0, tzinfo=UTC), datetime(2026, 3, 29, 7, 0, tzinfo=UTC)]),
        ("02:30", [datetime(2026, 3, 28, 1, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)]),
        ("02:30", [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]),
    ],
)
async def test_over_a_change_of_clocks(
    database_url: str, tmp_path: Path, hour: str, moments: list[datetime]
) -> None:
    """At the hour; at the first moment after one that is skipped; once where it comes twice."""
    configured = settings(centre=BERLIN, escalation={"daily_summary": hour})
    first, second = moments
    async with playing(database_url, tmp_path, configured, at=first - timedelta(minutes=1)) as scene:
        clara = await scene.coordinator("clara")
        await scene.passes(seconds=59)
        clara.hears_nothing()
        await scene.passes(seconds=1)
        clara.hears("the last day in short")
        await scene.passes(seconds=(second - first).total_seconds() - 1)
        clara.hears_nothing()
        await scene.passes(seconds=1)
        clara.hears("the last day in short")


async def test_a_morning_that_was_missed(scene: Scene) -> None:
    """Down from the evening until noon: it comes late, once; a whole weekend is not made up for."""
    clara = await scene.coordinator("clara")
    await scene.passes(seconds=1)
    await scene.sleeps(days=3)
    clara.hears("the last day in short")
    await scene.passes(hours=20)
    clara.hears_nothing()
