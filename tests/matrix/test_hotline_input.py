"""What people send, and do with rooms, whatever it is: they are answered or refused, and the loop goes on."""

from __future__ import annotations

import contextlib
import time

import aiohttp
import pytest

from tests.matrix import Refused, Room
from tests.matrix.bare import bare_devices
from tests.matrix.hotline import PATIENCE, Desk, Reporter, private_room

pytestmark = pytest.mark.asyncio(loop_scope="module")

HTML = "org.matrix.custom.html"
ENCRYPTED = {"algorithm": "m.megolm.v1.aes-sha2"}
AT_ONCE = 10.0
"""Seconds in which a message is answered, whatever it is made of."""
NONSENSE: list[dict[str, object]] = [
    {},
    {"msgtype": "m.text"},
    {"msgtype": "m.text", "body": 7},
    {"msgtype": "m.text", "body": "\x00\x07\u202e"},
    {"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": "m.thread", "event_id": "$nowhere"}},
    {"msgtype": "m.text", "body": "* x", "m.relates_to": {"rel_type": "m.replace", "event_id": "$nowhere"}},
    {"msgtype": "m.text", "body": "x", "m.relates_to": "nothing"},
    {"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": 3, "event_id": ["$a"]}},
    {"msgtype": "m.text", "body": "x", "m.relates_to": {"m.in_reply_to": {"event_id": {"a": 1}}}},
    {"msgtype": "m.file", "body": "x", "file": {"url": "mxc://nowhere/x", "key": 3}},
    {"msgtype": "m.image", "body": "x", "url": "http://127.0.0.1/x"},
    {"msgtype": "m.location", "body": "x", "geo_uri": "geo:nan,1e999"},
    {"msgtype": "org.example.unknown", "body": {"a": []}},
    {"msgtype": "m.bad.encrypted", "body": "x"},
    {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": 5, "m.relates_to": ["x"]},
]
"""What no client sends. A homeserver refuses some of it, and a client some of the rest."""


async def test_nonsense_in_a_room_stops_nothing(desk: Desk) -> None:
    """Encrypted or in the clear, each is answered or passed over, and the next person is served."""
    reporter = await desk.reporter()
    for content in NONSENSE:
        with contextlib.suppress(Refused):
            await reporter.room.sends(content)
        for kind in ("m.room.message", "m.room.encrypted"):
            with contextlib.suppress(Refused):
                await reporter.room.sends_plain(content, kind=kind)
    await reporter.room.sends({"m.relates_to": {"rel_type": "m.annotation", "key": "✅"}}, kind="m.reaction")
    await reporter.says("/cancel")
    await reporter.says("/help")
    await reporter.next_message(PATIENCE, "/mycase")
    assert reporter.client.broken == []
    await desk.report_by_sos(await desk.reporter())


async def test_as_much_as_an_event_can_hold_is_taken_whole(desk: Desk) -> None:
    """All of the words reach the officer; what is longer the homeserver refuses, and its writer knows."""
    reporter = await desk.reporter()
    await desk.report_by_sos(reporter)
    words = " ".join(f"слово{number}" for number in range(3000))
    with pytest.raises(Refused) as refused:
        await reporter.says("x" * 60_000)
    assert refused.value.code == "M_TOO_LARGE"
    await reporter.says(words)
    await reporter.next_message(PATIENCE, "Передали")
    await desk.boris.chat.next_message(PATIENCE, "слово2999")
    shown = "\n".join(each.text for each in desk.boris.chat.messages)
    assert [number for number in range(3000) if f"слово{number}" not in shown] == []


@pytest.mark.parametrize(
    "html", ["<b>" * 14_000, "<a href='" + "x" * 40_000, "<ul><li>" * 5_000 + "x", "&lt;" * 10_000]
)
async def test_a_flood_of_markup_costs_nothing(desk: Desk, html: str) -> None:
    """Only the plain words are read: they are answered at once, and reach the officer as they are."""
    reporter = await desk.reporter()
    await reporter.says("/sos")
    await reporter.next_message(PATIENCE, "?")
    begun = time.monotonic()
    await reporter.room.says("Они у двери", html=html)
    await desk.reference_for(reporter)
    assert time.monotonic() - begun < AT_ONCE
    assert not [each for each in desk.boris.chat.messages if "<" in each.text]


async def test_an_account_with_fifty_devices_is_answered_on_each(desk: Desk) -> None:
    """Every one of them gets the key to the answer, at once; later ones are told of, not fifty times."""
    client = await desk.clients.person("vera", strict=True)
    async with aiohttp.ClientSession(desk.clients.server.url) as session:
        devices = await bare_devices(session, client.account, 50)
        reporter = Reporter(client, await private_room(client, desk.bot))
        begun = time.monotonic()
        await desk.report_by_sos(reporter)
        assert time.monotonic() - begun < AT_ONCE
        assert [each.id for each in devices if "m.room.encrypted" not in await each.sent()] == []
        assert not [each for each in reporter.messages if "новое устройство" in each.text]
        await bare_devices(session, client.account, 20)
        await reporter.next_message(PATIENCE, "новое устройство")
        await desk.quiet()
    assert len([each for each in reporter.messages if "новое устройство" in each.text]) < 20


async def test_a_name_full_of_control_characters_is_shown_to_nobody(desk: Desk) -> None:
    """What people call themselves is neither asked for nor passed on."""
    client = await desk.clients.person("vera", strict=True)
    name = "\u202eАнна\u0007\n\u200b, дежурная <b>"
    await client.request("PUT", f"/profile/{client.user_id}/displayname", {"displayname": name})
    reporter = Reporter(client, await private_room(client, desk.bot))
    await desk.report_by_sos(reporter)
    await reporter.says("Ждём")
    await desk.boris.chat.next_message(PATIENCE, "Ждём")
    everything = (*desk.boris.chat.messages, *desk.boris.staff.messages, *reporter.messages)
    assert not [each for each in everything if any(mark in each.text for mark in "\u202e\u0007\u200b<")]


async def test_the_bot_comes_back_when_it_is_put_out_and_invited_again(desk: Desk) -> None:
    """Kicked, it is gone; invited again, it goes on; banned, nothing of it breaks; let in again, it comes."""
    client = await desk.clients.person("vera")
    reporter = Reporter(client, await client.opens(invite=[desk.bot.user_id]))
    await reporter.room.until_member(desk.bot.user_id, patience=PATIENCE)
    for puts_out in (reporter.room.kicks, reporter.room.bans):
        await puts_out(desk.bot.user_id)
        await desk.report_by_sos(await desk.reporter())
        with contextlib.suppress(Refused):
            await reporter.room.unbans(desk.bot.user_id)
        await reporter.room.invites(desk.bot.user_id)
        await reporter.room.until_member(desk.bot.user_id, patience=PATIENCE)
        await reporter.says("/mycase")
        await reporter.next_message(PATIENCE)
    await desk.report_by_sos(reporter)


async def upgraded(desk: Desk, room: Room) -> Room:
    """The encrypted room that goes on where this one ends, with the bot in it."""
    after = room.client.room(await room.upgrades())
    await after.sets_state("m.room.encryption", ENCRYPTED)
    await after.invites(desk.bot.user_id)
    await after.until_member(desk.bot.user_id, patience=PATIENCE)
    return after


async def test_a_conversation_goes_on_in_an_upgraded_room(desk: Desk) -> None:
    """The tombstone is followed, and the answer comes where the person now is; so with an officer's chat."""
    reporter = await desk.reporter()
    reference = await desk.report_by_sos(reporter)
    theirs = await upgraded(desk, reporter.room)
    hers = desk.anna.chat = await upgraded(desk, desk.anna.chat)
    await hers.says(f"!reply {reference} Мы на связи")
    await theirs.next_message(PATIENCE, "Мы на связи")
    await theirs.says("Они ушли")
    await desk.quiet()
    await hers.says(f"!case {reference}")
    await hers.next_message(PATIENCE, "Они ушли")


async def test_the_staff_room_goes_on_in_an_upgraded_room(desk: Desk) -> None:
    """Notices come where the staff now are."""
    after = desk.anna.staff = await upgraded(desk, desk.anna.staff)
    await after.invites(desk.boris.client.user_id)
    desk.boris.staff = await desk.boris.client.joins(after.id)
    await desk.report_by_sos(await desk.reporter())


async def test_somebody_invites_while_the_hotline_is_down(desk: Desk) -> None:
    """The invitation is accepted at the next start, and what was said meanwhile is answered."""
    client = await desk.clients.person("early")
    await desk.hotline.kill()
    room = await client.opens_direct(desk.bot.user_id)
    await room.says("/sos")
    await desk.hotline.start()
    await room.next_message(PATIENCE, "?")
    await room.says("Они у двери")
    await desk.reference_for(Reporter(client, room))
