"""What each kind of update means to the hotline."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import ChatMemberAdministrator, ChatMemberRestricted

from bot.channels.base import (
    ButtonPressed,
    ChannelEvent,
    ChatJoined,
    ChatLeft,
    ChatMoved,
    FileKind,
    Inbound,
    LocationSent,
    RemoteFile,
    TextEdited,
    TextSent,
    UnknownSent,
)
from bot.channels.telegram.attachments import DOWNLOADABLE
from bot.channels.telegram.mapping import Batch, read_batch

Json = dict[str, Any]

NOW = datetime(2011, 11, 4, 12, tzinfo=UTC)
SENT = 1320400000
PERSON: Json = {"id": 5_000_000_001, "is_bot": False, "first_name": "A", "language_code": "ru"}
ROBOT: Json = {"id": 99, "is_bot": True, "first_name": "B", "username": "other_bot"}
CHAT: Json = {"id": 5_000_000_001, "type": "private", "first_name": "A"}
GROUP: Json = {"id": -1_001_000_000_001, "type": "supergroup", "title": "Room"}
FILE: Json = {"file_id": "F", "file_unique_id": "U", "file_size": 7}
PLAYED: Json = {**FILE, "duration": 3, "width": 1, "height": 1}
STICKER: Json = {**FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}
BASIC_GROUP: Json = {"id": -40, "type": "group", "title": "Room"}


@pytest.fixture(autouse=True)
def _spans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengths of time as the connection asks for them, whichever file of tests runs first."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


def batch(*raw: object) -> Batch:
    """These updates, read."""
    return read_batch(raw, own_name="hotline_bot", now=NOW)


def one(kind: str, value: Json) -> Inbound | None:
    """What one update means. It can be read, whatever it means."""
    found = batch({"update_id": 7, kind: value})
    assert not found.unreadable
    return found.inbound[0] if found.inbound else None


def message(**others: object) -> Json:
    """A message in a private chat."""
    return {"message_id": 3, "date": SENT, "chat": CHAT, "from": PERSON, **others}


def event(**others: object) -> ChannelEvent | None:
    """What a message of such content means."""
    found = one("message", message(**others))
    return found.event if found else None


def test_a_text() -> None:
    """Everything that is known of a text is told."""
    assert one("message", message(text="Привет")) == Inbound(
        channel="telegram",
        id="7",
        sender="5000000001",
        chat="5000000001",
        private=True,
        event=TextSent("Привет"),
        at=datetime.fromtimestamp(SENT, UTC),
        message="3",
        language="ru",
    )


@pytest.mark.parametrize(
    ("content", "kind", "name", "mime"),
    [
        ({"document": {**FILE, "file_name": "a.pdf", "mime_type": "x/pdf"}}, "document", "a.pdf", "x/pdf"),
        ({"voice": {**FILE, "duration": 3, "mime_type": "audio/ogg"}}, "voice", None, "audio/ogg"),
        ({"audio": {**FILE, "duration": 3, "file_name": "a.mp3"}}, "audio", "a.mp3", None),
        ({"video": PLAYED}, "video", None, None),
        ({"video_note": {**FILE, "duration": 3, "length": 1}}, "video", None, None),
        ({"animation": PLAYED, "document": {**FILE, "file_id": "X"}}, "document", None, None),
    ],
)
def test_files(content: Json, kind: FileKind, name: str | None, mime: str | None) -> None:
    """Each kind of file is told as the channel's kind, once, with its caption and its album."""
    expected = RemoteFile("F", kind, name=name, mime=mime, size=7, album="12")
    assert event(caption="see", media_group_id="12", **content) == TextSent("see", (expected,))


def test_the_largest_photo_that_can_be_fetched() -> None:
    """Of a photo's sizes the best one within Telegram's limit is taken."""
    sizes = [
        {**FILE, "file_id": name, "width": width, "height": width, "file_size": size}
        for name, width, size in (("S", 90, 900), ("L", 1280, DOWNLOADABLE), ("XL", 9000, DOWNLOADABLE + 1))
    ]
    assert event(photo=sizes) == TextSent(
        "", (RemoteFile("L", "photo", mime="image/jpeg", size=DOWNLOADABLE),)
    )


@pytest.mark.parametrize("with_venue", [True, False])
def test_places(*, with_venue: bool) -> None:
    """A place is a place, named or not."""
    place = {"latitude": 55.75, "longitude": 37.62}
    venue = {"venue": {"location": place, "title": "T", "address": "A"}} if with_venue else {}
    assert event(location=place, **venue) == LocationSent(55.75, 37.62)


def test_a_contact_becomes_words() -> None:
    """Somebody's card is what it says."""
    contact = {"first_name": "Имя", "last_name": "Фамилия", "phone_number": "+70000000000"}
    assert event(contact=contact) == TextSent("Имя Фамилия +70000000000")


@pytest.mark.parametrize(
    "content",
    [
        {"sticker": STICKER},
        {"dice": {"emoji": "\N{GAME DIE}", "value": 6}},
        {"something_of_next_year": {"a": 1}},
        {},
    ],
    ids=["sticker", "dice", "unknown", "nothing"],
)
def test_what_cannot_be_an_answer(content: Json) -> None:
    """A person who sent it gets to know that it wasn't understood."""
    assert event(**content) == UnknownSent()


@pytest.mark.parametrize(
    "content",
    [
        {"new_chat_members": [PERSON]},
        {"left_chat_member": PERSON},
        {"new_chat_title": "Title"},
        {"pinned_message": message(text="x")},
        {"forum_topic_created": {"name": "Topic", "icon_color": 7322096}},
        {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
    ],
    ids=lambda content: next(iter(content)),
)
def test_what_telegram_says_itself_means_nothing(content: Json) -> None:
    """Nobody typed it, so nobody is to be answered."""
    assert event(**content) is None


def test_forwards_are_marked() -> None:
    """Words that are somebody else's are told from the sender's own."""
    origin = {"type": "hidden_user", "date": SENT, "sender_user_name": "C"}
    assert event(text="hearsay", forward_origin=origin) == TextSent("hearsay", forwarded=True)


@pytest.mark.parametrize(
    ("content", "body"), [({"text": "new"}, "new"), ({"caption": "new"}, "new"), ({}, "")]
)
def test_edits(content: Json, body: str) -> None:
    """An edited text or caption; the time is the edit's."""
    found = one("edited_message", message(edit_date=SENT + 60, **content))
    assert found is not None
    assert (found.event, found.message) == (TextEdited(body), "3")
    assert found.at == datetime.fromtimestamp(SENT + 60, UTC)


def test_a_place_that_moves_is_told_once() -> None:
    """A live location is "edited" every few seconds: that isn't news."""
    place = {"latitude": 55.75, "longitude": 37.62, "live_period": 60}
    assert one("edited_message", message(edit_date=SENT, location=place)) is None


def press(**others: object) -> Json:
    """A button pressed under message 3."""
    return {"id": "Q", "from": PERSON, "chat_instance": "1", **others}


@pytest.mark.parametrize("date", [SENT, 0], ids=["accessible", "too old"])
@pytest.mark.parametrize(("data", "told"), [({"data": "x:1"}, "x:1"), ({}, "")])
def test_buttons(date: int, data: Json, told: str) -> None:
    """A press is told whether or not Telegram still shows the message, and gets its confirmation."""
    under = {"message_id": 3, "date": date, "chat": GROUP}
    found = batch({"update_id": 7, "callback_query": press(message=under, **data)})
    assert found.presses == ("Q",)
    assert found.inbound == (
        Inbound(
            channel="telegram",
            id="7",
            sender="5000000001",
            chat="-1001000000001",
            private=False,
            event=ButtonPressed(told),
            at=NOW,
            message="3",
            language="ru",
        ),
    )


def test_a_button_that_is_not_ours() -> None:
    """A press under no message of ours means nothing, and is confirmed all the same."""
    found = batch({"update_id": 7, "callback_query": press(inline_message_id="I", data="x:1")})
    assert (found.inbound, found.presses) == ((), ("Q",))


def membership(before: str, after: str, chat: Json, **others: object) -> Json:
    """The bot's own standing changes."""
    user = {**ROBOT, "username": "hotline_bot"}
    members = (ChatMemberRestricted, ChatMemberAdministrator)
    rights = dict.fromkeys((name for member in members for name in member.__slots__), False)
    old, new = (
        {**rights, "status": status, "user": user, "until_date": 0, **others} for status in (before, after)
    )
    return {"chat": chat, "from": PERSON, "date": SENT, "old_chat_member": old, "new_chat_member": new}


@pytest.mark.parametrize("chat", [CHAT, GROUP], ids=["private", "group"])
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("left", "member", ChatJoined()),
        ("kicked", "member", ChatJoined()),
        ("left", "administrator", ChatJoined()),
        ("member", "left", ChatLeft()),
        ("member", "kicked", ChatLeft()),
        ("administrator", "kicked", ChatLeft()),
        ("member", "administrator", None),
        ("left", "kicked", None),
    ],
)
def test_coming_and_going(before: str, after: str, expected: ChannelEvent | None, chat: Json) -> None:
    """Only what changes whether the hotline is in the chat is told."""
    found = one("my_chat_member", membership(before, after, chat))
    assert (found and found.event) == expected
    assert found is None or (found.chat, found.private) == (str(chat["id"]), chat is CHAT)


@pytest.mark.parametrize(("inside", "expected"), [(True, None), (False, ChatLeft())])
def test_restricted_members_may_be_outside(expected: ChannelEvent | None, *, inside: bool) -> None:
    """Somebody restricted is in the group or not: only Telegram's own flag tells."""
    change = membership("member", "restricted", GROUP, is_member=inside)
    found = one("my_chat_member", change)
    assert (found and found.event) == expected


@pytest.mark.parametrize(
    ("chat", "field", "other"),
    [(BASIC_GROUP, "migrate_to_chat_id", -1_001), (GROUP, "migrate_from_chat_id", -40)],
)
def test_moving(chat: Json, field: str, other: int) -> None:
    """Both sides of a move say the same: which chat moved, and where to."""
    found = one("message", message(chat=chat, **{field: other}))
    assert found is not None
    new = other if field == "migrate_to_chat_id" else chat["id"]
    assert (found.chat, found.event) == ("-40", ChatMoved(str(new)))


def test_nobody_in_particular() -> None:
    """A channel or an anonymous administrator is the chat, never the person who may be behind it."""
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    found = one("message", message(chat=GROUP, sender_chat=GROUP, text="/ack K7F-3QX", **{"from": anonymous}))
    assert found is not None
    assert found.sender == found.chat == str(GROUP["id"])


def test_bots_are_not_listened_to() -> None:
    """Two bots would talk for ever."""
    assert one("message", message(chat=GROUP, text="hi", **{"from": ROBOT})) is None


def test_replies() -> None:
    """What a message answers is told; that a topic's messages all hang under its first isn't."""
    answered = {**message(text="q"), "message_id": 2}
    found = one("message", message(text="a", reply_to_message=answered))
    assert found is not None
    assert found.reply_to == "2"
    opened = {**message(forum_topic_created={"name": "T", "icon_color": 1}), "message_id": 2}
    inside = one(
        "message", message(text="a", is_topic_message=True, message_thread_id=2, reply_to_message=opened)
    )
    assert inside is not None
    assert inside.reply_to is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/ack K7F-3QX", "/ack K7F-3QX"),
        ("/ack@hotline_bot K7F-3QX", "/ack K7F-3QX"),
        ("/test_alert@Hotline_Bot", "/test_alert"),
        ("/ack@hotline_bot\nK7F-3QX", "/ack\nK7F-3QX"),
        ("/ack@other_bot K7F-3QX", None),
        ("/ack@", None),
        ("/reply K7F mail@example.org", "/reply K7F mail@example.org"),
        ("write to a@example.org", "write to a@example.org"),
        ("@hotline_bot hello", "@hotline_bot hello"),
    ],
)
def test_commands_addressed_to_bots(typed: str, told: str | None) -> None:
    """In a group our own name is taken off a command; another bot's commands aren't ours."""
    assert event(text=typed, chat=GROUP) == (None if told is None else TextSent(told))


@pytest.mark.parametrize("typed", ["/sos", "/sos@hotline_bot", "/sos@hotlin_bot", "/sos@"])
def test_a_private_chat_knows_no_other_bot(typed: str) -> None:
    """A command with a mistyped name of ours is answered in private: nobody else is there who could."""
    assert event(text=typed) == TextSent("/sos")


def test_half_a_character_does_no_harm() -> None:
    """JSON may bring half a surrogate pair; what is told can always be stored."""
    found = event(text="a\ud83d")
    assert isinstance(found, TextSent)
    assert found.body.encode() == b"a?"


def test_kinds_that_were_not_asked_for_mean_nothing() -> None:
    """An update of another kind is passed over, and counted as read."""
    found = batch({"update_id": 7, "poll": {"id": "1"}}, {"update_id": 8, "new_kind": {}})
    assert (found.inbound, found.last) == ((), 8)


def test_one_bad_update_harms_no_other() -> None:
    """The rest of the batch is read, in order, and the next batch begins after all of it."""
    bad: list[object] = [{"update_id": 8, "message": {"chat": 1}}, None, [], {"update_id": "9"}, 7]
    good = [{"update_id": number, "message": message(text=str(number))} for number in (10, 6)]
    found = batch(*bad, *good)
    assert [inbound.id for inbound in found.inbound] == ["6", "10"]
    assert found.last == 10
    assert len(found.unreadable) == len(bad)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "chat", "from", "text", "date", "message", "photo"]), inner)
    ),
    max_leaves=8,
)
NAMES = (
    "text caption photo document voice location contact reply_to_message chat from sender_chat date "
    "message_id migrate_to_chat_id forward_origin sticker media_group_id"
)
VALUES = st.dictionaries(
    st.sampled_from(NAMES.split()), JSON | st.just(FILE) | st.just(PERSON) | st.just([FILE])
)
MESSAGES = st.builds(lambda some: message(**some), VALUES)


@given(
    st.lists(
        st.fixed_dictionaries({"update_id": st.integers() | st.text(), "message": MESSAGES})
        | st.fixed_dictionaries({"update_id": st.integers(), "callback_query": VALUES})
        | JSON,
        max_size=4,
    )
)
def test_whatever_comes_is_read_or_passed_over(raw: list[object]) -> None:
    """Nothing that a server sends stops the reading, and what is told has the types that it should have."""
    for inbound in batch(*raw).inbound:
        assert isinstance(inbound.at, datetime)
        for field in fields(inbound):
            if field.name in {"channel", "id", "sender", "chat"}:
                assert isinstance(getattr(inbound, field.name), str)
        if isinstance(inbound.event, TextSent):
            assert isinstance(inbound.event.body.encode(), bytes)
            assert all(isinstance(file.ref, str) for file in inbound.event.files)
