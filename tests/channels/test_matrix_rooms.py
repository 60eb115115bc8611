"""When a room is private, and when a staff room may be made of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from bot.channels.matrix.rooms import Room
from bot.channels.matrix.tree import Json

BOT = "@bot:x"
NOTHING: Mapping[str, dict[str, Json]] = MappingProxyType({})
JOINED: Mapping[str, dict[str, Json]] = {"history_visibility": {"history_visibility": "joined"}}
SANE: dict[str, Json] = {"users": {"@anna:x": 100}, "users_default": 0, "state_default": 50}


def room(*others: str, state: Mapping[str, dict[str, Json]] = NOTHING, encrypted: bool = True) -> Room:
    """A room with these people and the bot; `state` by the name after `m.room.`."""
    made = Room("!room:x")
    for user in (BOT, *others):
        _take(made, "member", {"membership": "join"}, user)
    if encrypted:
        _take(made, "encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    for name, content in {**JOINED, **state}.items():
        _take(made, name, content)
    return made


def _take(made: Room, name: str, content: dict[str, Json], key: str = "") -> None:
    made.take({"type": f"m.room.{name}", "state_key": key, "content": content})


def test_a_room_of_two_is_private_until_a_third_may_come_in() -> None:
    """An invitation is enough to end it, and leaving brings it back."""
    made = room("@vera:x")
    assert made.is_private(BOT)
    _take(made, "member", {"membership": "invite"}, "@eve:x")
    assert not made.is_private(BOT)
    _take(made, "member", {"membership": "leave"}, "@eve:x")
    assert made.is_private(BOT)


def test_encryption_is_for_good() -> None:
    """No later event makes an encrypted room an unencrypted one."""
    made = room("@vera:x")
    _take(made, "encryption", {})
    assert made.flaw(BOT) is None


def test_a_private_room_must_be_encrypted_and_nothing_more() -> None:
    """Its owner may have all the power there."""
    assert room("@vera:x", state={"power_levels": {"users_default": 100}}).flaw(BOT) is None
    assert room("@vera:x", encrypted=False).flaw(BOT) == "flaw-not-encrypted"


@pytest.mark.parametrize(
    ("state", "flaw"),
    [
        ({"power_levels": SANE}, None),
        ({}, None),
        ({"power_levels": {**SANE, "users_default": 50}}, "flaw-room-powers"),
        ({"power_levels": {**SANE, "kick": 0}}, "flaw-room-powers"),
        ({"power_levels": {**SANE, "state_default": 0}}, "flaw-room-powers"),
        ({"power_levels": {**SANE, "events": {"m.room.power_levels": 0}}}, "flaw-room-powers"),
        ({"power_levels": {**SANE, "events": {"m.room.history_visibility": 1}}}, "flaw-room-powers"),
        ({"power_levels": {**SANE, "events": {"m.room.tombstone": 0}}}, "flaw-room-powers"),
        ({"join_rules": {"join_rule": "public"}}, "flaw-room-open"),
        ({"join_rules": {}}, "flaw-room-open"),
        ({"history_visibility": {"history_visibility": "world_readable"}}, "flaw-room-readable"),
        ({"history_visibility": {"history_visibility": "shared"}}, "flaw-room-history"),
        ({"history_visibility": {}}, "flaw-room-history"),
    ],
)
def test_what_a_staff_room_must_be(state: dict[str, dict[str, Json]], flaw: str | None) -> None:
    """Nobody comes in, reads along or puts others out whom nobody gave the right to."""
    assert room("@anna:x", "@boris:x", state=state).flaw(BOT) == flaw


def test_a_staff_room_must_be_encrypted() -> None:
    """Before anything else."""
    assert room("@anna:x", "@boris:x", encrypted=False).flaw(BOT) == "flaw-room-not-encrypted"
