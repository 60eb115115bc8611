"""What a claimed message became on its way out: words in order, or a file that is still sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from backend.claims import Claimed
from backend.outbox import Json
from bot.channels.base import FileKind, Outgoing, OutgoingFile, Say
from bot.recipients import Recipient

Purpose = Literal["notice", "handover", "mention", "chat"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is still sealed: it is opened when its turn to be sent comes."""

    file: str
    key: str
    name: str
    kind: FileKind
    mime: str | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a claimed row became: messages in order, and what to remember of them once sent.

    `forgets` are rows of messages that are gone from their chat once this is sent; `rendered_at` is the
    moment that the words speak of.
    """

    row: Claimed
    recipient: Recipient
    intent: str
    params: dict[str, Json]
    outgoing: tuple[Outgoing, ...]
    rendered_at: datetime
    file: StoredFile | None = None
    purpose: Purpose | None = None
    forgets: tuple[str, ...] = ()

    @property
    def is_digest(self) -> bool:
        """Whether it is the digest of a surge."""
        return self.intent == "digest"


def message_of_file(parcel: Parcel, content: bytes) -> Say:
    """The message that carries a file, opened only now."""
    stored = parcel.file
    if stored is None:
        raise ValueError("this parcel holds no file")
    file = OutgoingFile(content, stored.name, stored.kind, stored.mime)
    return Say(parcel.recipient.chat, "", parcel.row.id, file=file, private=True, sealed=True)
