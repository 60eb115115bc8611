"""The officer on a case puts its next reminder off: once a step, not for long, and everybody sees it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.cases import casework
from backend.cases.rules import Severity
from backend.cases.snoozing import snooze
from backend.errors import (
    AlreadySnoozed,
    CaseClosed,
    HotlineError,
    NothingToSnooze,
    NotYoursToSnooze,
    SnoozeTooLong,
)
from backend.people.staff import Staff
from tests.backend.staff_desk import Desk
from tests.backend.world import HIGH, NORMAL, World

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


async def _on_case(world: World) -> tuple[str, Staff]:
    """A case that an officer took and did nothing on yet: its first reply is due in two hours."""
    await world.room()
    anna = await world.person("anna")
    await world.person("boris")
    await world.person("clara", "coordinator")
    reference = await world.case(HIGH)
    await world.acknowledge(reference, anna)
    await world.told()
    return reference, anna


async def _snooze(world: World, reference: str, person: Staff, span: timedelta) -> None:
    await world.do(reference, lambda work, case: snooze(work, person, case, span))


async def _refused(
    world: World, reference: str, person: Staff, span: timedelta, error: type[HotlineError]
) -> None:
    before = await world.running_clock(reference)
    with pytest.raises(error):
        await _snooze(world, reference, person, span)
    after = await world.running_clock(reference)
    assert before is not None
    assert after is not None
    assert (after.next_at, after.started_at, after.snoozed) == (
        before.next_at,
        before.started_at,
        before.snoozed,
    )


async def _quiet_then_told(world: World, span: timedelta) -> list[str]:
    """Nobody is told until just before `span` has passed; who is told at its end."""
    await world.passes(span - SECOND)
    assert not await world.told("escalated")
    await world.passes(SECOND)
    return sorted(name for name, _ in await world.told("escalated"))


async def test_this_step_and_the_later_ones_come_later(world: World) -> None:
    """The reminder comes when the officer said, and everybody else is called as much later as well."""
    reference, anna = await _on_case(world)
    await world.passes(HOUR)
    await _snooze(world, reference, anna, 5 * HOUR)
    assert await _quiet_then_told(world, 5 * HOUR) == ["anna"]
    assert await _quiet_then_told(world, 30 * MINUTE) == ["anna", "boris", "room"]


async def test_once_a_step(world: World) -> None:
    """A reminder that was put off can't be put off again; the next one can."""
    reference, anna = await _on_case(world)
    await _snooze(world, reference, anna, 3 * HOUR)
    await _refused(world, reference, anna, 4 * HOUR, AlreadySnoozed)
    await world.passes(3 * HOUR)
    await _snooze(world, reference, anna, 2 * HOUR)
    await world.told()
    assert await _quiet_then_told(world, 2 * HOUR) == ["anna", "boris", "room"]


async def test_only_the_officer_on_the_case_may(world: World) -> None:
    """A colleague, a coordinator, and anybody on a case that nobody acknowledged yet are refused."""
    reference, _ = await _on_case(world)
    await _refused(world, reference, await world.person("dora"), 3 * HOUR, NotYoursToSnooze)
    await _refused(world, reference, await world.person("ella", "coordinator"), 3 * HOUR, NotYoursToSnooze)
    new, fedor = await world.case(HIGH, await world.reporter("another")), await world.person("fedor")
    await world.do(new, lambda work, case: casework.assign(work, fedor, case, fedor))
    await _refused(world, new, fedor, 3 * HOUR, NotYoursToSnooze)


async def test_what_cannot_be_put_off(world: World) -> None:
    """Not for longer than three days, not to before the reminder, not while the case waits or is closed."""
    reference, anna = await _on_case(world)
    await _refused(world, reference, anna, 3 * DAY + SECOND, SnoozeTooLong)
    await _refused(world, reference, anna, 2 * HOUR, NothingToSnooze)
    await _refused(world, reference, anna, MINUTE, NothingToSnooze)
    await world.do(reference, lambda work, case: casework.wait(work, anna, case, HOUR))
    await _refused(world, reference, anna, 2 * HOUR, NothingToSnooze)
    await world.do(reference, lambda work, case: casework.close(work, anna, case, "resolved"))
    await _refused(world, reference, anna, 2 * HOUR, CaseClosed)


async def test_for_three_days(world: World) -> None:
    """The longest time is taken as it is: the case is quiet until its very end."""
    reference, anna = await _on_case(world)
    await _snooze(world, reference, anna, 3 * DAY)
    assert await _quiet_then_told(world, 3 * DAY) == ["anna"]


@pytest.mark.parametrize(("severity", "hours"), [("urgent", 2.5), ("normal", 26.0)])
async def test_another_severity_goes_on_from_the_same_start(
    world: World, severity: Severity, hours: float
) -> None:
    """Put off by two hours, then of another severity: its steps are as much later, each told once."""
    reference, anna = await _on_case(world)
    await _snooze(world, reference, anna, 4 * HOUR)
    await world.do(reference, lambda work, case: casework.set_severity(work, anna, case, severity))
    await world.told()
    assert await _quiet_then_told(world, hours * HOUR) == ["anna"]


async def test_working_on_it_ends_it(world: World) -> None:
    """A note starts the quiet clock anew, which can be put off by itself."""
    reference, anna = await _on_case(world)
    await _snooze(world, reference, anna, 4 * HOUR)
    await world.do(reference, lambda work, case: casework.note(work, anna, case, "n", channel="telegram"))
    await world.told()
    await _snooze(world, reference, anna, 30 * HOUR)
    assert await _quiet_then_told(world, 30 * HOUR) == ["anna"]


async def test_reopened_it_may_be_put_off_again(world: World) -> None:
    """Closing forgets what was put off: reopened, the case has its full clock."""
    reference, anna = await _on_case(world)
    await _snooze(world, reference, anna, 4 * HOUR)
    await world.do(reference, lambda work, case: casework.close(work, anna, case, "resolved"))
    await world.passes(10 * HOUR)
    await world.do(reference, lambda work, case: casework.reopen(work, anna, case))
    await _snooze(world, reference, anna, 3 * HOUR)
    await world.told()
    assert await _quiet_then_told(world, 3 * HOUR) == ["anna"]


async def test_the_night_is_kept(world: World) -> None:
    """A normal case put off into the night is reminded of in the morning, by the step that is due then."""
    await world.room()
    anna = await world.person("anna")
    reference = await world.case(NORMAL)
    await world.acknowledge(reference, anna)
    await _snooze(world, reference, anna, 36 * HOUR)  # midnight in Moscow
    await world.told()
    assert await _quiet_then_told(world, 43 * HOUR) == ["anna", "room"]


async def test_everybody_sees_it(desk: Desk) -> None:
    """Asked for in private, the rooms read it too; asked for in the room, it is said there once."""
    anna = await desk.person("Анна")
    await desk.room()
    reference = await desk.report()
    await desk.private(anna, f"/take {reference}")
    said = await desk.private(anna, f"/snooze {reference} 3 часа")
    assert [each.room for each in said] == [False, True]
    assert all(reference in each.text and "Анна" in each.text for each in said)
    history = await desk.history(reference)
    assert (history[-1].kind, history[-1].author_id) == ("snoozed", anna.id)
    said = await desk.in_room(anna, f"/snooze {reference} 5 часов")
    assert [each.room for each in said] == [True]
    assert "уже откладывали" in said[0].text


@pytest.mark.parametrize("words", ["", " {ref}", " {ref} долго", " {ref} 0h", " {ref} -2h"])
async def test_mistyped_it_says_how(desk: Desk, words: str) -> None:
    """Without a reference or a time there is a sentence with an example, and nothing changes."""
    anna = await desk.person("Анна")
    reference = await desk.report()
    await desk.private(anna, f"/take {reference}")
    said = await desk.private(anna, "/snooze" + words.format(ref=reference))
    assert "например: /snooze" in said[0].text
    assert [entry.kind for entry in await desk.history(reference)] == [
        "opened",
        "acknowledged",
        "status_changed",
    ]
