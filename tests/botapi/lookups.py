"""The methods that look things up, leaveChat, and the list of all methods that need only the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import editing, profile, sending
from .groups import Group, member_json
from .refusals import Obj, bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .params import Params
    from .world import World


def get_file(world: World, params: Params) -> Obj:
    """GetFile."""
    file = world.files.get(params.text("file_id"))
    return {**file.identity(), "file_path": file.path}


def get_chat(world: World, params: Params) -> Obj:
    """GetChat."""
    return world.chat_of(params).full_json()


def get_chat_member(world: World, params: Params) -> Obj:
    """GetChatMember."""
    chat, user_id = world.chat_of(params), params.number("user_id") or 0
    account = world.bot if user_id == world.bot.id else world.users.get(user_id)
    if account is None:
        raise bad_request("user not found")
    status = chat.status_of(user_id) if isinstance(chat, Group) else "member"
    return member_json(account, status)


def leave_chat(world: World, params: Params) -> bool:
    """LeaveChat."""
    chat = world.chat_of(params)
    if not isinstance(chat, Group):
        raise bad_request("chat member status can't be changed in private chats")
    chat.leave()
    return True


METHODS: Mapping[str, Callable[[World, Params], object]] = {
    "getMe": profile.get_me,
    "setMyCommands": profile.set_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "getMyCommands": profile.get_my_commands,
    "setMyDescription": profile.setter_of("description", 512),
    "setMyShortDescription": profile.setter_of("short_description", 120),
    "sendMessage": sending.send_message,
    "sendLocation": sending.send_location,
    "sendChatAction": sending.send_chat_action,
    **{
        f"send{kind.capitalize()}": sending.sender_of(kind)
        for kind in ("document", "photo", "voice", "video", "audio")
    },
    "editMessageText": editing.edit_message_text,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "deleteMessage": editing.delete_message,
    "deleteMessages": editing.delete_messages,
    "setMessageReaction": editing.set_message_reaction,
    "answerCallbackQuery": editing.answer_callback_query,
    "getFile": get_file,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "leaveChat": leave_chat,
}
"""Every method but those that receive updates, which `server.py` has."""
