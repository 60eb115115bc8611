"""Whatever people send, through the whole stack: a sentence that says what to do, and nothing lost."""

from __future__ import annotations

import asyncio

import pytest

from tests.botapi import Media
from tests.system.hotline_process import Desk, is_received, reference_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORGED = (
    "",
    "x",
    "c:",
    "c::yes",
    "c:ffffff:yes",
    "c:ffffff:send",
    "s:ack:K7F3QX",
    "s:ack:../../etc",
    "s:erase:K7F3QX:yes",
    "s:revoke:0:yes",
    "s:bind:yes",
    "\N{COLLISION SYMBOL}" * 16,
    "c:" + ":" * 60,
)
LONGEST = "ё" * 4096


@pytest.mark.parametrize("data", FORGED)
async def test_forged_buttons_of_a_reporter_are_harmless(shared: Desk, data: str) -> None:
    """Any data on any message: the press is answered, something is said, and no case comes of it."""
    cases = shared.hotline.count("cases")
    reporter = shared.api.user()
    await reporter.says("/start")
    welcome = await reporter.next_message()
    press = await reporter.forges(welcome, data)
    await press.answered()
    await reporter.next_message()
    await reporter.says("/help")
    await reporter.next_message(matching="/report")
    assert shared.hotline.count("cases") == cases


async def test_a_stale_button_changes_nothing(shared: Desk) -> None:
    """A button of an earlier question: it has been answered already, and the open question stands."""
    reporter = shared.api.user()
    await reporter.says("/report")
    first = await reporter.next_message(matching="безопасности")
    await reporter.presses(first, "Да")
    await reporter.next_message(matching="О ком")
    await reporter.presses(first, "Нет")
    await reporter.next_message(matching="уже есть ответ")
    await reporter.says("обо мне")
    await reporter.next_message(matching="Чем занимаетесь")


async def test_two_devices_answering_the_same_question(shared: Desk) -> None:
    """Both press at once: the first counts, the second changes nothing, and one case comes of it."""
    reporter = shared.api.user()
    await reporter.says("Сломали дверь")
    question = await reporter.next_message(matching="никуда не ушло")
    cases = shared.hotline.count("cases")
    for _ in range(2):
        await reporter.presses(question, "Отправить сейчас")
    reference = reference_in(await reporter.next_message(matching=is_received))
    await shared.room.next_message(matching=reference)
    await shared.quiet()
    assert shared.hotline.count("cases") == cases + 1
    assert len([message for message in reporter.messages if is_received(message)]) == 1


async def test_the_longest_text_arrives_whole(shared: Desk) -> None:
    """4,096 characters of account reach the officer in private, however many messages that takes."""
    reporter = shared.api.user()
    await reporter.says(LONGEST)
    question = await reporter.next_message(matching="никуда не ушло")
    await reporter.presses(question, "Отправить сейчас")
    reference = reference_in(await reporter.next_message(matching=is_received))
    before = len(shared.boris.messages)
    await shared.boris.says(f"/case {reference}")
    await shared.boris.next_message(60, "Чтобы ответить")
    shown = "".join(message.text for message in shared.boris.messages[before:])
    assert shown.count("ё") >= 4096


@pytest.mark.parametrize("text", [" ", "\n\n", "\u200b", "\u202e", "/", "//", "/нет", "!", "0", "\x00"])
async def test_next_to_nothing_gets_a_sentence(shared: Desk, text: str) -> None:
    """Empty texts and lone signs in the middle of a report: an answer, and the report goes on."""
    reporter = shared.api.user()
    await reporter.says("/report")
    await reporter.next_message(matching="безопасности")
    await reporter.says(text)
    await reporter.next_message()
    await reporter.says("/cancel")
    await reporter.next_message()


async def test_what_cannot_be_read_gets_a_sentence(shared: Desk) -> None:
    """Stickers, contacts, dice and polls: what does work is said, once each, and the question stands."""
    reporter = shared.api.user()
    await reporter.says("/report")
    await reporter.next_message(matching="безопасности")
    await reporter.sends_sticker()
    await reporter.next_message(matching="Подойдут слова")
    await reporter.sends(Media("dice", {"emoji": "\N{GAME DIE}", "value": 3}))
    await reporter.next_message(matching="Подойдут слова")
    await reporter.says("да")
    await reporter.next_message(matching="О ком")


async def test_forwards_and_edits_and_deletions(shared: Desk) -> None:
    """A forward is an account; an edit corrects it; deleting one's own message takes nothing away."""
    reporter, other = shared.api.user(), shared.api.user()
    elsewhere = await other.says("Нас обыскали")
    await other.next_message(matching="никуда не ушло")
    await reporter.forwards(elsewhere)
    await reporter.next_message(matching="никуда не ушло")
    mine = await reporter.says("да")
    question = await reporter.next_message(matching="О ком")
    await reporter.edits(mine, "да, но недолго")
    await reporter.next_message(matching="справ")
    await reporter.deletes(mine)
    await reporter.presses(question, "Отправить сейчас")
    await reporter.next_message(matching=is_received)


async def test_staff_commands_of_strangers_are_unknown(shared: Desk) -> None:
    """In private a stranger's staff command gets the sentence that any unknown command gets."""
    reporter = shared.api.user()
    await reporter.says("/whatever")
    unknown = (await reporter.next_message()).text
    for command in (
        "/queue",
        "/status",
        "/case K7F-3QX",
        "/invite officer Eve",
        "/erase K7F-3QX yes",
        "/bind",
    ):
        await reporter.says(command)
        assert (await reporter.next_message()).text == unknown


async def test_codes_that_do_not_fit(shared: Desk) -> None:
    """A wrong code, a used one, one with a strange name beside it: refused with a sentence."""
    stranger, friend = shared.api.user(), shared.api.user(first_name="\u202eEve\x07\n")
    for code in ("", "WRONG", "ABCD-EFGH-JKLM", "x" * 500, "'; DROP TABLE cases; --"):
        await stranger.says(f"/join {code}")
        await stranger.next_message()
    await shared.anna.says("/invite officer Вера")
    invited = await shared.anna.next_message(matching="Приглашение")
    code = next(word for word in invited.text.split() if word.count("-") == 2)
    await friend.says(f"/join {code}")
    await friend.next_message(matching="Вера")
    await stranger.says(f"/join {code}")
    await stranger.next_message(matching="Код не подошёл")


async def test_names_with_control_characters(shared: Desk) -> None:
    """A name that would break a line or turn the text around is cleaned or refused, never shown as it is."""
    await shared.anna.says("/invite officer \u202eEve\u0007\u200b")
    answer = await shared.anna.next_message()
    assert not any(character in answer.text for character in "\u202e\u0007")


async def test_a_stranger_in_the_staff_room_meets_silence(shared: Desk) -> None:
    """Commands, replies and buttons of someone without a role: no call at all to that chat."""
    reporter, stranger = shared.api.user(), shared.api.user()
    await shared.room.adds(stranger)
    await shared.report_by_sos(reporter)
    notice = shared.room.messages[-1]
    await shared.quiet()
    calls, cases = len(shared.api.calls), shared.hotline.rows("SELECT reference, status FROM cases")
    for text in (
        "/queue",
        "/status",
        "/bind staff",
        "/unbind",
        "/help",
        "/start",
        "/join ABCD-EFGH-JKLM",
        "/nope",
    ):
        await stranger.says(text, chat=shared.room)
    await stranger.says("Я с вами", reply_to=notice)
    press = await stranger.presses(notice, "Принять")
    await press.answered()
    await shared.quiet()
    made = [call.method for call in shared.api.calls[calls:] if call.chat_id == shared.room.id]
    assert made == []
    assert shared.hotline.rows("SELECT reference, status FROM cases") == cases
    assert not stranger.messages


async def test_a_group_of_strangers_meets_silence(shared: Desk) -> None:
    """Brought into a group where nobody is staff, the bot says nothing there, whatever is typed."""
    strangers = [shared.api.user(), shared.api.user()]
    group = shared.api.group("Elsewhere", members=strangers)
    for text in ("/start", "/report", "/sos", "/bind staff", "@hotline_bot помогите"):
        await strangers[0].says(text, chat=group)
    await shared.quiet()
    assert not [call for call in shared.api.calls if call.chat_id == group.id]


async def test_staff_chatter_in_the_room_is_left_alone(shared: Desk) -> None:
    """What colleagues say to each other is nobody's command, also to a bot that reads everything."""
    shared.api.privacy = False
    before = len(shared.room.messages)
    for text in ("Кто сегодня?", "K7F-3QX посмотрите", "да", "https://example.org"):
        await shared.boris.says(text, chat=shared.room)
    await shared.boris.sends_sticker(chat=shared.room)
    await shared.boris.sends_photo(chat=shared.room)
    await shared.quiet()
    shared.api.privacy = True
    assert len(shared.room.messages) == before


async def test_commands_in_the_wrong_place(shared: Desk) -> None:
    """What belongs into the room or into private says so, and says how."""
    await shared.anna.says("/bind staff")
    await shared.anna.next_message(matching="в самой группе")
    await shared.anna.says("/link", chat=shared.room)
    await shared.room.next_message(matching="личном чате")
    await shared.boris.says("/invite officer Eve")
    await shared.boris.next_message(matching="другая роль")


async def test_stale_and_forged_buttons_of_staff(shared: Desk) -> None:
    """Two acknowledge at once: one wins, the other is told who; forged data does nothing but answer."""
    reporter = shared.api.user()
    await shared.report_by_sos(reporter)
    notice = shared.room.messages[-1]
    for data in FORGED:
        await (await shared.boris.forges(notice, data)).answered()
    await asyncio.gather(*(each.presses(notice, "Принять") for each in (shared.anna, shared.boris)))
    await shared.room.next_message(matching="уже принято")
    await reporter.next_message(matching="прочитал обращение")
    await shared.quiet()
    assert len([message for message in reporter.messages if "прочитал обращение" in message.text]) == 1
