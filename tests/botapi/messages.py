"""Messages: what was sent, by whom, and everything that happened to it since."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import keyboards

if TYPE_CHECKING:
    from .chats import Chat
    from .files import Media
    from .people import Account
    from .refusals import Obj


@dataclass(frozen=True, slots=True)
class Content:
    """A text with its entities; with `media`, its caption."""

    text: str = ""
    entities: tuple[Obj, ...] = ()
    media: Media | None = None

    def fields(self) -> Obj:
        """The content as the fields of a Message."""
        fields: Obj = {self.media.kind: self.media.value} if self.media else {}
        if self.text:
            fields["caption" if self.media else "text"] = self.text
        if self.entities:
            fields["caption_entities" if self.media else "entities"] = list(self.entities)
        return fields


@dataclass(frozen=True, slots=True)
class Version:
    """What a message showed before an edit."""

    content: Content
    reply_markup: Obj | None

    @property
    def text(self) -> str:
        """The text, or the caption."""
        return self.content.text


@dataclass(eq=False)
class Message:
    """A message in one chat. Tests read it; only the server changes it."""

    chat: Chat
    message_id: int
    date: int
    sender: Account
    content: Content
    at: float
    """When it was recorded, by the monotonic clock."""
    reply_markup: Obj | None = None
    """Inline keyboards, and the keyboards that replace the person's own."""
    reply_to: Message | None = None
    edit_date: int | None = None
    edits: list[Version] = field(default_factory=list)
    """Earlier versions, the first one first."""
    deleted: bool = False
    silent: bool = False
    reactions: list[Obj] = field(default_factory=list)
    extra: Obj = field(default_factory=dict)
    """Further fields of the Message: those of service messages, of forwards, of albums."""

    @property
    def text(self) -> str:
        """The text, or the caption."""
        return self.content.text

    @property
    def file(self) -> bytes | None:
        """The bytes of the file it carries."""
        media = self.content.media
        return media.file.data if media and media.file else None

    @property
    def file_name(self) -> str | None:
        """The name of the file it carries."""
        media = self.content.media
        return media.file.name if media and media.file else None

    @property
    def kind(self) -> str:
        """`text`, or the name of the field that it carries instead."""
        return self.content.media.kind if self.content.media else "text"

    @property
    def buttons(self) -> dict[str, str]:
        """The buttons' labels with their callback data (or address), in reading order."""
        return {
            str(button["text"]): str(button.get("callback_data") or button.get("url") or "")
            for button in keyboards.buttons(self.reply_markup)
        }

    def versions(self) -> list[Obj]:
        """Every inline keyboard it has had, the present one first."""
        markups = [self.reply_markup, *(version.reply_markup for version in reversed(self.edits))]
        return [markup for markup in markups if markup and "inline_keyboard" in markup]

    def change(self, content: Content, reply_markup: Obj | None, now: int) -> None:
        """Show something else from now on and remember what was shown."""
        self.edits.append(Version(self.content, self.reply_markup))
        self.content, self.reply_markup, self.edit_date = content, reply_markup, now

    def json(self, *, nested: bool = False) -> Obj:
        """The Message object; a nested one doesn't name what it replies to."""
        answer: Obj = {
            "message_id": self.message_id,
            "from": self.sender.json(),
            "chat": self.chat.json(),
            "date": self.date,
            **self.extra,
            **self.content.fields(),
        }
        if self.reply_markup and "inline_keyboard" in self.reply_markup:
            answer["reply_markup"] = self.reply_markup
        if self.edit_date:
            answer["edit_date"] = self.edit_date
        if self.reply_to and not nested and not self.reply_to.deleted:
            answer["reply_to_message"] = self.reply_to.json(nested=True)
        return answer

    def accessible_json(self) -> Obj:
        """The message as a callback query carries it: without content once it is deleted."""
        if self.deleted:
            return {"chat": self.chat.json(), "message_id": self.message_id, "date": 0}
        return self.json()
