"""Shifts change hands by a command, and the next alert goes to whoever has the shift now."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.promises.scene import RELAY, Person, Scene, playing, settings


@pytest.fixture
async def relay(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """Lend a hotline where anna has the days and boris the nights; it is noon on 4 March."""
    async with playing(database_url, tmp_path, settings(rota=RELAY)) as made:
        yield made


async def _is_called(scene: Scene, person: Person, besides: Person) -> None:
    """A report now is this person's to hear of, and not the other's."""
    scene.everybody_has_read()
    case = await scene.report("urgent")
    person.hears(case, "waiting 0 min")
    besides.hears_nothing()
    await person.says(f"/close {case} resolved")


async def test_a_coordinator_puts_somebody_on_duty(relay: Scene) -> None:
    """`/shift`: for these hours boris is called instead of anna; both know, and so does the room."""
    clara = await relay.coordinator("clara")
    anna, boris = await relay.officer("anna"), await relay.officer("boris")
    room = await relay.room(clara)
    await clara.says("/shift boris 04.03 13:00-15:00")
    for person in (clara, room):
        person.hears("04.03 13:00–15:00: boris is on duty", "on the rota before: anna")
    boris.hears("you are on duty: 04.03 13:00–15:00")
    anna.hears("you are off duty: 04.03 13:00–15:00", "boris")
    await _is_called(relay, anna, besides=boris)
    await relay.passes(hours=1)
    await _is_called(relay, boris, besides=anna)
    await relay.passes(hours=2)
    await _is_called(relay, anna, besides=boris)


async def test_an_officer_takes_a_shift(relay: Scene) -> None:
    """`/take_shift`: one who offers to come is on duty at once; the one relieved is told."""
    anna, boris = await relay.officer("anna"), await relay.officer("boris")
    await boris.says("/take_shift 05.03")
    boris.hears("05.03 09:00–21:00: boris is on duty")
    anna.hears("you are off duty: 05.03 09:00–21:00", "boris has the shift")
    await relay.sleeps(hours=21)
    await _is_called(relay, boris, besides=anna)


async def test_a_swap_takes_two(relay: Scene) -> None:
    """`/swap`: until the colleague agrees all stays as it was; then both shifts have changed hands."""
    anna, boris = await relay.officer("anna"), await relay.officer("boris")
    await anna.says("/swap 05.03 boris 05.03")
    anna.hears("it is up to boris now")
    boris.hears(
        "anna would like to swap", "05.03 09:00–21:00: boris is on duty", "05.03 21:00–09:00: anna is on duty"
    )
    await anna.says("/rota")
    anna.hears("5 march, 09:00–21:00: anna", "5 march, 21:00–09:00: boris")
    await boris.presses("Agree")
    anna.hears("the shifts are swapped")
    await relay.sleeps(hours=21)
    await _is_called(relay, boris, besides=anna)
    await relay.sleeps(hours=12)
    await _is_called(relay, anna, besides=boris)


async def test_without_consent_nothing_changes(relay: Scene) -> None:
    """Declined, the shifts stay as they were, and the one who asked hears so."""
    anna, boris = await relay.officer("anna"), await relay.officer("boris")
    await anna.says("/swap 05.03 boris")
    await boris.presses("Decline")
    assert any("boris can’t swap" in text for text in anna.new())
    await relay.sleeps(hours=21)
    await _is_called(relay, anna, besides=boris)
