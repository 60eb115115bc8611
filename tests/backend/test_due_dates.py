"""Due dates: set, said back, listed, done; reminded of before, at the time, daily; words in private only."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from backend.cases import casework, erasure, records
from backend.escalation import due_dates
from backend.escalation.due_dates import MOST
from backend.escalation.model import DueDateRow
from backend.people.staff import Staff
from backend.work import Work
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.staff_desk import Desk
from tests.backend.world import NORMAL, URGENT, World

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SECRET = "канарейка в суд"


async def _set(
    world: World, reference: str, person: Staff, after: timedelta, channel: str = "telegram"
) -> str:
    async with world.backend.work() as work:
        case = await records.find(work, reference, for_change=True)
        made = await due_dates.add(work, person, case, work.now + after, SECRET, channel=channel)
        return made.id


async def _remind(world: World) -> int:
    """One tick, as the schedule does it."""
    async with world.backend.looking() as work:
        due = await due_dates.anything_due(work)
    if not due:
        return 0
    async with world.backend.work() as work:
        return await due_dates.run_due(work)


async def _passes(world: World, span: timedelta) -> list[tuple[str, int]]:
    """Time and a tick; who is reminded, and of which step."""
    world.clock.advance(span)
    await _remind(world)
    return [
        (name, int(str(said["step"]))) for name, said in await world.take_out() if said["intent"] == "due"
    ]


async def _mine(world: World) -> tuple[Staff, str]:
    """An officer on a case, a colleague, a room; nothing left to be said."""
    anna = await world.person("Anna")
    await world.person("Boris")
    await world.room()
    reference = await world.case(dict(NORMAL))
    await world.acknowledge(reference, anna)
    await world.take_out()
    return anna, reference


async def test_a_day_before_an_hour_before_at_the_time_then_daily(world: World) -> None:
    """The officer on the case is reminded each time in private; the room hears of it once, at the time."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 3 * DAY)
    assert await _passes(world, 2 * DAY - MINUTE) == []
    assert await _passes(world, MINUTE) == [("Anna", 0)]
    assert await _passes(world, 23 * HOUR) == [("Anna", 1)]
    assert sorted(await _passes(world, HOUR)) == [("Anna", 2), ("room", 2)]
    assert await _passes(world, DAY - MINUTE) == []
    assert await _passes(world, MINUTE) == [("Anna", 3)]
    assert await _passes(world, DAY) == [("Anna", 4)]


async def test_the_night_holds_back_nothing(world: World) -> None:
    """A date in the night is reminded of in the night, of a normal case too: somebody chose that hour."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 14 * HOUR)
    assert await _passes(world, 13 * HOUR) == [("Anna", 1)]


async def test_only_what_lies_ahead_when_it_is_set(world: World) -> None:
    """A date set for in ten minutes has no reminder a day before."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 10 * MINUTE)
    assert await _passes(world, MINUTE) == []
    assert sorted(await _passes(world, 9 * MINUTE)) == [("Anna", 2), ("room", 2)]


async def test_each_reminder_is_decided_once(world: World) -> None:
    """However often it is looked, nobody is told twice."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 25 * HOUR)
    assert await _passes(world, HOUR) == [("Anna", 0)]
    for _ in range(3):
        assert await _passes(world, MINUTE) == []


async def test_after_an_outage_one_reminder_the_last(world: World) -> None:
    """After days without a look there is one reminder, and the room that missed the time is told as well."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 2 * DAY)
    assert sorted(await _passes(world, 5 * DAY + MINUTE)) == [("Anna", 5), ("room", 5)]
    assert await _passes(world, MINUTE) == []


async def test_nobody_on_the_case_means_whoever_is_on_duty(world: World) -> None:
    """A date on a case that was given back reaches those on duty."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 2 * DAY)
    await world.do(reference, lambda work, case: casework.release(work, anna, case))
    await world.take_out()
    assert sorted(await _passes(world, DAY)) == [("Anna", 0), ("Boris", 0)]


async def test_done_is_done(world: World) -> None:
    """Once done nobody is reminded; the same can't be done twice."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 2 * DAY)
    await world.do(reference, lambda work, case: due_dates.finish(work, anna, case, 1))
    assert await _passes(world, 9 * DAY) == []
    with pytest.raises(due_dates.NoSuchDueDate):
        await world.do(reference, lambda work, case: due_dates.finish(work, anna, case, 1))


async def test_a_closed_case_reminds_of_nothing_until_it_is_reopened(world: World) -> None:
    """Closing lets the dates rest; reopening goes on with what lies ahead, and makes up for nothing."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 2 * DAY)
    await world.do(reference, lambda work, case: casework.close(work, anna, case, "resolved"))
    assert await _passes(world, DAY) == []
    async with world.backend.looking() as work:
        assert await due_dates.next_due(work) is None
    await world.do(reference, lambda work, case: casework.reopen(work, anna, case))
    await world.take_out()
    assert await _passes(world, MINUTE) == []
    assert await _passes(world, 23 * HOUR - MINUTE) == [("Anna", 1)]


async def test_a_case_taken_back_and_brought_back_goes_on(world: World) -> None:
    """While a case is hidden nobody hears of its dates; brought back, they count again."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 2 * DAY)
    case = await world.find(reference)
    await world.do(reference, erasure.hide)
    assert await _passes(world, DAY) == []
    async with world.backend.work() as work:
        row = await work.session.get(type(case.row), case.row.id)
        assert row
        await erasure.bring_back(work, records.Case(row, case.keys))
    await world.take_out()
    assert await _passes(world, DAY - HOUR) == [("Anna", 1)]


@pytest.mark.parametrize("meanwhile", ["done", "closed", "later"])
async def test_a_reminder_under_way_is_asked_again_whether_it_is_wanted(world: World, meanwhile: str) -> None:
    """Done, closed or overtaken by the next one before it left: it doesn't leave."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 2 * DAY)
    world.clock.advance(DAY)
    await _remind(world)
    if meanwhile == "done":
        await world.do(reference, lambda work, case: due_dates.finish(work, anna, case, 1))
    elif meanwhile == "closed":
        await world.do(reference, lambda work, case: casework.close(work, anna, case, "resolved"))
    else:
        world.clock.advance(23 * HOUR)
        await _remind(world)
    messenger = Messenger()
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    heard = [text for text in messenger.heard("chat-Anna") if "due" in text.splitlines()[0]]
    assert len(heard) == (1 if meanwhile == "later" else 0)


async def test_the_words_are_for_private_chats_that_are_safe_enough(world: World) -> None:
    """The room reads the reference alone; words that came by Matrix aren't shown on Telegram."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 10 * MINUTE)
    await _set(world, reference, anna, 10 * MINUTE, channel="matrix")
    world.clock.advance(10 * MINUTE)
    await _remind(world)
    messenger = Messenger()
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    private = [text for text in messenger.heard("chat-Anna") if "due now" in text]
    room = [text for text in messenger.heard("chat-room") if "срок сейчас" in text]
    assert [SECRET in text for text in private] == [True, False]
    assert len(room) == 2
    assert all(text.startswith(reference) and SECRET not in text for text in (*room, *private[1:]))


async def test_the_history_says_who_was_reminded(world: World) -> None:
    """A reminder is in the history, and is no activity on the case."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 2 * DAY)
    touched = (await world.find(reference)).row.touched_at
    await _passes(world, DAY)
    entry = (await world.history(reference))[-1]
    assert (entry.kind, entry.facts["to"]) == ("reminded", [anna.id])
    assert (await world.find(reference)).row.touched_at == touched


async def test_one_that_fails_holds_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two dates due together one can't be dealt with: the other is, and the first is tried again."""
    anna, reference = await _mine(world)
    broken = await _set(world, reference, anna, 10 * MINUTE)
    await _set(world, reference, anna, 10 * MINUTE)
    real = due_dates._remind  # noqa: SLF001 - where one of two breaks

    async def breaks(work: Work, case: records.Case, row: DueDateRow, index: int) -> None:
        if row.id == broken:
            raise ValueError
        await real(work, case, row, index)

    monkeypatch.setattr(due_dates, "_remind", breaks)
    assert sorted(await _passes(world, 10 * MINUTE)) == [("Anna", 2), ("room", 2)]
    monkeypatch.undo()
    assert sorted(await _passes(world, MINUTE)) == [("Anna", 2), ("room", 2)]


async def test_two_nodes_that_look_at_once_remind_once(world: World) -> None:
    """Both see that it is due; one of them reminds."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 2 * DAY)
    world.clock.advance(DAY)

    async def node() -> None:
        async with world.backend.work() as work:
            await due_dates.run_due(work)

    await asyncio.gather(*(node() for _ in range(4)))
    assert await world.told() == Counter({("Anna", "due"): 1})


async def test_a_clock_that_ran_ahead_costs_no_reminder(world: World) -> None:
    """A clock a month ahead reminds too early; right again, the reminders come when they should."""
    anna, reference = await _mine(world)
    await _set(world, reference, anna, 3 * DAY)
    assert sorted(await _passes(world, 30 * DAY)) == [("Anna", 29), ("room", 29)]
    world.clock.advance(-30 * DAY)
    async with world.backend.work() as work:
        await due_dates.heed_wrong_clocks(work)
    assert await _passes(world, 2 * DAY) == [("Anna", 0)]
    async with world.backend.work() as work:
        await due_dates.heed_wrong_clocks(work)
    assert await _passes(world, 23 * HOUR) == [("Anna", 1)]


async def test_urgent_cases_go_first(world: World) -> None:
    """A reminder of an urgent case overtakes what waits."""
    anna = await world.person("Anna")
    reference = await world.case(dict(URGENT))
    await world.acknowledge(reference, anna)
    await world.take_out()
    await _set(world, reference, anna, 10 * MINUTE)
    world.clock.advance(10 * MINUTE)
    await _remind(world)
    assert [row.priority for row in await world.waiting()] == [0]


# ── At the desk ─────────────────────────────────────────────────────────────────────────────────


async def test_it_is_said_back_with_the_day_named(desk: Desk) -> None:
    """Whoever sets a date reads which moment was understood, the weekday with it, and not the words."""
    anna, reference = await desk.person("Анна"), await desk.report()
    (said,) = await desk.private(anna, f"/due {reference} 25.11 Подать жалобу")
    assert f"{reference}: срок № 1, 25 ноября, 18:00 (среда)." in said.text
    assert "жалобу" not in said.text
    (said,) = await desk.private(anna, f"/due {reference} 3d Позвонить")
    assert "срок № 2, 7 марта, 12:00 (суббота)." in said.text


async def test_the_list_has_words_in_private_and_none_in_the_room(desk: Desk) -> None:
    """`/due REF` lists the soonest first with a button each; in the room numbers and times alone."""
    await desk.room()
    anna, reference = await desk.person("Анна"), await desk.report()
    await desk.private(anna, f"/due {reference} завтра 18:00 Подать жалобу")
    await desk.private(anna, f"/due {reference} 2h Позвонить")
    (private,) = await desk.private(anna, f"/due {reference}")
    assert private.text.index("№ 2 · сегодня в 14:00 · Позвонить") < private.text.index(
        "№ 1 · завтра в 18:00"
    )
    assert [each.label for each in private.buttons] == ["✅ Сделано: № 2", "✅ Сделано: № 1"]
    (room,) = await desk.in_room(anna, f"/due {reference}")
    assert "№ 2 · сегодня в 14:00" in room.text
    assert "Позвонить" not in room.text


async def test_done_by_button_and_by_number(desk: Desk) -> None:
    """A button says that one thing is done and leaves the rest in its place; typed, the number does."""
    anna, reference = await desk.person("Анна"), await desk.report()
    await desk.private(anna, f"/due {reference} завтра 18:00 Подать жалобу")
    (said,) = await desk.private(anna, f"/due {reference} 2h Позвонить")
    button = said.buttons[0].data
    (said,) = await desk.private(anna, button)
    assert said.item
    assert said.item.params["edits"] == "7"
    assert f"{reference}: № 2 сделано, Анна." in said.text
    assert "Подать жалобу" in said.text
    (said,) = await desk.private(anna, button)
    assert "уже отмечен" in said.text
    (said,) = await desk.private(anna, f"/due {reference} готово №1")
    assert f"{reference}: № 1 сделано" in said.text
    (said,) = await desk.private(anna, f"/due {reference}")
    assert "сроков нет" in said.text


async def test_the_button_of_a_case_taken_back_says_so(desk: Desk) -> None:
    """Its reporter has hidden the case since: the button still answers in a whole sentence."""
    anna, reference = await desk.person("Анна"), await desk.report()
    (said,) = await desk.private(anna, f"/due {reference} 2h Позвонить")
    button = said.buttons[0].data
    async with desk.backend.work() as work:
        await erasure.hide(work, await records.find(work, reference))
    (said,) = await desk.private(anna, button)
    assert said.text == "Этот срок уже отмечен, или обращения больше нет."


async def test_dates_show_in_queue_overdue_and_details(desk: Desk) -> None:
    """The queue names what is due next, `/overdue` what has passed, the details the words."""
    anna = await desk.person("Анна", "coordinator")
    reference = await desk.report()
    await desk.private(anna, f"/take {reference}")
    await desk.private(anna, f"/due {reference} 2h Подать жалобу")
    (queue,) = await desk.private(anna, "/queue")
    assert "срок сегодня в 14:00" in queue.text
    (overdue,) = await desk.private(anna, "/overdue")
    assert "срок" not in overdue.text
    (details,) = await desk.private(anna, f"/case {reference}")
    assert details.item
    assert "Подать жалобу" in (await desk.card(details.item)).text
    desk.clock.advance(3 * HOUR)
    (overdue,) = await desk.private(anna, "/overdue")
    assert f"Прошёл 1 срок: {reference} сегодня в 14:00." in overdue.text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("/due", "Когда и что надо успеть"),
        ("/due {ref} когда-нибудь", "Когда и что надо успеть"),
        ("/due {ref} 3d", "Что надо успеть"),
        ("/due {ref} 01.03 Позвонить", "уже прошло"),
        ("/due {ref} вчера Позвонить", "Когда и что надо успеть"),
        ("/due {ref} 0d Позвонить", "только впереди"),
        ("/due {ref} -2h Позвонить", "только впереди"),
        ("/due {ref} 31.02 Позвонить", "такого дня"),
        ("/due {ref} 25:00 Позвонить", "такого времени"),
        ("/due {ref} 99999d Позвонить", "десять лет"),
        ("/due {ref} 25.11.2099 Позвонить", "десять лет"),
        ("/due {ref} done", "Какой срок сделан"),
        ("/due {ref} done 9", "нет"),
        ("/due ZZZ-ZZZ 3d Позвонить", "такого обращения нет"),
    ],
)
async def test_a_slip_gets_a_sentence_and_changes_nothing(desk: Desk, typed: str, says: str) -> None:
    """Whatever is wrong is said, and nothing is set."""
    anna, reference = await desk.person("Анна"), await desk.report()
    (said,) = await desk.private(anna, typed.replace("{ref}", reference))
    assert says in said.text
    (said,) = await desk.private(anna, f"/due {reference}")
    assert "сроков нет" in said.text


async def test_twenty_are_enough(desk: Desk) -> None:
    """One more than fit is refused; one that is done makes room."""
    anna, reference = await desk.person("Анна"), await desk.report()
    for number in range(MOST):
        await desk.private(anna, f"/due {reference} {number + 1}d Позвонить")
    (said,) = await desk.private(anna, f"/due {reference} 3d Позвонить")
    assert f"сроков уже {MOST}" in said.text
    await desk.private(anna, f"/due {reference} done 1")
    (said,) = await desk.private(anna, f"/due {reference} 3d Позвонить")
    assert "срок № 21" in said.text


async def test_a_closed_case_and_the_council_set_none(desk: Desk) -> None:
    """A closed case takes no date, and the council isn't let near cases."""
    anna, reference = await desk.person("Анна"), await desk.report()
    await desk.private(anna, f"/close {reference} решено")
    (said,) = await desk.private(anna, f"/due {reference} 3d Позвонить")
    assert "уже закрыто" in said.text
    council = await desk.person("Совет", "council")
    (said,) = await desk.private(council, f"/due {reference}")
    assert "другая роль" in said.text


async def test_erasing_the_case_erases_its_dates(desk: Desk) -> None:
    """Nothing of a date outlives its case."""
    anna = await desk.person("Анна", "coordinator")
    reference = await desk.report()
    await desk.private(anna, f"/due {reference} 3d Позвонить")
    for typed in (f"/erase {reference}", f"/erase {reference} да"):
        await desk.private(anna, typed)
    async with desk.backend.looking() as work:
        assert await due_dates.next_due(work) is None
        assert await due_dates.until(work, work.now + 9 * DAY) == []
