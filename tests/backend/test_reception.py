"""The one way in: everything is acted on once, nothing is lost, and what fails is said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from backend import inbox
from backend.cases.model import CaseRow, EntryRow
from backend.database import Database, Table
from backend.inbox import InboxRow, ParkedRow
from backend.outbox import OutboxRow
from backend.people import staff
from backend.vault import keyring
from backend.vault.keys import RoomKey
from bot.channels.base import ButtonPressed, Inbound, NotSaved, TextSent
from bot.inbound import Reception
from bot.outbound import Outbound
from bot.sitting import Sitting
from tests.backend.messenger import Messenger
from tests.backend.world import HIGH, NOON, TEXTS, URGENT, World

POISON = "poison"


def _update(number: int, text: str, sender: str = "reporter", *, chat: str = "") -> Inbound:
    """Something typed; in private unless a group is named."""
    where = chat or f"chat-{sender}"
    return Inbound(
        "telegram", str(number), sender, where, not chat, TextSent(text), NOON, f"m{number}", language="en"
    )


def _reception(world: World, messenger: Messenger, *, tell_after: float = 5.0) -> Reception:
    outbound = Outbound(world.backend, {"telegram": messenger}, TEXTS)
    return Reception(world.backend, TEXTS, outbound, tell_after=tell_after)


async def _count(world: World, table: type[Table]) -> int:
    async with world.backend.looking() as work:
        return (await work.session.execute(select(func.count()).select_from(table))).scalar_one()


async def _messages(world: World, reference: str) -> list[str]:
    return [entry.body for entry in await world.history(reference) if entry.kind == "message"]


# ── Once ────────────────────────────────────────────────────────────────────────────────────────


async def test_an_update_is_acted_on_once(world: World) -> None:
    """The same update, come again later or twice in one batch, is acted on once."""
    reference = await world.case(HIGH)
    reception = _reception(world, Messenger())
    await reception.receive([_update(1, "one"), _update(1, "one"), _update(2, "two")])
    await reception.receive([_update(2, "two"), _update(3, "three"), _update(1, "one")])
    assert await _messages(world, reference) == ["one", "two", "three"]


async def test_the_same_id_elsewhere_is_another_update(world: World) -> None:
    """Ids are a messenger's own: the same id from another messenger is another update."""
    async with world.backend.work() as work:
        new = [("telegram", "1"), ("matrix", "1"), ("telegram", "1")]
        assert await inbox.take_new(work.session, work.vault, new, now=work.now) == [True, True, False]


async def test_two_receptions_at_once(world: World) -> None:
    """Two processes that are handed the same batch act on it once between them."""
    reference = await world.case(HIGH)
    batch = [_update(number, str(number)) for number in range(6)]
    receptions = [_reception(world, Messenger()) for _ in range(2)]
    await asyncio.gather(*(each.receive(batch) for each in receptions))
    assert await _messages(world, reference) == [str(number) for number in range(6)]


async def test_two_words_of_one_person_at_once(world: World) -> None:
    """Two updates of one person, taken by two processes at once, each find the other's done: none is lost."""
    receptions = [_reception(world, Messenger()) for _ in range(2)]
    await receptions[0].receive([_update(0, "/report")])
    await asyncio.gather(
        receptions[0].receive([_update(1, "/sos")]), receptions[1].receive([_update(2, "help me, they came")])
    )
    await receptions[0].receive([_update(3, "still here")])
    assert await _count(world, CaseRow) <= 1
    assert await _count(world, InboxRow) == 4


async def test_two_first_words_at_once(world: World) -> None:
    """Two first words of the same new person at once make one person, not two, and lose neither."""
    receptions = [_reception(world, Messenger()) for _ in range(2)]
    await asyncio.gather(*(each.receive([_update(n, "/start")]) for n, each in enumerate(receptions)))
    assert await _count(world, InboxRow) == 2
    assert {row.party for row in await world.waiting()} == {(await world.reporter()).id}


async def test_seen_ids_are_forgotten_in_time(world: World) -> None:
    """Ids are kept for longer than any messenger repeats an update, and no longer."""
    await _reception(world, Messenger()).receive([_update(1, "/start")])
    for days, left in ((30, 1), (1, 0)):
        world.clock.advance(timedelta(days=days))
        async with world.backend.work() as work:
            await inbox.forget_old(work.session, now=work.now, kept=work.settings.retention.inbox)
        assert await _count(world, InboxRow) == left


async def test_what_was_parked_is_forgotten_in_time(world: World, attempts: list[str]) -> None:
    """An update set aside waits a month for an operator, and no longer."""
    await _reception(world, Messenger()).receive([_update(1, POISON)])
    assert attempts
    for days, left in ((30, 1), (1, 0)):
        world.clock.advance(timedelta(days=days))
        async with world.backend.work() as work:
            await inbox.forget_old(work.session, now=work.now, kept=work.settings.retention.inbox)
        assert await _count(world, ParkedRow) == left


# ── Poison ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make words with `POISON` in them fail, whatever the day; lends the list of attempts."""
    tried: list[str] = []
    real = Sitting._one  # noqa: SLF001 - a mistake in the program can't be had otherwise

    async def one(sitting: Sitting, inbound: Inbound) -> None:
        if isinstance(inbound.event, TextSent) and POISON in inbound.event.body:
            tried.append(inbound.id)
            raise LookupError(inbound.event.body)
        await real(sitting, inbound)

    monkeypatch.setattr(Sitting, "_one", one)
    return tried


async def test_one_poison_update_in_a_batch(
    world: World, attempts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are taken; the poison is parked after three failures of its own, and people are told."""
    messenger = Messenger()
    room, reference = await world.room(), await world.case(HIGH)
    await world.told()
    reception = _reception(world, messenger)
    await reception.receive([_update(1, "before"), _update(2, f"{POISON} word"), _update(3, "after")])
    assert await _messages(world, reference) == ["before", "after"]
    assert attempts == ["2"] * 4, "once with the batch, three times by itself"
    assert messenger.heard("chat-reporter") == [
        "Your last message didn’t reach the people on duty. Please write it again."
    ]
    assert (await world.told("told"))[world.names[room.id], "told"] == 1
    assert POISON not in capsys.readouterr().out


async def test_the_parked_update_is_sealed(world: World, attempts: list[str]) -> None:
    """What was parked opens with the desk's key alone, whole; the update doesn't come again."""
    reception = _reception(world, Messenger())
    await reception.receive([_update(2, f"{POISON} word")])
    await reception.receive([_update(2, f"{POISON} word")])
    assert len(attempts) == 4
    async with world.backend.looking() as work:
        row = (await work.session.execute(select(ParkedRow))).scalar_one()
        key = await keyring.load(work.session, work.vault, staff.DESK, RoomKey)
    assert key is not None
    assert POISON.encode() not in bytes(row.update)
    parked = json.loads(key.open("parked", "update", row.id, row.update))
    assert (parked["sender"], parked["event"]["body"]) == ("reporter", f"{POISON} word")


async def test_without_a_room_coordinators_hear_of_it(world: World, attempts: list[str]) -> None:
    """Where there is no room, coordinators are told in private that something was parked."""
    await world.person("anna")
    await world.person("clara", "coordinator")
    await world.told()
    await _reception(world, Messenger()).receive([_update(1, POISON)])
    assert await world.told() == {("clara", "told"): 1}
    assert attempts


# ── A database that is gone ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Exception]]:
    """While the list has errors, each transaction begins with the next of them."""
    errors: list[Exception] = []
    real = Database.transaction

    def transaction(database: Database) -> object:
        if errors:
            raise errors.pop(0)
        return real(database)

    monkeypatch.setattr(Database, "transaction", transaction)
    yield errors
    assert errors == []


async def test_a_database_that_is_gone_parks_nothing(world: World, gone: list[Exception]) -> None:
    """However often it fails, nothing is parked or confirmed: the same batch is taken when it is back."""
    reference = await world.case(HIGH)
    reception = _reception(world, Messenger())
    for _ in range(5):
        gone.append(ConnectionRefusedError())
        with pytest.raises(NotSaved):
            await reception.receive([_update(1, "one")])
    await reception.receive([_update(1, "one")])
    assert await _messages(world, reference) == ["one"]
    assert await _count(world, ParkedRow) == 0


async def test_gone_while_replaying(world: World, gone: list[Exception]) -> None:
    """A database that goes while a batch is replayed one by one counts against no update."""
    reference = await world.case(HIGH)
    reception = _reception(world, Messenger())
    for _ in range(4):
        gone += [LookupError(), TimeoutError()]
        with pytest.raises(NotSaved):
            await reception.receive([_update(1, "one")])
    await reception.receive([_update(1, "one")])
    assert await _messages(world, reference) == ["one"]


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_a_server_that_throws_everybody_out(
    world: World, database_url: str, request: pytest.FixtureRequest
) -> None:
    """A PostgreSQL that cuts connections and takes none parks nothing; back again, it takes the batch."""
    reference = await world.case(HIGH)
    server, name = request.getfixturevalue("postgres_server"), database_url.rpartition("/")[2]
    reception = _reception(world, Messenger())
    server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
    server.execute(f"DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity"
                   f" WHERE datname = '{name}'; END $$")  # fmt: skip
    for _ in range(2):
        with pytest.raises(NotSaved):
            await reception.receive([_update(1, "one")])
    server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
    await reception.receive([_update(1, "one")])
    assert await _messages(world, reference) == ["one"]
    assert await _count(world, ParkedRow) == 0


async def test_not_saved_yet_is_said_once(world: World) -> None:
    """Whoever waits too long for their words to be saved is told so, once, however often it is tried."""
    messenger = Messenger()
    reference = await world.case(HIGH)
    reception = _reception(world, messenger, tell_after=0.01)
    async with world.backend.work() as blocking:
        await inbox.take_new(blocking.session, blocking.vault, [("telegram", "1")], now=NOON)
        receiving = asyncio.create_task(reception.receive([_update(1, "one")]))
        await messenger.handed_over.wait()
        await blocking.session.rollback()
    await receiving
    assert messenger.heard("chat-reporter") == ["Not saved yet; we keep trying. No need to send it again."]
    assert await _messages(world, reference) == ["one"]


async def test_not_saved_is_said_once_over_all_attempts(world: World, gone: list[Exception]) -> None:
    """Handed over again and again while the database is gone, the writer is still told once only."""
    messenger = Messenger()
    reception = _reception(world, messenger, tell_after=0.01)
    for _ in range(3):
        gone.append(ConnectionRefusedError())
        with pytest.raises(NotSaved):
            await reception.receive([_update(1, "/start"), _update(2, "chatter", chat="chat-room")])
        await messenger.handed_over.wait()
    assert [each.chat for each in messenger.sent] == ["chat-reporter"]
    await reception.receive([_update(1, "/start")])


async def test_saved_in_time_nothing_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once words are saved, nobody will say any more that they aren't."""
    loop, alarms = asyncio.get_running_loop(), list[asyncio.TimerHandle]()
    real = loop.call_later

    def call_later(delay: float, *call: Any) -> asyncio.TimerHandle:  # noqa: ANN401 - the loop's own signature
        handle = real(delay, *call)
        if delay == 4321.0:
            alarms.append(handle)
        return handle

    monkeypatch.setattr(loop, "call_later", call_later)
    await _reception(world, Messenger(), tell_after=4321.0).receive([_update(1, "/start"), _update(2, "x")])
    assert [alarm.cancelled() for alarm in alarms] == [True, True]


# ── Strangers ───────────────────────────────────────────────────────────────────────────────────


async def test_a_stranger_in_the_room_meets_silence(world: World) -> None:
    """Whatever a stranger types or presses in the staff room, nothing is said and nothing happens."""
    await world.room()
    reference = await world.case(URGENT)
    await world.told()
    before = await world.history(reference)
    said = [f"/ack {reference}", "/queue", "/report", "/help", "/bind staff", "/join X", "hello", "/sos"]
    batch = [_update(number, text, "stranger", chat="chat-room") for number, text in enumerate(said)]
    pressed = ButtonPressed(f"s:ack:{reference}")
    batch.append(Inbound("telegram", "99", "stranger", "chat-room", False, pressed, NOON, "1"))  # noqa: FBT003 - positional as the others
    await _reception(world, Messenger()).receive(batch)
    assert await world.waiting() == []
    assert await world.history(reference) == before


async def test_a_strangers_staff_command_is_any_unknown_command(world: World) -> None:
    """In private a stranger's staff command meets the very sentence that any unknown command meets."""
    reference = await world.case(URGENT)
    reception = _reception(world, Messenger())
    heard = []
    for number, text in enumerate((f"/ack {reference}", "/queue", "/status", "/nonsense")):
        await world.take_out()
        await world.reporter(f"s{number}")
        await reception.receive([_update(number, text, f"s{number}")])
        heard.append([said["card"] for _, said in await world.take_out()])
    assert heard[0] == heard[1] == heard[2] == heard[3] != []
    assert (await world.find(reference)).row.status == "new"


async def test_nothing_of_a_failed_transaction_stays(world: World, attempts: list[str]) -> None:
    """What an update did before it failed is undone: no entry, no message, no half of it."""
    reference = await world.case(HIGH)
    await world.told()
    entries, rows = await _count(world, EntryRow), await _count(world, OutboxRow)
    await _reception(world, Messenger()).receive([_update(1, POISON)])
    assert attempts
    assert await _count(world, EntryRow) == entries
    assert await _count(world, OutboxRow) == rows
    assert (await world.find(reference)).row.entries == entries
