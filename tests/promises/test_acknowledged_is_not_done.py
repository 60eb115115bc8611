"""What happens when somebody acknowledged, and then nothing follows."""

from tests.promises.scene import Scene


async def test_the_acknowledger_is_called_first_then_everybody(scene: Scene) -> None:
    """30 minutes without a reply or note: the acknowledger alone; then all on duty and the room."""
    clara = await scene.coordinator("clara")
    anna, boris = await scene.officer("anna"), await scene.officer("boris")
    room = await scene.room(clara)
    case = await scene.report("urgent")
    await anna.says(f"/ack {case}")
    scene.everybody_has_read()
    await scene.passes(minutes=29, seconds=59)
    scene.nobody_hears_anything()
    await scene.passes(seconds=1)
    anna.hears(case)
    scene.nobody_hears_anything()
    await scene.passes(minutes=5)
    for person in (anna, boris, room):
        person.hears(case)
    clara.hears_nothing()
    await scene.passes(minutes=25)
    clara.hears(case)


async def test_a_reply_is_what_it_waits_for(scene: Scene) -> None:
    """Once the defender has an answer nobody is called for that any more."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    await scene.room(clara)
    case = await scene.report("urgent")
    await anna.says(f"/ack {case}")
    await scene.passes(minutes=29)
    await anna.says(f"/reply {case} A lawyer is on the way.")
    scene.people["defender"].hears("lawyer")
    scene.everybody_has_read()
    await scene.passes(hours=3, minutes=59)
    scene.nobody_hears_anything()


async def test_a_case_that_falls_silent_is_remembered(scene: Scene) -> None:
    """4 hours without a word on an urgent case: its officer is reminded in private, again and again."""
    clara = await scene.coordinator("clara")
    anna, boris = await scene.officer("anna"), await scene.officer("boris")
    room = await scene.room(clara)
    case = await scene.report("urgent")
    await anna.says(f"/reply {case} We are with you.")
    scene.everybody_has_read()
    await scene.passes(hours=4)
    anna.hears(case)
    await scene.passes(hours=4)
    anna.hears(case)
    for person in (boris, clara, room):
        person.hears_nothing()
