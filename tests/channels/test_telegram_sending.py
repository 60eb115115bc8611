"""What the hotline says reaches Telegram as it was meant, and Telegram's refusals mean what they say."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.channels.base import (
    Button,
    Edit,
    FileKind,
    Gone,
    Menu,
    OutgoingFile,
    Permanent,
    Receipt,
    Remove,
    Say,
)
from bot.channels.telegram.channel import TelegramChannel
from tests.botapi import BotApi, User
from tests.botapi.files import JPEG
from tests.channels.telegram import channel_to

BUTTONS = ((Button("Да", "x:1"), Button("Нет", "x:2")), (Button("Назад", "x:3"),))
CONTENTS: dict[FileKind, bytes] = {
    "photo": JPEG,
    "document": b"%PDF",
    "voice": b"OggS",
    "audio": b"ID3",
    "video": b"mp4",
}


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server."""
    async with BotApi() as server:
        yield server


@pytest.fixture
async def channel(api: BotApi) -> AsyncIterator[TelegramChannel]:
    """A channel to it."""
    async with channel_to(api) as made:
        yield made


@pytest.fixture
async def person(api: BotApi) -> User:
    """Somebody who has written to the bot."""
    somebody = api.user()
    await somebody.says("/start")
    return somebody


def say(person: User, text: str = "hello", **others: object) -> Say:
    """A message to this person."""
    return Say(chat=str(person.id), text=text, tx="1", **others)  # type: ignore[arg-type] # whatever a Say has


async def test_a_text_arrives_as_it_is(channel: TelegramChannel, person: User) -> None:
    """No mark-up is read into it, nothing is fetched from the links in it, and its id comes back."""
    text = "<b>жирный</b> *звезда* https://example.org/?token=1 & more"
    receipt = await channel.send(say(person, text))
    message = await person.next_message()
    assert message.text == text
    assert {entity["type"] for entity in message.content.entities} == {"url"}  # Telegram's own finding
    assert receipt == Receipt(str(message.message_id))
    assert person.world.chats[person.id].messages == [message]


async def test_link_previews_are_off(channel: TelegramChannel, api: BotApi, person: User) -> None:
    """Neither a new text nor an edited one lets Telegram fetch what it links to."""
    receipt = await channel.send(say(person, "https://example.org"))
    await channel.send(Edit(str(person.id), receipt.message or "", "https://example.com", tx="2"))
    for call in (*api.called("sendMessage"), *api.called("editMessageText")):
        assert call.params["link_preview_options"] == {"is_disabled": True}


async def test_buttons_arrive_in_their_rows(channel: TelegramChannel, person: User) -> None:
    """The keyboard is the one that was asked for."""
    await channel.send(say(person, buttons=BUTTONS))
    markup = (await person.next_message()).reply_markup or {}
    assert markup["inline_keyboard"] == [
        [{"text": button.label, "callback_data": button.data} for button in row] for row in BUTTONS
    ]


async def test_an_answer_to_a_message_that_is_gone_is_sent_all_the_same(
    channel: TelegramChannel, person: User
) -> None:
    """A reply hangs under its message while that is there, and stands alone otherwise."""
    asked = await person.says("a question")
    await channel.send(say(person, reply_to=str(asked.message_id)))
    assert (await person.next_message()).reply_to is asked
    await person.deletes(asked)
    await channel.send(say(person, reply_to=str(asked.message_id)))
    assert (await person.next_message()).reply_to is None


@pytest.mark.parametrize("silent", [True, False])
async def test_only_what_is_meant_to_be_is_silent(
    channel: TelegramChannel, person: User, *, silent: bool
) -> None:
    """`silent` asks for no sound."""
    await channel.send(say(person, silent=silent))
    assert (await person.next_message()).silent is silent


@pytest.mark.parametrize("kind", list(CONTENTS))
async def test_files_arrive_intact(channel: TelegramChannel, person: User, kind: FileKind) -> None:
    """Each kind arrives as itself, byte for byte, with its words and buttons."""
    content = CONTENTS[kind] + bytes(range(256)) * 1000
    file = OutgoingFile(content, "повестка №1.bin", kind)
    receipt = await channel.send(say(person, "see here", file=file, buttons=BUTTONS))
    message = await person.next_message()
    assert message.content.media is not None
    assert message.content.media.kind == kind
    assert message.file == content
    assert message.text == "see here"
    assert message.buttons
    assert receipt.message == str(message.message_id)


async def test_a_large_file_arrives_with_its_name_and_type(channel: TelegramChannel, person: User) -> None:
    """Megabytes go through, too, under the name and the type that were given."""
    content = bytes(range(256)) * (12 * 4096)
    file = OutgoingFile(content, "запись.bin", "document", mime="application/x-recording")
    await channel.send(say(person, "", file=file))
    message = await person.next_message()
    assert message.file == content
    assert message.content.media is not None
    assert message.content.media.file is not None
    assert (message.content.media.file.name, message.content.media.file.mime) == (
        "запись.bin",
        "application/x-recording",
    )


async def test_a_picture_that_telegram_refuses_goes_as_a_document(
    channel: TelegramChannel, person: User
) -> None:
    """Not every picture can be a Telegram photo; it arrives nevertheless."""
    file = OutgoingFile(b"II*\0 a TIFF", "scan.tiff", "photo")
    await channel.send(say(person, file=file))
    media = (await person.next_message()).content.media
    assert media is not None
    assert media.kind == "document"


async def test_a_file_for_someone_who_is_gone_is_not_tried_twice(
    channel: TelegramChannel, api: BotApi, person: User
) -> None:
    """Only a refusal of the file itself is a reason to send it otherwise."""
    await person.blocks()
    with pytest.raises(Gone):
        await channel.send(say(person, file=OutgoingFile(JPEG, "a.jpg", "photo")))
    assert not api.called("sendDocument")


async def test_places_arrive(channel: TelegramChannel, person: User) -> None:
    """A place goes as a place; words and buttons that belong to it follow at once."""
    place = (55.75, 37.62)
    await channel.send(say(person, "", location=place, buttons=BUTTONS))
    alone = await person.next_message()
    assert alone.content.media is not None
    assert alone.content.media.value == {"latitude": 55.75, "longitude": 37.62}
    assert alone.buttons
    receipt = await channel.send(say(person, "here", location=place, buttons=BUTTONS))
    assert not (await person.next_message()).buttons
    words = await person.next_message()
    assert (words.text, receipt.message) == ("here", str(words.message_id))
    assert words.buttons


async def test_editing_replaces_text_and_buttons(channel: TelegramChannel, person: User) -> None:
    """An edit without buttons takes them away."""
    sent = await channel.send(say(person, buttons=BUTTONS))
    message = await person.next_message()
    receipt = await channel.send(Edit(str(person.id), sent.message or "", "changed", tx="2"))
    assert (message.text, list(message.buttons)) == ("changed", [])
    assert receipt == sent


async def test_an_edit_that_changes_nothing_is_a_success(channel: TelegramChannel, person: User) -> None:
    """It already reads so: nothing failed."""
    sent = await channel.send(say(person, "same", buttons=BUTTONS))
    edit = Edit(str(person.id), sent.message or "", "same", tx="2", buttons=BUTTONS)
    assert await channel.send(edit) == sent


async def test_an_edit_of_nothing_is_permanent(channel: TelegramChannel, person: User) -> None:
    """A message that is gone can't be edited, ever."""
    with pytest.raises(Permanent, match="message to edit not found"):
        await channel.send(Edit(str(person.id), "4711", "changed", tx="2"))


async def test_removing_twice_is_a_success(channel: TelegramChannel, person: User) -> None:
    """What is gone already needs no removing."""
    sent = await channel.send(say(person))
    message = await person.next_message()
    for tx in ("2", "3"):
        assert await channel.send(Remove(str(person.id), sent.message or "", tx=tx)) == sent
        assert message.deleted


async def test_what_is_too_old_to_be_removed_stays(
    channel: TelegramChannel, api: BotApi, person: User
) -> None:
    """After 48 hours Telegram won't: that is told, and is no reason to try again."""
    sent = await channel.send(say(person))
    api.advance(49 * 3600)
    assert (await channel.send(Remove(str(person.id), sent.message or "", tx="2"))).kept
    assert not person.messages[0].deleted


async def test_a_whole_chat_is_removed_in_one_call(
    channel: TelegramChannel, api: BotApi, person: User
) -> None:
    """The person's messages and ours, a hundred at once; those that are gone already don't matter."""
    theirs = [await person.says(f"word {number}") for number in range(98)]
    ours = await channel.send(say(person))
    _, *more = (*(str(each.message_id) for each in theirs), ours.message or "", "999999")
    before = len(api.called("deleteMessages"))
    removed = await channel.send(Remove(str(person.id), str(theirs[0].message_id), "2", tuple(more)))
    assert not removed.kept
    assert all(each.deleted for each in (*theirs, *person.messages))
    assert len(api.called("deleteMessages")) == before + 1


async def test_one_that_is_too_old_keeps_no_other(
    channel: TelegramChannel, api: BotApi, person: User
) -> None:
    """Telegram removes none of a batch in which one is too old: the others go all the same; it is told."""
    old = [await person.says("old") for _ in range(3)]
    api.advance(49 * 3600)
    young = [await person.says("young") for _ in range(20)]
    first, *more = (str(each.message_id) for each in (*old, *young))
    assert (await channel.send(Remove(str(person.id), first, "2", tuple(more)))).kept
    assert [each.deleted for each in (*old, *young)] == [False] * 3 + [True] * 20


async def test_a_chat_gets_its_own_menu_and_loses_it(
    channel: TelegramChannel, api: BotApi, person: User
) -> None:
    """A menu belongs to one chat; an empty one takes it back."""
    await channel.send(Menu(str(person.id), (("queue", "who waits"),), tx="1"))
    ((scope, commands),) = api.world.commands.items()
    assert str(person.id) in scope[0]
    assert commands == [{"command": "queue", "description": "who waits"}]
    await channel.send(Menu(str(person.id), (), tx="2"))
    assert not any(api.world.commands.values())


@pytest.mark.parametrize("text", ["", "x" * 4097, "\N{PILE OF POO}" * 2049])
async def test_a_text_that_cannot_be_sent_is_permanent(
    channel: TelegramChannel, person: User, text: str
) -> None:
    """Empty and too long texts are refused once and for all."""
    with pytest.raises(Permanent):
        await channel.send(say(person, text))


@pytest.mark.parametrize("chat", ["@hotline", "", "12 34", "5000000001; drop"])
async def test_an_address_of_another_kind_is_permanent(channel: TelegramChannel, chat: str) -> None:
    """Only numbers are Telegram chats; nothing else is ever passed on."""
    with pytest.raises(Permanent, match="not a Telegram id"):
        await channel.send(Say(chat, "hello", tx="1"))
    with pytest.raises(Permanent, match="not a Telegram id"):
        await channel.send(Edit("1", chat, "hello", tx="1"))
