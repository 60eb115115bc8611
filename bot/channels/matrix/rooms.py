"""What is known of a room from its state: who is in it, who may read, and what is wrong with it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.channels.matrix.tree import Tree, number, table, text

STATE = (
    "m.room.member",
    "m.room.encryption",
    "m.room.power_levels",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.tombstone",
)
"""The state that is asked for; nothing of names, topics or pictures."""

MEGOLM = "m.megolm.v1.aes-sha2"
MODERATOR = 50
"""The level from which on people look after a room, in clients and in the homeserver's own defaults."""
GUARDED = (
    "m.room.power_levels",
    "m.room.encryption",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.tombstone",
)
"""State by which somebody could let others read, take the room over, or lead us into another one."""


@dataclass
class Room:
    """One room that we are in. `id` is a Matrix id: never log it."""

    id: str
    encrypted: bool = False
    joined: set[str] = field(default_factory=set)
    invited: set[str] = field(default_factory=set)
    powers: Tree = field(default_factory=dict)
    join_rule: str = "invite"
    visibility: str = "shared"
    replacement: str = ""
    is_new: bool = True
    """Until what we were told at first is read."""

    def take(self, event: Tree) -> None:
        """One state event."""
        content = table(event, "content")
        match text(event, "type"):
            case "m.room.member":
                self._member(text(event, "state_key"), text(content, "membership"))
            case "m.room.encryption" if text(content, "algorithm") == MEGOLM:
                self.encrypted = True  # for good: no later event can take it back
            case "m.room.power_levels":
                self.powers = content
            case "m.room.join_rules":
                self.join_rule = text(content, "join_rule")
            case "m.room.history_visibility":
                self.visibility = text(content, "history_visibility")
            case "m.room.tombstone":
                self.replacement = text(content, "replacement_room")

    def _member(self, user: str, membership: str) -> None:
        self.joined.discard(user)
        self.invited.discard(user)
        if membership == "join":
            self.joined.add(user)
        elif membership == "invite":
            self.invited.add(user)

    def others(self, own: str) -> set[str]:
        """Everybody but us who is in the room or may come in."""
        return (self.joined | self.invited) - {own}

    def is_private(self, own: str) -> bool:
        """Whether it is a room of one person and us, or of one who has left."""
        return len(self.others(own)) <= 1

    def flaw(self, own: str) -> str | None:
        """What must be put right before the room can be trusted, as a text key; None if nothing."""
        if not self.encrypted:
            return "flaw-not-encrypted" if self.is_private(own) else "flaw-room-not-encrypted"
        if self.is_private(own):
            return None
        if self.join_rule not in ("invite", "knock", "restricted", "knock_restricted"):
            return "flaw-room-open"
        if self.visibility == "world_readable":
            return "flaw-room-readable"
        if self.visibility not in ("joined", "invited"):
            return "flaw-room-history"
        return None if self._guarded() else "flaw-room-powers"

    def _guarded(self) -> bool:
        """Whether only people who were given a right on purpose can change who reads, or put others out."""
        lowest = _level(self.powers, "users_default", 0)
        needed = [_level(self.powers, name, MODERATOR) for name in ("state_default", "kick", "ban")]
        events = table(self.powers, "events")
        needed += [_level(events, name, needed[0]) for name in GUARDED]
        return lowest < MODERATOR <= min(needed)


def _level(powers: Tree, name: str, otherwise: int) -> int:
    found = number(powers, name)
    return otherwise if found is None else found


class Rooms:
    """All rooms that we are in, by id."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._rooms: dict[str, Room] = {}

    def get(self, room: str) -> Room | None:
        """The room, if we are in it."""
        return self._rooms.get(room)

    def __contains__(self, room: str) -> bool:
        """Whether we are in it."""
        return room in self._rooms

    def entered(self, room: str) -> Room:
        """The room, in which we are from now on."""
        return self._rooms.setdefault(room, Room(room))

    def left(self, room: str) -> Room | None:
        """We aren't in it any more; what was known of it."""
        return self._rooms.pop(room, None)

    def is_private(self, room: Room) -> bool:
        """Whether it is a room of one person and us."""
        return room.is_private(self._own)

    def others_with_same(self, room: str) -> list[str]:
        """The other private rooms of whoever is in this one with us."""
        known = self._rooms.get(room)
        people = known.others(self._own) if known and known.is_private(self._own) else set()
        return [
            each.id
            for each in self._rooms.values()
            if people and each.id != room and each.others(self._own) == people
        ]

    def flaw(self, room: Room) -> str | None:
        """What is wrong with it."""
        return room.flaw(self._own)

    def replaced(self) -> list[Room]:
        """The rooms that go on elsewhere."""
        return [room for room in self._rooms.values() if room.replacement]
