"""The methods that change what is there: edits, deletions, reactions, answers to buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import keyboards
from .chats import PrivateChat
from .groups import Group
from .refusals import Refused, bad_request
from .sending import text_content

if TYPE_CHECKING:
    from .chats import Chat
    from .messages import Content, Message
    from .params import Params
    from .refusals import Obj
    from .world import World

DELETABLE_SECONDS = 48 * 3600
DELETE_AT_ONCE = 100
ANSWER_LIMIT = 200
STALE_QUERY = "query is too old and response timeout expired or query ID is invalid"
UNCHANGED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


def edit_message_text(world: World, params: Params) -> Obj:
    """EditMessageText."""
    message = _editable(world, params)
    if message.content.media is not None:
        raise bad_request("there is no text in the message to edit")
    return _edit(world, message, text_content(params), params)


def edit_message_reply_markup(world: World, params: Params) -> Obj:
    """EditMessageReplyMarkup."""
    message = _editable(world, params)
    return _edit(world, message, message.content, params)


def _editable(world: World, params: Params) -> Message:
    if params.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    for name, reason in (
        ("chat_id", "chat_id is empty"),
        ("message_id", "message identifier is not specified"),
    ):
        if not params.values.get(name):
            raise bad_request(reason)
    message = world.chat_of(params, to_speak=True).find(params.number("message_id") or 0)
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender is not world.bot or (
        message.reply_markup and "inline_keyboard" not in message.reply_markup
    ):
        raise bad_request("message can't be edited")
    return message


def _edit(world: World, message: Message, content: Content, params: Params) -> Obj:
    markup = params.mapping("reply_markup")
    keyboards.verify(markup)
    if markup is not None and not keyboards.buttons(markup):
        markup = None
    if (content, markup) == (message.content, message.reply_markup):
        raise bad_request(UNCHANGED)
    message.change(content, markup, world.time.now())
    return message.json()


def delete_message(world: World, params: Params) -> bool:
    """DeleteMessage."""
    chat = world.chat_of(params)
    message = chat.find(params.number("message_id") or 0)
    if message is None:
        raise bad_request("message to delete not found")
    refusal = _undeletable(world, chat, message)
    if refusal is not None:
        raise refusal
    message.deleted = True
    return True


def delete_messages(world: World, params: Params) -> bool:
    """deleteMessages: those that are not there are passed over; one that can't be deleted keeps all."""
    chat, ids = world.chat_of(params), params.numbers("message_ids")
    if not 1 <= len(ids) <= DELETE_AT_ONCE:
        raise bad_request(
            "too many message identifiers specified" if ids else "message identifiers are not specified"
        )
    found = [message for message in map(chat.find, ids) if message is not None]
    for refusal in (_undeletable(world, chat, message) for message in found):
        if refusal is not None:
            raise refusal
    for message in found:
        message.deleted = True
    return True


def _undeletable(world: World, chat: Chat, message: Message) -> Refused | None:
    rights = isinstance(chat, PrivateChat) or (isinstance(chat, Group) and chat.bot_status == "administrator")
    if message.sender is not world.bot and not rights:
        return bad_request("message can't be deleted")
    if world.time.now() - message.date > DELETABLE_SECONDS:
        return bad_request("message can't be deleted for everyone")
    return None


def set_message_reaction(world: World, params: Params) -> bool:
    """setMessageReaction: bots may set one reaction."""
    message = world.chat_of(params, to_speak=True).find(params.number("message_id") or 0)
    if message is None:
        raise bad_request("message to react not found")
    reactions = params.objects("reaction") or []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    message.reactions = reactions
    return True


def answer_callback_query(world: World, params: Params) -> bool:
    """answerCallbackQuery: once, and not for long."""
    query_id = params.text("callback_query_id")
    press = world.presses.get(query_id)
    if press is None or world.time.now() - press.date > world.callback_lifetime:
        raise bad_request(STALE_QUERY)
    if len(params.text("text")) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    del world.presses[query_id]
    press.answer = {name: value for name, value in params.values.items() if name != "callback_query_id"}
    return True
