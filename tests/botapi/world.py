"""The world that the bot meets: its own account, people, chats, files, time, and the updates they cause."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .changes import Signal
from .chats import Chat, PrivateChat
from .files import Files
from .groups import Group, member_json
from .messages import Content, Message
from .people import Account, Press, User
from .refusals import Obj, bad_request
from .updates import Updates

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from .params import Params

FIRST_USER = 5_000_000_001
"""People's ids need more than 32 bits, as real ones do."""
FIRST_GROUP = -4_000_000_001
FIRST_SUPERGROUP = -1_001_000_000_001


class Time:
    """The server's own time: the machine's, plus what a test has added."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> int:
        """Unix time in seconds, as `date` fields carry it."""
        return int(time.time() + self._offset)

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self._offset += seconds


class World:
    """Everything that the server knows."""

    def __init__(self, token: str, username: str, *, keep: int | None) -> None:
        self.token = token
        self.bot = Account(int(token.partition(":")[0]), is_bot=True, first_name="Hotline", username=username)
        self.privacy = True
        """Whether the bot sees only what privacy mode lets it see in groups."""
        self.keep = keep
        """How many messages a chat remembers; all, if None."""
        self.callback_lifetime = 900
        """For how many seconds a pressed button can be answered; Telegram names no number."""
        self.time = Time()
        self.changes = Signal()
        self.files = Files()
        self.updates = Updates(self.changes)
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        """Buttons that were pressed and not answered."""
        self.commands: dict[tuple[str, str], list[Obj]] = {}
        """Command lists by scope (as JSON) and language code."""
        self.descriptions: dict[tuple[str, str], str] = {}
        """The profile's texts by `description` or `short_description`, and language code."""
        self._groups = self._supergroups = self._messages = self._queries = 0

    def me(self) -> Obj:
        """The User object that getMe returns."""
        flags = {"can_join_groups": True, "can_read_all_group_messages": not self.privacy}
        return {**self.bot.json(), **flags, "supports_inline_queries": False}

    def user(
        self, language_code: str | None = "ru", first_name: str = "Somebody", username: str | None = None
    ) -> User:
        """A new person, whom the bot hasn't met yet."""
        user = User(self, FIRST_USER + len(self.users), first_name, language_code)
        user.username = username
        self.users[user.id] = user
        self.chats[user.id] = user.chat
        return user

    def group(self, title: str, members: Sequence[User], *, supergroup: bool = False) -> Group:
        """A new group without the bot; somebody owns it even if no members are named."""
        if supergroup:
            self._supergroups += 1
            chat_id, kind = FIRST_SUPERGROUP - self._supergroups, "supergroup"
        else:
            self._groups += 1
            chat_id, kind = FIRST_GROUP - self._groups, "group"
        group = Group(self, chat_id, title, list(members) or [self.user()], kind)
        self.chats[chat_id] = group
        return group

    def next_message_id(self) -> int:
        """The next id of those that private chats and basic groups share."""
        self._messages += 1
        return self._messages

    def message(
        self,
        chat: Chat,
        sender: Account,
        content: Content,
        *,
        reply_to: Message | None = None,
        reply_markup: Obj | None = None,
        extra: Obj | None = None,
    ) -> Message:
        """A new message, recorded in its chat."""
        message = Message(
            chat=chat,
            message_id=chat.next_id(),
            date=self.time.now(),
            sender=sender,
            content=content,
            at=time.monotonic(),
            reply_markup=reply_markup,
            reply_to=reply_to,
            extra=extra or {},
        )
        chat.record(message)
        return message

    def deliver(self, kind: str, message: Message) -> None:
        """Queue a message for the bot, if the bot may see it."""
        if isinstance(message.chat, Group) and not message.chat.shows(message):
            return
        self._meets(message.sender)
        if isinstance(message.chat, PrivateChat):
            message.chat.started = True
        self.updates.push(kind, message.json(), message.chat.id)

    def press(self, user: User, message: Message, data: str) -> Press:
        """Queue a callback query."""
        self._queries += 1
        press = Press(f"{user.id}{self._queries:09d}", user, message, data, self.time.now())
        self.presses[press.query_id] = press
        self._meets(user)
        self.updates.push("callback_query", press.json(), message.chat.id)
        return press

    def announce_membership(self, chat: Chat, by: Account, before: str, after: str) -> None:
        """Queue a my_chat_member update: the bot's standing in a chat has changed."""
        self._meets(by)
        change: Obj = {
            "chat": chat.json(),
            "from": by.json(),
            "date": self.time.now(),
            "old_chat_member": member_json(self.bot, before),
            "new_chat_member": member_json(self.bot, after),
        }
        self.updates.push("my_chat_member", change, chat.id)

    def chat_of(self, params: Params, *, to_speak: bool = False) -> Chat:
        """The chat that a call names.

        Raises:
            Refused: there is none for this bot, or it may not look (or, `to_speak`, write) there.

        """
        chat = self.chats.get(params.number("chat_id") or 0)
        if chat is None:
            raise bad_request("chat not found")
        refusal = chat.refusal() if to_speak else chat.refusal_to_read()
        if refusal is not None:
            raise refusal
        return chat

    def until(self, predicate: Callable[[], object], timeout: float = 10.0) -> Coroutine[None, None, None]:
        """Wait until something is true of this server; see `Signal.until`."""
        return self.changes.until(predicate, timeout)

    def _meets(self, account: Account) -> None:
        if isinstance(account, User):
            account.met = True
