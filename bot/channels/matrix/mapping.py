"""A room's events in the channel's words. Pure: the time is an argument, nothing is looked up."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from bot.channels.base import (
    ChannelEvent,
    FileKind,
    Inbound,
    LocationSent,
    RemoteFile,
    TextEdited,
    TextSent,
    UnknownSent,
)
from bot.channels.matrix.tree import Json, Tree, number, table, text

NAME = "matrix"

_FILES: dict[str, FileKind] = {
    "m.image": "photo",
    "m.file": "document",
    "m.audio": "audio",
    "m.video": "video",
}
_VOICE = ("org.matrix.msc3245.voice", "m.voice")
_GEO = re.compile(r"geo:(-?\d{1,3}(?:\.\d{1,20})?),(-?\d{1,3}(?:\.\d{1,20})?)", re.ASCII)
_QUOTED = re.compile(r"(?:>[^\n]*\n)+\n?")
_ANSWERED_BY_PEOPLE = ("m.sticker", "m.call.invite", "m.poll.start", "org.matrix.msc3381.poll.start")
"""What a person may send who then waits for an answer, although it says nothing to us."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What a message is about, in the event ids that it gives: anybody may have written any."""

    replaces: str = ""
    thread: str = ""
    answers: str = ""

    @property
    def reply_to(self) -> str | None:
        """The message that is answered; in a thread without one, the message that began the thread."""
        return self.answers or self.thread or None


@dataclass(frozen=True, slots=True)
class Seen:
    """A room's event, its content in the clear by now."""

    room: str
    private: bool
    event: str
    sender: str
    kind: str
    content: Tree
    flaw: str | None = None

    @property
    def relation(self) -> Relation:
        """What it is about."""
        return relation(self.content)


def relation(content: Tree) -> Relation:
    """What the content says that it relates to."""
    about = table(content, "m.relates_to")
    target = text(about, "event_id")
    match text(about, "rel_type"):
        case "m.replace":
            return Relation(replaces=target)
        case "m.thread":
            falling_back = about.get("is_falling_back") is True
            return Relation(
                thread=target, answers="" if falling_back else text(about, "m.in_reply_to", "event_id")
            )
        case _:
            return Relation(answers=text(about, "m.in_reply_to", "event_id"))


def inbound(seen: Seen, *, now: datetime) -> Inbound | None:
    """What it means; None where it means nothing to the hotline."""
    about = seen.relation
    event = _event(seen, about)
    if event is None:
        return None
    return Inbound(
        channel=NAME,
        id=seen.event,
        sender=seen.sender,
        chat=seen.room,
        private=seen.private,
        event=event,
        at=now,
        message=about.replaces or seen.event,
        reply_to=about.reply_to,
        flaw=seen.flaw,
    )


def body(content: Tree) -> str:
    """The words, without the quotation that older clients put before an answer."""
    words = text(content, "body")
    quoted = words.startswith("> ") and table(content, "m.relates_to", "m.in_reply_to")
    return _QUOTED.sub("", words, count=1) if quoted else words


def _event(seen: Seen, about: Relation) -> ChannelEvent | None:
    if seen.kind != "m.room.message":
        return UnknownSent() if seen.kind in _ANSWERED_BY_PEOPLE else None
    if about.replaces:
        return TextEdited(body(table(seen.content, "m.new_content")) or body(seen.content))
    return _message(seen.content)


def _message(content: Tree) -> ChannelEvent | None:
    kind = text(content, "msgtype")
    if kind == "m.notice" or kind.startswith("m.key.verification."):
        return None  # programs talk so; answering them would never end
    if kind in ("m.text", "m.emote"):
        words = body(content)
        return TextSent(words) if words else UnknownSent()
    if kind in _FILES:
        return _file(_FILES[kind], content)
    return _place(text(content, "geo_uri")) if kind == "m.location" else UnknownSent()


def _file(kind: FileKind, content: Tree) -> ChannelEvent:
    """A file with its caption: its name stands in `filename`, or where that is missing in `body`."""
    ref = _ref(content)
    if ref is None:
        return UnknownSent()
    name, caption = text(content, "filename"), text(content, "body")
    if not name:
        name, caption = caption, ""
    voice = kind == "audio" and any(key in content for key in _VOICE)
    file = RemoteFile(
        ref,
        "voice" if voice else kind,
        name=name or None,
        mime=text(content, "info", "mimetype") or None,
        size=number(content, "info", "size"),
    )
    return TextSent("" if caption == name else caption, (file,))


def _ref(content: Tree) -> str | None:
    """What `fetch` needs, as JSON: the address, and for an encrypted file the key; None if it lacks one."""
    sealed = table(content, "file")
    found: dict[str, Json] = {"url": text(sealed, "url") or text(content, "url")}
    if sealed:
        found["key"] = text(sealed, "key", "k")
        found["iv"] = text(sealed, "iv")
        found["sha256"] = text(sealed, "hashes", "sha256")
    return json.dumps(found) if all(found.values()) else None


def _place(uri: str) -> ChannelEvent:
    found = _GEO.match(uri)
    if found is None:
        return UnknownSent()
    latitude, longitude = float(found[1]), float(found[2])
    sane = abs(latitude) <= 90 and abs(longitude) <= 180  # noqa: PLR2004 - degrees
    return LocationSent(latitude, longitude) if sane else UnknownSent()
