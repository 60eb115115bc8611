"""More reports than a room has messages for: one digest stands for them, and urgent ones still ring."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.base import Limits
from tests.promises.scene import Scene, playing, settings

LIMIT = 20
LIKE_TELEGRAM = Limits(per_second=1e6, per_chat_second=1e6, per_group_minute=LIMIT)
"""A room has 20 messages a minute; the rest of the pace would only make the test wait."""


@pytest.fixture
async def crowded(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """Lend a hotline whose messenger keeps the limit of a group."""
    async with playing(database_url, tmp_path, settings(), limits=LIKE_TELEGRAM) as made:
        yield made


async def _thirty_reports(scene: Scene) -> list[str]:
    """Within a minute: some are out at once, the others come faster than anything can leave."""
    cases = [await scene.report("high", f"defender {number}") for number in range(5)]
    await scene.nothing_leaves()
    cases += [await scene.report("high", f"defender {number}") for number in range(5, 30)]
    await scene.hotline.schedule.all_due()
    await scene.goes_on()
    return cases


async def test_one_digest_stands_for_many_notices(crowded: Scene) -> None:
    """30 reports: no more single notices than the room has room for, and one message that lists them all."""
    clara = await crowded.coordinator("clara")
    anna = await crowded.officer("anna")
    room = await crowded.room(clara)
    cases = await _thirty_reports(crowded)
    arrived = room.new()
    assert len(arrived) <= LIMIT
    (digest,) = [text for text in arrived if "many reports at once" in text.casefold()]
    assert "unacknowledged 30: urgent 0, high 30" in digest.casefold()
    assert all(case in digest for case in cases)
    await clara.says("/status")
    clara.hears("many reports at once", "went into the digest")
    await crowded.passes(seconds=6)
    pressing = min(cases)
    await anna.presses(f"Acknowledge {pressing}", in_room=room)
    await crowded.passes(seconds=6)
    (digest,) = [each.text for each in room.messages if "many reports at once" in each.text.casefold()]
    assert "unacknowledged 29" in digest.casefold()
    assert pressing not in digest
    room.hears_nothing_of("at once", "waiting")


async def test_urgent_ones_come_by_themselves(crowded: Scene) -> None:
    """An urgent report has a notice of its own meanwhile, and the first line of the digest."""
    clara = await crowded.coordinator("clara")
    await crowded.officer("anna")
    room = await crowded.room(clara)
    await _thirty_reports(crowded)
    room.new()
    urgent = await crowded.report("urgent", "held")
    room.hears(urgent, "urgent", "waiting 0 min")
    await crowded.passes(seconds=6)
    digest = next(each.text for each in room.messages if "many reports at once" in each.text.casefold())
    assert next(line for line in digest.splitlines() if "waiting" in line).startswith(urgent)


async def test_afterwards_they_come_one_by_one_again(crowded: Scene) -> None:
    """Two calm minutes: the digest says that it is over, `/status` is silent, a new report has its notice."""
    clara = await crowded.coordinator("clara")
    await crowded.officer("anna")
    room = await crowded.room(clara)
    await _thirty_reports(crowded)
    await crowded.passes(minutes=2)
    assert any("it is calmer now" in each.text.casefold() for each in room.messages)
    crowded.everybody_has_read()
    await clara.says("/status")
    assert "at once" not in clara.hears("open 30")
    case = await crowded.report("high", "late")
    room.hears(case, "waiting 0 min")
