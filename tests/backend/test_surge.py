"""Surges: more to announce than the room may be told becomes one live digest, and nobody is overlooked."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from backend.cases import notices
from backend.cases.records import Case
from backend.outbox import Json, OutboxRow
from backend.people import rooms
from backend.people.staff import Staff
from backend.surge import digests
from backend.surge.model import SurgeRow
from backend.work import Work
from bot.channels.base import Edit, Gone
from bot.staff import overview
from tests.backend.surging import ROOM, Counting, Surging, is_digest
from tests.backend.world import HIGH, NOON, NORMAL, TEXTS, URGENT, World, new_world

NIGHT = NOON + timedelta(hours=12)
MORNING = NOON + timedelta(hours=19)


@pytest.fixture
def surging(sqlite_world: World) -> Surging:
    """Lend a hotline whose messenger counts, where what is promised has nothing to do with the database."""
    return Surging(sqlite_world, (Counting(),))


@pytest.fixture
def anywhere(world: World) -> Surging:
    """Lend the same on either kind of database."""
    return Surging(world, (Counting(),))


async def _burst(surging: Surging, count: int, answers: dict[str, Json] = HIGH) -> list[str]:
    references = []
    for _ in range(count):
        references.append(await surging.world.case(answers))
        surging.world.clock.advance(timedelta(milliseconds=1))
    return references


async def _surge(surging: Surging, count: int = 60) -> tuple[Staff, list[str]]:
    """A room, an officer and so many cases at once, a few seconds ago."""
    anna = await surging.world.person("anna")
    await surging.world.room()
    references = await _burst(surging, count)
    await surging.send()
    await surging.passes(3)
    return anna, references


async def _count(world: World, state: str) -> int:
    async with world.backend.looking() as work:
        return (await work.session.execute(select(func.count()).where(OutboxRow.state == state))).scalar_one()


async def _acknowledge_all(surging: Surging, references: list[str], anna: Staff) -> None:
    for reference in references:
        await surging.world.acknowledge(reference, anna)


# ── Begin and end ───────────────────────────────────────────────────────────────────────────────


async def test_what_the_limit_allows_comes_singly(surging: Surging) -> None:
    """Twenty reports at once are announced one by one: nothing is folded, there is no digest."""
    await surging.world.room()
    references = await _burst(surging, 20)
    await surging.passes(70)
    assert [said.text[:7] for _, said in surging.room.says()] == references
    assert await _count(surging.world, "folded") == 0


async def test_sixty_at_once(anywhere: Surging) -> None:
    """The room has at most twenty messages a minute, one of them the digest; no case is left out."""
    _, references = await _surge(anywhere)
    said = [each for _, each in anywhere.room.says()]
    assert len(said) <= 20
    assert [is_digest(each) for each in said].count(True) == 1
    assert anywhere.room.refused == 0
    assert await _count(anywhere.world, "folded") == 60 - (len(said) - 1)
    async with anywhere.world.backend.looking() as work:
        party = (await rooms.bound(work))[0].party
        digest = await digests.current(work, party)
    assert digest
    assert digest.counts == {"high": 60}
    assert [each.reference for each in digest.shown] == references[:30]


async def test_single_notices_return(surging: Surging) -> None:
    """Once fewer than half of the limit come in a minute the digest says so; the next case is announced."""
    await _surge(surging)
    await surging.passes(63)
    assert "Стало спокойнее" in surging.room.digest().text
    later = await surging.world.case(HIGH)
    await surging.passes(1)
    assert surging.room.says()[-1][1].text.startswith(later)


async def test_as_long_as_they_keep_coming(surging: Surging) -> None:
    """While as many go on coming, none is announced singly, whatever room the minute has."""
    await _surge(surging)
    before = len(surging.room.says())
    for _ in range(60):
        await _burst(surging, 1)
        await surging.send()
        await surging.passes(2)
    assert len(surging.room.says()) == before
    assert surging.room.refused == 0


async def test_urgent_ones_come_one_by_one(surging: Surging) -> None:
    """An urgent case in the midst of a surge is announced within a second, and tops the digest."""
    await _surge(surging)
    urgent = await surging.world.case(URGENT)
    await surging.passes(1)
    assert surging.room.says()[-1][1].text.startswith(urgent)
    await surging.passes(5)
    lines = surging.room.digest().text.splitlines()
    assert next(line for line in lines if " · " in line).startswith(f"{urgent} · СРОЧНО")
    assert surging.room.refused == 0


async def test_a_flood_of_urgent_ones(surging: Surging) -> None:
    """Forty urgent cases are all announced, twenty a minute; meanwhile the digest names those that wait."""
    await surging.world.room()
    references = await _burst(surging, 40, URGENT)
    await surging.send()
    await surging.passes(3)
    assert any(is_digest(said) for _, said in surging.room.says())
    await surging.passes(180)
    single = [said.text[:7] for _, said in surging.room.says() if not is_digest(said)]
    assert single == references
    assert surging.room.refused == 0


async def test_reporters_notice_nothing(surging: Surging) -> None:
    """What reporters are told is never folded nor held up by a surge."""
    anna, references = await _surge(surging)
    await surging.world.acknowledge(references[-1], anna)
    await surging.passes(2)
    assert surging.room.says("chat-reporter")


async def test_reminders_are_folded_too(surging: Surging) -> None:
    """Reminders for many cases at once make a digest as new cases do."""
    await surging.world.room()
    await _burst(surging, 15)
    await surging.passes(61)
    await _burst(surging, 15)
    await surging.world.passes(timedelta(minutes=60))
    await surging.passes(5)
    assert is_digest(surging.room.digest())
    assert surging.room.refused == 0


# ── The digest ──────────────────────────────────────────────────────────────────────────────────


async def test_the_digest_is_edited_in_place(surging: Surging) -> None:
    """It is one message, changed no faster than every five seconds, and soon after something changes."""
    anna, references = await _surge(surging)
    for reference in references[:20]:
        await surging.world.acknowledge(reference, anna)
        await surging.passes(1)
    await surging.passes(5)
    times = [at for at, _ in surging.room.edits()]
    assert len({edit.message for _, edit in surging.room.edits()}) == 1
    assert min(later - at for at, later in itertools.pairwise(times)) >= 5
    assert references[19] not in surging.room.digest().text
    assert "Не принято 40" in surging.room.digest().text


async def test_its_buttons_acknowledge_the_most_pressing(surging: Surging) -> None:
    """Six buttons, for those who wait longest, that do what `/ack` does."""
    _, references = await _surge(surging)
    pressed = [button.data for row in surging.room.digest().buttons for button in row]
    assert pressed == [f"s:ack:{reference.replace('-', '')}" for reference in references[:6]]


async def test_it_says_how_many_do_not_fit(surging: Surging) -> None:
    """Thirty are listed; the rest is counted by severity, and all of it fits one message."""
    await surging.world.room()
    await _burst(surging, 40)
    await _burst(surging, 5, NORMAL)
    await surging.passes(3)
    text = surging.room.digest().text
    assert "и ещё 15: срочных 0, важных 10, обычных 5" in text
    assert len(text) < 4096


async def test_listed_until_acknowledged(anywhere: Surging) -> None:
    """After the surge what only the digest told of stays in it until acknowledged; then it is at rest."""
    anna, references = await _surge(anywhere)
    await anywhere.passes(63)
    single = {said.text[:7] for _, said in anywhere.room.says()}
    folded = [reference for reference in references if reference not in single]
    assert "Стало спокойнее" in anywhere.room.digest().text
    assert folded[0] in anywhere.room.digest().text
    assert not any(reference in anywhere.room.digest().text for reference in single)
    await _acknowledge_all(anywhere, folded[:-1], anna)
    await anywhere.passes(6)
    assert f"{folded[-1]} · " in anywhere.room.digest().text
    await anywhere.world.acknowledge(folded[-1], anna)
    await anywhere.passes(6)
    assert "Здесь всё принято" in anywhere.room.digest().text
    edits = len(anywhere.room.edits())
    await anywhere.passes(30)
    assert len(anywhere.room.edits()) == edits


async def test_another_surge_another_digest(surging: Surging) -> None:
    """A second surge gets a message of its own, below; the first one points there, and loses nobody."""
    await _surge(surging)
    await surging.passes(70)
    first = surging.room.digest()
    assert isinstance(first, Edit)
    await _burst(surging, 40)
    await surging.passes(10)
    assert [edit.text for _, edit in surging.room.edits() if edit.message == first.message][-1] == (
        "Сводка продолжается ниже."
    )
    assert "Не принято 100" in surging.room.digest().text
    assert "Не принято 100" not in first.text


async def test_somebody_deleted_the_digest(surging: Surging) -> None:
    """If the message is gone another takes its place, below."""
    await _surge(surging)
    surging.room.deleted.add("19")
    urgent = await surging.world.case(URGENT)
    await surging.passes(66)
    assert urgent in "".join(said.text for _, said in surging.room.says())
    assert [is_digest(said) for _, said in surging.room.says()].count(True) == 2


async def test_a_room_that_is_lost(surging: Surging) -> None:
    """If the room can't be written to the digest goes to those who work cases, in private."""
    for name, role in (("anna", "officer"), ("dora", "council")):
        await surging.world.person(name, role)  # type: ignore[arg-type]
    await surging.world.room()
    await _burst(surging, 60)
    await surging.tick()
    surging.room.refuses[ROOM] = Gone("put out")
    await surging.passes(10)
    assert any(is_digest(said) for _, said in surging.room.says("chat-anna"))
    assert not surging.room.says("chat-dora")


async def test_follow_up_of_taken_cases_is_named(surging: Surging) -> None:
    """New messages on cases that somebody has are folded too, and the digest names these cases."""
    anna, references = await _surge(surging)
    await surging.world.acknowledge(references[0], anna)
    await surging.world.do(references[0], _news)
    await surging.passes(7)
    assert f"по уже принятым: {references[0]}" in surging.room.digest().text


async def _news(work: Work, case: Case) -> None:
    await notices.reporter_wrote(work, case, "none")


# ── At night ────────────────────────────────────────────────────────────────────────────────────


async def test_at_night_no_digest_for_normal_ones(surging: Surging) -> None:
    """In quiet hours a surge of normal cases is digested in the morning."""
    await surging.world.room()
    surging.to(NIGHT)
    await _burst(surging, 40, NORMAL)
    await surging.passes(120)
    assert not any(is_digest(said) for _, said in surging.room.says())
    surging.to(MORNING)
    await surging.passes(2)
    assert any(is_digest(said) for _, said in surging.room.says())


async def test_at_night_a_digest_for_high_ones(surging: Surging) -> None:
    """One high case among them, and the digest comes at once."""
    await surging.world.room()
    surging.to(NIGHT)
    await _burst(surging, 40, NORMAL)
    await _burst(surging, 1)
    await surging.passes(3)
    assert any(is_digest(said) for _, said in surging.room.says())


# ── Without a room ──────────────────────────────────────────────────────────────────────────────


async def test_in_private_where_there_is_no_room(anywhere: Surging) -> None:
    """Without a room, each person's notices are folded as the room's would be."""
    await anywhere.world.person("anna")
    await anywhere.world.person("boris")
    await _burst(anywhere, 60)
    await anywhere.passes(60)
    for chat in ("chat-anna", "chat-boris"):
        said = [each for _, each in anywhere.room.says(chat)]
        assert [is_digest(each) for each in said].count(True) == 1
        assert len(said) <= 20


# ── One surge, whatever happens ─────────────────────────────────────────────────────────────────


async def test_it_survives_a_restart(anywhere: Surging) -> None:
    """Another process goes on with the same message, and folds as the first did."""
    anna, references = await _surge(anywhere)
    anywhere.restart()
    await anywhere.world.acknowledge(references[0], anna)
    await _burst(anywhere, 5)
    await anywhere.passes(6)
    assert [is_digest(said) for _, said in anywhere.room.says()].count(True) == 1
    assert "Не принято 64" in anywhere.room.digest().text


async def test_one_surge_on_two_nodes(anywhere: Surging, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two nodes that look at the same moment begin one surge with one digest."""
    await anywhere.world.room()
    await _burst(anywhere, 40)
    url = anywhere.world.backend.database.engine.url.render_as_string(hide_password=False)
    url = url.replace("+aiosqlite", "").replace("+asyncpg", "")
    other = new_world(url, tmp_path_factory.mktemp("other"))
    other.clock.advance(anywhere.world.clock.now() - other.clock.now())
    await asyncio.gather(*(anywhere.tick(each) for each in (anywhere.world.backend, other.backend) * 3))
    async with anywhere.world.backend.looking() as work:
        surges = (await work.session.execute(select(func.count()).select_from(SurgeRow))).scalar_one()
    waiting = [row for row in await anywhere.world.waiting() if row.priority == 5]
    assert (surges, len(waiting)) == (1, 1)
    await other.backend.database.close()


async def test_the_clock_is_set_back(surging: Surging) -> None:
    """An hour back in the middle of a surge: the digest goes on being edited, and loses nobody."""
    anna, references = await _surge(surging)
    surging.world.clock.advance(-timedelta(hours=1))
    await surging.world.acknowledge(references[0], anna)
    await surging.passes(7)
    assert f"Не принято {await _count(surging.world, 'folded')}" in surging.room.digest().text
    await surging.world.acknowledge(references[-1], anna)
    await surging.passes(7)
    assert f"Не принято {await _count(surging.world, 'folded') - 1}" in surging.room.digest().text


async def test_what_has_to_wait_for_its_time_is_not_folded(surging: Surging) -> None:
    """A notice that is put off until the morning comes in the morning, singly."""
    await surging.world.room()
    await _burst(surging, 30)
    reference = await surging.world.case(HIGH)
    async with surging.world.backend.work() as work:
        row = (
            (await work.session.execute(select(OutboxRow).order_by(OutboxRow.number.desc())))
            .scalars()
            .first()
        )
        assert row
        row.not_before = NOON + timedelta(hours=2)
    await surging.passes(65)
    surging.to(NOON + timedelta(hours=2))
    await surging.passes(1)
    assert surging.room.says()[-1][1].text.startswith(reference)


async def test_status_says_that_a_surge_is_on(anywhere: Surging) -> None:
    """`/status` says since when, and how many were folded; not before, and not after."""
    assert "Наплыв" not in await _status(anywhere)
    await _surge(anywhere)
    folded = await _count(anywhere.world, "folded")
    assert f"Наплыв обращений, начался сегодня в 12:00: в сводку ушло {folded} сообщени" in await _status(
        anywhere
    )
    await anywhere.passes(63)
    assert "Наплыв" not in await _status(anywhere)


async def _status(surging: Surging) -> str:
    async with surging.world.backend.looking() as work:
        card = await overview.status(work)
        return "\n".join(
            TEXTS.render(each, language="ru", now=work.now, zone="Europe/Moscow") for each in card.paragraphs
        )
