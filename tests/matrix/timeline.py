"""What comes in a room: events as a client read them, and the messages that they add up to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Matching: TypeAlias = "Callable[[Message], bool] | str | None"


@dataclass(slots=True)
class Event:
    """Anything in a room's timeline, as a client read it."""

    id: str
    sender: str
    type: str
    state_key: str | None
    content: Mapping[str, object]
    relation: Mapping[str, object]
    encrypted: bool
    failure: str | None
    """Why it could not be decrypted, or None."""
    shield: str | None
    """What the client warns of, such as `UNSIGNED_DEVICE`; None for nothing."""


@dataclass(slots=True, eq=False)
class Message:
    """A readable message and what became of it since."""

    event: Event
    text: str
    """As it is now, after all edits."""
    edits: list[str] = field(default_factory=list)
    """What it said before, oldest first."""
    redacted: bool = False
    reactions: list[tuple[str, str]] = field(default_factory=list)
    """Who put which sign to it."""

    @property
    def id(self) -> str:
        """The event's id."""
        return self.event.id

    @property
    def sender(self) -> str:
        """Who wrote it."""
        return self.event.sender

    @property
    def encrypted(self) -> bool:
        """Whether it came encrypted."""
        return self.event.encrypted

    @property
    def thread(self) -> str | None:
        """The first message of the thread that it is in."""
        relation = self.event.relation
        return str(relation["event_id"]) if relation.get("rel_type") == "m.thread" else None

    @property
    def replies_to(self) -> str | None:
        """The message that it answers."""
        answered = self.event.relation.get("m.in_reply_to")
        return str(answered["event_id"]) if isinstance(answered, Mapping) else None


def relation(reply_to: Message | None, thread: Message | str | None) -> Mapping[str, object]:
    """What puts a new message into a thread, or makes it an answer, in the form that clients send it."""
    made: dict[str, object] = {}
    if thread is not None:
        made = {"rel_type": "m.thread", "event_id": event_id(thread), "is_falling_back": reply_to is None}
    if answered := reply_to or thread:
        made["m.in_reply_to"] = {"event_id": event_id(answered)}
    return {"m.relates_to": made} if made else {}


def event_id(message: Message | str) -> str:
    """The id of a message, or of what is known by its id alone."""
    return message if isinstance(message, str) else message.id


def fits(message: Message, matching: Matching) -> bool:
    """Whether a message is the one that is waited for."""
    if isinstance(matching, str):
        return matching in message.text
    return matching is None or matching(message)


def read_event(told: Mapping[str, object]) -> Event:
    """Read what the driver tells of an event."""
    content, relation = told["content"], told["relation"]
    assert isinstance(content, Mapping)
    redacts = {"redacts": told["redacts"]} if told["type"] == "m.room.redaction" else {}
    return Event(
        id=str(told["id"]),
        sender=str(told["sender"]),
        type=str(told["type"]),
        state_key=_optional(told["state_key"]),
        content={**content, **redacts},
        relation=relation if isinstance(relation, Mapping) else {},
        encrypted=told["encrypted"] is True,
        failure=_optional(told["failure"]),
        shield=_optional(told["shield"]),
    )


def _optional(value: object) -> str | None:
    return None if value is None else str(value)
