"""What the hotline says, as Bot API calls. Errors are the library's; `faults` reads them."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InputFile
from telegram.error import BadRequest, NetworkError

from bot.channels.base import (
    Button,
    Edit,
    FileKind,
    Leave,
    Menu,
    Outgoing,
    OutgoingFile,
    Permanent,
    Receipt,
    Remove,
    Say,
)
from bot.channels.telegram.connection import TelegramBot
from bot.channels.telegram.faults import (
    NOT_FOUND_TO_DELETE,
    NOT_MODIFIED,
    NOT_TO_BE_DELETED,
    channel_error,
    says,
)

_NO_PREVIEW: Mapping[str, object] = {"is_disabled": True}  # Telegram would fetch the page, and tell its owner
_FILE_CALLS: Mapping[FileKind, str] = {
    "photo": "sendPhoto",
    "document": "sendDocument",
    "voice": "sendVoice",
    "audio": "sendAudio",
    "video": "sendVideo",
}

REMOVES_AT_ONCE = 100
"""Bot API, deleteMessages: in private chats also what the person sent."""

Fields = dict[str, object]


async def deliver(bot: TelegramBot, outgoing: Outgoing) -> Receipt:
    """Hand `outgoing` to Telegram."""
    match outgoing:
        case Say():
            return await _say(bot, outgoing)
        case Edit():
            return await _edit(bot, outgoing)
        case Remove():
            return await _remove(bot, outgoing)
        case Menu():
            return await _menu(bot, outgoing)
        case Leave():
            return Receipt()


async def _say(bot: TelegramBot, say: Say) -> Receipt:
    if say.file is not None:
        return await _say_file(bot, say, say.file)
    if say.location is not None:
        return await _say_place(bot, say, say.location)
    return await _say_text(bot, say)


async def _say_text(bot: TelegramBot, say: Say) -> Receipt:
    fields = {**_addressed(say), "text": say.text, "link_preview_options": _NO_PREVIEW}
    return _receipt(await bot.call("sendMessage", fields))


async def _say_place(bot: TelegramBot, say: Say, place: tuple[float, float]) -> Receipt:
    """A place has no caption: words follow as a message of their own, which carries the buttons."""
    fields = {**_addressed(say), "latitude": place[0], "longitude": place[1]}
    if not say.text:
        return _receipt(await bot.call("sendLocation", fields))
    fields.pop("reply_markup", None)
    await bot.call("sendLocation", fields)
    return await _say_text(bot, say)


async def _say_file(bot: TelegramBot, say: Say, file: OutgoingFile) -> Receipt:
    """A file that Telegram won't show as what it is (too large a picture, say) goes as a document."""
    try:
        return await _upload(bot, say, file, kind=file.kind)
    except (BadRequest, NetworkError) as fault:
        if file.kind == "document" or not isinstance(channel_error(fault), Permanent):
            raise
    return await _upload(bot, say, file, kind="document")


async def _upload(bot: TelegramBot, say: Say, file: OutgoingFile, *, kind: FileKind) -> Receipt:
    upload = InputFile(file.content, filename=file.name)
    upload.mimetype = file.mime or upload.mimetype
    fields = {**_addressed(say), kind: upload, "caption": say.text or None}
    return _receipt(await bot.call(_FILE_CALLS[kind], fields))


async def _edit(bot: TelegramBot, edit: Edit) -> Receipt:
    fields: Fields = {
        "chat_id": number(edit.chat),
        "message_id": number(edit.message),
        "text": edit.text,
        "link_preview_options": _NO_PREVIEW,
    }
    if edit.buttons:
        fields["reply_markup"] = _keyboard(edit.buttons)
    try:
        await bot.call("editMessageText", fields)
    except BadRequest as fault:
        if not says(fault, NOT_MODIFIED):
            raise
    return Receipt(edit.message)


async def _remove(bot: TelegramBot, remove: Remove) -> Receipt:
    """That something can't be taken back any more (or never could be) is no failure, but is told."""
    if remove.more:
        messages = [number(each) for each in (remove.message, *remove.more)]
        return Receipt(remove.message, kept=not await _removed(bot, number(remove.chat), messages))
    fields = {"chat_id": number(remove.chat), "message_id": number(remove.message)}
    try:
        await bot.call("deleteMessage", fields)
    except BadRequest as fault:
        if says(fault, NOT_TO_BE_DELETED):
            return Receipt(remove.message, kept=True)
        if not says(fault, NOT_FOUND_TO_DELETE):
            raise
    return Receipt(remove.message)


async def _removed(bot: TelegramBot, chat: int, messages: list[int]) -> bool:
    """Whether all are gone. One that can't be deleted keeps those named with it, so these are halved."""
    try:
        await bot.call("deleteMessages", {"chat_id": chat, "message_ids": messages})
    except BadRequest as fault:
        if not says(fault, NOT_TO_BE_DELETED):
            raise
    else:
        return True
    if len(messages) == 1:
        return False
    middle = len(messages) // 2
    first = await _removed(bot, chat, messages[:middle])
    return await _removed(bot, chat, messages[middle:]) and first


async def _menu(bot: TelegramBot, menu: Menu) -> Receipt:
    """No commands takes the chat's own menu back, and the default one shows again."""
    fields: Fields = {"scope": {"type": "chat", "chat_id": number(menu.chat)}}
    if not menu.commands:
        await bot.call("deleteMyCommands", fields)
        return Receipt()
    fields["commands"] = [{"command": name, "description": said} for name, said in menu.commands]
    await bot.call("setMyCommands", fields)
    return Receipt()


def _addressed(say: Say) -> Fields:
    fields: Fields = {"chat_id": number(say.chat)}
    if say.buttons:
        fields["reply_markup"] = _keyboard(say.buttons)
    if say.reply_to is not None:
        fields["reply_parameters"] = {
            "message_id": number(say.reply_to),
            "allow_sending_without_reply": True,
        }
    if say.silent:
        fields["disable_notification"] = True
    return fields


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> Fields:
    """As JSON by hand: the library's markup classes cost more than the rest of the call's fields."""
    return {
        "inline_keyboard": [
            [{"text": button.label, "callback_data": button.data} for button in row] for row in rows
        ]
    }


def number(text: str) -> int:
    """A Telegram id as Telegram wants it. Raises `Permanent` where it can't be one."""
    try:
        return int(text)
    except ValueError:
        pass  # raised below, out of reach of this error's text, which quotes the id
    raise Permanent("not a Telegram id")


def _receipt(result: object) -> Receipt:
    """The sent message's id. Raises ValueError, after the effect, if the answer holds none."""
    message = result.get("message_id") if isinstance(result, dict) else None
    if not isinstance(message, int):
        raise ValueError("no message id")  # noqa: TRY004 - what's wrong is Telegram's answer, not a caller's type
    return Receipt(str(message))
