"""What every messenger offers the hotline, and nothing more: the `Channel` protocol and its words.

A channel turns a messenger's updates into `Inbound` and the hotline's `Outgoing` into messages.
It decides nothing: whether a failed message is tried again is `bot.outbound`'s business alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

FileKind = Literal["photo", "document", "voice", "audio", "video"]

QUESTION = "c:"
"""What the data of a guided question's buttons begins with: such a question reads typed answers itself."""
ACKNOWLEDGE = "s:ack:"
"""What the data of buttons begins with that acknowledge a case, for messengers where a reaction does."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that a person sent, still at the messenger.

    `ref` is what `Channel.fetch` takes; `size` is in bytes, None where the messenger doesn't say;
    `album` is shared by files that were sent together.
    """

    ref: str
    kind: FileKind
    name: str | None = None
    mime: str | None = None
    size: int | None = None
    album: str | None = None


@dataclass(frozen=True, slots=True)
class TextSent:
    """A typed message, or a file's caption where `files` aren't empty."""

    body: str
    files: tuple[RemoteFile, ...] = ()
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A button under one of the hotline's messages; `data` is untrusted, whatever the messenger says."""

    data: str


@dataclass(frozen=True, slots=True)
class LocationSent:
    """A place on the map, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class TextEdited:
    """A person changed a message sent earlier (`Inbound.message` says which)."""

    body: str


@dataclass(frozen=True, slots=True)
class UnknownSent:
    """Something that can't be read as an answer (a sticker, a poll, a game)."""


@dataclass(frozen=True, slots=True)
class ChatMoved:
    """The chat lives on under another id (a Telegram group that became a supergroup)."""

    to: str


@dataclass(frozen=True, slots=True)
class ChatLeft:
    """The hotline can't write to this chat any more: blocked by the person, or put out of the group."""


@dataclass(frozen=True, slots=True)
class ChatJoined:
    """The hotline was added to a group, or unblocked by a person."""


@dataclass(frozen=True, slots=True)
class Undecryptable:
    """A message that the channel could not decrypt, nor will soon: its sender is asked to send it again."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Messages of this chat that the messenger doesn't give us: their writer is asked to send them again."""


@dataclass(frozen=True, slots=True)
class DeviceNew:
    """The sender reads from another device than before. `vouched`: their other devices vouch for it."""

    vouched: bool


ChannelEvent = (
    TextSent
    | ButtonPressed
    | LocationSent
    | TextEdited
    | UnknownSent
    | Undecryptable
    | Missing
    | DeviceNew
    | ChatMoved
    | ChatLeft
    | ChatJoined
)


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing that came in, in the messenger's own ids (as text).

    `id` is unique within the channel: the same id is the same thing come again.
    `message` is the id of what was sent, or of the message under which a button was pressed;
    `reply_to` the id of the message that this one answers. `language` is an IETF tag, unverified.
    `flaw` is the text key of what makes the chat, or the way that this came, less safe than it must be.
    """

    channel: str
    id: str
    sender: str
    chat: str
    private: bool
    event: ChannelEvent
    at: datetime
    message: str | None = None
    reply_to: str | None = None
    language: str | None = None
    flaw: str | None = None


OnInbound = Callable[[Sequence[Inbound]], Awaitable[None]]
"""Called with a batch in order of arrival; returns once all of it is committed (or safely parked).

Until it returns the channel must not confirm anything upstream. If it raises `NotSaved`, nothing of
the batch may be confirmed: the channel hands the same batch over again after a pause.
"""


class NotSaved(Exception):
    """The batch could not be committed now; upstream must not be confirmed."""


@dataclass(frozen=True, slots=True)
class Button:
    """`data` is at most 64 bytes of ASCII."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file to send; `content` is plain bytes, held only while sending."""

    content: bytes
    name: str
    kind: FileKind
    mime: str | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """A new message. Text is plain, never mark-up, and within the channel's limits.

    `tx` is the outbox row's id, for messengers that deduplicate. `silent` asks for no sound. `thread` is the
    message that began the thread in which it belongs, for messengers that have threads. `private`: refused
    where others than one person could read it. `sealed`: refused where it would not be encrypted although
    the messenger can. `otherwise`: what is said instead in a room that isn't encrypted, isn't looked after,
    or has somebody in it who isn't on the staff.
    """

    chat: str
    text: str
    tx: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    file: OutgoingFile | None = None
    location: tuple[float, float] | None = None
    reply_to: str | None = None
    silent: bool = False
    thread: str | None = None
    private: bool = False
    sealed: bool = False
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """An earlier message's text and buttons replaced. That it already reads so is success."""

    chat: str
    message: str
    text: str
    tx: str
    buttons: tuple[tuple[Button, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Remove:
    """An earlier message taken back as far as the messenger lets; already gone is success.

    `more`: further ones of this chat, so many that there are at most `Limits.removes` together.
    """

    chat: str
    message: str
    tx: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """The commands that a chat's menu offers: (name without slash, description).

    A channel whose messenger has no such menu does nothing.
    """

    chat: str
    commands: tuple[tuple[str, str], ...]
    tx: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Out of a private chat, which is then forgotten, with a last word: its person can invite us again.

    A channel whose messenger has no such thing does nothing. Gone from there already is success.
    """

    chat: str
    text: str
    tx: str


Outgoing = Say | Edit | Remove | Menu | Leave


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the messenger said of a message that it took: its id there, where it has one.

    `kept`: what was to be removed stays, for we have no right to remove it.
    """

    message: str | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What the messenger allows. Text in UTF-16 units, files in bytes, rates in messages.

    `removes`: how many messages one call takes back; `removes_within`: how old they may be, None for any age.
    `leaves`: private chats are rooms that one can leave.
    """

    text: int = 4096
    caption: int = 1024
    file: int = 20 * 1024 * 1024
    per_second: float = 30.0
    per_chat_second: float = 1.0
    per_group_minute: float = 20.0
    button_bytes: int = 64
    threads: bool = False
    removes: int = 1
    removes_within: timedelta | None = None
    leaves: bool = False


class ChannelError(Exception):
    """Why a message was not taken. Carries no content and no address: its text may be logged."""


class Temporary(ChannelError):
    """Try again later. `unknown` says that the messenger may have taken it all the same."""

    def __init__(self, reason: str, *, unknown: bool = False) -> None:
        super().__init__(reason)
        self.unknown = unknown


class Throttled(ChannelError):
    """Too fast: nothing to this chat (or, where `everywhere`, to anybody) for `after` seconds."""

    def __init__(self, after: float, *, everywhere: bool = False) -> None:
        super().__init__("throttled")
        self.after = after
        self.everywhere = everywhere


class Gone(ChannelError):
    """The chat can't be written to; `moved_to` is its new id where it has one."""

    def __init__(self, reason: str, *, moved_to: str | None = None) -> None:
        super().__init__(reason)
        self.moved_to = moved_to


class Permanent(ChannelError):
    """This message will never be taken (refused for its form, too large, no such message)."""


class Channel(Protocol):
    """A messenger. Raises nothing but the four errors above."""

    name: str
    limits: Limits

    async def listen(self, on_inbound: OnInbound) -> None:
        """Hand over everything that comes in, until cancelled. Reconnects by itself."""

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand one message to the messenger."""

    def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """A sent file's content in pieces (an async generator)."""
