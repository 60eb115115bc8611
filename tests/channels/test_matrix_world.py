"""Matrix with a real homeserver and clients of another make: nothing lost or doubled, all encrypted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from backend import devices
from backend.vault.keys import new_id
from bot.channels.base import (
    ChatLeft,
    ChatMoved,
    Edit,
    Gone,
    LocationSent,
    NotSaved,
    OutgoingFile,
    Permanent,
    Remove,
    Say,
    TextEdited,
    TextSent,
)
from bot.channels.matrix.cross_signing import CROSSING, Identity
from bot.channels.matrix.store import MEGOLM, OLM
from tests.channels.matrix import PATIENCE, Bot, bot_at, end_all_sessions, holds
from tests.matrix import Clients, Synapse


@pytest_asyncio.fixture
async def bot(clients: Clients, sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Bot]:
    """Lend a bot that listens."""
    async with bot_at(clients, sqlite_template, tmp_path) as made:
        yield made


async def refused(bot: Bot, say: Say) -> Exception | None:
    """Why it was not sent."""
    try:
        await bot.send(say)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
        return error
    return None


async def test_words_go_both_ways_encrypted_to_a_client_that_refuses_unsigned_devices(
    clients: Clients, bot: Bot
) -> None:
    """A strict client reads the bot without a warning, and is read; in private, and in the order sent."""
    vera = await clients.person("vera", strict=True)
    room = await bot.room_with(vera)
    sent = [await room.says(words) for words in ("раз", "два", "три")]
    found = [await bot.saved() for _ in sent]
    assert [each.id for each in found] == sent
    assert [each.event for each in found] == [TextSent("раз"), TextSent("два"), TextSent("три")]
    assert {(each.sender, each.chat, each.private, each.flaw) for each in found} == {
        (vera.user_id, room.id, True, None)
    }
    await bot.says(room, "слышим вас")
    heard = await room.next_message()
    assert (heard.text, heard.encrypted, heard.event.shield) == ("слышим вас", True, None)


async def test_nothing_in_the_database_names_anybody(clients: Clients, bot: Bot, tmp_path: Path) -> None:
    """A stolen file tells neither who writes nor where, and holds no key in the open."""
    vera = await clients.person("vera")
    room = await bot.room_with(vera)
    await room.says("адрес на Лесной")
    await bot.saved()
    await bot.says(room, "слышим вас")
    async with bot.world.backend.looking() as work:
        kept = await devices.load(work, "matrix")
    assert {OLM, MEGOLM, CROSSING} <= {each.kind for each in kept}
    assert holds(tmp_path, vera.user_id, room.id, vera.device_id, "Лесной", bot.account.user_id) == []


async def test_the_device_is_the_same_after_a_restart(clients: Clients, bot: Bot) -> None:
    """What was sent meanwhile is read with the keys from before, once; the client sees no new device."""
    vera = await clients.person("vera", strict=True)
    room = await bot.room_with(vera)
    await room.says("раз")
    await bot.saved()
    before = await vera.devices(bot.account.user_id)
    await bot.stop()
    await room.says("два")
    bot.start()
    await room.says("три")
    assert [(await bot.saved()).event for _ in range(2)] == [TextSent("два"), TextSent("три")]
    await bot.says(room, "здесь")
    assert (await room.next_message()).text == "здесь"
    assert await vera.devices(bot.account.user_id) == before
    assert [device.signed for device in before.values()] == [True]


async def test_what_could_not_be_saved_is_offered_again(clients: Clients, bot: Bot) -> None:
    """Until a batch is saved nothing is confirmed; then it comes once."""
    room = await bot.room_with(await clients.person("vera"))
    bot.inbox.faults = [NotSaved(), NotSaved()]
    sent = await room.says("раз")
    assert (await bot.saved()).id == sent
    assert [each.id for offered in bot.inbox.offered for each in offered] == [sent] * 3


async def test_a_batch_that_was_never_saved_comes_again_after_a_restart(clients: Clients, bot: Bot) -> None:
    """Stopped while it is being saved, the next process gets it."""
    room = await bot.room_with(await clients.person("vera"))
    bot.inbox.open.clear()
    sent = await room.says("раз")
    await bot.inbox.offer()
    await bot.stop()
    bot.inbox.open.set()
    bot.start()
    assert (await bot.saved()).id == sent


async def test_a_long_silence_is_filled_in(clients: Clients, bot: Bot) -> None:
    """More messages than one sync brings, sent while nobody listened: all come, in order, none twice."""
    room = await bot.room_with(await clients.person("vera"))
    await room.says("начало")
    await bot.saved()
    await bot.stop()
    sent = [await room.says(f"слово {number}") for number in range(230)]
    bot.start()
    assert [(await bot.saved()).id for _ in sent] == sent


async def test_a_homeserver_that_dies_is_waited_for(clients: Clients, bot: Bot, synapse: Synapse) -> None:
    """Killed and started again, it finds the bot listening and sending."""
    vera = await clients.person("vera")
    room = await bot.room_with(vera)
    await synapse.restart()
    await vera.wakes()
    sent = await room.says("вы здесь?")
    assert (await bot.saved()).id == sent
    await bot.says(room, "здесь")
    assert (await room.next_message(matching="здесь")).encrypted


async def test_a_token_taken_back_is_replaced(clients: Clients, bot: Bot) -> None:
    """Logged out from everywhere, the bot logs in again, with a device that strict clients believe."""
    vera = await clients.person("vera", strict=True)
    room = await bot.room_with(vera)
    await room.says("раз")
    await bot.saved()
    await end_all_sessions(clients.server.url, bot.account)
    await bot.says(room, "здесь")
    assert (await room.next_message(PATIENCE)).event.shield is None
    sent = await room.says("два")
    assert (await bot.saved()).id == sent


async def test_a_message_that_nobody_can_read_any_more_is_asked_for_again(clients: Clients, bot: Bot) -> None:
    """Sent while the homeserver had forgotten our device: after a minute that is said."""
    room = await bot.room_with(await clients.person("vera"))
    await room.says("раз")
    await bot.saved()
    await bot.stop()
    await end_all_sessions(clients.server.url, bot.account)
    await room.discards_session()
    sent = await room.says("два")
    bot.start()
    await bot.says(room, "здесь")
    bot.world.clock.advance(timedelta(seconds=61))
    assert (await bot.saved()).id == f"{sent} unreadable"


async def test_the_same_message_sent_twice_stands_once(clients: Clients, bot: Bot) -> None:
    """A send whose end nobody saw is sent again under its number: the homeserver knows it, over restarts."""
    room = await bot.room_with(await clients.person("vera"))
    first = await bot.send(Say(room.id, "принято", "row.0"))
    await bot.restart()
    assert await bot.send(Say(room.id, "принято", "row.0")) == first
    await bot.says(room, "конец")
    await room.next_message(matching="конец")
    assert [message.text for message in room.messages] == ["принято", "конец"]


async def test_files_go_both_ways(clients: Clients, bot: Bot) -> None:
    """A photo and a voice note arrive whole and as such; so does a paper that the bot sends."""
    vera = await clients.person("vera")
    room = await bot.room_with(vera)
    photo, voice = b"\xff\xd8\xff" + b"picture" * 30_000, b"OggS" + b"voice" * 1000
    await room.sends_file(photo, "door.jpg", "image/jpeg", caption="у двери")
    await room.sends_file(voice, "note.ogg", "audio/ogg", extra={"org.matrix.msc3245.voice": {}})
    for sent, kind, said in ((photo, "photo", "у двери"), (voice, "voice", "")):
        event = (await bot.saved()).event
        assert isinstance(event, TextSent)
        assert (event.body, event.files[0].kind, event.files[0].size) == (said, kind, len(sent))
        assert b"".join([piece async for piece in bot.channel.fetch(event.files[0].ref)]) == sent
    await bot.says(room, "", file=OutgoingFile(b"%PDF" * 9000, "summons.pdf", "document", "application/pdf"))
    assert await room.file(await room.next_message()) == b"%PDF" * 9000


@pytest.mark.parametrize("letter", ["я", "€", "\N{WAVING HAND SIGN}"])
async def test_the_longest_text_arrives_and_changes(clients: Clients, bot: Bot, letter: str) -> None:
    """What the limits call short enough fits into an event, also as an edit, which says everything twice."""
    room = await bot.room_with(await clients.person("vera"))
    most = bot.channel.limits.text // (len(letter.encode("utf-16-le")) // 2)
    sent = await bot.says(room, letter * most)
    message = await room.next_message()
    assert message.text == letter * most
    changed = "!" + letter * (most - 1)
    await bot.send(Edit(room.id, str(sent.message), changed, new_id()))
    await room.client.until(lambda: message.text == changed)


async def test_what_happens_to_messages(clients: Clients, bot: Bot) -> None:
    """Edits come as such and go as such; what the bot takes back is gone."""
    room = await bot.room_with(await clients.person("vera"))
    first = await room.says("улица Лесная")
    await room.edits(first, "улица Полевая")
    await bot.saved()
    edited = await bot.saved()
    assert (edited.event, edited.message) == (TextEdited("улица Полевая"), first)
    sent = await bot.says(room, "ждёт")
    message = await room.next_message()
    await bot.send(Edit(room.id, str(sent.message), "принято", "edit.0"))
    await room.client.until(lambda: message.text == "принято")
    await bot.send(Remove(room.id, str(sent.message), "remove.0"))
    await bot.send(Remove(room.id, str(sent.message), "remove.1"))
    await room.client.until(lambda: message.redacted)


async def test_a_place_comes_as_a_place(clients: Clients, bot: Bot) -> None:
    """In degrees."""
    room = await bot.room_with(await clients.person("vera"))
    await room.sends({"msgtype": "m.location", "body": "здесь", "geo_uri": "geo:55.75,37.61;u=35"})
    assert (await bot.saved()).event == LocationSent(55.75, 37.61)


async def test_leaving_and_coming_back(clients: Clients, bot: Bot) -> None:
    """Somebody who left can't be written to; put out and invited again, the bot is there at once."""
    vera = await clients.person("vera")
    room = await vera.opens(invite=[bot.account.user_id])
    await room.until_member(bot.account.user_id)
    await room.kicks(bot.account.user_id)
    gone = await bot.saved()
    assert (gone.event, gone.sender, gone.private) == (ChatLeft(), vera.user_id, True)
    assert isinstance(await refused(bot, Say(room.id, "эй", "x.0")), Gone)
    await room.invites(bot.account.user_id)
    await room.until_member(bot.account.user_id)
    await room.says("снова я")
    assert (await bot.saved()).event == TextSent("снова я")
    await room.leaves()
    assert (await bot.saved()).event == ChatLeft()
    assert isinstance(await refused(bot, Say(room.id, "эй", "x.1", private=True)), Gone)


async def test_a_third_person_ends_the_privacy(clients: Clients, bot: Bot) -> None:
    """Invited is enough: what is for one person alone isn't sent, and what is said there isn't private."""
    room = await bot.room_with(await clients.person("vera"))
    await room.invites((await clients.person("eve")).user_id)
    await room.says("мы втроём")
    assert not (await bot.saved()).private
    assert isinstance(await refused(bot, Say(room.id, "слово", "x.0", private=True)), Gone)


async def test_an_unencrypted_room_says_so(clients: Clients, bot: Bot) -> None:
    """Its words come with their flaw, and what people wrote isn't sent there."""
    room = await bot.room_with(await clients.person("vera"), encrypted=False)
    await room.says("привет")
    assert (await bot.saved()).flaw == "flaw-not-encrypted"
    assert isinstance(await refused(bot, Say(room.id, "слово", "x.0", sealed=True)), Permanent)
    await bot.says(room, "как открыть")
    assert (await room.next_message()).text == "как открыть"


async def test_a_message_in_the_clear_in_an_encrypted_room_is_not_believed(
    clients: Clients, bot: Bot
) -> None:
    """The homeserver itself could have written it."""
    room = await bot.room_with(await clients.person("vera"))
    await room.client.request(
        "PUT", f"/rooms/{room.id}/send/m.room.message/forged", {"msgtype": "m.text", "body": "/bind staff"}
    )
    assert (await bot.saved()).flaw == "flaw-in-clear"


async def test_an_upgraded_room_is_followed(clients: Clients, bot: Bot) -> None:
    """Where it is no less safe; the old one is left to itself."""
    vera, boris = await clients.person("vera"), await clients.person("boris")
    room = await vera.opens(invite=[bot.account.user_id, boris.user_id])
    await boris.joins((await boris.invited()).id)
    await room.until_member(bot.account.user_id)
    replacement = await room.upgrades()
    await vera.room(replacement).invites(bot.account.user_id)
    found = await bot.saved()
    assert (found.chat, found.event) in {(room.id, ChatMoved(replacement)), (room.id, ChatLeft())}


async def test_the_fingerprint_is_what_the_server_gives_people(clients: Clients, bot: Bot) -> None:
    """The master key in the sealed store is the one that others see, and it stays over restarts."""
    vera = await clients.person("vera")
    room = await bot.room_with(vera)
    await room.says("раз")
    await bot.saved()
    async with bot.world.backend.looking() as work:
        kept = await devices.load(work, "matrix", (CROSSING,))
    own = Identity.remembered(bot.account.user_id, kept)
    assert own is not None
    await bot.restart()
    await room.says("два")
    await bot.saved()
    assert await vera.identity(bot.account.user_id) == own.fingerprint


async def test_many_at_once(clients: Clients, bot: Bot) -> None:
    """A crowd that begins at the same moment is read and answered, every one of them."""
    people = await asyncio.gather(*(clients.person("crowd") for _ in range(6)))
    rooms = await asyncio.gather(*(bot.room_with(person) for person in people))
    await asyncio.gather(*(room.says("здравствуйте") for room in rooms))
    found = {(await bot.saved()).chat for _ in rooms}
    assert found == {room.id for room in rooms}
    await asyncio.gather(*(bot.says(room, "слышим") for room in rooms))
    await asyncio.gather(*(room.next_message(matching="слышим") for room in rooms))
