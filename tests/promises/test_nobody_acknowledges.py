"""What happens when nobody acknowledges."""

from tests.promises.scene import Scene


async def test_an_urgent_case_calls_wider_and_wider_circles(scene: Scene) -> None:
    """Duty after 5 minutes, officers after 15, coordinators after 30, then every 15; the defender hears."""
    clara = await scene.coordinator("clara")
    anna, boris = await scene.officer("anna"), await scene.officer("boris")
    room = await scene.room(clara)
    case = await scene.report("urgent")
    for person in (anna, boris, room):
        person.hears(case, "urgent")
    await scene.passes(minutes=4, seconds=59)
    room.hears_nothing()
    await scene.passes(seconds=1)
    for person in (anna, boris, room):
        person.hears(case)
    clara.hears_nothing()
    await scene.passes(minutes=10)
    for person in (anna, boris, room):
        person.hears(case)
    clara.hears_nothing()
    await scene.passes(minutes=15)
    clara.hears(case)
    scene.people["defender"].hears("nobody has answered")
    scene.everybody_has_read()
    await scene.passes(minutes=30)
    assert len(clara.new()) == 2
    scene.people["defender"].hears_nothing()


async def test_one_tap_ends_it(scene: Scene) -> None:
    """Once somebody has acknowledged, the calls stop; the defender is told; the notices say by whom."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    room = await scene.room(clara)
    case = await scene.report("urgent")
    await scene.passes(minutes=5)
    scene.everybody_has_read()
    await anna.presses("Acknowledge", in_room=room)
    scene.people["defender"].hears("answer")
    assert "anna" in room.messages[-1].text
    scene.everybody_has_read()
    await scene.passes(minutes=29)
    scene.nobody_hears_anything()
    assert case in anna.messages[-1].text


async def test_a_reminder_that_waits_to_be_sent_is_not_sent_after_the_tap(scene: Scene) -> None:
    """What was decided before somebody acknowledged, and still waited, is asked again and let be."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    room = await scene.room(clara)
    await scene.report("urgent")
    scene.everybody_has_read()
    await scene.decides(minutes=5)
    await anna.presses("Acknowledge", in_room=room)
    await scene.goes_on()
    assert not any("5 min" in text for text in (*anna.new(), *room.new()))
