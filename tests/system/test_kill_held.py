"""Killed while Telegram holds a call: before it has its effect, and between effect and answer."""

from __future__ import annotations

import pytest

from tests.botapi import Message, User
from tests.botapi.faults import Kind
from tests.botapi.files import JPEG
from tests.system.hotline_process import Desk, all_texts, code_in, is_received, reference_in

REPEAT = "Возможно, это сообщение уже приходило"
BEFORE_AND_AFTER = pytest.mark.parametrize("kind", ["hold_before", "hold_after"])
PATIENCE = 60.0


async def at_the_last_word(desk: Desk) -> User:
    """Somebody whose next words are an SOS."""
    reporter = desk.api.user()
    await reporter.says("/sos")
    await reporter.next_message(PATIENCE, "?")
    await desk.quiet()
    return reporter


async def killed_at(desk: Desk, method: str, kind: Kind, chat_id: int | None = None) -> None:
    """Wait until Telegram holds such a call, kill, and start again; the call stays held."""
    fault = desk.api.faults.add(method, kind, chat=chat_id)
    await fault.met(PATIENCE)
    await desk.hotline.restart()


def receipts(reporter: User) -> list[Message]:
    """The receipts that a reporter was given."""
    return [message for message in reporter.messages if is_received(message)]


@BEFORE_AND_AFTER
async def test_killed_while_saying_received(desk: Desk, kind: Kind) -> None:
    """The case is there and the receipt is said, the second time as one that may be a repeat."""
    reporter = await at_the_last_word(desk)
    await reporter.says("Стучат в дверь")
    await killed_at(desk, "sendMessage", kind, reporter.chat.id)
    await reporter.next_message(PATIENCE, is_received)
    await desk.quiet()
    given = receipts(reporter)
    (reference,) = {reference_in(message) for message in given}
    assert len({code_in(message) for message in given}) == 1
    assert [REPEAT in message.text for message in given] == (
        [True] if kind == "hold_before" else [False, True]
    )
    assert desk.hotline.rows("SELECT reference FROM cases") == [(reference,)]


@BEFORE_AND_AFTER
async def test_killed_while_calling_the_room(desk: Desk, kind: Kind) -> None:
    """The notice arrives; if it had arrived before, the second one says that it may be a repeat."""
    reporter = await at_the_last_word(desk)
    await reporter.says("Стучат в дверь")
    await killed_at(desk, "sendMessage", kind, desk.room.id)
    await desk.room.next_message(PATIENCE, "Новое обращение")
    await desk.quiet()
    noticed = [message for message in desk.room.messages if "Новое обращение" in message.text]
    assert [REPEAT in message.text for message in noticed] == (
        [True] if kind == "hold_before" else [False, True]
    )
    assert desk.hotline.count("cases") == 1


async def test_killed_before_a_poll_is_answered(desk: Desk) -> None:
    """What was written while nobody asked is acted on once, by the next process."""
    reporter = await at_the_last_word(desk)
    fault = desk.api.faults.add("getUpdates", "hold_before", times=100)
    desk.api.updates.nudge()
    await fault.met(PATIENCE)
    await reporter.says("Стучат в дверь")
    await desk.hotline.kill()
    fault.release()
    await desk.hotline.start()
    await acted_on_once(desk, reporter)


async def test_killed_while_updates_are_on_their_way(desk: Desk) -> None:
    """Telegram has answered, and nobody was there any more to hear: it answers the next process."""
    reporter = await at_the_last_word(desk)
    fault = desk.api.faults.add("getUpdates", "hold_after", times=100)
    desk.api.updates.nudge()
    await desk.api.until(lambda: desk.api.updates.polling, PATIENCE)
    await reporter.says("Стучат в дверь")
    await fault.met(PATIENCE)
    await desk.hotline.kill()
    fault.release()
    await desk.hotline.start()
    await acted_on_once(desk, reporter)


async def test_killed_before_updates_are_confirmed(desk: Desk) -> None:
    """Acted on, but not confirmed: Telegram brings it again, and nothing comes of that."""
    reporter = await at_the_last_word(desk)
    await desk.api.until(lambda: desk.api.updates.polling, PATIENCE)
    fault = desk.api.faults.add("getUpdates", "hold_before", times=100)
    await reporter.says("Стучат в дверь")
    await desk.room.next_message(PATIENCE, "Новое обращение")
    assert desk.api.updates.pending
    await desk.hotline.kill()
    fault.release()
    await desk.hotline.start()
    await acted_on_once(desk, reporter)


async def acted_on_once(desk: Desk, reporter: User) -> None:
    """One case, one receipt, one notice."""
    await reporter.next_message(PATIENCE, is_received)
    await desk.quiet()
    (reference,) = {reference_in(message) for message in receipts(reporter)}
    assert desk.hotline.rows("SELECT reference FROM cases") == [(reference,)]
    assert {text.partition(" ")[0] for text in all_texts(desk.room)} == {reference}


@BEFORE_AND_AFTER
async def test_killed_while_editing_a_notice(desk: Desk, kind: Kind) -> None:
    """The notice comes to show who acknowledged, and the reporter hears of it once."""
    reporter = desk.api.user()
    reference = await desk.report_by_sos(reporter)
    await desk.quiet()
    notice = desk.room.messages[-1]
    await desk.boris.presses(notice, "Принять")
    await killed_at(desk, "editMessageText", kind)
    await desk.api.until(lambda: "Принято: Борис" in notice.text, PATIENCE)
    await desk.quiet()
    assert len([text for text in all_texts(reporter.chat) if "прочитал обращение" in text]) == 1
    assert "Принять" not in notice.buttons
    assert reference in notice.text


@BEFORE_AND_AFTER
async def test_killed_while_a_chat_is_emptied(desk: Desk, kind: Kind) -> None:
    """Messages that were being taken back, or had been: the chat gets empty in silence, the case stays."""
    reporter = desk.api.user()
    await desk.report_by_sos(reporter)
    await desk.quiet()
    fault = desk.api.faults.add("deleteMessages", kind, chat=reporter.chat.id)
    asked = await reporter.says("/burn")
    await fault.met(PATIENCE)
    await desk.hotline.restart()
    await desk.api.until(lambda: asked.deleted and all(each.deleted for each in reporter.messages), PATIENCE)
    await desk.quiet()
    assert all(each.deleted for each in reporter.messages)
    assert desk.hotline.rows("SELECT count(*) FROM posted WHERE purpose IN ('chat', 'going')") == [(0,)]
    assert desk.hotline.count("cases") == 1


@pytest.mark.parametrize(
    ("method", "kind"), [("getFile", "hold_before"), ("getFile", "hold_after"), ("file", "hold_before")]
)
async def test_killed_while_fetching_a_file(desk: Desk, method: str, kind: Kind) -> None:
    """The file arrives whole with the officer all the same."""
    reporter = desk.api.user()
    reference = await desk.report_by_sos(reporter)
    await reporter.sends_photo()
    await killed_at(desk, method, kind)
    await desk.hotline.until_rows("SELECT DISTINCT state FROM files", [("stored",)])
    await desk.boris.says(f"/case {reference}")
    shown = await desk.boris.next_message(PATIENCE, lambda each: each.file is not None)
    assert shown.file == JPEG
