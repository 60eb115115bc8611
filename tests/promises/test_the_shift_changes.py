"""What happens when one officer relieves another."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.promises.scene import Scene, playing, settings

WEEK = [
    {"days": "daily", "from": "09:00", "to": "21:00", "primary": "anna"},
    {"days": "daily", "from": "21:00", "to": "09:00", "primary": "boris"},
]


@pytest.fixture
async def relay(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """Lend a hotline where anna has the days and boris the nights; it is noon."""
    configured = settings(rota={"weekly": WEEK}, escalation={"daily_summary": "09:30"})
    async with playing(database_url, tmp_path, configured) as made:
        yield made


async def test_a_shift_is_handed_over_and_taken_over(relay: Scene) -> None:
    """The room and the one who comes read what there is; one tap, and the same messages say who is on."""
    clara = await relay.coordinator("clara")
    anna, boris = await relay.officer("anna"), await relay.officer("boris")
    room = await relay.room(clara)
    await relay.passes(hours=8, minutes=50)
    case = await relay.report("urgent")
    await anna.says(f"/ack {case}")
    await anna.says(f"/due {case} 23:00 Call the lawyer")
    relay.everybody_has_read()
    await relay.passes(minutes=10)
    for chat in (room, boris):
        said = chat.hears("shift is changing", "going off duty: anna", "coming on duty: boris", case, "23:00")
        assert "lawyer" not in said
    anna.hears_nothing()
    await boris.presses("I'm on", in_room=room)
    assert "✅ boris is on" in room.messages[-1].text
    assert "✅ boris is on" in boris.messages[-1].text
    relay.everybody_has_read()
    await relay.passes(minutes=15)
    assert not any("nobody has taken over" in text.casefold() for text in (*room.new(), *clara.new()))


async def test_nobody_comes(relay: Scene) -> None:
    """A quarter of an hour without an answer: the room, the coordinator and the one who left know, once."""
    clara = await relay.coordinator("clara")
    anna, boris = await relay.officer("anna"), await relay.officer("boris")
    room = await relay.room(clara)
    await relay.passes(minutes=1)
    await relay.passes(hours=9, minutes=13)
    relay.everybody_has_read()
    await relay.passes(minutes=1)
    for chat in (room, clara, anna):
        chat.hears("nobody has taken over the shift yet", "boris")
    await relay.passes(hours=1)
    relay.nobody_hears_anything()
    await boris.says("/handover")
    for chat in (room, clara, anna, boris):
        chat.hears("the shift is taken over: boris")


async def test_a_due_date_comes_nearer(relay: Scene) -> None:
    """A day before, an hour before and at the time, in private; the room reads the reference, once."""
    clara, anna = await relay.coordinator("clara"), await relay.officer("anna")
    await relay.officer("boris")
    room = await relay.room(clara)
    case = await relay.report("normal")
    await anna.says(f"/take {case}")
    await anna.says(f"/note {case} Spoke to the lawyer")
    await anna.says(f"/due {case} 06.03 18:00 File the complaint")
    anna.hears("due date no. 1, 6 march, 18:00 (friday)")
    await relay.passes(days=1, hours=5, minutes=59)
    relay.everybody_has_read()
    await relay.passes(minutes=1)
    anna.hears(case, "due tomorrow 18:00", "file the complaint")
    await relay.passes(hours=23)
    relay.everybody_has_read()
    await relay.passes(hours=1)
    anna.hears(case, "due now", "file the complaint")
    assert "complaint" not in room.hears(case, "due now")
    await anna.presses("✅ Done: No. 1")
    relay.everybody_has_read()
    await relay.passes(hours=23)
    assert not any("due" in text.splitlines()[0] for text in anna.new())


async def test_the_coordinator_starts_the_day(relay: Scene) -> None:
    """At the configured hour, once, in private."""
    clara = await relay.coordinator("clara")
    anna, _ = await relay.officer("anna"), await relay.officer("boris")
    room = await relay.room(clara)
    await relay.passes(hours=21)
    await anna.says("/handover")
    relay.everybody_has_read()
    await relay.passes(minutes=30)
    clara.hears("the last day in short", "on duty today: anna until 21:00 and boris until 00:00")
    room.hears_nothing()
    await relay.passes(hours=2)
    clara.hears_nothing()


async def test_somebody_who_blocked_the_hotline_is_on_next(relay: Scene) -> None:
    """An hour before such a shift the room reads it too, and whoever took it over ends the worry."""
    clara, anna = await relay.coordinator("clara"), await relay.officer("anna")
    room = await relay.room(clara)
    await relay.passes(minutes=1)
    clara.hears(
        "the rota needs a hand", "nobody on duty: 04.03 21:00–09:00", "nobody on the staff has this name"
    )
    await relay.passes(hours=7, minutes=58)
    relay.everybody_has_read()
    await relay.passes(minutes=1)
    room.hears("the rota needs a hand", "04.03 21:00–09:00")
    await relay.passes(hours=1)
    for chat in (room, anna):
        chat.hears("nobody is on duty now", "tomorrow 09:00")
