"""What has to be done by a date isn't forgotten: a day before, an hour before, and when the time has come."""

from tests.promises.scene import Person, Scene


async def _taken(scene: Scene) -> tuple[Person, Person, str]:
    """Anna is at work on a case, and the room."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    room = await scene.room(clara)
    case = await scene.report("normal")
    await anna.says(f"/take {case}")
    await anna.says(f"/note {case} Spoke to the lawyer")
    scene.everybody_has_read()
    return anna, room, case


async def test_in_three_days(scene: Scene) -> None:
    """`/due 3d` means the same hour on the third day; the words stay out of the room."""
    anna, room, case = await _taken(scene)
    await anna.says(f"/due {case} 3d Call the lawyer")
    anna.hears(case, "7 march, 12:00 (saturday)")
    await scene.sleeps(days=1, hours=23, minutes=59)
    anna.hears_nothing()
    await scene.passes(minutes=1)
    anna.hears(case, "due tomorrow 12:00", "call the lawyer")
    await scene.passes(hours=22, minutes=59)
    anna.hears_nothing()
    await scene.passes(minutes=1)
    anna.hears(case, "due today 12:00", "call the lawyer")
    room.hears_nothing_of("due")
    await scene.passes(hours=1)
    anna.hears(case, "due now", "call the lawyer")
    assert "lawyer" not in room.hears(case, "due now")


async def test_by_a_date(scene: Scene) -> None:
    """`/due 06.03 18:00`: shown among the case's details; what is done is no longer reminded of."""
    anna, room, case = await _taken(scene)
    await anna.says(f"/due {case} 06.03 18:00 File the complaint")
    anna.hears("6 march, 18:00 (friday)")
    await anna.says(f"/case {case}")
    anna.hears("no. 1", "file the complaint")
    await scene.passes(days=1, hours=6)
    anna.hears(case, "due tomorrow 18:00")
    await anna.says(f"/due {case} done 1")
    anna.hears(case, "no. 1 done", "anna")
    await scene.passes(days=1)
    anna.hears_nothing()
    room.hears_nothing_of("due")


async def test_what_is_overdue_comes_back_daily(scene: Scene) -> None:
    """Nobody did it: the officer is reminded each day at that hour, until the button is pressed."""
    anna, _, case = await _taken(scene)
    await anna.says(f"/due {case} 14:00 File the complaint")
    await scene.passes(hours=2)
    scene.everybody_has_read()
    await scene.passes(days=1)
    anna.hears(case, "was due", "file the complaint")
    await anna.presses("✅ Done: No. 1")
    scene.everybody_has_read()
    await scene.passes(days=1)
    anna.hears_nothing()
