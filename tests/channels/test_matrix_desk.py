"""A hotline on Matrix as people meet it: a process of its own, real clients, from a call for help on."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.matrix import Clients, Message
from tests.matrix.hotline import Desk, desk_on


@pytest_asyncio.fixture
async def desk(clients: Clients, tmp_path: Path) -> AsyncIterator[Desk]:
    """Lend a hotline with a coordinator, an officer and a staff room."""
    made = await desk_on(clients, tmp_path)
    yield made
    await made.hotline.kill()


def notice(desk: Desk, reference: str) -> Message:
    """The notice of a case as the officer sees it in the staff room."""
    return next(each for each in desk.boris.staff.messages if each.text.startswith(reference))


async def test_a_call_for_help_is_acknowledged_by_number_and_answered(desk: Desk) -> None:
    """The reporter hears of both; the notice in the room changes in place; all of it encrypted."""
    vera = await desk.reporter("vera")
    reference = await desk.report_by_sos(vera)
    called = await desk.boris.chat.next_message(20, reference)
    await desk.boris.chat.says("1")
    assert "прочитал" in (await vera.next_message(20, reference)).text
    await desk.boris.client.until(lambda: "принято" in notice(desk, reference).text, 20)
    await desk.boris.chat.says("Едем к вам", reply_to=called)
    assert (await vera.next_message(20, "Едем к вам")).encrypted
    assert all(message.encrypted for message in desk.boris.staff.messages)
    assert not [each for each in (*vera.messages, *desk.boris.staff.messages) if each.event.shield]
    names = (vera.client.user_id, vera.room.id, vera.client.device_id, desk.boris.staff.id)
    assert not [line for line in desk.hotline.lines if any(name in line for name in names)]


async def test_a_tick_acknowledges(desk: Desk) -> None:
    """A reaction under the notice in the staff room is enough."""
    vera = await desk.reporter("vera")
    reference = await desk.report_by_sos(vera)
    await desk.boris.staff.reacts(notice(desk, reference), "✅")
    assert reference in (await vera.next_message(20, "прочитал")).text


async def test_an_answer_in_the_thread_asks_for_whom_it_is(desk: Desk) -> None:
    """In that thread; a number there decides, and what colleagues say stays among them."""
    vera = await desk.reporter("vera")
    reference = await desk.report_by_sos(vera)
    root = notice(desk, reference)
    await desk.boris.staff.says("Позвоним адвокату", thread=root)
    asked = await desk.boris.staff.next_message(20, "кому эти слова")
    assert asked.thread == root.id
    await desk.boris.staff.says("2", thread=root)
    await desk.boris.client.until(lambda: "заметка записана" in asked.text, 20)
    assert not [each for each in vera.messages if "адвокату" in each.text]


async def test_killed_in_between_it_goes_on(desk: Desk) -> None:
    """What was written while it was dead arrives once, and numbers mean what they meant."""
    vera = await desk.reporter("vera")
    reference = await desk.report_by_sos(vera)
    await desk.boris.chat.next_message(20, reference)
    await desk.hotline.kill()
    await vera.says("Они ломают дверь")
    await desk.boris.chat.says("1")
    await desk.hotline.start()
    await desk.boris.chat.next_message(30, "Они ломают дверь")
    await vera.next_message(30, "прочитал")
    await desk.quiet()
    assert len([each for each in desk.boris.chat.messages if "Они ломают дверь" in each.text]) == 1


async def test_killed_at_any_moment_nothing_is_lost_or_doubled(desk: Desk) -> None:
    """Somebody who goes on writing while the hotline dies three times is heard out, word for word, once."""
    vera = await desk.reporter("vera")
    await desk.report_by_sos(vera)
    sent: list[str] = []

    async def talk() -> None:
        while True:
            sent.append(f"слово {len(sent)}.")
            await vera.says(sent[-1])

    talking = asyncio.create_task(talk())
    for _ in range(3):
        await asyncio.sleep(random.uniform(0.1, 2.0))  # noqa: S311 - any moment will do
        await desk.hotline.kill()
        await desk.hotline.start()
    talking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await talking
    said = await vera.says("последнее слово")
    assert said
    await desk.boris.chat.next_message(60, "последнее слово")
    heard = "\n".join(each.text for each in desk.boris.chat.messages)
    assert {words: heard.count(words) for words in sent[:-1]} == dict.fromkeys(sent[:-1], 1)


async def test_an_unencrypted_chat_is_for_sos_alone(desk: Desk) -> None:
    """It says how to open another; a call for help is taken all the same."""
    gleb = await desk.reporter("gleb", encrypted=False)
    await gleb.says("меня зовут Глеб")
    assert "не зашифрован" in (await gleb.next_message(20)).text
    await desk.report_by_sos(gleb)
    await gleb.says("и ещё адрес")
    assert "не зашифрован" in (await gleb.next_message(20)).text


async def test_a_staff_members_unsigned_device_reads_and_does_nothing(desk: Desk, clients: Clients) -> None:
    """The room is told of it; vouched for, it is told to its owner."""
    stolen = await clients.login(desk.boris.client.account, signed=False)
    told = await desk.anna.staff.next_message(20, "новое устройство")
    assert "Борис" in told.text
    await desk.report_by_sos(await desk.reporter("vera"))
    there = stolen.room(desk.boris.staff.id)
    await there.says("!queue")
    await desk.boris.staff.next_message(20, "неподтверждённого")
    assert there.messages == []
    await desk.boris.client.signs(stolen.device_id)
    await desk.boris.chat.next_message(20, "подтверждённое")


async def test_a_room_that_is_not_safe_is_not_bound(desk: Desk) -> None:
    """A sentence says what to change."""
    people = [desk.bot.user_id, desk.boris.client.user_id]
    for words, room in (
        ("не зашифрована", await desk.anna.client.opens(invite=people, encrypted=False)),
        ("кто угодно", await desk.anna.client.opens(invite=people, preset="public_chat")),
        ("исключать", await desk.anna.client.opens(invite=people, power_level_content_override={"kick": 0})),
    ):
        await room.until_member(desk.bot.user_id)
        await room.says("!bind staff")
        assert words in (await room.next_message(20)).text


async def test_the_fingerprint_is_printed(desk: Desk) -> None:
    """The command prints the key that people see for the account."""
    printed = (await desk.hotline.run_command("matrix", "fingerprint"))[-1]
    assert printed.replace(" ", "") == await desk.anna.client.identity(desk.bot.user_id)
