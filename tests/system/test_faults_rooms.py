"""What happens to the staff room, and what Telegram does to a whole crowd."""

from __future__ import annotations

import asyncio

from tests.system.hotline_process import Desk, all_texts, is_received, reference_in


async def test_a_room_that_becomes_a_supergroup_is_followed(desk: Desk) -> None:
    """In the middle of a case the room gets another id: notices go there, and its buttons work."""
    reporter = desk.api.user()
    await desk.report_by_sos(reporter)
    held = desk.api.faults.add("getUpdates", "hold_before", times=1000)
    desk.api.updates.nudge()
    await held.met()
    moved = await desk.room.migrate()
    held.release()
    other = desk.api.user()
    await other.says("/sos")
    await other.next_message(matching="?")
    await other.says("Стучат")
    reference = reference_in(await other.next_message(matching=is_received))
    notice = await moved.next_message(60, reference)
    await desk.boris.presses(notice, "Принять")
    await other.next_message(matching="прочитал обращение")


async def test_a_room_that_moved_unheard_is_found_by_its_refusal(desk: Desk) -> None:
    """The 400 that names the new id is enough: the notice is sent there, once."""
    desk.api.updates.allow(["message", "callback_query"])
    moved = await desk.room.migrate()
    desk.api.updates.drop()
    reporter = desk.api.user()
    await reporter.says("/sos")
    await reporter.next_message(matching="?")
    await reporter.says("Стучат")
    reference = reference_in(await reporter.next_message(matching=is_received))
    await moved.next_message(60, reference)
    await desk.quiet()
    assert len([each for each in moved.messages if reference in each.text]) == 1


async def test_a_notice_takes_another_way(desk: Desk) -> None:
    """Put out of the room: the coordinator is told what to do, and notices go to those on duty in private."""
    await desk.room.kicks_bot()
    await desk.anna.next_message(60, "/bind staff")
    reporter = desk.api.user()
    await reporter.says("/sos")
    await reporter.next_message(matching="?")
    await reporter.says("Стучат")
    reference = reference_in(await reporter.next_message(matching=is_received))
    await desk.boris.next_message(60, reference)


async def test_duplicated_updates_act_once(desk: Desk) -> None:
    """Updates that Telegram brings again change nothing and are answered once."""
    reporter = desk.api.user()
    reference = await desk.report_by_sos(reporter)
    await desk.quiet()
    said, noticed = list(all_texts(reporter.chat)), list(all_texts(desk.room))
    again = desk.api.faults.add(None, "duplicate_update", times=3)
    await again.met(times=3)
    await reporter.says("/mycase")
    await reporter.next_message(matching=reference)
    await desk.quiet()
    assert desk.hotline.count("cases") == 1
    assert list(all_texts(reporter.chat))[:-1] == said
    assert list(all_texts(desk.room)) == noticed


ON_THE_WAY = 0.5
"""Seconds by which one message may be faster on its way than another that left before it."""


async def crowd(desk: Desk) -> None:
    """Sixty people ask for help at once; everybody is answered, once."""
    people = [desk.api.user() for _ in range(60)]
    for person in people:
        await person.says("/sos")
    await asyncio.gather(*(person.next_message(60, "?") for person in people))
    await desk.quiet()
    assert [len(person.messages) for person in people] == [1] * len(people)


async def test_a_burst_keeps_telegrams_limits(desk: Desk) -> None:
    """Nothing leaves earlier than Telegram's limits allow, but for the time that messages take."""
    await crowd(desk)
    assert not [each for each in desk.api.rates.violations if each.early > ON_THE_WAY]


async def test_a_burst_arrives_where_limits_are_enforced(desk: Desk) -> None:
    """Whatever Telegram refuses as too early is sent again: everybody is answered, and nobody twice."""
    desk.api.enforce_rates = True
    desk.api.rates.overall = 10
    await crowd(desk)
    assert not desk.api.rates.violations
