"""Calls that are wrong in themselves are refused in Telegram's words and change nothing."""

from collections.abc import Awaitable, Callable

import pytest
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity
from telegram.error import BadRequest, InvalidToken

from tests.botapi import BotApi, User
from tests.botapi.client import raw

Attempt = Callable[[Bot, User], Awaitable[object]]


async def test_unknown_method_and_wrong_token(api: BotApi) -> None:
    """What does not exist is 404, what is not this bot's is 401."""
    assert await raw(api, "sendRaven", {}) == (
        404,
        {"ok": False, "error_code": 404, "description": "Not Found"},
    )
    assert (await raw(api, "getMe", {}, token="1:wrong"))[1]["description"] == "Unauthorized"
    with pytest.raises(InvalidToken):
        async with Bot("1:wrong", base_url=f"{api.url}/bot"):
            pass


@pytest.mark.parametrize(
    ("body", "description"),
    [
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 1}, "message text is empty"),
        ({"chat_id": 1, "text": "x"}, "chat not found"),
        ({"chat_id": "@nobody", "text": "x"}, "chat not found"),
        ({"chat_id": 1, "text": "x", "colour": "red"}, 'unknown parameter "colour"'),
        ({"chat_id": 1, "text": 5}, "can't parse text: text must be of type String"),
        (
            {"chat_id": 1, "text": "x", "reply_parameters": {"message_id": "1"}},
            "can't parse reply_parameters: reply_parameters.message_id must be of type Integer",
        ),
        (
            {"chat_id": 1, "text": "x", "entities": [{"type": "bold", "offset": 0}]},
            'can\'t parse entities: entities[0] has no field "length"',
        ),
        (
            {"chat_id": 1, "text": "x", "link_preview_options": {"loud": True}},
            'can\'t parse link_preview_options: link_preview_options has an unknown field "loud"',
        ),
    ],
)
async def test_parameters_are_checked(api: BotApi, body: object, description: str) -> None:
    """Unknown, missing and wrongly typed parameters are refused and have no effect."""
    status, answer = await raw(api, "sendMessage", body)
    assert (status, answer["description"]) == (400, f"Bad Request: {description}")
    assert not api.counters


def _button(data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data=data)]])


@pytest.mark.parametrize(
    ("attempt", "description"),
    [
        (lambda bot, user: bot.send_message(user.id, " \n "), "message text is empty"),
        (lambda bot, user: bot.send_message(user.id, "x" * 4097), "message is too long"),
        (lambda bot, user: bot.send_message(user.id, "😀" * 2049), "message is too long"),
        (
            lambda bot, user: bot.send_document(user.id, b"x", caption="x" * 1025),
            "message caption is too long",
        ),
        (
            lambda bot, user: bot.send_message(user.id, "x", reply_markup=_button("я" * 33)),
            "BUTTON_DATA_INVALID",
        ),
        (
            lambda bot, user: bot.send_message(user.id, "<b>x", parse_mode="HTML"),
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            lambda bot, user: bot.send_message(user.id, "x", entities=[MessageEntity("bold", 0, 2)]),
            "can't parse entities: receive an entity with incorrect offset or length",
        ),
        (
            lambda bot, user: bot.send_message(user.id, "x", reply_to_message_id=999),
            "message to be replied not found",
        ),
        (lambda bot, user: bot.edit_message_text("x", user.id, 999), "message to edit not found"),
        (lambda bot, user: bot.edit_message_text("x", user.id, 1), "message can't be edited"),
        (lambda bot, user: bot.delete_message(user.id, 999), "message to delete not found"),
        (lambda bot, user: bot.set_message_reaction(user.id, 999, "👍"), "message to react not found"),
        (lambda bot, user: bot.send_photo(user.id, b"no picture"), "IMAGE_PROCESS_FAILED"),
        (
            lambda bot, user: bot.send_document(user.id, "no-such-id"),
            "wrong file identifier/HTTP URL specified",
        ),
        (lambda bot, user: bot.send_chat_action(user.id, "sing"), "wrong parameter action in request"),
        (lambda bot, _user: bot.set_my_commands([BotCommand("Sos", "d")]), "BOT_COMMAND_INVALID"),
        (
            lambda bot, _user: bot.get_file("no-such-id"),
            "wrong file_id or the file is temporarily unavailable",
        ),
        (
            lambda bot, _user: bot.answer_callback_query("1"),
            "query is too old and response timeout expired or query ID is invalid",
        ),
        (
            lambda bot, _user: bot.set_webhook("http://example.org/"),
            "bad webhook: An HTTPS URL must be provided for webhook",
        ),
        (
            lambda bot, _user: bot.set_webhook("https://127.0.0.1/", secret_token="no spaces"),
            "secret token contains unallowed characters",
        ),
    ],
)
async def test_refusals(api: BotApi, bot: Bot, person: User, attempt: Attempt, description: str) -> None:
    """Each thing that Telegram does not do is refused in its words, and changes nothing."""
    with pytest.raises(BadRequest):
        await attempt(bot, person)
    assert (api.calls[-1].status, api.calls[-1].description) == (400, f"Bad Request: {description}")
    assert not person.messages


async def test_limits_themselves_are_permitted(bot: Bot, person: User) -> None:
    """The longest text, caption and button data pass; length counts after markup is parsed."""
    await bot.send_message(
        person.id, f"<b>{'x' * 4096}</b>", parse_mode="HTML", reply_markup=_button("я" * 32)
    )
    await bot.send_document(person.id, b"x", caption="😀" * 512)
    assert [len(message.text) for message in person.messages] == [4096, 512]
