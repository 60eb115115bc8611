"""What the homeserver learns of the hotline: as little as can be, and nothing stays where all was erased."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from backend import devices
from backend.people import staff
from backend.vault.keys import new_id
from bot.channels.base import Edit, Leave, OutgoingFile, Remove, Say, TextSent
from bot.channels.matrix.store import MEGOLM
from tests.channels.matrix import PATIENCE, Bot, bot_at
from tests.matrix import Clients, Room, Synapse
from tests.matrix.wire import Wire

TELLING = ("/presence", "/receipt/", "/read_markers", "/typing/", "/state/", "/profile/", "createRoom")
"""Parts of the paths by which a client tells what it does, or writes what everybody's servers can read."""


@pytest_asyncio.fixture
async def wire(synapse: Synapse) -> AsyncIterator[Wire]:
    """Lend a wire that notes every call."""
    async with Wire(synapse.url) as made:
        yield made


@pytest_asyncio.fixture
async def bot(clients: Clients, sqlite_template: Path, tmp_path: Path, wire: Wire) -> AsyncIterator[Bot]:
    """Lend a bot that listens at the far end of the wire."""
    async with bot_at(clients, sqlite_template, tmp_path, url=wire.url) as made:
        yield made


def stored(server: Synapse, statement: str, *values: str) -> list[tuple[object, ...]]:
    """What stands in the homeserver's own database."""
    with contextlib.closing(
        sqlite3.connect(f"file:{server.home}/homeserver.db?mode=ro", uri=True)
    ) as database:
        return database.execute(statement, values).fetchall()


async def everything(bot: Bot, room: Room) -> None:
    """The bot does all that it ever does in a room."""
    await room.says("здравствуйте")
    await bot.saved()
    said = await bot.says(room, "слышим вас", thread=None)
    await bot.send(Edit(room.id, str(said.message), "слышим", new_id()))
    await bot.says(room, "", file=OutgoingFile(b"%PDF", "form.pdf", "document", "application/pdf"))
    await bot.send(Remove(room.id, str(said.message), new_id()))
    await room.next_message(matching="form.pdf")


async def test_the_homeserver_sees_nothing_that_it_need_not(clients: Clients, bot: Bot, wire: Wire) -> None:
    """No presence, receipts, typing, profile or state: encrypted events, and that the bot is there."""
    vera = await clients.person("vera")
    room = await bot.room_with(vera)
    await everything(bot, room)
    assert not [call for call in wire.calls if any(each in call for each in TELLING)]
    own, server = bot.account.user_id, clients.server
    kinds = stored(server, "SELECT DISTINCT type, state_key IS NOT NULL FROM events WHERE sender = ?", own)
    assert set(kinds) == {("m.room.member", 1), ("m.room.encrypted", 0), ("m.room.redaction", 0)}
    assert stored(server, "SELECT 1 FROM receipts_linearized WHERE user_id = ?", own) == []
    assert stored(server, "SELECT DISTINCT state FROM presence_stream WHERE user_id = ?", own) in (
        [],
        [("offline",)],
    )
    events = stored(server, "SELECT json FROM event_json JOIN events USING (event_id) WHERE sender = ?", own)
    members = [json.loads(str(each))["content"] for (each,) in events if '"m.room.member"' in str(each)]
    assert all(set(each) <= {"membership", "displayname"} for each in members)


async def test_a_room_is_left_and_forgotten_with_all_its_keys(clients: Clients, bot: Bot) -> None:
    """With a last word; what was kept of it here is gone, also if the first attempt was cut off."""
    vera = await clients.person("vera")
    room = await bot.room_with(vera)
    await room.says("адрес на Лесной")
    await bot.saved()
    leave = Leave(room.id, "Мы выходим", new_id())
    await bot.send(leave)
    await room.until_member(bot.account.user_id, "leave", patience=PATIENCE)
    assert (await room.next_message(matching="выходим")).encrypted
    await bot.send(leave)
    forgotten = (
        "SELECT forgotten FROM room_memberships WHERE room_id = ? AND user_id = ? AND membership = 'leave'"
    )
    assert stored(clients.server, forgotten, room.id, bot.account.user_id) == [(1,)]
    async with bot.world.backend.looking() as work:
        kept = await devices.load(work, "matrix", (MEGOLM,))
    assert kept == []


async def test_who_was_left_comes_back_by_an_invitation(clients: Clients, bot: Bot) -> None:
    """Into the old room or into a new one, also after a restart."""
    vera = await clients.person("vera")
    room = await bot.room_with(vera)
    await bot.send(Leave(room.id, "", new_id()))
    await room.until_member(bot.account.user_id, "leave", patience=PATIENCE)
    await room.invites(bot.account.user_id)
    await room.until_member(bot.account.user_id, patience=PATIENCE)
    await room.says("снова я")
    while (found := await bot.saved()).event != TextSent("снова я"):
        pass
    assert found.chat == room.id
    await bot.send(Leave(room.id, "", new_id()))
    await bot.restart()
    other = await bot.room_with(vera)
    await other.says("и ещё раз")
    while (found := await bot.saved()).event != TextSent("и ещё раз"):
        pass
    await bot.says(other, "слышим")
    assert (await other.next_message(matching="слышим")).encrypted


async def test_a_reporters_words_are_taken_back_where_that_is_allowed(clients: Clients, bot: Bot) -> None:
    """Clients give the invited person all rights; where they don't, it is said that the words stay."""
    vera = await clients.person("vera")
    room = await bot.room_with(vera)
    sent = await room.says("адрес на Лесной")
    await bot.saved()
    assert not (await bot.send(Remove(room.id, sent, new_id()))).kept
    guarded = await vera.opens(invite=[bot.account.user_id])
    await guarded.until_member(bot.account.user_id, patience=PATIENCE)
    sent = await guarded.says("адрес на Полевой")
    own = str((await bot.says(guarded, "слышим")).message)
    assert (await bot.send(Remove(guarded.id, sent, new_id()))).kept
    assert not (await bot.send(Remove(guarded.id, own, new_id()))).kept


async def staffed(bot: Bot, user: str) -> None:
    """Somebody joins the staff from this account."""
    async with bot.world.backend.work() as work:
        code = await staff.invite(work, "officer", user)
        await work.session.flush()
        await staff.join(work, code, channel="matrix", sender=user, chat="", language="ru")


async def test_words_appear_in_a_room_only_among_colleagues(clients: Clients, bot: Bot) -> None:
    """All of them on the staff, the room encrypted and guarded; otherwise only what may be said anywhere."""
    anna, boris = await clients.person("anna"), await clients.person("boris")
    room = await anna.opens(invite=[bot.account.user_id, boris.user_id])
    await boris.joins((await boris.invited()).id)
    await room.until_member(bot.account.user_id, patience=PATIENCE)

    async def heard() -> str:
        await bot.send(Say(room.id, "они у двери", new_id(), otherwise="новое сообщение"))
        return (await room.next_message()).text

    assert await heard() == "новое сообщение"
    for person in (anna, boris):
        await staffed(bot, person.user_id)
    assert await heard() == "новое сообщение"
    await room.sets_state("m.room.history_visibility", {"history_visibility": "joined"})
    await room.says("закрыли историю")
    await bot.saved()
    assert await heard() == "они у двери"
    await room.invites((await clients.person("eve")).user_id)
    await room.says("позвали Еву")
    await bot.saved()
    assert await heard() == "новое сообщение"
