"""Each change of duty is handed over: once, to the room and to who comes, until somebody says "I'm on"."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from backend.cases import records
from backend.errors import HotlineError
from backend.escalation import due_dates
from backend.people.staff import Staff
from backend.rota import handover, shifts, standing_in
from backend.rota.handover import HandoverPast, NothingToTakeOver, NotYourShift, TakenOverAlready
from bot.channels.base import Edit, Outgoing, Receipt, Say
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.rota_world import at, look, next_look, plan, shift
from tests.backend.staff_desk import Desk
from tests.backend.world import NORMAL, URGENT, World

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HANDED = Counter({("room", "handover"): 1, ("Boris", "handover"): 1})


async def _two_shifts(world: World) -> tuple[Staff, Staff]:
    """Anna by day and Boris by night, a coordinator, a room; it is noon, and that is known."""
    anna, boris = await world.person("Anna"), await world.person("Boris")
    await world.person("Cora", "coordinator")
    await world.room()
    plan(world, shift("09:00", "21:00", "Anna"), shift("21:00", "09:00", "Boris"))
    await look(world)
    assert await world.told() == Counter()
    return anna, boris


async def _acknowledge(world: World, person: Staff, number: int | None = None) -> None:
    async with world.backend.work() as work:
        await handover.acknowledge(work, person, number)


async def _refused(world: World, person: Staff, number: int | None = None) -> type[HotlineError]:
    with pytest.raises(HotlineError) as caught:
        await _acknowledge(world, person, number)
    return type(caught.value)


async def test_the_room_and_who_comes_are_told_at_the_change(world: World) -> None:
    """Not a minute earlier, once however often it is looked, and whoever leaves is left in peace."""
    await _two_shifts(world)
    await at(world, "20:59")
    await look(world)
    assert await world.told() == Counter()
    await at(world, "21:00")
    for _ in range(3):
        await look(world)
    assert await world.told() == HANDED


async def test_without_a_rota_nothing_is_handed_over(world: World) -> None:
    """Where everybody is always on duty nobody takes over from anybody."""
    await world.person("Anna")
    await world.room()
    await look(world)
    await at(world, "21:00")
    await look(world)
    assert await world.told() == Counter()
    assert await next_look(world) is None


async def test_the_same_people_go_on_without_a_word(world: World) -> None:
    """Two shifts of one person that follow each other are no change."""
    await world.person("Anna")
    await world.room()
    plan(world, shift("09:00", "21:00", "Anna"), shift("21:00", "09:00", "Anna"))
    await look(world)
    await at(world, "21:00")
    await look(world)
    assert await world.told() == Counter()


async def test_after_an_outage_only_the_last_change(world: World) -> None:
    """Three changes passed unseen: the room reads one handover, from the time of the last."""
    await _two_shifts(world)
    await at(world, "05 22:30")
    await look(world)
    assert await world.told() == HANDED
    async with world.backend.looking() as work:
        known = await handover.latest(work)
    assert known
    assert (world.clock.now() - known.at) == 90 * MINUTE


async def test_a_shift_taken_over_moves_the_handover(world: World) -> None:
    """Whoever takes a shift now comes on now; at the old hour nothing changes any more."""
    anna, boris = await _two_shifts(world)
    async with world.backend.work() as work:
        now = work.now
        await standing_in.take(work, boris, begins=now, ends=now + 9 * HOUR, role="primary")
    await world.take_out()
    await look(world)
    assert await world.told("handover") == HANDED
    await at(world, "21:00")
    await look(world)
    assert await world.told("handover") == Counter()
    assert await _refused(world, anna) is NotYourShift


async def test_one_of_several_suffices_and_the_others_read_who(world: World) -> None:
    """Two come on; one says so, the other is told, and nobody is called."""
    await _two_shifts(world)
    vera = await world.person("Vera")
    plan(world, shift("09:00", "21:00", "Anna"), shift("21:00", "09:00", "Boris", "Vera"))
    await at(world, "21:00")
    await look(world)
    assert await world.told() == HANDED + Counter({("Vera", "handover"): 1})
    await _acknowledge(world, vera)
    assert await world.told() == Counter({("Boris", "told"): 1})
    world.clock.advance(16 * MINUTE)
    await look(world)
    assert await world.told() == Counter()


async def test_whoever_stays_on_hands_nothing_over(world: World) -> None:
    """One of two goes home: no message, and the other still has to answer for the shift."""
    await _two_shifts(world)
    await world.person("Vera")
    plan(world, shift("09:00", "21:00", "Anna"), shift("21:00", "09:00", "Boris", "Vera"))
    await at(world, "21:00")
    await look(world)
    await world.take_out()
    plan(world, shift("09:00", "21:00", "Anna"), shift("21:00", "09:00", "Boris"))
    world.clock.advance(10 * MINUTE)
    await look(world)
    assert await world.told() == Counter()
    world.clock.advance(5 * MINUTE)
    await look(world)
    assert await world.told("handover-call") == Counter(
        {(name, "handover-call"): 1 for name in ("room", "Cora", "Anna")}
    )


async def test_two_nodes_that_look_at_once_hand_over_once(world: World) -> None:
    """Both see the change at the same moment; one of them decides it."""
    await _two_shifts(world)
    await at(world, "21:00")

    async def node() -> None:
        async with world.backend.work() as work:
            await handover.run_due(work)

    await asyncio.gather(*(node() for _ in range(4)))
    assert await world.told() == HANDED


async def test_nobody_answers_for_a_quarter_of_an_hour(world: World) -> None:
    """The room, the coordinators and the one who left are told, once; then that it is well after all."""
    _, boris = await _two_shifts(world)
    await at(world, "21:00")
    await look(world)
    await world.take_out()
    world.clock.advance(14 * MINUTE)
    await look(world)
    assert await world.told() == Counter()
    world.clock.advance(MINUTE)
    for _ in range(2):
        await look(world)
    called = Counter({(name, "handover-call"): 1 for name in ("room", "Cora", "Anna")})
    assert await world.told() == called
    await _acknowledge(world, boris)
    assert await world.told() == Counter({(name, "told"): 1 for name in ("room", "Cora", "Anna")})


async def test_a_call_under_way_is_dropped_when_somebody_answers(world: World) -> None:
    """Acknowledged before the call has left: nobody is told that nobody came."""
    _, boris = await _two_shifts(world)
    await at(world, "21:15")
    await look(world)
    await world.take_out()
    world.clock.advance(15 * MINUTE)
    await look(world)
    await _acknowledge(world, boris)
    messenger = Messenger()
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert not any("Nobody has taken over" in text for text in messenger.heard("chat-Anna"))


async def test_another_change_ends_the_waiting(world: World) -> None:
    """Who didn't answer for a shift that is over is called for no more."""
    await _two_shifts(world)
    plan(
        world,
        shift("09:00", "21:00", "Anna"),
        shift("21:00", "21:10", "Boris"),
        shift("21:10", "09:00", "Cora"),
    )
    await at(world, "21:00")
    await look(world)
    await at(world, "21:10")
    await look(world)
    stop = await next_look(world)
    assert stop
    assert stop - world.clock.now() == 15 * MINUTE
    await at(world, "21:16")
    await look(world)
    assert await world.told("handover-call") == Counter()


async def test_a_clock_that_ran_ahead_calls_in_time(world: World) -> None:
    """Handed over while the clock was a day ahead: right again, a quarter of an hour is what it says."""
    await _two_shifts(world)
    await at(world, "05 21:00")
    await look(world)
    world.clock.advance(-24 * HOUR)
    await world.take_out()
    await look(world)
    assert await world.told() == Counter()
    world.clock.advance(15 * MINUTE)
    await look(world)
    assert await world.told("handover-call") == Counter(
        {(name, "handover-call"): 1 for name in ("room", "Cora", "Anna")}
    )


async def test_only_who_comes_takes_over_and_only_once(world: World) -> None:
    """Before the change, for somebody else's shift, twice, or for one that has passed: a refusal each."""
    anna, boris = await _two_shifts(world)
    assert await _refused(world, boris) is NothingToTakeOver
    await at(world, "21:00")
    await look(world)
    assert await _refused(world, anna) is NotYourShift
    assert await _refused(world, boris, 1) is HandoverPast
    await _acknowledge(world, boris, 2)
    assert await _refused(world, boris, 2) is TakenOverAlready


async def test_in_a_gap_everybody_is_told_that_they_are_on(world: World) -> None:
    """The shift ends and nobody comes: every officer and the room read it once; then somebody comes again."""
    await world.person("Anna")
    await world.person("Boris")
    await world.room()
    plan(world, shift("09:00", "21:00", "Anna"))
    await look(world)
    await at(world, "21:00")
    for _ in range(2):
        await look(world)
    assert await world.told() == Counter({(name, "gap-begun"): 1 for name in ("Anna", "Boris", "room")})
    await at(world, "05 09:00")
    await look(world)
    assert await world.told() == Counter({("Anna", "handover"): 1, ("room", "handover"): 1})


async def test_a_gap_that_was_filled_before_the_message_left_is_no_news(world: World) -> None:
    """Somebody took the shift meanwhile: nobody is told of a gap."""
    anna = await world.person("Anna")
    plan(world, shift("09:00", "21:00", "Anna"))
    await look(world)
    await at(world, "21:00")
    await look(world)
    async with world.backend.work() as work:
        now = work.now
        await shifts.add(work, anna, anna, begins=now, ends=now + 3 * HOUR, role="primary")
    await look(world)
    messenger = Messenger()
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert not any("Nobody is on duty" in text for text in messenger.heard("chat-Anna"))


async def test_the_clock_stops_at_changes_and_at_the_call(world: World) -> None:
    """Whoever moves the clock is told where to stop."""
    await _two_shifts(world)
    stop = await next_look(world)
    assert stop
    assert stop - world.clock.now() == 9 * HOUR
    await at(world, "21:00")
    await look(world)
    stop = await next_look(world)
    assert stop
    assert stop - world.clock.now() == 15 * MINUTE


async def test_what_it_says_and_how_it_changes_in_place(world: World) -> None:
    """Who leaves and comes, what is open and falls due; after the button the same message says who is on."""
    anna, boris = await _two_shifts(world)
    await at(world, "20:56")
    urgent, quiet = await world.case(dict(URGENT)), await world.case(dict(NORMAL))
    await world.acknowledge(quiet, anna)
    async with world.backend.work() as work:
        case = await records.find(work, quiet, for_change=True)
        await due_dates.add(work, anna, case, work.now + HOUR, "канарейка", channel="telegram")
    await world.take_out()
    await at(world, "21:00")
    await look(world)
    messenger = Messenger()
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
        (room,) = messenger.heard("chat-room")
        (said,) = [each for each in messenger.sent if isinstance(each, Say) and each.chat == "chat-Boris"]
        assert "Anna" in said.text.splitlines()[2]
        for words in (
            "Сменяется: Anna.",
            "Заступает: Boris. Следующая смена: завтра в 09:00.",
            "Открыто 2: срочных 1",
        ):
            assert words in room
        assert f"Ещё не принято: {urgent} (4 мин)." in room
        assert f"{urgent} · вызов, если никто не примет · сегодня в 21:01" in room
        assert f"{quiet} · срок · сегодня в 21:56" in room
        assert "канарейка" not in said.text + room
        assert [button.label for row in said.buttons for button in row] == ["I'm on"]
        await _acknowledge(world, boris)
        await all_sent(outbound)
    edits = {each.chat: each for each in messenger.sent if isinstance(each, Edit)}
    assert "✅ Смена принята: Boris, сегодня в 21:00." in edits["chat-room"].text
    assert "✅ Boris is on, today 21:00." in edits["chat-Boris"].text
    assert not edits["chat-room"].buttons


class AnsweredMeanwhile(Messenger):
    """While a message to the room is under way, something happens."""

    def __init__(self, happens: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._happens = happens

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Take it, a moment too late."""
        if isinstance(outgoing, Say) and outgoing.chat == "chat-room":
            await self._happens()
        return await super().send(outgoing)


async def test_taken_over_while_the_message_is_on_its_way(world: World) -> None:
    """A message that was rendered before the answer is brought up to date once it stands."""
    _, boris = await _two_shifts(world)
    await at(world, "21:00")
    await look(world)
    messenger = AnsweredMeanwhile(lambda: _acknowledge(world, boris))
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    assert any(isinstance(each, Edit) and each.chat == "chat-room" for each in messenger.sent)


# ── At the desk ─────────────────────────────────────────────────────────────────────────────────


async def test_typed_and_pressed(desk: Desk) -> None:
    """`/handover` and the button do the same; typed, it is answered, pressed, the message itself changes."""
    anna, boris = await desk.person("Анна"), await desk.person("Борис")
    world = World(desk.backend, desk.clock)
    plan(world, shift("09:00", "21:00", "Анна"), shift("21:00", "09:00", "Борис"))
    await look(world)
    (said,) = await desk.private(anna, "/handover")
    assert "Передавать сейчас нечего" in said.text
    await at(world, "21:00")
    await look(world)
    (said,) = await desk.private(anna, "/handover")
    assert "кто заступает: Борис" in said.text
    (said,) = await desk.private(boris, "/handover")
    assert said.text == "Смена принята: Борис."
    await at(world, "05 09:00")
    await look(world)
    assert await desk.private(anna, "s:on:3") == []
    (said,) = await desk.private(anna, "s:on:2")
    assert "менялась ещё раз" in said.text
    (said,) = await desk.private(boris, "s:on:3")
    assert "уже принята: Анна" in said.text
