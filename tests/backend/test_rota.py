"""Who is on duty now, next and in a week: said as it is, gaps included; nobody at risk waits for nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.people import staff
from backend.rota import duty
from backend.rota.duty import Duty
from bot.cli import checks
from tests.backend.rota_desk import DAYS, NIGHTS, WEEKDAYS, Rota, new_rota
from tests.backend.staff_desk import NOON, Desk

HOUR = timedelta(hours=1)


async def _now(desk: Desk) -> Duty:
    async with desk.backend.looking() as work:
        return await duty.now(work)


def _names(found: Duty) -> tuple[list[str], list[str]]:
    return [each.name for each in found.primary], [each.name for each in found.backup]


# ── Who is called ───────────────────────────────────────────────────────────────────────────────


async def test_without_a_rota_everybody_is_called(desk: Desk) -> None:
    """Every officer, for good, as nothing is planned; coordinators where there is no officer."""
    await desk.person("Вера", "coordinator")
    assert [each.name for each in (await _now(desk)).primary] == ["Вера"]
    await desk.person("Анна")
    await desk.person("Борис")
    found = await _now(desk)
    assert _names(found) == (["Анна", "Борис"], [])
    assert (found.planned, found.until) == (False, None)


async def test_the_week_says_who_is_called_and_until_when(desk: Desk) -> None:
    """At noon Anna is on, Boris is backup, until 21:00 in Moscow; then Boris until 9:00."""
    await new_rota(desk, DAYS, NIGHTS)
    found = await _now(desk)
    assert _names(found) == (["Анна"], ["Борис"])
    assert (found.planned, found.until) == (True, NOON + 9 * HOUR)
    desk.clock.advance(9 * HOUR)
    found = await _now(desk)
    assert _names(found) == (["Борис"], [])
    assert found.until == NOON + 21 * HOUR


async def test_in_a_gap_every_officer_is_called(desk: Desk) -> None:
    """Nobody has the night: all officers are called, and it is said when the gap ends."""
    await new_rota(desk, DAYS)
    desk.clock.advance(10 * HOUR)
    found = await _now(desk)
    assert _names(found) == (["Анна", "Борис", "Глеб"], [])
    assert (found.planned, found.until) == (False, NOON + 21 * HOUR)


async def test_names_that_nobody_has_leave_a_gap_and_are_reported(desk: Desk) -> None:
    """A mistyped name, and the council's: `hotline check` names both, and everybody is called meanwhile."""
    people = await new_rota(desk, {**DAYS, "primary": ["Ана", "зоя"], "backup": "борис"})
    assert _names(await _now(people.desk)) == (["Анна", "Борис", "Глеб"], ["Борис"])
    async with desk.backend.looking() as work:
        assert await duty.unknown_names(work) == ["Ана", "зоя"]
        found = await checks.rota_names(work)
    assert (found.right, found.text) == (
        False,
        "rota.weekly: no officer or coordinator is called Ана, зоя",
    )


async def test_a_shift_without_a_working_address_calls_everybody_too(desk: Desk) -> None:
    """The messenger said that Anna blocked the hotline: the other officers are called with her."""
    people = await new_rota(desk, DAYS, NIGHTS)
    await desk.unreachable(people.people["Анна"])
    found = await _now(desk)
    assert _names(found) == (["Анна", "Борис", "Глеб"], ["Борис"])
    assert found.planned
    assert "вызов получат и все остальные" in await people.say("Вера", "/oncall")


async def test_somebody_who_leaves_takes_their_shifts_along(desk: Desk) -> None:
    """After `/revoke` no shift of theirs is left, single or taken; whoever had it before has it again."""
    people = await new_rota(desk, DAYS)
    await people.say("Вера", "/shift Глеб 5.3 21:00-09:00")
    await people.say("Глеб", "/take_shift 6.3")
    assert await people.on(5, 23) == (["Глеб"], [])
    assert await people.on(6, 12) == (["Глеб"], ["Борис"])
    await people.say("Вера", "/revoke Глеб да")
    assert people.told("Анна") == ["told-shift-primary"]
    assert people.told("Борис") == []
    assert await people.on(5, 23) == ([], [])
    assert await people.on(6, 12) == (["Анна"], ["Борис"])


# ── What is said of it ──────────────────────────────────────────────────────────────────────────


async def test_rota_has_a_line_a_stretch_with_gaps_and_the_readers_own(desk: Desk) -> None:
    """Days are named, a gap is said plainly, backups are told apart, and the reader sees which are theirs."""
    people = await new_rota(desk, WEEKDAYS)
    lines = (await people.say("Анна", "/rota")).splitlines()
    assert lines[0] == "Расписание на неделю"
    assert lines[2:6] == [
        "ср 4 марта, 00:00–09:00: никого. Вызов получат все дежурные",
        "ср 4 марта, 09:00–21:00: Анна (запас: Борис) ← вы",
        "ср 4 марта, 21:00–09:00: никого. Вызов получат все дежурные",
        "чт 5 марта, 09:00–21:00: Анна (запас: Борис) ← вы",
    ]
    assert lines[7] == "пт 6 марта, 09:00–21:00: Анна (запас: Борис) ← вы"
    assert lines[8] == "пт 6 марта, 21:00 – пн 9 марта, 09:00: никого. Вызов получат все дежурные"
    assert lines[-1].startswith("вт 10 марта, 21:00–00:00")
    assert "← вы" not in await people.say("Глеб", "/rota")
    assert "← вы" not in (await desk.in_room(people.people["Анна"], "/rota"))[0].text


@pytest.mark.parametrize(
    ("typed", "first"),
    [("/rota next", "ср 11 марта"), ("/rota 1.4", "ср 1 апреля"), ("/rota завтра", "чт 5 марта")],
)
async def test_rota_of_another_week(desk: Desk, typed: str, first: str) -> None:
    """The week begins on the day that was asked for."""
    people = await new_rota(desk, DAYS)
    assert (await people.say("Анна", typed)).splitlines()[2].startswith(first)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/rota 1.3", "01.03.2026: это уже прошло"),
        ("/rota 1.4.2027", "01.04.2027: это больше чем через год"),
        ("/rota 29.2", "Такого дня в календаре нет"),
    ],
)
async def test_a_week_that_cannot_be_shown_gets_its_sentence(desk: Desk, typed: str, words: str) -> None:
    """Past, too far, and no day at all."""
    people = await new_rota(desk, DAYS)
    assert words in await people.say("Анна", typed)


async def test_oncall_says_who_until_when_where_and_who_is_next(desk: Desk) -> None:
    """All that somebody needs who has to reach a colleague now."""
    people = await new_rota(desk, DAYS, NIGHTS)
    assert (await people.say("Анна", "/oncall")).splitlines() == [
        "Сейчас на смене до 21:00:",
        "Анна: Telegram",
        "",
        "В запасе:",
        "Борис: Telegram",
        "",
        "Дальше, с 21:00: Борис",
        "",
        "Не на смене: Вера, Глеб",
    ]
    desk.clock.advance(9 * HOUR)
    said = await people.say("Анна", "/oncall")
    assert said.startswith("Сейчас на смене до 09:00 завтра:\nБорис: Telegram")
    assert "Дальше, с 09:00 завтра: Анна (запас: Борис)" in said


async def test_oncall_in_a_gap_says_who_is_called(desk: Desk) -> None:
    """The gap is named, its end too, and all who will be called; before it, that it comes."""
    people = await new_rota(desk, WEEKDAYS)
    assert "Дальше, с 21:00, на смене никого: вызов получат все дежурные." in await people.say(
        "Анна", "/oncall"
    )
    desk.clock.advance(timedelta(days=3))
    said = (await people.say("Анна", "/oncall")).splitlines()
    assert said[:4] == [
        "Сейчас на смене никого, до 09:00 9 марта. Вызов получат:",
        "Анна: Telegram",
        "Борис: Telegram",
        "Глеб: Telegram",
    ]


async def test_status_names_the_shift(desk: Desk) -> None:
    """Who is on duty until when; in a gap, who would be called."""
    people = await new_rota(desk, DAYS)
    assert "На смене: Анна, Борис до 21:00." in await people.say("Вера", "/status")
    desk.clock.advance(9 * HOUR)
    assert "На смене никого. Вызов получат: Анна, Борис, Глеб." in await people.say("Вера", "/status")


async def test_no_rota_is_said_as_such(desk: Desk) -> None:
    """Without a rota everybody is on duty, and `/rota` says that."""
    people = await new_rota(desk)
    assert (await people.say("Анна", "/rota")).startswith(
        "Расписания пока нет: дежурят все.\n\nАнна: Telegram"
    )
    async with desk.backend.looking() as work:
        assert (await checks.rota_names(work)).text == "rota.weekly: empty: all are on duty"


async def test_a_rota_follows_the_names_of_now(desk: Desk) -> None:
    """Somebody who is called otherwise from now on keeps the shifts that are not by name."""
    people = await new_rota(desk, DAYS)
    await people.say("Вера", "/shift Глеб 5.3 21:00-09:00")
    async with desk.work() as work:
        await staff.change(work, people.people["Глеб"], name="Глеб Б.")
    assert await people.on(5, 23) == (["Глеб Б."], [])


async def test_the_new_case_calls_who_is_on_duty(desk: Desk) -> None:
    """An SOS goes to the room and, in private, to whoever has the shift; to nobody else."""
    people: Rota = await new_rota(desk, DAYS, NIGHTS)
    await desk.report(sos=True)
    called = [
        each.item.party.id
        for each in desk.said
        if each.item and each.item.intent == "notice" and not each.room
    ]
    assert called == [people.people["Анна"].id]
