"""The staff's side over Matrix, through the real process: notices, acknowledging, answering, binding."""

from __future__ import annotations

from typing import Any

import pytest

from tests.matrix import Message, Refused
from tests.matrix.hotline import PATIENCE, Desk, Reporter

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAFFED = "комната дежурных"


async def notice_of(desk: Desk, reference: str) -> Message:
    """The notice of a case in the staff room, as Boris sees it."""
    shown = (each for each in desk.boris.staff.messages if each.sender == desk.bot.user_id)
    return next(each for each in shown if each.text.startswith(reference))


async def called(desk: Desk) -> tuple[Reporter, str, Message]:
    """Somebody who has called, their case's reference, and its notice in the staff room."""
    reporter = await desk.reporter()
    reference = await desk.report_by_sos(reporter)
    await desk.quiet()
    return reporter, reference, await notice_of(desk, reference)


async def acknowledged(desk: Desk, reporter: Reporter, reference: str) -> None:
    """Wait until the reporter has been told and the notice says so."""
    await reporter.next_message(matching="прочитал обращение")
    notice = await notice_of(desk, reference)
    await desk.boris.client.until(lambda: "Принято: Борис" in notice.text, PATIENCE)


@pytest.mark.parametrize("way", ["!ack {}", "/ack {}"])
async def test_a_case_is_acknowledged_by_command(desk: Desk, way: str) -> None:
    """Either sign begins a command; the reporter hears of it, and the notice is edited in place."""
    reporter, reference, _ = await called(desk)
    await desk.boris.staff.says(way.format(reference))
    await acknowledged(desk, reporter, reference)


async def test_a_case_is_acknowledged_by_a_tick(desk: Desk) -> None:
    """A ✅ at the notice is enough; another sign does nothing."""
    reporter, reference, notice = await called(desk)
    await desk.boris.staff.reacts(notice, "👀")
    await desk.boris.staff.reacts(notice)
    await acknowledged(desk, reporter, reference)


async def test_a_case_is_acknowledged_by_the_number_of_its_button(desk: Desk) -> None:
    """A number, in answer to the notice."""
    reporter, reference, notice = await called(desk)
    await desk.boris.staff.says("1", reply_to=notice)
    await acknowledged(desk, reporter, reference)


async def test_a_stranger_in_the_staff_room_can_do_nothing(desk: Desk) -> None:
    """Neither a tick nor a command of somebody without a role does anything, and nobody answers them."""
    stranger = await desk.clients.person("stranger")
    await desk.anna.staff.invites(stranger.user_id)
    room = await stranger.joins((await stranger.invited()).id)
    reporter, reference, _ = await called(desk)
    notice = await room.next_message(PATIENCE, reference)
    said = len(room.messages)
    await room.reacts(notice)
    await room.says(f"!ack {reference}")
    await desk.boris.staff.says(f"!ack {reference}")
    await acknowledged(desk, reporter, reference)
    assert desk.hotline.rows("SELECT count(*) FROM cases WHERE reference = ?", reference) == [(1,)]
    assert not [
        each for each in room.messages[said:] if each.sender == desk.bot.user_id and each.thread is None
    ]
    await desk.anna.staff.kicks(stranger.user_id)


async def test_officer_and_reporter_talk_and_nobody_learns_who_answers(desk: Desk) -> None:
    """By command and by answering in private; the reporter hears the hotline, never a name or account."""
    reporter, reference, _ = await called(desk)
    await desk.boris.chat.says(f"!ack {reference}")
    await desk.boris.chat.says(f"!reply {reference} Адвокат едет")
    answer = await reporter.next_message(matching="Адвокат едет")
    assert answer.sender == desk.bot.user_id
    assert "Борис" not in answer.text
    await reporter.says("Ждём у входа")
    wrote = await desk.boris.chat.next_message(PATIENCE, "Ждём у входа")
    await desk.boris.chat.says("Он в синей куртке", reply_to=wrote)
    await reporter.next_message(matching="Он в синей куртке")


async def test_words_in_a_notices_thread_are_asked_about(desk: Desk) -> None:
    """Colleagues chat there, too: only after *send* does the reporter read it."""
    reporter, reference, notice = await called(desk)
    before = len(reporter.messages)
    await desk.boris.staff.says("Выезжаем", thread=notice)
    question = await desk.boris.staff.next_message(PATIENCE, "кому эти слова")
    assert question.thread == notice.id
    assert len(reporter.messages) == before
    await desk.boris.staff.says("1", thread=notice)
    await reporter.next_message(matching="Выезжаем")
    assert reference in question.text


async def test_what_is_kept_as_a_note_is_no_message(desk: Desk) -> None:
    """The other answer to that question: colleagues read it in the case, the reporter never."""
    reporter, _, notice = await called(desk)
    await desk.boris.staff.says("Позвоним адвокату", thread=notice)
    question = await desk.boris.staff.next_message(PATIENCE, "кому эти слова")
    await desk.boris.staff.says("2", thread=notice)
    await desk.boris.client.until(lambda: "заметка записана" in question.text, PATIENCE)
    await desk.quiet()
    assert not [each for each in reporter.messages if "адвокату" in each.text]


async def test_a_case_has_one_thread_in_the_staff_room(desk: Desk) -> None:
    """What is said of a case after its notice is said in the notice's thread."""
    reporter, reference, notice = await called(desk)
    await desk.boris.staff.says(f"!ack {reference}")
    await acknowledged(desk, reporter, reference)
    await reporter.says("Их уже пятеро")
    await desk.quiet()
    later = [each for each in desk.boris.staff.messages if reference in each.text and each is not notice]
    assert all(each.thread == notice.id for each in later if each.sender == desk.bot.user_id)


async def test_status_counts(desk: Desk) -> None:
    """The coordinator asks how things stand, in private."""
    await called(desk)
    await desk.anna.chat.says("!status")
    await desk.anna.chat.next_message(PATIENCE, "Открыто")


@pytest.mark.parametrize(
    ("further", "encrypted", "reason"),
    [
        ({}, False, "не зашифрована"),
        ({"preset": "public_chat"}, True, "войти кто угодно"),
        ({"power_level_content_override": {"users_default": 50}}, True, "исключать других"),
        ({"power_level_content_override": {"kick": 0}}, True, "исключать других"),
    ],
)
async def test_no_unsafe_room_becomes_the_staff_room(
    desk: Desk, further: dict[str, Any], reason: str, *, encrypted: bool
) -> None:
    """The refusal says what to change; once that is changed, binding goes on."""
    members = [desk.bot.user_id, desk.boris.client.user_id]
    room = await desk.anna.client.opens(invite=members, encrypted=encrypted, **further)
    await room.until_member(desk.bot.user_id, patience=PATIENCE)
    await room.sets_state("m.room.history_visibility", {"history_visibility": "joined"})
    await room.says("!bind staff")
    assert STAFFED not in (await room.next_message(PATIENCE, reason)).text
    await room.leaves()


async def test_without_encryption_nothing_is_taken_but_a_call_for_help(desk: Desk) -> None:
    """The bot says how to write to it safely; an SOS is heard all the same."""
    reporter = await desk.reporter(encrypted=False)
    cases = desk.hotline.count("cases")
    await reporter.says("Меня зовут так-то")
    await reporter.next_message(matching="не зашифрован")
    await reporter.says("/report")
    await reporter.next_message(matching="не зашифрован")
    assert desk.hotline.count("cases") == cases
    await desk.report_by_sos(reporter)
    assert desk.hotline.count("cases") == cases + 1


async def test_a_room_of_three_is_no_place_to_report(desk: Desk) -> None:
    """Whoever else is there would read it: no report begins."""
    reporter, guest = await desk.reporter(), await desk.clients.person("guest")
    await reporter.room.invites(guest.user_id)
    await guest.joins((await guest.invited()).id)
    await reporter.says("/report")
    with pytest.raises(TimeoutError):
        await reporter.next_message(2, "в безопасности")


async def test_the_bot_leaves_no_trace_of_its_habits(desk: Desk) -> None:
    """No receipts, no presence, no telling names: the server learns what it can't be kept from."""
    reporter = await desk.reporter()
    await desk.report_by_sos(reporter)
    state = await reporter.client.request("GET", f"/presence/{desk.bot.user_id}/status")
    assert state["presence"] == "offline"
    with pytest.raises(Refused) as missing:
        await reporter.room.state("m.room.name")
    assert missing.value.code == "M_NOT_FOUND"
