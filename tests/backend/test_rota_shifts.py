"""Shifts by command: put, taken away, taken over. What is wrong gets its sentence and changes nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from backend.errors import ShiftOverlaps
from backend.rota import shifts
from backend.rota.model import ShiftRow, SwapRow
from tests.backend.rota_desk import DAYS, NIGHTS, Rota, new_rota, rota
from tests.backend.staff_desk import Desk

HOUR = timedelta(hours=1)


async def _rows(desk: Desk) -> int:
    async with desk.backend.looking() as work:
        rows = (await work.session.execute(select(ShiftRow.id))).all()
        return len(rows) + len((await work.session.execute(select(SwapRow.id))).all())


# ── Put on duty, and taken away ─────────────────────────────────────────────────────────────────


async def test_a_coordinator_puts_somebody_on_duty(desk: Desk) -> None:
    """Gleb has the shift, Anna is told that she needn't come, Gleb that he must, and the room reads both."""
    people = await new_rota(desk, DAYS)
    said = await people.say("Вера", "/shift Глеб 5.3 09:00-21:00")
    assert said == "05.03 09:00–21:00: дежурит Глеб.\nДо этого в расписании: Анна."
    assert people.told("Глеб") == ["told-shift-primary"]
    assert people.told("Анна") == ["told-relieved"]
    assert people.told("Борис") == []
    assert people.in_room() == [said]
    assert await people.on(5, 12) == (["Глеб"], ["Борис"])
    assert await people.on(6, 12) == (["Анна"], ["Борис"])


async def test_the_button_takes_it_away_again(desk: Desk) -> None:
    """Under the answer is a button; once pressed the week holds again, and the second press says so."""
    people = await new_rota(desk, DAYS)
    made = await people.answer("Вера", "/shift Глеб 5.3 09:00-21:00")
    off = await people.say("Вера", made.buttons[0].data)
    assert off == "05.03 09:00–21:00: смена снята, Глеб.\nТеперь в расписании: Анна."
    assert people.told("Глеб") == ["told-shift-off"]
    assert people.told("Анна") == ["told-shift-primary"]
    assert len(people.in_room()) == 1
    assert await people.on(5, 12) == (["Анна"], ["Борис"])
    assert "такой смены в расписании нет" in await people.say("Вера", made.buttons[0].data)


async def test_a_shift_is_taken_away_by_words_too(desk: Desk) -> None:
    """`/shift off` names person and beginning; one that has begun ends now and stays as it was till then."""
    people = await new_rota(desk)
    await people.say("Вера", "/shift Глеб 4.3 09:00-21:00")
    await people.say("Вера", "/shift Глеб 5.3 09:00-21:00 запасной")
    desk.clock.advance(HOUR)
    assert "Теперь в это время никого." in await people.say("Вера", "/shift off глеб 05.03 9:00")
    assert await _rows(desk) == 1
    assert "Глеб" in await people.say("Вера", "/shift off Глеб 4.3 12:00")
    assert await people.on(4, 14) == ([], [])


async def test_the_week_itself_cannot_be_taken_away(desk: Desk) -> None:
    """What the configuration says is told apart from what is not there at all."""
    people = await new_rota(desk, DAYS)
    assert "смена из постоянного расписания, Анна" in await people.say("Вера", "/shift off Анна 5.3 09:00")
    assert "05.03.2026 10:00: Анна в это время на смену не заступает" in await people.say(
        "Вера", "/shift off Анна 5.3 10:00"
    )


async def test_only_coordinators_put_people_on_duty(desk: Desk) -> None:
    """An officer can't, nor by the coordinator's button."""
    people = await new_rota(desk, DAYS)
    made = await people.answer("Вера", "/shift Глеб 5.3 09:00-21:00")
    for typed in ("/shift Борис 6.3 9-21", "/shift off Глеб 5.3 9", made.buttons[0].data):
        assert "нужна другая роль" in await people.say("Анна", typed)
    assert "нужна другая роль" in await people.say("Зоя", "/take_shift 5.3")
    assert await people.on(5, 12) == (["Глеб"], ["Борис"])


async def test_a_shift_that_has_begun_is_put_from_now_on(desk: Desk) -> None:
    """Today's shift, put at noon, begins now; until midnight is until midnight."""
    people = await new_rota(desk)
    assert "04.03 12:00–00:00: дежурит Глеб." in await people.say("Вера", "/shift Глеб сегодня 9-24")


WRONG = {
    "/shift Анна 5.3 10-12": "Смены пересекаются: на 05.03 09:00–21:00 уже стоит Анна",
    "/shift Борис 5.3 20-22": "Смены пересекаются: на 05.03 09:00–21:00 уже стоит Борис",
    "/shift Борис 7.3 23:00-23:59": "Смены пересекаются: на 07.03 21:00–23:30 уже стоит Глеб",
    "/shift Кто-то 5.3 9-21": "Не нашли, кто это: Кто-то",
    "/shift Зоя 5.3 9-21": "Зоя не дежурит",
    "/shift Глеб 3.3 9-21": "03.03.2026 09:00–21:00: это уже прошло",
    "/shift Глеб 4.3 9-12": "04.03.2026 09:00–12:00: это уже прошло",
    "/shift Глеб 5.3 9-9": "конец раньше начала или совпадает",
    "/shift Глеб 5.3 9 - 4.3 21:00": "05.03 09:00 – 04.03 21:00: конец раньше начала",
    "/shift Глеб 5.3 9 - 7.3 10": "05.03 09:00 – 07.03 10:00: это дольше 48 часов",
    "/shift Глеб 7.3.2027 9-21": "07.03.2027: это больше чем через год",
    "/shift Глеб 29.2 9-21": "Такого дня в календаре нет",
    "/shift Глеб 5.3 9 - 29.2 9": "Такого дня в календаре нет",
    "/shift Глеб 29.3 02:30-21:00": "29.03.2026 часы переводят вперёд: времени 02:30",
    "/shift Глеб 28.3 21:00-02:30": "29.03.2026 часы переводят вперёд: времени 02:30",
    "/shift Глеб 25.10.2026 02:30-21:00": "25.10.2026 часы переводят назад: 02:30",
    "/shift off Глеб 29.3 02:30": "часы переводят вперёд",
    "/shift off Кто-то 5.3 9": "Не нашли, кто это: Кто-то",
    "/shift off Глеб 3.3 9": "03.03.2026 09:00: Глеб в это время на смену не заступает",
    "/take_shift 3.3": "03.03.2026: это уже прошло",
    "/take_shift 6.3.2027": "06.03.2027: это больше чем через год",
    "/take_shift 5.3 21-23": "05.03 21:00–23:00: такой смены в расписании нет",
    "/take_shift 5.3 20-22": "05.03 20:00–22:00: такой смены в расписании нет",
    "/take_shift 7.3 9-9": "конец раньше начала",
    "/take_shift 7.3 22-23": "07.03 22:00–23:00: это и так ваша смена",
    "/take_shift 5.3 Кто-то": "Не нашли, кто это",
    "/take_shift 29.3 02:30-03:30": "часы переводят вперёд",
    "/swap 5.3 Глеб": "Меняться можно только с кем-то другим",
    "/swap 5.3 Анна": "05.03.2026: Глеб в это время на смену не заступает",
    "/swap 7.3 Анна 8.4.2027": "08.04.2027: это больше чем через год",
    "/swap 7.3 Зоя": "Зоя не дежурит",
    "/swap 7.3 Кто-то": "Не нашли, кто это",
    "/swap 3.3 Анна": "03.03.2026: это уже прошло",
    "/swap 7.3 Вера 5.3": "05.03.2026: Вера в это время на смену не заступает",
    "/swap 7.3 Борис": "Смены пересекаются: на 07.03 21:00–23:00 уже стоит Борис",
    "/swap да": "никто не просит",
}


@pytest.mark.parametrize("typed", WRONG)
async def test_what_is_wrong_gets_its_sentence_and_changes_nothing(desk: Desk, typed: str) -> None:
    """Each slip is named in the person's language; nobody else hears of it, and the rota stays."""
    people = await new_rota(desk)
    desk.backend.settings = rota(DAYS, zone="Europe/Berlin")
    actor = "Вера" if typed.startswith("/shift") else "Глеб"
    desk.clock.advance(2 * HOUR)
    await people.say("Вера", "/shift Глеб 7.3 21:00-23:30")
    await people.say("Вера", "/shift Борис 7.3 21:00-23:00 запасной")
    assert await _rows(desk) == 2
    said = await people.act(actor, typed)
    assert len(said) == 1, [each.text for each in said]
    assert WRONG[typed] in said[0].text
    assert await _rows(desk) == 2


# ── Taking over ─────────────────────────────────────────────────────────────────────────────────


async def test_an_officer_takes_over_a_shift(desk: Desk) -> None:
    """The day's one shift of somebody else's: Anna is told and the room reads it."""
    people = await new_rota(desk, DAYS)
    said = await people.say("Глеб", "/take_shift 5.3")
    assert said == "05.03 09:00–21:00: дежурит Глеб.\nДо этого в расписании: Анна."
    assert people.told("Анна") == ["told-relieved"]
    assert people.in_room() == [said]
    assert await people.on(5, 12) == (["Глеб"], ["Борис"])


async def test_in_the_room_it_is_said_once(desk: Desk) -> None:
    """Typed in the room, the room's answer is all that the room reads."""
    people = await new_rota(desk, DAYS)
    said = await desk.in_room(people.people["Глеб"], "/take_shift 5.3")
    assert len([each for each in said if each.room]) == 1


async def test_a_part_may_be_taken_and_taken_again(desk: Desk) -> None:
    """The latest stands before the earlier ones, and the rest is whose it was."""
    people = await new_rota(desk, DAYS)
    await people.say("Глеб", "/take_shift 5.3 12-18")
    await people.say("Вера", "/take_shift 5.3 15-16")
    found = [(await people.on(5, hour))[0] for hour in (11, 12, 14, 15, 16, 18)]
    assert found == [["Анна"], ["Глеб"], ["Глеб"], ["Вера"], ["Глеб"], ["Анна"]]
    assert people.told("Глеб") == ["told-relieved"]


async def test_where_several_might_be_meant_it_asks_which(desk: Desk) -> None:
    """Two shifts begin that day: both are named with an example, and the example works."""
    people = await new_rota(desk, DAYS, NIGHTS)
    asked = await people.say("Глеб", "/take_shift 5.3")
    assert "09:00–21:00 Анна, 21:00–09:00 Борис" in asked
    assert "например: 09:00-21:00 Анна" in asked
    assert "дежурит Глеб" in await people.say("Глеб", "/take_shift 5.3 09:00-21:00 Анна")
    assert "дежурит Глеб" in await people.say("Глеб", "/take_shift 5.3 Борис")
    assert await people.on(5, 23) == (["Глеб"], [])


async def test_whoever_is_on_beside_stays_on(desk: Desk) -> None:
    """Of two who share a shift one is relieved; taking the stand-in away brings both back."""
    people = await new_rota(desk, {**DAYS, "primary": ["Анна", "Борис"], "backup": []})
    assert "смен несколько" in await people.say("Глеб", "/take_shift 5.3 12-15")
    await people.say("Глеб", "/take_shift 5.3 12-15 Анна")
    assert await people.on(5, 13) == (["Борис", "Глеб"], [])
    assert people.told("Борис") == []
    await people.say("Вера", "/shift off Глеб 5.3 12:00")
    assert await people.on(5, 13) == (["Анна", "Борис"], [])


async def test_the_backup_may_take_over(desk: Desk) -> None:
    """Boris, who is backup, takes the shift itself; a backup's place is taken by naming it."""
    people = await new_rota(desk, DAYS)
    await people.say("Борис", "/take_shift 5.3")
    await people.say("Глеб", "/take_shift 5.3 запасной")
    assert await people.on(5, 12) == (["Борис"], ["Глеб"])


async def test_of_a_running_shift_the_rest_is_taken(desk: Desk) -> None:
    """At noon today's shift is taken from now on."""
    people = await new_rota(desk, DAYS)
    assert "04.03 12:00–21:00: дежурит Глеб." in await people.say("Глеб", "/take_shift 4.3")
    assert "04.03 12:00–21:00: дежурит Вера." in await people.say("Вера", "/take_shift сегодня 9-21")


async def test_the_last_change_holds_even_if_the_clock_goes_back(desk: Desk) -> None:
    """An hour later by an earlier clock is still later."""
    people = await new_rota(desk, DAYS)
    await people.say("Глеб", "/take_shift 5.3")
    desk.clock.advance(-HOUR)
    await people.say("Вера", "/take_shift 5.3")
    assert await people.on(5, 12) == (["Вера"], ["Борис"])


async def test_two_coordinators_at_once_put_one(desk: Desk) -> None:
    """Of two who put different people on the same night at the same moment one is refused."""
    people = await new_rota(desk)
    begins = datetime(2026, 3, 5, 18, tzinfo=UTC)

    async def put(name: str) -> bool:
        person = people.people[name]
        try:
            async with desk.backend.work() as work:
                await shifts.add(
                    work,
                    people.people["Вера"],
                    person,
                    begins=begins,
                    ends=begins + 12 * HOUR,
                    role="primary",
                )
        except ShiftOverlaps:
            return False
        return True

    assert sorted(await asyncio.gather(*map(put, ("Анна", "Борис", "Глеб")))) == [False, False, True]
    assert await _rows(desk) == 1


async def test_no_name_stands_in_the_tables(desk: Desk) -> None:
    """Whoever reads the database without keys finds ids, roles and times."""
    people = await new_rota(desk, DAYS)
    await people.say("Вера", "/shift Глеб 7.3 21:00-23:00")
    await people.say("Анна", "/swap 6.3 Глеб 7.3")
    assert await _rows(desk) == 2
    async with desk.backend.database.reading() as session:
        for table in ("shifts", "swaps"):
            rows = (await session.execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608 - our own names
            assert not any(name in str(row) for row in rows for name in people.people)


async def test_old_shifts_are_forgotten(desk: Desk) -> None:
    """What was over months ago is dropped; what is to come stays."""
    people: Rota = await new_rota(desk)
    await people.say("Вера", "/shift Глеб 5.3 9-21")
    desk.clock.advance(timedelta(days=60))
    await people.say("Вера", "/shift Глеб 5.5 9-21")
    desk.clock.advance(timedelta(days=40))
    async with desk.work() as work:
        await shifts.forget_old(work)
    assert await _rows(desk) == 1
