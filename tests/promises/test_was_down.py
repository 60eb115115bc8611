"""After an outage the room is told that there was one, and what it missed."""

from pathlib import Path

from tests.promises.scene import Scene, playing, settings


async def test_the_room_is_told_once(scene: Scene) -> None:
    """From when to when, and on which cases something fell due meanwhile; never again after that."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    room = await scene.room(clara)
    case = await scene.report("urgent")
    await scene.passes(minutes=1)
    scene.everybody_has_read()
    await scene.sleeps(hours=2)
    for chat in (room, clara):
        chat.hears("there was a break: 2 h", "12:01", "14:01", case)
    anna.hears_nothing_of("break")
    await anna.says(f"/close {case} resolved")
    scene.everybody_has_read()
    await scene.passes(hours=5)
    scene.nobody_hears_anything()


async def test_nothing_was_missed(scene: Scene) -> None:
    """That nothing fell due is worth a word too."""
    clara = await scene.coordinator("clara")
    room = await scene.room(clara)
    await scene.passes(minutes=1)
    await scene.sleeps(hours=2)
    room.hears("there was a break", "nothing fell due meanwhile")


async def test_a_restart_is_no_outage(scene: Scene) -> None:
    """Down for a few seconds, as at an upgrade: nobody is disturbed."""
    clara = await scene.coordinator("clara")
    await scene.room(clara)
    await scene.passes(minutes=1)
    await scene.sleeps(seconds=20)
    scene.nobody_hears_anything()


async def test_a_clock_put_forward_is_no_outage(scene: Scene) -> None:
    """The machine's clock was wrong and is set right while the hotline runs: it was never down."""
    clara = await scene.coordinator("clara")
    await scene.room(clara)
    await scene.passes(minutes=1)
    await scene.clock_is_set(hours=2)
    scene.nobody_hears_anything()


async def test_in_russian(database_url: str, tmp_path: Path) -> None:
    """A room whose language is Russian reads it in Russian, and numbers agree."""
    async with playing(database_url, tmp_path, settings(centre={"languages": ["ru", "en"]})) as scene:
        clara = await scene.coordinator("clara")
        room = await scene.room(clara)
        cases = [await scene.report("urgent", f"defender {number}") for number in range(2)]
        await scene.passes(minutes=1)
        room.new()
        await scene.sleeps(hours=3)
        room.hears("был перерыв: 3 часа", "подошёл срок по 2 обращениям", *cases)
