"""SIGKILL at any moment while people write to each other: all of it arrives, readable, and once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from tests.matrix import Room
from tests.matrix.hotline import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED = 20
KILLS = 3
WORDS = [f"Это сообщение номер {number}." for number in range(1, 25)]
ANSWERS = [f"Это ответ номер {number}." for number in range(1, 9)]
LIFE = (0.0, 2.5)
"""Seconds from being ready to death."""
PAUSES = {"reporter": (0.0, 0.6), "officer": (0.5, 1.5)}
"""Seconds between two messages."""
NEW_KEY = 3
"""With each so-many-eth message somebody begins a new room key, which may come while nobody is there."""
PATIENCE = 90.0
"""Seconds in which the last process has to bring everything: also beside others that use the processors."""


@pytest.mark.timeout(300)
async def test_killed_at_any_moment(desk: Desk) -> None:
    """What was written while it was alive, dead or starting is in the case and in the chats exactly once."""
    reporter = await desk.reporter()
    reference = await desk.report_by_sos(reporter)
    officer = desk.boris.chat
    await officer.says(f"!ack {reference}")
    await reporter.next_message(PATIENCE, "прочитал")
    entries = desk.hotline.count("case_entries")
    writing = asyncio.gather(
        writes(reporter.room, WORDS, PAUSES["reporter"]),
        writes(officer, [f"!reply {reference} {words}" for words in ANSWERS], PAUSES["officer"]),
    )
    chance = random.Random(SEED)  # noqa: S311 - the same moments each time
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(*LIFE))
        await desk.hotline.restart()
    await writing
    await asyncio.gather(arrive(officer, WORDS), arrive(reporter.room, ANSWERS))
    await desk.quiet()
    assert [times(officer, each) for each in WORDS] == [1] * len(WORDS)
    assert [times(reporter.room, each) for each in ANSWERS] == [1] * len(ANSWERS)
    assert desk.hotline.count("case_entries") == entries + len(WORDS) + len(ANSWERS)
    assert officer.unreadable == reporter.room.unreadable == []


def times(room: Room, words: str) -> int:
    """How many of the bot's messages there hold these words."""
    return sum(words in each.text for each in room.messages)


async def arrive(room: Room, all_words: Sequence[str]) -> None:
    """Wait until the bot has said all of this there. Raises TimeoutError."""
    await room.client.until(lambda: all(times(room, each) for each in all_words), PATIENCE)


async def writes(room: Room, texts: Sequence[str], pauses: tuple[float, float]) -> None:
    """Send all of these, one after the other."""
    chance = random.Random(SEED)  # noqa: S311 - the same pauses each time
    for number, text in enumerate(texts):
        if number % NEW_KEY == 0:
            await room.discards_session()
        await room.says(text)
        await asyncio.sleep(chance.uniform(*pauses))
