"""What a room's events mean; and that nothing which anybody may write breaks the reading of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import ChannelEvent, LocationSent, TextEdited, TextSent, UnknownSent
from bot.channels.matrix.mapping import Seen, inbound
from bot.channels.matrix.rooms import Room
from bot.channels.matrix.tree import Json

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
KEYS = st.sampled_from(
    [
        "body",
        "msgtype",
        "m.relates_to",
        "m.new_content",
        "rel_type",
        "event_id",
        "file",
        "url",
        "info",
        "geo_uri",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=20,
)


def seen(content: dict[str, Json], kind: str = "m.room.message") -> Seen:
    """An event with this content."""
    return Seen("!room:x", private=True, event="$event", sender="@vera:x", kind=kind, content=content)


def meant(content: dict[str, Json], kind: str = "m.room.message") -> ChannelEvent | None:
    """What it means."""
    found = inbound(seen(content, kind), now=NOW)
    return found.event if found else None


MEANINGS: list[tuple[dict[str, Json], ChannelEvent | None]] = [
    ({"msgtype": "m.text", "body": "они у двери"}, TextSent("они у двери")),
    ({"msgtype": "m.emote", "body": "машет"}, TextSent("машет")),
    ({"msgtype": "m.text", "body": "half \ud800 a pair"}, TextSent("half ? a pair")),
    ({"msgtype": "m.text", "body": ""}, UnknownSent()),
    ({"msgtype": "m.text"}, UnknownSent()),
    ({"msgtype": "m.text", "body": ["list"]}, UnknownSent()),
    ({"msgtype": "m.notice", "body": "another bot"}, None),
    ({"msgtype": "m.key.verification.request", "body": "x"}, None),
    ({"msgtype": "m.location", "geo_uri": "geo:55.75,37.61;u=3"}, LocationSent(55.75, 37.61)),
    ({"msgtype": "m.location", "geo_uri": "geo:155.75,37.61"}, UnknownSent()),
    ({"msgtype": "m.location", "geo_uri": "здесь"}, UnknownSent()),
    ({"msgtype": "m.image", "body": "x.jpg"}, UnknownSent()),
    ({"msgtype": "m.image", "body": "x.jpg", "file": {"url": "mxc://x/y", "key": {}}}, UnknownSent()),
    (
        {
            "msgtype": "m.text",
            "body": "* новое",
            "m.new_content": {"body": "новое"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$first"},
        },
        TextEdited("новое"),
    ),
    (
        {
            "msgtype": "m.text",
            "body": "> <@bot:x> вопрос\n> дальше\n\nответ",
            "m.relates_to": {"m.in_reply_to": {"event_id": "$question"}},
        },
        TextSent("ответ"),
    ),
]


@pytest.mark.parametrize(("content", "event"), MEANINGS, ids=range(len(MEANINGS)))
def test_meanings(content: dict[str, Json], event: ChannelEvent | None) -> None:
    """Each kind of message, whole and broken."""
    assert meant(content) == event


def test_what_people_send_is_answered_and_what_programs_send_is_not() -> None:
    """A sticker or a call gets an answer; the rest of a client's talk doesn't."""
    assert meant({}, "m.sticker") == UnknownSent()
    assert meant({}, "m.call.invite") == UnknownSent()
    assert meant({}, "m.call.candidates") is None


def test_an_encrypted_file_brings_its_key() -> None:
    """Name, caption, kind and size are told apart; the reference holds what opens it."""
    content: dict[str, Json] = {
        "msgtype": "m.audio",
        "body": "послушайте",
        "filename": "voice.ogg",
        "org.matrix.msc3245.voice": {},
        "info": {"size": 7, "mimetype": "audio/ogg"},
        "file": {"url": "mxc://x/y", "key": {"k": "K"}, "iv": "I", "hashes": {"sha256": "S"}},
    }
    event = meant(content)
    assert isinstance(event, TextSent)
    (file,) = event.files
    assert (event.body, file.kind, file.name, file.mime, file.size) == (
        "послушайте",
        "voice",
        "voice.ogg",
        "audio/ogg",
        7,
    )
    assert json.loads(file.ref) == {"url": "mxc://x/y", "key": "K", "iv": "I", "sha256": "S"}


def test_where_an_answer_belongs() -> None:
    """In a thread what counts is the message answered, and without one the thread's first."""
    thread: dict[str, Json] = {"rel_type": "m.thread", "event_id": "$root", "is_falling_back": True}
    plain = {**thread, "m.in_reply_to": {"event_id": "$last"}}
    direct = {**plain, "is_falling_back": False}
    found = [
        inbound(seen({"msgtype": "m.text", "body": "x", "m.relates_to": about}), now=NOW)
        for about in (plain, direct)
    ]
    assert [each.reply_to for each in found if each] == ["$root", "$last"]


@given(
    st.dictionaries(KEYS | st.text(max_size=5), ANYTHING, max_size=8), st.sampled_from(["m.text", "m.image"])
)
def test_no_content_breaks_it(content: dict[str, Json], kind: str) -> None:
    """Whatever a message or a state event holds, it is read or passed over."""
    meant(content)
    meant({**content, "msgtype": kind})
    room = Room("!room:x")
    for state in ("m.room.member", "m.room.power_levels", "m.room.encryption", "m.room.tombstone"):
        room.take({"type": state, "state_key": "@a:x", "content": content})
    room.flaw("@bot:x")
