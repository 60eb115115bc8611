"""Swaps: nothing changes without the other's word, and then both shifts at once or none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.people import staff
from backend.rota import swaps
from tests.backend.rota_desk import DAYS, NIGHTS, new_rota
from tests.backend.staff_desk import Desk

HOUR = timedelta(hours=1)


async def test_a_swap_takes_two(desk: Desk) -> None:
    """Gleb is asked in private what he would have and give; until he agrees nothing changes."""
    people = await new_rota(desk, DAYS)
    await people.say("Вера", "/shift Глеб 8.3 21:00-09:00 запасной")
    assert "Теперь решает Глеб" in await people.say("Анна", "/swap 6.3 Глеб 8.3")
    assert people.to("Глеб").text.splitlines()[:3] == [
        "Анна предлагает поменяться сменами. Тогда:",
        "06.03 09:00–21:00: дежурит Глеб.",
        "08.03 21:00–09:00: в запасе Анна.",
    ]
    assert people.in_room() == []
    assert await people.on(6, 12) == (["Анна"], ["Борис"])


async def test_agreeing_by_button(desk: Desk) -> None:
    """Gleb takes Anna's Friday, she takes his Sunday; both are told, and the room."""
    people = await new_rota(desk, DAYS)
    await people.say("Вера", "/shift Глеб 8.3 21:00-09:00")
    await people.say("Анна", "/swap 6.3 Глеб 8.3")
    agree = people.to("Глеб").buttons[0].data
    done = await people.say("Глеб", agree)
    assert done == "Обмен состоялся.\n06.03 09:00–21:00: дежурит Глеб.\n08.03 21:00–09:00: дежурит Анна."
    assert people.told("Анна") == ["say"]
    assert people.in_room() == [done]
    assert await people.on(6, 12) == (["Глеб"], ["Борис"])
    assert await people.on(8, 23) == (["Анна"], [])
    assert "Этой просьбы уже нет" in await people.say("Глеб", agree)


async def test_agreeing_by_word(desk: Desk) -> None:
    """`/swap да` answers the one who asked; where two asked, it asks whose is meant."""
    people = await new_rota(desk, DAYS, NIGHTS)
    await people.say("Анна", "/swap 6.3 Глеб")
    await people.say("Борис", "/swap 9.3 Глеб")
    said = await people.say("Глеб", "/swap да")
    assert "Анна, Борис" in said
    assert "/swap да Анна" in said
    assert "Обмен состоялся." in await people.say("Глеб", "/swap да анна")
    assert "обмена не будет" in await people.say("Глеб", "/swap нет")
    assert people.told("Борис") == ["told-swap-declined"]
    assert await people.on(6, 12) == (["Глеб"], ["Борис"])
    assert await people.on(9, 12) == (["Анна"], ["Борис"])
    assert "никто не просит" in await people.say("Глеб", "/swap нет")


async def test_asked_again_it_is_one_request(desk: Desk) -> None:
    """The same offer made twice: the first button is dead, and a word is enough to agree."""
    people = await new_rota(desk, DAYS)
    await people.say("Анна", "/swap 6.3 Глеб")
    earlier = people.to("Глеб").buttons[0].data
    await people.say("Анна", "/swap 6.3 Глеб")
    assert "Этой просьбы уже нет" in await people.say("Глеб", earlier)
    assert "Обмен состоялся." in await people.say("Глеб", "/swap да")


async def test_nobody_else_answers(desk: Desk) -> None:
    """The button in somebody else's hands does nothing, not even in the asker's."""
    people = await new_rota(desk, DAYS)
    await people.say("Анна", "/swap 6.3 Глеб")
    agree = people.to("Глеб").buttons[0].data
    for name in ("Анна", "Борис", "Вера"):
        assert "Этой просьбы уже нет" in await people.say(name, agree)
    assert await people.on(6, 12) == (["Анна"], ["Борис"])


@pytest.mark.parametrize(("day", "passes"), [("9.3", 48), ("5.3", 21)])
async def test_a_request_ends_after_two_days_or_when_the_shift_begins(
    desk: Desk, day: str, passes: int
) -> None:
    """A second before, it can be agreed to; then it can't, and whoever asked is told."""
    people = await new_rota(desk, DAYS)
    await people.say("Анна", f"/swap {day} Глеб")
    agree = people.to("Глеб").buttons[0].data
    desk.clock.advance(passes * HOUR - timedelta(seconds=1))
    async with desk.work() as work:
        await swaps.expire(work)
    assert desk.said == []
    desk.clock.advance(timedelta(seconds=1))
    assert "Этой просьбы уже нет" in await people.say("Глеб", agree)
    async with desk.work() as work:
        await swaps.expire(work)
    assert people.told("Анна") == ["told-swap-expired"]
    async with desk.work() as work:
        await swaps.expire(work)
    assert desk.said == []


async def test_what_changed_meanwhile_is_not_swapped(desk: Desk) -> None:
    """Vera has taken over half of the shift since: agreeing changes nothing and says so."""
    people = await new_rota(desk, DAYS)
    await people.say("Анна", "/swap 6.3 Глеб")
    agree = people.to("Глеб").buttons[0].data
    await people.say("Вера", "/take_shift 6.3 15-21")
    assert "Этой просьбы уже нет" in await people.say("Глеб", agree)
    assert await people.on(6, 12) == (["Анна"], ["Борис"])
    assert await people.on(6, 16) == (["Вера"], ["Борис"])


async def test_a_word_answers_what_can_still_be_swapped(desk: Desk) -> None:
    """Of two requests one can't be done any more: «да» means the other, and nothing is asked back."""
    people = await new_rota(desk, DAYS)
    await people.say("Анна", "/swap 6.3 Глеб")
    await people.say("Анна", "/swap 9.3 Глеб")
    await people.say("Вера", "/take_shift 9.3")
    assert "Обмен состоялся." in await people.say("Глеб", "/swap да")
    assert await people.on(6, 12) == (["Глеб"], ["Борис"])
    assert "Этой просьбы уже нет" in await people.say("Глеб", "/swap да")


async def test_a_shift_got_meanwhile_is_in_the_way(desk: Desk) -> None:
    """Gleb was put on duty at that time since he was asked: he can't be in two places."""
    people = await new_rota(desk, DAYS)
    await people.say("Анна", "/swap 6.3 Глеб")
    agree = people.to("Глеб").buttons[0].data
    await people.say("Вера", "/shift Глеб 6.3 20:00-22:00 запасной")
    assert "Смены пересекаются: на 06.03 20:00–22:00 уже стоит Глеб" in await people.say("Глеб", agree)
    assert await people.on(6, 12) == (["Анна"], ["Борис"])


async def test_roles_on_one_day_are_exchanged(desk: Desk) -> None:
    """Primary and backup of one day change places: their shifts overlap, and that is no hindrance."""
    people = await new_rota(desk, DAYS)
    await people.say("Анна", "/swap 6.3 Борис 6.3")
    assert "Обмен состоялся." in await people.say("Борис", "/swap да")
    assert await people.on(6, 12) == (["Борис"], ["Анна"])


async def test_a_swap_of_somebody_who_left_is_gone(desk: Desk) -> None:
    """Whoever is revoked takes the request along, on either side."""
    people = await new_rota(desk, DAYS)
    await people.say("Анна", "/swap 6.3 Глеб")
    agree = people.to("Глеб").buttons[0].data
    async with desk.work() as work:
        await staff.revoke(work, "Анна")
    assert "Этой просьбы уже нет" in await people.say("Глеб", agree)
