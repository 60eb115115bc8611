"""When the hotline was down the staff are told so, once; and what `/status` says while it is ill."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cases import erasure
from backend.claims import Settled, claim, settle
from backend.clock import ShiftedClock, StoppedClock, SystemClock
from backend.liveness import facts, outages
from backend.liveness.outages import Outage
from backend.liveness.vitals import Vitals
from backend.outbox import OutboxRow
from backend.work import Backend
from bot.channels.base import Say
from bot.demo import advance
from bot.health.report import examine
from bot.hotline import put_together
from bot.phrases import Phrase
from bot.staff import outage, overview
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import FAR, HIGH, NOON, TEXTS, URGENT, World, new_backend

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


async def beat(backend: Backend) -> Outage | None:
    """Write down that the hotline lives, as the tick does."""
    async with backend.work() as work:
        found = await outages.beat(work)
    backend.vitals.beaten()
    return found


async def restart(world: World) -> None:
    """The next process: it knows nothing of when the last one was at work."""
    world.backend.vitals = Vitals()


async def down_for(world: World, span: timedelta) -> Outage | None:
    """A process at work, then none for this long, then the next."""
    await beat(world.backend)
    world.clock.advance(span)
    await restart(world)
    return await beat(world.backend)


async def told(world: World, channel: str = "telegram") -> list[str]:
    """What is read in the chats of a messenger, once all is sent."""
    messenger = Messenger(channel)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    return [each.text for each in messenger.sent if isinstance(each, Say)]


async def test_the_room_and_the_coordinators_are_told(world: World) -> None:
    """After an outage the room and each coordinator are told once; officers read it in the room."""
    await world.room()
    await world.person("Anna", "coordinator")
    await world.person("Boris")
    assert await down_for(world, HOUR) == Outage(NOON, NOON + HOUR)
    assert await world.told("was-down") == {("room", "was-down"): 1, ("Anna", "was-down"): 1}
    assert await beat(world.backend) is None
    assert await world.told("was-down") == {}


async def test_a_short_break_or_a_first_start_is_none(world: World) -> None:
    """A restart within two minutes is nothing to tell of, nor is the very first start."""
    await world.room()
    assert await beat(world.backend) is None
    assert await down_for(world, 2 * MINUTE) is None
    assert await world.told() == {}


async def test_the_message_says_when_and_what_fell_due(world: World) -> None:
    """From when to when by the centre's clock, and the references on whose clocks a step fell due."""
    await world.room()
    await world.person("Anna", "coordinator")
    urgent = await world.case(URGENT, await world.reporter("one"))
    await world.case(HIGH, await world.reporter("two"))
    await world.take_out()
    await down_for(world, 20 * MINUTE)
    room, private = sorted(await told(world), reverse=True)
    assert room.splitlines()[:2] == [
        "Был перерыв: 20 минут.",
        "Линия не работала. Начало: сегодня в 12:00, конец: сегодня в 12:20.",
    ]
    assert f"подошёл срок по 1 обращению: {urgent}." in room
    assert private.startswith("There was a break: 20 minutes.\nThe hotline was not working.")
    assert f"on 1 report: {urgent}." in private


async def test_many_are_counted_and_ten_are_named(sqlite_world: World) -> None:
    """Ten references at most, and how many more there are."""
    world = sqlite_world
    await world.room()
    references = [await world.case(URGENT, await world.reporter(f"r{number}")) for number in range(12)]
    await world.take_out()
    await down_for(world, HOUR)
    (room,) = await told(world)
    assert sum(reference in room for reference in references) == 10
    assert "12 " in room
    assert "ещё 2" in room


async def test_what_was_erased_since_is_not_named(world: World) -> None:
    """A case that was taken back before the message left is neither named nor counted."""
    await world.room()
    reference = await world.case(URGENT)
    await world.take_out()
    await down_for(world, HOUR)
    await world.do(reference, erasure.hide)
    (room, *_) = await told(world)
    assert reference not in room
    assert "Сроки по обращениям за это время не подходили." in room


async def test_what_came_in_while_ticks_stood_still_is_told(world: World) -> None:
    """Reports that were saved in the time in which nothing ticked are counted."""
    await world.room()
    await beat(world.backend)
    world.clock.advance(HOUR)
    await world.case(URGENT)
    await world.take_out()
    await restart(world)
    await beat(world.backend)
    (room,) = await told(world)
    assert "Всё же пришло 1 обращение" in room


async def test_telegram_forgets_after_a_day(world: World) -> None:
    """After more than a day down, staff on Telegram read that older messages may be lost; others don't."""
    await world.room()
    await world.room("other", "matrix")
    await down_for(world, 25 * HOUR)
    (on_telegram,) = await told(world)
    (on_matrix,) = await told(world, "matrix")
    assert "Telegram хранит сообщения 24 часа" in on_telegram
    assert "Telegram" not in on_matrix


async def test_of_several_nodes_one_tells(world: World, database_url: str, tmp_path: Path) -> None:
    """Four nodes start at once after an outage: whoever replaces the old time tells, and nobody else."""
    await world.room()
    await beat(world.backend)
    world.clock.advance(HOUR)
    nodes = [new_backend(database_url, tmp_path, StoppedClock(world.clock.now())) for _ in range(4)]
    found = await asyncio.gather(*(beat(node) for node in nodes))
    assert sum(each is not None for each in found) == 1
    assert await world.told("was-down") == {("room", "was-down"): 1}
    for node in nodes:
        await node.database.close()


async def test_another_node_at_work_means_no_outage(world: World, database_url: str, tmp_path: Path) -> None:
    """A node that was away for an hour tells nothing if another one was at work meanwhile."""
    await world.room()
    await beat(world.backend)
    world.clock.advance(HOUR)
    other = new_backend(database_url, tmp_path, StoppedClock(world.clock.now() - MINUTE))
    async with other.work() as work:
        work.vitals.beaten()
        await outages.beat(work)
    await restart(world)
    assert await beat(world.backend) is None
    await other.database.close()


async def test_a_clock_that_is_moved_is_no_outage(world: World) -> None:
    """Set forward, as the demo's visitor does, or back: the process was at work all the time."""
    await world.room()
    await beat(world.backend)
    for span in (24 * HOUR, -48 * HOUR, 3 * HOUR):
        world.clock.advance(span)
        assert await beat(world.backend) is None
    assert await world.told() == {}


async def test_a_process_that_slept_tells(world: World) -> None:
    """Suspended for an hour and resumed: the same process knows that it wrote nothing meanwhile."""
    watch = {"now": 0.0}
    world.backend.vitals = Vitals(lambda: watch["now"])
    await world.room()
    await beat(world.backend)
    watch["now"] += 3600
    world.clock.advance(HOUR)
    assert outages.may_have_been_down(world.backend.vitals)
    assert await beat(world.backend) == Outage(NOON, NOON + HOUR)
    assert not outages.may_have_been_down(world.backend.vitals)


async def beat_and_fail(world: World) -> None:
    """The same, in a transaction that comes to nothing."""
    async with world.backend.work() as work:
        assert await outages.beat(work)
        raise ZeroDivisionError


async def test_told_only_if_it_was_written(world: World) -> None:
    """A beat whose transaction fails tells nobody, and the next one does."""
    await world.room()
    await beat(world.backend)
    world.clock.advance(HOUR)
    await restart(world)
    with pytest.raises(ZeroDivisionError):
        await beat_and_fail(world)
    assert await world.told() == {}
    assert await beat(world.backend)
    assert await world.told() == {("room", "was-down"): 1}


async def test_what_fell_due_is_counted_before_it_is_acted_on(world: World) -> None:
    """The look for what is due waits for this: else its own reminders would hide what was missed."""
    await world.room()
    await world.person("Boris")
    reference = await world.case(URGENT)
    await world.take_out()
    await beat(world.backend)
    world.clock.advance(20 * MINUTE)
    await restart(world)
    await put_together(world.backend, [Messenger()], TEXTS).schedule.escalate()
    room = [said for name, said in await world.take_out() if name == "room"]
    assert [said["intent"] for said in room] == ["escalated", "was-down"], "urgent overtakes"
    assert room[1]["due"] == [(await world.find(reference)).row.id]


async def test_the_demos_visitor_moves_the_clock(world: World) -> None:
    """Moved by a day in the demo, reminders come and no outage."""
    clock = ShiftedClock()
    world.backend.clock = clock
    await world.room("room", "sandbox")
    await world.person("Boris", channel="sandbox")
    hotline = put_together(world.backend, [Messenger("sandbox")], TEXTS)
    running = asyncio.create_task(hotline.outbound.run())
    await hotline.schedule.beat()
    await world.case(URGENT)
    await advance(hotline, clock, timedelta(days=1))
    await hotline.schedule.beat()
    await hotline.outbound.settle_all()
    running.cancel()
    await asyncio.wait({running})
    async with world.backend.looking() as work:
        about_no_case = select(func.count()).where(
            OutboxRow.case_id.is_(None), OutboxRow.party_kind == "room"
        )
        assert (await work.session.execute(about_no_case)).scalar_one() == 0


# ── What is wrong now ───────────────────────────────────────────────────────────────────────────


def words(said: tuple[Phrase, ...], now: datetime) -> list[str]:
    """A status line in Russian."""
    return [TEXTS.render(each, language="ru", now=now, zone="Europe/Moscow") for each in said]


async def ill(world: World) -> list[str]:
    """What `/status` adds."""
    async with world.backend.looking() as work:
        return words(await outage.ill(work), work.now)


async def found(world: World) -> list[str]:
    """The checks that fail."""
    return [finding.check for finding in (await examine(world.backend)).wrong]


async def test_a_well_hotline_adds_nothing_to_the_status(world: World) -> None:
    """No line while all is well."""
    await world.room()
    await world.case(URGENT)
    assert await ill(world) == []
    assert await found(world) == []


async def test_a_step_that_stays_overdue_is_found(world: World) -> None:
    """A step over a minute late: nobody takes steps any more. Taken, all is well again."""
    await world.case(URGENT)
    await world.take_out()
    world.clock.advance(6 * MINUTE + timedelta(seconds=1))
    assert await found(world) == ["steps"]
    assert await ill(world) == ["Неполадки: напоминание запаздывает на 1 минуту."]
    await world.tick()
    await world.take_out()
    assert await found(world) == []


async def test_a_message_that_waits_is_found(world: World) -> None:
    """Over five minutes in the outbox, tried in vain or not at all."""
    await world.room()
    await down_for(world, HOUR)
    world.clock.advance(5 * MINUTE)
    assert await found(world) == []
    world.clock.advance(timedelta(seconds=1))
    assert await found(world) == ["waiting"]
    for _ in range(2):
        await try_in_vain(world)
    assert await found(world) == ["waiting"]
    assert await ill(world) == ["Неполадки: Telegram: сообщение не уходит уже 5 минут."]
    await world.take_out()
    assert await found(world) == []


async def try_in_vain(world: World) -> None:
    """A send that fails and is put off for two minutes."""
    async with world.backend.work() as work:
        rows = await claim(work.session, now=FAR, limit=9, channel="telegram")
        later = work.now + 2 * MINUTE
        await settle(work.session, [Settled(row.number, "due", later) for row in rows], now=work.now)


async def test_a_clock_that_is_wrong_is_found(world: World, database_kind: str) -> None:
    """PostgreSQL's own clock is held against the machine's; an SQLite file has none."""
    machine = StoppedClock(SystemClock().now() + timedelta(seconds=30))
    drift = (await facts.gather(world.backend, machine=machine)).drift
    assert (timedelta(seconds=25) < drift < timedelta(seconds=35)) is (database_kind == "postgresql")


@contextlib.asynccontextmanager
async def silent() -> AsyncIterator[AsyncSession]:
    """A database that takes the question and never answers."""
    yield await asyncio.Future[AsyncSession]()


async def test_a_database_that_does_not_answer_is_found(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence is not waited out: it is the finding, and what only the database knows stays unsaid."""
    monkeypatch.setattr(facts, "ANSWERS_WITHIN", timedelta(milliseconds=50))
    monkeypatch.setattr(sqlite_world.backend.database, "reading", silent)
    assert await found(sqlite_world) == ["database"]


async def test_the_status_says_so(world: World) -> None:
    """`/status` ends with what is wrong."""
    await world.case(URGENT)
    world.clock.advance(4 * MINUTE)
    assert "Неполадки" not in await status(world)
    world.clock.advance(3 * MINUTE)
    assert "Неполадки: напоминание запаздывает на 2 минуты" in await status(world)


async def status(world: World) -> str:
    """What `/status` answers."""
    async with world.backend.looking() as work:
        card = await overview.status(work)
        return "\n".join(words(card.paragraphs, work.now))


async def test_messages_that_nobody_takes_are_found(world: World) -> None:
    """A messenger that refuses for over two minutes is named in the status."""
    watch = {"now": 0.0}
    world.backend.vitals = Vitals(lambda: watch["now"])
    for _ in range(3):
        world.backend.vitals.handed_over("matrix", taken=False)
        watch["now"] += 61
    world.backend.vitals.handed_over("matrix", taken=False)
    assert await ill(world) == ["Неполадки: Matrix не принимает сообщения уже 3 минуты."]
