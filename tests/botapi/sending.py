"""The methods that send: texts, files, places, chat actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from . import entities, formatting, keyboards
from .chats import Chat
from .files import Media, verify_upload
from .messages import Content
from .params import Upload
from .refusals import Obj, bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from .files import StoredFile
    from .messages import Message
    from .params import Params
    from .world import World

ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


def formatted(params: Params, name: str) -> tuple[str, tuple[Obj, ...]]:
    """A text parameter as it will be shown, with its entities.

    Raises:
        Refused: its markup or its entities are wrong.

    """
    text, mode = params.text(name), params.text("parse_mode")
    marks = list(params.objects("entities" if name == "text" else "caption_entities") or [])
    if mode:
        text, marks = formatting.parse(text, mode)
    else:
        entities.verify(text, marks)
    text, marks = entities.trim(text, marks)
    return text, tuple(entities.merged(text, marks))


def text_content(params: Params) -> Content:
    """The content of a text message, within Telegram's limits."""
    text, marks = formatted(params, "text")
    if not text:
        raise bad_request("message text is empty")
    if entities.units(text) > entities.TEXT_LIMIT:
        raise bad_request("message is too long")
    return Content(text, marks)


def send_message(world: World, params: Params) -> Obj:
    """SendMessage."""
    chat = world.chat_of(params, to_speak=True)
    return _send(world, chat, params, text_content(params))


def send_location(world: World, params: Params) -> Obj:
    """SendLocation."""
    chat = world.chat_of(params, to_speak=True)
    place: Obj = {"latitude": params.real("latitude"), "longitude": params.real("longitude")}
    if abs(params.real("latitude")) > 90 or abs(params.real("longitude")) > 180:
        raise bad_request("wrong latitude or longitude specified")
    return _send(world, chat, params, Content(media=Media("location", place)))


def sender_of(kind: str) -> Callable[[World, Params], Obj]:
    """The method that sends files of one kind: sendDocument, sendPhoto and so on."""

    def send_file(world: World, params: Params) -> Obj:
        chat = world.chat_of(params, to_speak=True)
        caption, marks = formatted(params, "caption")
        if entities.units(caption) > entities.CAPTION_LIMIT:
            raise bad_request("message caption is too long")
        numbers = ("duration", "width", "height")
        details = {
            name: params.values[name] for name in (*numbers, "performer", "title") if name in params.values
        }
        media = world.files.media(_stored(world, kind, params.file(kind)), **details)
        return _send(world, chat, params, Content(caption, marks, media))

    return send_file


def _stored(world: World, kind: str, source: Upload | str) -> StoredFile:
    if isinstance(source, Upload):
        verify_upload(kind, source.data)
        mime = source.mime if kind != "photo" else ""
        return world.files.add(kind, source.data, name=source.name, mime=mime)
    if source.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    file = world.files.by_id.get(source)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if file.kind != kind:
        raise bad_request(f"can't use file of type {file.kind.capitalize()} as {kind.capitalize()}")
    return file


def send_chat_action(world: World, params: Params) -> bool:
    """SendChatAction."""
    chat = world.chat_of(params, to_speak=True)
    if params.text("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.actions.append(params.text("action"))
    return True


def _send(world: World, chat: Chat, params: Params, content: Content) -> Obj:
    if params.number("message_thread_id"):
        raise bad_request("message thread not found")
    markup = params.mapping("reply_markup")
    keyboards.verify(markup)
    extra: Obj = {"has_protected_content": True} if params.flag("protect_content") else {}
    message = world.message(
        chat, world.bot, content, reply_to=_replied(chat, params), reply_markup=markup, extra=extra
    )
    message.silent = params.flag("disable_notification")
    return message.json()


def _replied(chat: Chat, params: Params) -> Message | None:
    reply = params.mapping("reply_parameters")
    if reply is None:
        return None
    if reply.get("chat_id", chat.id) != chat.id:
        raise bad_request("replies to other chats are not supported by this server")
    message = chat.find(cast("int", reply["message_id"]))
    if message is None and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message
