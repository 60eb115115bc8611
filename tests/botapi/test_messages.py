"""Messages, buttons and files, from the bot and from people."""

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest

from tests.botapi import BotApi, User, schema
from tests.botapi.client import faithful, message_in, query_in

HOUR = 3600
YES = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes")]])


async def test_message_comes_as_it_was_sent(bot: Bot, person: User) -> None:
    """A sent message is recorded and answered with text, entities, keyboard and the message it replies to."""
    sent = await bot.send_message(
        person.id, "<b>a</b> &lt;😀 /go", parse_mode="HTML", reply_markup=YES, reply_to_message_id=1
    )
    message = await person.next_message()
    assert (message.text, message.buttons, message.reply_to and message.reply_to.text) == (
        "a <😀 /go",
        {"Yes": "yes"},
        "/start",
    )
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [("bold", 0, 1), ("bot_command", 6, 3)]
    assert sent.reply_markup == YES
    assert not sent.api_kwargs
    schema.expect("Message", message.json())


async def test_requests_of_any_form(api: BotApi, person: User) -> None:
    """A call may come as a query, a form, JSON or multipart; numbers and objects are understood in each."""
    values = {"chat_id": str(person.id), "text": "x", "reply_markup": YES.to_json()}
    url = f"{api.url}/bot{api.token}/sendmessage"
    async with aiohttp.ClientSession() as session:
        for answering in (
            session.get(url, params=values),
            session.post(url, data=values),
            session.post(url, json={**values, "chat_id": person.id, "reply_markup": YES.to_dict()}),
            session.post(url, data=_multipart(values)),
        ):
            async with answering as response:
                assert (await response.json())["result"]["text"] == "x"
    assert [message.buttons for message in person.messages] == [{"Yes": "yes"}] * 4


def _multipart(values: dict[str, str]) -> aiohttp.MultipartWriter:
    writer = aiohttp.MultipartWriter("form-data")
    for name, value in values.items():
        writer.append(value).set_content_disposition("form-data", name=name)
    return writer


async def test_edits_are_kept_and_must_change_something(api: BotApi, bot: Bot, person: User) -> None:
    """An edit replaces text and keyboard and keeps the earlier version; one without a change is refused."""
    sent = await bot.send_message(person.id, "one", reply_markup=YES)
    message = await person.next_message()
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("one", person.id, sent.message_id, reply_markup=YES)
    await bot.edit_message_text("two", person.id, sent.message_id, reply_markup=YES)
    await bot.edit_message_reply_markup(person.id, sent.message_id)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_reply_markup(person.id, sent.message_id)
    assert (message.text, message.buttons, [edit.text for edit in message.edits]) == (
        "two",
        {},
        ["one", "two"],
    )
    await person.deletes(message)
    with pytest.raises(BadRequest, match="to edit not found"):
        await bot.edit_message_text("three", person.id, sent.message_id)
    assert api.counters["editMessageText"] == 1


async def test_old_messages_cannot_be_deleted(api: BotApi, bot: Bot, person: User) -> None:
    """For 48 hours the bot deletes its own messages and, in private, the person's; after that none."""
    sent = [await bot.send_message(person.id, text) for text in "abc"]
    await bot.delete_message(person.id, sent[0].message_id)
    await bot.delete_messages(person.id, [1, sent[1].message_id, 999])
    assert [message.deleted for message in person.messages] == [True, True, False]
    api.advance(49 * HOUR)
    with pytest.raises(BadRequest, match="for everyone"):
        await bot.delete_message(person.id, sent[2].message_id)


async def test_buttons(api: BotApi, bot: Bot, person: User) -> None:
    """A press reaches the bot, is answered once, in time; stale and forged presses are possible."""
    await bot.send_message(person.id, "?", reply_markup=YES)
    message = await person.next_message()
    press = await person.presses(message, "Yes")
    assert (query_in(faithful(api.updates.pending[-1])).data, press.answer) == ("yes", None)
    await bot.answer_callback_query(press.query_id, "done", show_alert=True)
    assert await press.answered() == {"text": "done", "show_alert": True}
    with pytest.raises(BadRequest, match="too old"):
        await bot.answer_callback_query(press.query_id)
    await bot.edit_message_reply_markup(person.id, message.message_id)
    late = await person.presses(message, "yes")
    await person.deletes(message)
    await person.forges(message, "forged")
    query = query_in(faithful(api.updates.pending[-1]))
    assert (query.data, query.message and query.message.is_accessible) == ("forged", False)
    with pytest.raises(LookupError):
        await person.presses(message, "No")
    api.advance(HOUR)
    with pytest.raises(BadRequest, match="too old"):
        await bot.answer_callback_query(late.query_id)


async def test_files_both_ways(api: BotApi, bot: Bot, person: User) -> None:
    """Uploads are recorded with their bytes and can be sent again by id; what people send is downloaded."""
    sent = await bot.send_document(
        person.id, b"paper", filename="a.pdf", caption="c", thumbnail=b"\xff\xd8\xff"
    )
    assert sent.document is not None
    await bot.send_document(person.id, sent.document.file_id)
    await bot.send_photo(person.id, b"\xff\xd8\xff-picture")
    await bot.send_voice(person.id, b"OggS", duration=7)
    await bot.send_video(person.id, b"v", width=4, height=3)
    await bot.send_audio(person.id, b"a", title="t")
    await bot.send_location(person.id, 55.75, 37.62)
    kinds = [message.kind for message in person.messages]
    assert kinds == ["document", "document", "photo", "voice", "video", "audio", "location"]
    assert [m.file for m in person.messages[:2]] == [b"paper", b"paper"]
    assert (person.messages[0].file_name, person.messages[0].text) == ("a.pdf", "c")
    await person.sends_voice(b"OggS-spoken")
    voice = message_in(faithful(api.updates.pending[-1])).voice
    assert voice is not None
    file = await bot.get_file(voice.file_id)
    assert bytes(await file.download_as_bytearray()) == b"OggS-spoken"


async def test_files_too_big_to_download(api: BotApi, bot: Bot, person: User) -> None:
    """A file over 20 MB is announced but can't be fetched."""
    await person.sends_document(size=21 * 1024 * 1024)
    document = message_in(faithful(api.updates.pending[-1])).document
    assert document is not None
    assert document.file_size == 21 * 1024 * 1024
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(document.file_id)


async def test_everything_people_send_is_as_documented(api: BotApi, person: User) -> None:
    """Every kind of update holds to the documented fields and is understood whole by the client."""
    message = await person.says("see https://example.org #tag @somebody mail@example.org")
    await person.sends_photo(caption="c", album="1")
    await person.sends_document()
    await person.sends_voice()
    await person.sends_video()
    await person.sends_audio()
    await person.sends_sticker()
    await person.sends_location()
    await person.forwards(message)
    person.hides_forwards = True
    await person.forwards(message)
    await person.edits(message, "other")
    await person.blocks()
    await person.unblocks()
    group = api.group(members=[person])
    await group.adds(api.user())
    for happens in (group.promotes_bot, group.mutes_bot, group.migrate, group.kicks_bot):
        await happens()
    updates = [faithful(queued) for queued in api.updates.pending]
    assert [e.type for e in message_in(updates[1]).entities] == ["url", "hashtag", "mention", "email"]
    assert len(updates) == 22
    assert updates[11].edited_message is not None
    assert updates[11].edited_message.text == "other"
