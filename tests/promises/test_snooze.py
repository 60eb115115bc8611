"""The officer on a case may put its next reminder off: once, and everybody sees it."""

from tests.promises.scene import Scene


async def test_put_off_once_and_seen_by_the_room(scene: Scene) -> None:
    """At work on an urgent case: the reminder of the fourth hour comes in the fifth; a second time is no."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    room = await scene.room(clara)
    case = await scene.report("urgent")
    await anna.says(f"/reply {case} We are with you.")
    scene.everybody_has_read()
    await anna.says(f"/snooze {case} 5h")
    for chat in (anna, room):
        chat.hears(case, "no reminder before", "17:00", "anna")
    await anna.says(f"/snooze {case} 6h")
    anna.hears(case, "has been put off once")
    await scene.passes(hours=4, minutes=59)
    scene.nobody_hears_anything()
    await scene.passes(minutes=1)
    anna.hears(case, "nothing has happened for a long time")


async def test_later_steps_move_along(scene: Scene) -> None:
    """What comes 5 and 15 minutes after the reminder comes 5 and 15 minutes after it still."""
    anna, boris = await scene.officer("anna"), await scene.officer("boris")
    case = await scene.report("urgent")
    await anna.says(f"/ack {case}")
    await anna.says(f"/snooze {case} 1h")
    scene.everybody_has_read()
    await scene.passes(minutes=59, seconds=59)
    scene.nobody_hears_anything()
    await scene.passes(seconds=1)
    anna.hears(case, "still has no answer")
    boris.hears_nothing()
    await scene.passes(minutes=4, seconds=59)
    scene.nobody_hears_anything()
    await scene.passes(seconds=1)
    boris.hears(case, "still has no answer")


async def test_the_next_step_may_be_put_off_again(scene: Scene) -> None:
    """Once a step: when the reminder has come, the one after it may be put off too."""
    anna = await scene.officer("anna")
    case = await scene.report("urgent")
    await anna.says(f"/reply {case} We are with you.")
    await anna.says(f"/snooze {case} 5h")
    await scene.passes(hours=5)
    scene.everybody_has_read()
    await anna.says(f"/snooze {case} 6h")
    anna.hears("no reminder before", "23:00")
    await scene.passes(hours=5, minutes=59)
    anna.hears_nothing()
    await scene.passes(minutes=1)
    anna.hears(case, "nothing has happened")


async def test_only_the_officer_on_the_case(scene: Scene) -> None:
    """boris, who isn't on it, can't; nor can anybody while nobody has acknowledged."""
    anna, boris = await scene.officer("anna"), await scene.officer("boris")
    case = await scene.report("urgent")
    scene.everybody_has_read()
    await anna.says(f"/snooze {case} 1h")
    anna.hears(case, "only whoever is on it")
    await anna.says(f"/ack {case}")
    scene.everybody_has_read()
    await boris.says(f"/snooze {case} 1h")
    boris.hears(case, "only whoever is on it")
    await scene.passes(minutes=30)
    anna.hears(case, "still has no answer")


async def test_in_russian(scene: Scene) -> None:
    """Whoever reads Russian is answered in Russian, and the reminder comes so too."""
    anna = await scene.officer("anna", "ru")
    case = await scene.report("urgent")
    await anna.says(f"/reply {case} Мы с вами.")
    scene.everybody_has_read()
    await anna.says(f"/snooze {case} 5 часов")
    anna.hears(case, "не раньше", "17:00", "anna")
    await scene.passes(hours=5)
    anna.hears(case, "срочно")
