"""How fast people are called depends on how urgent the case is, and follows it when that changes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.promises.scene import Scene, playing, settings


@pytest.mark.parametrize(("severity", "minutes"), [("urgent", 5), ("high", 30), ("normal", 120)])
async def test_the_first_call(scene: Scene, severity: str, minutes: int) -> None:
    """Those on duty are called after 5 minutes, 30 minutes or 2 hours, not a second sooner."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    await scene.room(clara)
    case = await scene.report(severity)
    scene.everybody_has_read()
    await scene.passes(minutes=minutes, seconds=-1)
    scene.nobody_hears_anything()
    await scene.passes(seconds=1)
    anna.hears(case)


async def test_a_case_made_urgent_has_waited_already(scene: Scene) -> None:
    """An hour-old normal case that is made urgent calls at once, as the urgent case that it was all along."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    await scene.room(clara)
    case = await scene.report("normal")
    await scene.passes(hours=1)
    await anna.says(f"/severity {case} urgent")
    scene.everybody_has_read()
    await scene.passes(seconds=1)
    clara.hears(case)


async def test_a_normal_case_lets_people_sleep(database_url: str, tmp_path: Path) -> None:
    """What falls due in the quiet hours waits for the morning, if it is normal; high doesn't wait."""
    evening = datetime(2026, 3, 4, 19, 30, tzinfo=UTC)  # 22:30 in Moscow
    async with playing(database_url, tmp_path, settings(), at=evening) as scene:
        clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
        room = await scene.room(clara)
        normal, high = await scene.report("normal"), await scene.report("high", "another")
        scene.everybody_has_read()
        await scene.passes(hours=8, minutes=29)  # 06:59
        assert any(high in text for text in room.new())
        assert not any(normal in text for text in anna.new())
        scene.everybody_has_read()
        await scene.passes(minutes=1)
        anna.hears(normal)
