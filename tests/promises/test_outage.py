"""What happens after the hotline itself was down, or the machine's clock was wrong."""

from tests.promises.scene import Scene


async def test_a_day_of_silence_ends_in_one_reminder_a_case(scene: Scene) -> None:
    """Of the steps that were missed only the most severe one is taken: coordinators, once, for each case."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    await scene.room(clara)
    cases = [await scene.report("urgent", f"defender {number}") for number in range(3)]
    scene.everybody_has_read()
    await scene.sleeps(days=1)
    heard = clara.new()
    for case in cases:
        assert sum(case in text for text in heard) == 1
    assert not any(case in text for case in cases for text in anna.new())


async def test_steps_go_on_at_their_own_times_afterwards(scene: Scene) -> None:
    """The next repeat comes when it would have come without the outage."""
    clara = await scene.coordinator("clara")
    await scene.officer("anna")
    await scene.room(clara)
    case = await scene.report("urgent")
    await scene.sleeps(hours=1, minutes=7)
    scene.everybody_has_read()
    await scene.passes(minutes=7, seconds=59)
    scene.nobody_hears_anything()
    await scene.passes(seconds=1)
    clara.hears(case)


async def test_a_clock_set_back_decides_nothing_twice(scene: Scene) -> None:
    """An hour set back: the step that was taken is not taken again when its time comes once more."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    await scene.room(clara)
    case = await scene.report("urgent")
    await scene.passes(minutes=5)
    anna.hears(case, "5 min")
    scene.everybody_has_read()
    await scene.clock_is_set(minutes=-3)
    await scene.passes(minutes=3)
    scene.nobody_hears_anything()


async def test_a_clock_that_ran_ahead_is_set_right(scene: Scene) -> None:
    """Reported while the machine was two hours ahead: the first call comes after 5 minutes, not after 125."""
    clara, anna = await scene.coordinator("clara"), await scene.officer("anna")
    await scene.room(clara)
    case = await scene.report("urgent")
    scene.everybody_has_read()
    await scene.clock_is_set(hours=-2)
    await scene.passes(minutes=4, seconds=59)
    scene.nobody_hears_anything()
    await scene.passes(seconds=1)
    anna.hears(case, "nobody has acknowledged")
