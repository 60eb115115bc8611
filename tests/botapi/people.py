"""People, and all that they can do to a bot: the surface that tests are written with.

Whatever a person does returns at once; what the bot makes of it arrives later, at `next_message` or `until`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import entities, keyboards
from .chats import Chat, PrivateChat
from .files import JPEG, Media
from .messages import Content, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from .refusals import Obj
    from .world import World


class Account:
    """Anybody with a name: a person, or the bot."""

    def __init__(self, account_id: int, *, is_bot: bool, first_name: str, username: str | None) -> None:
        self.id = account_id
        self.is_bot = is_bot
        self.first_name = first_name
        self.last_name: str | None = None
        self.username = username
        self.language_code: str | None = None

    def json(self) -> Obj:
        """The User object."""
        known: Obj = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        optional = {
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        return {**known, **{name: value for name, value in optional.items() if value is not None}}


@dataclass(eq=False)
class Press:
    """A button that was pressed; `answer` is what answerCallbackQuery said, once it did."""

    query_id: str
    user: User
    message: Message
    data: str
    date: int
    answer: Obj | None = None

    def answered(self, timeout: float = 60.0) -> Coroutine[None, None, Obj]:
        """Wait for the bot's answer: its `text`, `show_alert` and so on."""
        return self._answered(timeout)

    async def _answered(self, patience: float) -> Obj:
        await self.message.chat.world.until(lambda: self.answer is not None, patience)
        return self.answer or {}

    def json(self) -> Obj:
        """The CallbackQuery object."""
        return {
            "id": self.query_id,
            "from": self.user.json(),
            "message": self.message.accessible_json(),
            "chat_instance": str(hash(self.message.chat.id) % 10**18),
            "data": self.data,
        }


class User(Account):
    """A person. Names, handle and language may be set at any time."""

    def __init__(self, world: World, user_id: int, first_name: str, language_code: str | None) -> None:
        super().__init__(user_id, is_bot=False, first_name=first_name, username=None)
        self.world = world
        self.language_code = language_code
        self.met = False
        """Whether the bot has seen this person in any update."""
        self.deactivated = False
        self.hides_forwards = False
        """Whether forwards of their messages carry only a name."""
        self.chat = PrivateChat(world, self)

    @property
    def messages(self) -> list[Message]:
        """What the bot sent to the private chat."""
        return self.chat.messages

    def next_message(
        self, timeout: float = 60.0, matching: Callable[[Message], bool] | str | None = None
    ) -> Coroutine[None, None, Message]:
        """The bot's next message in the private chat; see `Chat.next_message`."""
        return self.chat.next_message(timeout, matching)

    async def says(self, text: str, chat: Chat | None = None, reply_to: Message | None = None) -> Message:
        """Send a text. Commands, mentions and addresses in it are marked as Telegram marks them."""
        content = Content(text, tuple(entities.detect(text)))
        return self._sends(content, chat, reply_to)

    async def sends(
        self,
        media: Media,
        *,
        caption: str = "",
        chat: Chat | None = None,
        reply_to: Message | None = None,
        album: str | None = None,
    ) -> Message:
        """Send anything that a Message can carry, such as `Media("contact", {...})`.

        `album` groups several messages into one.
        """
        content = Content(caption, tuple(entities.detect(caption)), media)
        return self._sends(content, chat, reply_to, **({"media_group_id": album} if album else {}))

    async def sends_photo(
        self, data: bytes = JPEG, *, caption: str = "", chat: Chat | None = None, album: str | None = None
    ) -> Message:
        """Send a photo."""
        return await self.sends(self._media("photo", data), caption=caption, chat=chat, album=album)

    async def sends_document(
        self,
        data: bytes = b"document",
        *,
        name: str = "document.pdf",
        mime: str = "application/pdf",
        size: int | None = None,
        caption: str = "",
        chat: Chat | None = None,
    ) -> Message:
        """Send a document; `size` declares another size than it has."""
        file = self.world.files.add("document", data, name=name, mime=mime, size=size)
        return await self.sends(self.world.files.media(file), caption=caption, chat=chat)

    async def sends_voice(
        self, data: bytes = b"OggS", *, duration: int = 3, chat: Chat | None = None
    ) -> Message:
        """Send a voice note of so many seconds."""
        return await self.sends(self._media("voice", data, duration=duration), chat=chat)

    async def sends_video(
        self, data: bytes = b"video", *, caption: str = "", chat: Chat | None = None
    ) -> Message:
        """Send a video."""
        return await self.sends(self._media("video", data), caption=caption, chat=chat)

    async def sends_audio(
        self, data: bytes = b"ID3", *, caption: str = "", chat: Chat | None = None
    ) -> Message:
        """Send a piece of music or another recording."""
        return await self.sends(self._media("audio", data), caption=caption, chat=chat)

    async def sends_sticker(self, *, chat: Chat | None = None) -> Message:
        """Send a sticker."""
        return await self.sends(self._media("sticker", b"RIFF", emoji="\N{WAVING HAND SIGN}"), chat=chat)

    async def sends_location(
        self, latitude: float = 55.75, longitude: float = 37.62, *, chat: Chat | None = None
    ) -> Message:
        """Send a place, in degrees."""
        return await self.sends(Media("location", {"latitude": latitude, "longitude": longitude}), chat=chat)

    async def forwards(self, message: Message, chat: Chat | None = None) -> Message:
        """Forward a message to the bot or to a group."""
        sender = message.sender
        hidden = isinstance(sender, User) and sender.hides_forwards
        origin: Obj = {"type": "hidden_user" if hidden else "user", "date": message.date}
        origin |= {"sender_user_name": sender.first_name} if hidden else {"sender_user": sender.json()}
        return self._sends(message.content, chat, None, forward_origin=origin)

    async def edits(self, message: Message, text: str) -> Message:
        """Change the text, or the caption, of one's own message."""
        self._owns(message)
        content = Content(text, tuple(entities.detect(text)), message.content.media)
        message.change(content, message.reply_markup, self.world.time.now())
        self.world.deliver("edited_message", message)
        return message

    async def deletes(self, message: Message) -> None:
        """Delete a message; bots are not told."""
        message.deleted = True

    async def presses(self, message: Message, wanted: str) -> Press:
        """Press the button with this data or label, one that an edit has removed included (a stale screen).

        Raises:
            LookupError: the message never had such a button that the bot hears of.

        """
        for markup in message.versions():
            button = keyboards.find(markup, wanted)
            if button is not None and "callback_data" in button:
                return await self.forges(message, str(button["callback_data"]))
        shown = [list(message.buttons), *(keyboards.buttons(markup) for markup in message.versions())]
        raise LookupError(f"no such button; there are {shown}")

    async def forges(self, message: Message, data: str) -> Press:
        """Press a button that was never there: any data, on any message."""
        return self.world.press(self, message, data)

    async def blocks(self) -> None:
        """Stop the bot from writing."""
        self._allows(blocked=True)

    async def unblocks(self) -> None:
        """Let the bot write again."""
        self._allows(blocked=False)

    def _allows(self, *, blocked: bool) -> None:
        self.chat.blocked = blocked
        before, after = ("member", "kicked") if blocked else ("kicked", "member")
        self.world.announce_membership(self.chat, self, before, after)

    def _owns(self, message: Message) -> None:
        if message.sender is not self or message.deleted:
            raise ValueError("people edit only their own messages, and only while they are there")

    def _media(self, kind: str, data: bytes, **details: object) -> Media:
        return self.world.files.media(self.world.files.add(kind, data), **details)

    def _sends(
        self, content: Content, chat: Chat | None, reply_to: Message | None, **extra: object
    ) -> Message:
        target = chat or (reply_to.chat if reply_to else self.chat)
        if target is self.chat and self.chat.blocked:
            raise ValueError("a person who blocked the bot can't write to it before unblocking it")
        message = self.world.message(target, self, content, reply_to=reply_to, extra=extra)
        self.world.deliver("message", message)
        return message
