"""At each change of shift the desk is handed over, and somebody says that they have it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.promises.scene import DAYS, NIGHTS, RELAY, Person, Scene, playing, settings


@pytest.fixture
async def relay(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """Lend a hotline where anna has the days and boris the nights; it is noon."""
    async with playing(database_url, tmp_path, settings(rota=RELAY)) as made:
        yield made


async def _desk(relay: Scene) -> tuple[Person, Person, Person, Person]:
    """The coordinator, anna, boris and the room; the hotline knows that anna is on duty."""
    clara = await relay.coordinator("clara")
    anna, boris = await relay.officer("anna"), await relay.officer("boris")
    room = await relay.room(clara)
    await relay.passes(seconds=0)
    return clara, anna, boris, room


async def test_the_one_who_comes_reads_what_there_is(relay: Scene) -> None:
    """Who leaves, who comes, what is open and what falls due, without a word of what it is about."""
    _, anna, boris, room = await _desk(relay)
    await relay.passes(hours=8, minutes=58)
    held, waits = await relay.report("urgent"), await relay.report("high", "another")
    await anna.says(f"/ack {held}")
    await anna.says(f"/due {held} 23:00 Call the lawyer")
    relay.everybody_has_read()
    await relay.passes(minutes=2)
    for chat in (room, boris):
        said = chat.hears("shift is changing", "going off duty: anna", "coming on duty: boris", held, "23:00")
        assert "not acknowledged yet: " + waits.casefold() in said.casefold()
        assert "lawyer" not in said
    anna.hears_nothing()


async def test_one_tap_takes_over(relay: Scene) -> None:
    """The messages that stand say who is on, and nobody is called a quarter of an hour later."""
    _, _, boris, room = await _desk(relay)
    await relay.passes(hours=9)
    await boris.presses("I'm on", in_room=room)
    for chat in (room, boris):
        assert "✅ boris is on" in chat.messages[-1].text
    relay.everybody_has_read()
    await relay.passes(minutes=16)
    relay.nobody_hears_anything()


async def test_somebody_else_cannot_take_it_over_by_mistake(relay: Scene) -> None:
    """Anna's tap changes nothing but tells her whose it is."""
    _, anna, _, room = await _desk(relay)
    await relay.passes(hours=9)
    await anna.presses("I'm on", in_room=room)
    (said,) = [each.text for each in room.messages if "shift is changing" in each.text]
    assert "✅" not in said
    relay.everybody_has_read()
    await relay.passes(minutes=15)
    room.hears("nobody has taken over the shift yet")


async def test_nobody_comes(relay: Scene) -> None:
    """15 minutes without an answer: the room, the coordinator and the one who left know, once."""
    clara, anna, boris, room = await _desk(relay)
    await relay.passes(hours=9, minutes=14)
    relay.everybody_has_read()
    await relay.passes(minutes=1)
    for chat in (room, clara, anna):
        chat.hears("nobody has taken over the shift yet", "boris")
    await relay.passes(hours=2)
    relay.nobody_hears_anything()
    await boris.says("/handover")
    for chat in (room, clara, anna):
        chat.hears("the shift is taken over: boris")


async def test_whoever_comes_late_says_so_in_the_room(relay: Scene) -> None:
    """Typed in the room that was called for help, it is said there once."""
    _, _, boris, room = await _desk(relay)
    await relay.passes(hours=9, minutes=15)
    relay.everybody_has_read()
    await boris.says("/handover", in_room=room)
    room.hears("the shift is taken over: boris")


async def test_the_same_people_go_on_in_silence(database_url: str, tmp_path: Path) -> None:
    """At 15:00 another line of the week begins, and the same person is on duty: that is no news."""
    week = [{**DAYS, "to": "15:00"}, {**DAYS, "from": "15:00"}, NIGHTS]
    async with playing(database_url, tmp_path, settings(rota={"weekly": week})) as scene:
        _, _, _, room = await _desk(scene)
        await scene.passes(hours=4)
        scene.nobody_hears_anything()
        await scene.passes(hours=5)
        room.hears("shift is changing")


async def test_in_russian(database_url: str, tmp_path: Path) -> None:
    """A room whose language is Russian reads it in Russian, the button too."""
    configured = settings(centre={"languages": ["ru", "en"]}, rota=RELAY)
    async with playing(database_url, tmp_path, configured) as scene:
        _, _, boris, room = await _desk(scene)
        await scene.passes(hours=9)
        room.hears("смена меняется", "сменяется: anna", "заступает: boris", "открытых обращений нет")
        await boris.presses("Смену принимаю", in_room=room)
        assert any("✅ Смена принята: boris" in each.text for each in room.messages)
