"""Each step and repeat of each clock is the centre's to choose, and so is whom it calls."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.promises.scene import Scene, playing, settings

OWN = {
    "acknowledge": [{"after": "2m", "notify": "Vera"}, {"after": "4m", "notify": "coordinators"}],
    "repeat": "3m",
    "first_reply": [{"after": "10m", "notify": "assignee"}, {"after": "12m", "notify": "Vera"}],
    "first_reply_repeat": "20m",
    "quiet": [{"after": "1h", "notify": "assignee"}, {"after": "2h", "notify": "officers"}],
    "quiet_repeat": "30m",
}


@pytest.fixture
async def own(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """Lend a hotline that chose its own times for urgent cases."""
    async with playing(database_url, tmp_path, settings(escalation={"urgent": OWN})) as made:
        yield made


async def test_a_named_person_is_called(own: Scene) -> None:
    """2 minutes: Vera, who is named, and nobody else in private; 4 minutes: the coordinators."""
    clara, anna = await own.coordinator("clara"), await own.officer("anna")
    vera = await own.officer("Vera")
    case = await own.report("urgent")
    own.everybody_has_read()
    await own.passes(minutes=1, seconds=59)
    own.nobody_hears_anything()
    await own.passes(seconds=1)
    vera.hears(case, "waiting 2 min")
    anna.hears_nothing()
    await own.passes(minutes=2)
    clara.hears(case, "everyone has been called")
    vera.hears_nothing()


async def test_the_last_step_is_repeated_as_often_as_it_says(own: Scene) -> None:
    """Every 3 minutes after the last step, to its people."""
    clara = await own.coordinator("clara")
    await own.officer("Vera")
    case = await own.report("urgent")
    await own.passes(minutes=4)
    for _ in range(3):
        own.everybody_has_read()
        await own.passes(minutes=2, seconds=59)
        own.nobody_hears_anything()
        await own.passes(seconds=1)
        clara.hears(case)


async def test_the_first_reply_has_steps_of_its_own(own: Scene) -> None:
    """10 minutes: whoever acknowledged; 12: Vera; 32: Vera again."""
    anna, vera = await own.officer("anna"), await own.officer("Vera")
    case = await own.report("urgent")
    await anna.says(f"/ack {case}")
    own.everybody_has_read()
    await own.passes(minutes=10)
    anna.hears(case, "still has no answer")
    vera.hears_nothing()
    await own.passes(minutes=2)
    vera.hears(case, "still has no answer")
    anna.hears_nothing()
    await own.passes(minutes=19)
    own.nobody_hears_anything()
    await own.passes(minutes=1)
    vera.hears(case)


async def test_a_quiet_case_has_too(own: Scene) -> None:
    """An hour: whoever is on it; two: all officers, then every 30 minutes."""
    anna, vera = await own.officer("anna"), await own.officer("Vera")
    case = await own.report("urgent")
    await anna.says(f"/reply {case} We are with you.")
    own.everybody_has_read()
    await own.passes(hours=1)
    anna.hears(case, "nothing has happened")
    vera.hears_nothing()
    for minutes in (60, 30):
        await own.passes(minutes=minutes)
        for person in (anna, vera):
            person.hears(case, "nothing has happened")


async def test_other_severities_keep_their_times(own: Scene) -> None:
    """Nothing was said of high: 30 minutes, then those on duty."""
    anna = await own.officer("anna")
    case = await own.report("high")
    own.everybody_has_read()
    await own.passes(minutes=29, seconds=59)
    anna.hears_nothing()
    await own.passes(seconds=1)
    anna.hears(case)
