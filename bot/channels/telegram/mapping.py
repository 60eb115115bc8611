"""Telegram's updates in the channel's words. Pure: the time is an argument, nothing is looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, Update, User

from bot.channels.base import (
    ButtonPressed,
    ChannelEvent,
    ChatJoined,
    ChatLeft,
    ChatMoved,
    Inbound,
    LocationSent,
    TextEdited,
    TextSent,
    UnknownSent,
)
from bot.channels.telegram.attachments import attached
from bot.channels.telegram.words import words

NAME = "telegram"

_SERVICE = (
    "new_chat_members",
    "left_chat_member",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "pinned_message",
    "users_shared",
    "chat_shared",
    "connected_website",
    "write_access_allowed",
    "proximity_alert_triggered",
    "boost_added",
    "chat_background_set",
    "chat_owner_left",
    "chat_owner_changed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_created",
    "giveaway_completed",
    "poll_option_added",
    "poll_option_deleted",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
)
"""What Telegram itself says in a chat. Nobody typed it, so nobody waits for an answer to it."""

_OUT = (ChatMember.LEFT, ChatMember.BANNED)


@dataclass(frozen=True, slots=True)
class Batch:
    """Updates as read: what they mean, which button presses to confirm, where the next batch begins.

    `last` is the highest update id, None where none could be read; `unreadable` are the error
    classes of updates that were passed over.
    """

    inbound: tuple[Inbound, ...]
    presses: tuple[str, ...]
    last: int | None
    unreadable: tuple[str, ...]


def read_batch(raw: Sequence[object], *, own_name: str, now: datetime) -> Batch:
    """Read updates as decoded from JSON, each by itself, in order of their ids.

    `own_name` is the bot's user name: a command addressed to another bot isn't ours.
    """
    inbound: list[Inbound] = []
    presses: list[str] = []
    unreadable: list[str] = []
    for one in sorted(raw, key=_order):
        try:
            update = _parsed(one)
            found = read_update(update, own_name=own_name, now=now)
        except Exception as fault:  # noqa: BLE001 - whatever an update is made of, the next one must be read
            unreadable.append(type(fault).__name__)
            continue
        presses += [update.callback_query.id] if update.callback_query else []
        inbound += [found] if found else []
    last = max((number for one in raw if (number := update_id(one)) is not None), default=None)
    return Batch(tuple(inbound), tuple(presses), last, tuple(unreadable))


def read_update(update: Update, *, own_name: str, now: datetime) -> Inbound | None:
    """What an update means; None where it means nothing to the hotline."""
    if update.message:
        return _message(update.update_id, update.message, own_name)
    if update.edited_message:
        return _edited(update.update_id, update.edited_message)
    if update.callback_query:
        return _pressed(update.update_id, update.callback_query, now)
    if update.my_chat_member:
        return _membership(update.update_id, update.my_chat_member)
    return None


def update_id(raw: object) -> int | None:
    """The id of an update as decoded from JSON."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return number if isinstance(number, int) else None


def _order(raw: object) -> int:
    return update_id(raw) or 0


def _parsed(raw: object) -> Update:
    if not isinstance(raw, dict) or update_id(raw) is None:
        raise TypeError
    return Update.de_json(raw, None)


def _message(number: int, message: Message, own_name: str) -> Inbound | None:
    if message.migrate_to_chat_id:
        return _moved(number, message, old=message.chat.id, new=message.migrate_to_chat_id)
    if message.migrate_from_chat_id:
        return _moved(number, message, old=message.migrate_from_chat_id, new=message.chat.id)
    event = None if _by_bot(message) else _event(message, own_name)
    return None if event is None else _inbound(number, message, event)


def _inbound(number: int, message: Message, event: ChannelEvent) -> Inbound:
    user = message.from_user
    return Inbound(
        channel=NAME,
        id=str(number),
        sender=_sender(message),
        chat=str(message.chat.id),
        private=message.chat.type == Chat.PRIVATE,
        event=event,
        at=message.edit_date or message.date,
        message=str(message.message_id),
        reply_to=_reply_to(message),
        language=words(user.language_code) or None if user else None,
    )


def _event(message: Message, own_name: str) -> ChannelEvent | None:
    files = attached(message)
    if message.text or files:
        body = _own_command(message, words(message.text or message.caption), own_name)
        forwarded = message.forward_origin is not None
        return None if body is None else TextSent(body, files, forwarded=forwarded)
    if message.location:
        return LocationSent(float(message.location.latitude), float(message.location.longitude))
    if message.contact:
        known = (message.contact.first_name, message.contact.last_name, message.contact.phone_number)
        return TextSent(" ".join(words(part) for part in known if part))
    return None if any(getattr(message, kind) for kind in _SERVICE) else UnknownSent()


def _own_command(message: Message, body: str, own_name: str) -> str | None:
    """`/ack@OurBot K7F-3QX` without the address; None if it is addressed to another bot of a group.

    In a private chat there is no other bot: whoever mistypes the name, or copied it, waits for an answer.
    """
    command, at, rest = body.partition("@")
    if not at or not command.startswith("/") or not command[1:].replace("_", "").isalnum():
        return body
    name = rest.split(maxsplit=1)[0] if rest.strip() else ""
    ours = message.chat.type == Chat.PRIVATE or name.lower() == own_name.lower()
    return command + rest[len(name) :] if ours else None


def _edited(number: int, message: Message) -> Inbound | None:
    if _by_bot(message) or message.location:  # a live location is edited every few seconds
        return None
    return _inbound(number, message, TextEdited(words(message.text or message.caption)))


def _pressed(number: int, query: CallbackQuery, now: datetime) -> Inbound | None:
    under = query.message
    if under is None:  # pressed under a message sent through inline mode, which we don't offer
        return None
    return Inbound(
        channel=NAME,
        id=str(number),
        sender=str(query.from_user.id),
        chat=str(under.chat.id),
        private=under.chat.type == Chat.PRIVATE,
        event=ButtonPressed(words(query.data)),
        at=now,
        message=str(under.message_id),
        language=words(query.from_user.language_code) or None,
    )


def _membership(number: int, change: ChatMemberUpdated) -> Inbound | None:
    before, after = _inside(change.old_chat_member), _inside(change.new_chat_member)
    if before == after:
        return None
    return Inbound(
        channel=NAME,
        id=str(number),
        sender=str(change.from_user.id),
        chat=str(change.chat.id),
        private=change.chat.type == Chat.PRIVATE,
        event=ChatJoined() if after else ChatLeft(),
        at=change.date,
        language=words(change.from_user.language_code) or None,
    )


def _inside(member: ChatMember) -> bool:
    return member.status not in _OUT and getattr(member, "is_member", True) is True


def _moved(number: int, message: Message, *, old: int, new: int) -> Inbound:
    return Inbound(
        channel=NAME,
        id=str(number),
        sender=_sender(message),
        chat=str(old),
        private=False,
        event=ChatMoved(to=str(new)),
        at=message.date,
    )


def _sender(message: Message) -> str:
    """The person; or the chat itself where a channel or an anonymous administrator speaks."""
    speaker: Chat | User = message.sender_chat or message.from_user or message.chat
    return str(speaker.id)


def _by_bot(message: Message) -> bool:
    return message.sender_chat is None and bool(message.from_user and message.from_user.is_bot)


def _reply_to(message: Message) -> str | None:
    """In a topic, everything that answers nothing "answers" the message that opened the topic."""
    answered = message.reply_to_message
    return None if answered is None or answered.forum_topic_created else str(answered.message_id)
