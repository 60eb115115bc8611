"""What one messenger doesn't take within a minute goes over the person's other one."""

from tests.promises.scene import Person, Scene


async def _on_both(scene: Scene) -> tuple[Person, Person]:
    """Anna is at both messengers; she wrote from the first one last."""
    first = await scene.officer("anna")
    second = await scene.linked(first, "matrix")
    await scene.passes(seconds=1)
    await first.says("/oncall")
    first.new()
    second.new()
    return first, second


async def test_after_a_minute_the_second_one_rings(scene: Scene) -> None:
    """Not sooner, and once; it says that it may be a repeat, for nobody knows what became of the first."""
    first, second = await _on_both(scene)
    scene.falls_silent(first)
    case = await scene.report("urgent")
    await scene.passes(seconds=59)
    second.hears_nothing()
    await scene.passes(seconds=1)
    second.hears(case, "urgent", "you may have had this message before")
    await scene.passes(minutes=2)
    second.hears_nothing()


async def test_every_step_goes_that_way(scene: Scene) -> None:
    """A reminder that the first messenger doesn't take is on the second a minute later."""
    first, second = await _on_both(scene)
    case = await scene.report("urgent")
    first.hears(case)
    scene.falls_silent(first)
    await scene.passes(minutes=5)
    second.hears_nothing()
    await scene.passes(minutes=1)
    second.hears(case, "nobody has acknowledged this")


async def test_not_once_somebody_has_acknowledged(scene: Scene) -> None:
    """Boris has it before the minute is over: the second messenger stays silent."""
    first, second = await _on_both(scene)
    boris = await scene.officer("boris")
    scene.falls_silent(first)
    case = await scene.report("urgent")
    await scene.passes(seconds=30)
    await boris.says(f"/ack {case}")
    await scene.passes(minutes=2)
    second.hears_nothing()


async def test_what_the_first_one_took_is_not_repeated(scene: Scene) -> None:
    """Delivered is delivered: a minute later nothing follows."""
    first, second = await _on_both(scene)
    case = await scene.report("urgent")
    first.hears(case)
    await scene.passes(minutes=2)
    second.hears_nothing()
