"""Who may read a case is asked again when a message is sent: what was decided before a restriction, too."""

from datetime import timedelta

from bot.channels.base import Gone
from tests.promises.scene import Person, Scene
from tests.promises.test_need_to_know import CANARY, desk, standing, wrote


async def test_who_took_over_is_not_said_any_more(scene: Scene) -> None:
    """That a colleague took a case over is said to whoever had it, unless it was restricted meanwhile."""
    clara, anna, boris, case = await desk(scene)
    await boris.says(f"/take {case}")
    scene.everybody_has_read()
    await scene.nothing_leaves()
    await anna.says(f"/take {case}")
    await clara.says(f"/restrict {case} anna")
    await scene.goes_on()
    boris.hears_nothing_of("anna")
    await clara.says(f"/restrict {case} all")
    await boris.says(f"/take {case}")
    anna.hears(case, "boris is working on it now")


async def test_who_came_back_is_not_said_any_more(scene: Scene) -> None:
    """That somebody came back with the code is for those who may read the case when it is said."""
    clara, _anna, boris, _case = await desk(scene)
    await scene.people["defender"].says("/sos")
    await scene.people["defender"].says("they are back")
    said = scene.people["defender"].hears("code: ")
    later, code = said.partition("Reference ")[2][:7], said.partition("Code: ")[2].split()[0]
    await boris.says(f"/take {later}")
    scene.everybody_has_read()
    await scene.nothing_leaves()
    await Person(scene, "somebody", "matrix").says(f"/receipt {code}")
    await clara.says(f"/assign {later} anna")
    await clara.says(f"/restrict {later} anna")
    await scene.goes_on()
    boris.hears_nothing_of("new account")


async def test_what_a_coordinator_needs_is_said_all_the_same(scene: Scene) -> None:
    """Whether a case stays is the coordinators' business, whether or not they may read it."""
    clara, _anna, _boris, case = await desk(scene)
    dora = await scene.coordinator("dora")
    await clara.says(f"/restrict {case} anna")
    await clara.says(f"/erase {case}")
    scene.everybody_has_read()
    scene.clock.advance(timedelta(hours=24))
    await scene.hotline.schedule.tidy()
    await scene.settled()
    for coordinator in (clara, dora):
        coordinator.hears(case, "no second coordinator agreed")


async def test_what_did_not_arrive_is_told_to_those_who_may_read_it(scene: Scene) -> None:
    """A reply whose author lost the case and that could not be delivered: those named hear of it."""
    clara, anna, boris, case = await desk(scene)
    await boris.says(f"/take {case}")
    await scene.nothing_leaves()
    await boris.says(f"/reply {case} {CANARY}")
    await clara.says(f"/assign {case} anna")
    await clara.says(f"/restrict {case} anna")
    scene.messengers["telegram"].refuses["chat-defender"] = Gone("blocked")
    scene.everybody_has_read()
    await scene.goes_on()
    anna.hears(case, "reply not delivered")
    assert "not delivered" not in standing(boris)


async def test_what_says_more_when_it_is_tried_again_is_noted_then(scene: Scene) -> None:
    """Without content at first, with it once its reader is named: that is a reading, and noted once."""
    clara, anna, _boris, case = await desk(scene)
    dora = await scene.coordinator("dora")
    await clara.says(f"/restrict {case} anna")
    scene.messengers["telegram"].refuses[anna.chat] = Gone("blocked")
    scene.falls_silent(clara)
    await wrote(scene, case)
    await scene.nothing_leaves()
    await dora.says(f"/restrict {case} anna, clara")
    scene.speaks_again(clara)
    scene.clock.advance(timedelta(minutes=1))
    await scene.goes_on()
    clara.hears(CANARY)
    dora.new()
    await dora.says(f"/audit {case}")
    assert dora.hears("audit log").count("clara · read") == 1
