"""What Telegram does to the hotline, and what becomes of a report all the same."""

from __future__ import annotations

import time

import pytest

from tests.botapi import Chat, Message
from tests.botapi.client import raw
from tests.botapi.faults import Kind
from tests.system.hotline_process import Desk, is_received, reference_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

REPEAT = "Возможно, это сообщение уже приходило"


def saying(chat: Chat, part: str) -> list[Message]:
    """The messages of a chat that hold `part`."""
    return [message for message in chat.messages if part in message.text]


async def test_a_throttled_chat_waits_and_the_others_do_not(shared: Desk) -> None:
    """After a 429 nothing goes to that chat for as long as it says; everybody else is served meanwhile."""
    slow, quick = shared.api.user(), shared.api.user()
    fault = shared.api.faults.add("sendMessage", "429", retry_after=15, chat=slow.chat)
    await slow.says("/sos")
    await fault.met()
    refused_at = time.monotonic()
    await shared.report_by_sos(quick)
    answered_at = quick.messages[-1].at
    first = await slow.next_message(60)
    assert first.at - refused_at >= 15
    assert answered_at < first.at
    assert len(saying(slow.chat, "?")) == 1


@pytest.mark.parametrize("kind", ["500", "502_html", "not_json", "cut_before"])
async def test_what_did_not_arrive_is_said_again(shared: Desk, kind: Kind) -> None:
    """Answers of 5xx, nonsense or none: the receipt and the notice arrive all the same, marked as unsure."""
    reporter = shared.api.user()
    await reporter.says("/sos")
    await reporter.next_message(matching="?")
    to_reporter = shared.api.faults.add("sendMessage", kind, chat=reporter.chat)
    to_room = shared.api.faults.add("sendMessage", kind, chat=shared.room)
    await reporter.says("Они у двери")
    received = await reporter.next_message(60, is_received)
    notice = await shared.room.next_message(60, reference_in(received))
    assert to_reporter.acted == to_room.acted == 1
    assert REPEAT in notice.text
    assert REPEAT in received.text


async def test_a_cut_after_the_effect_is_marked_as_a_repeat(shared: Desk) -> None:
    """What may have arrived is sent once more and says so: notice and receipt; a question needn't."""
    reporter = shared.api.user()
    await reporter.says("/sos")
    await reporter.next_message(matching="?")
    shared.api.faults.add("sendMessage", "cut_after", chat=reporter.chat)
    shared.api.faults.add("sendMessage", "cut_after", chat=shared.room)
    await reporter.says("Они у двери")
    first = await reporter.next_message(60, is_received)
    second = await reporter.next_message(60, is_received)
    assert REPEAT not in first.text
    assert REPEAT in second.text
    assert reference_in(first) == reference_in(second)
    await shared.quiet()
    first_notice, second_notice = saying(shared.room, reference_in(first))
    assert REPEAT not in first_notice.text
    assert REPEAT in second_notice.text
    assert shared.hotline.rows("SELECT count(*) FROM cases WHERE reference = ?", reference_in(first)) == [
        (1,)
    ]


async def test_a_reply_that_cannot_arrive_is_told_to_its_author(shared: Desk) -> None:
    """The reporter blocks the bot: whoever answered them reads that it didn't arrive, and others go on."""
    reporter = shared.api.user()
    reference = await shared.report_by_sos(reporter)
    held = shared.api.faults.add("getUpdates", "hold_before", times=1000)
    await shared.boris.says(f"/reply {reference} Мы рядом")
    await reporter.blocks()
    held.release()
    await shared.boris.next_message(60, lambda each: reference in each.text and "не доставлен" in each.text)


async def test_a_reporter_who_blocks_in_mid_report_can_go_on(shared: Desk) -> None:
    """Blocking the bot between two questions loses nothing: after unblocking the report goes on."""
    reporter = shared.api.user()
    await reporter.says("/report")
    question = await reporter.next_message(matching="безопасности")
    await reporter.presses(question, "Да")
    await reporter.next_message(matching="О ком")
    await reporter.blocks()
    await shared.quiet()
    await reporter.unblocks()
    await reporter.says("обо мне")
    await reporter.next_message(matching="Чем занимаетесь")
    await shared.report_by_sos(shared.api.user())


async def test_recovers_from_a_second_poller(shared: Desk) -> None:
    """Another poller of the same bot takes the poll away for a moment; afterwards everything is served."""
    await shared.api.until(lambda: shared.api.updates.polling)
    await raw(shared.api, "getUpdates", {"timeout": 0})
    await shared.hotline.said("Conflict")
    reporter = shared.api.user()
    await reporter.says("/sos")
    await reporter.next_message(60, "?")


async def test_slow_answers_delay_nobody_else(shared: Desk) -> None:
    """Telegram takes seven seconds for one chat: others are answered meanwhile, and nothing is said twice."""
    slow, quick = shared.api.user(), shared.api.user()
    fault = shared.api.faults.add("sendMessage", "delay_after", seconds=7, chat=slow.chat)
    await slow.says("/sos")
    await fault.met()
    await quick.says("/sos")
    await quick.next_message(6.5, "?")
    await shared.quiet()
    assert len(slow.messages) == 1
