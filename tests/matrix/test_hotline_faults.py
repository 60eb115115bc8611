"""A homeserver that fails, lies and is cut off, and people who send nonsense: nothing lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.matrix import Refused
from tests.matrix.hotline import Desk, Reporter, is_received, reference_in
from tests.matrix.wire import Kind, Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 60.0
"""Seconds for an answer: faults make the hotline wait before it tries again."""
SEND = "PUT .*/send/m.room.encrypted/"


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def calm(wire: Wire) -> AsyncIterator[None]:
    """Take every order back when the test is over."""
    yield
    wire.calm()
    wire.mend()


async def calls_for_help(reporter: Reporter) -> str:
    """An SOS through whatever goes wrong; its reference."""
    await reporter.says("/sos")
    await reporter.next_message(PATIENCE, "?")
    await reporter.says("Они у двери")
    return reference_in(await reporter.room.next_message(PATIENCE, is_received))


def receipts(reporter: Reporter) -> list[str]:
    """The references that the reporter was given, one for each message that gave one."""
    return [reference_in(each) for each in reporter.messages if is_received(each)]


@pytest.mark.parametrize("kind", ["500", "502_html", "401", "429", "not_json", "odd_json", "cut_after"])
@pytest.mark.parametrize("path", ["/sync", SEND])
async def test_a_server_that_fails_for_a_while_costs_nothing(
    wired: Desk, wire: Wire, path: str, kind: Kind
) -> None:
    """The report arrives once, its receipt once, whatever two syncs or two sends came to."""
    reporter = await wired.reporter()
    fault = wire.fault(path, kind, times=2)
    reference = await calls_for_help(reporter)
    await wired.quiet()
    assert fault.acted == 2
    assert receipts(reporter) == [reference]
    assert wired.hotline.rows("SELECT count(*) FROM cases WHERE reference = ?", reference) == [(1,)]


async def test_a_server_that_goes_on_failing_is_not_hammered(wired: Desk, wire: Wire) -> None:
    """Errors come as answers: each is waited after, longer and longer."""
    fault = wire.fault("/sync", "500", times=1000)
    wire.cut()  # the sync that waits at the homeserver ends now, and not half a minute later
    wire.mend()
    await fault.reached(PATIENCE)
    await asyncio.sleep(3)
    assert fault.acted < 10
    wire.calm()
    await calls_for_help(await wired.reporter())


async def test_a_cut_network_is_survived_in_mid_report(wired: Desk, wire: Wire) -> None:
    """What was said meanwhile is answered afterwards."""
    reporter = await wired.reporter()
    await reporter.says("/sos")
    await reporter.next_message(PATIENCE, "?")
    wire.cut()
    await reporter.says("Они у двери")
    await asyncio.sleep(1)
    wire.mend()
    await reporter.room.next_message(PATIENCE, is_received)
    await wired.quiet()
    assert len(receipts(reporter)) == 1


@pytest.mark.parametrize("path", [SEND, "/sendToDevice/", "/keys/query", "/join"])
async def test_a_kill_between_the_server_and_us_doubles_nothing(wired: Desk, wire: Wire, path: str) -> None:
    """SIGKILL when the homeserver has done it and the hotline doesn't know: one question, one receipt."""
    client = await wired.clients.person("vera", strict=True)
    fault = wire.fault(path, "hold_after")
    room = await client.opens_direct(wired.bot.user_id)
    await room.says("/sos")
    await fault.reached(PATIENCE)
    await wired.hotline.kill()
    wire.calm()
    await wired.hotline.start()
    await is_served_once(wired, Reporter(client, room))


async def test_a_kill_while_keys_are_published_doubles_nothing(wired: Desk, wire: Wire) -> None:
    """Each start publishes keys; killed then, the next one reads what was encrypted with them."""
    client = await wired.clients.person("vera", strict=True)
    fault = wire.fault("/keys/upload", "hold_after")
    await wired.hotline.restart()
    await fault.reached(PATIENCE)
    room = await client.opens_direct(wired.bot.user_id)
    await room.says("/sos")
    await wired.hotline.kill()
    wire.calm()
    await wired.hotline.start()
    await is_served_once(wired, Reporter(client, room))


async def is_served_once(wired: Desk, reporter: Reporter) -> None:
    """The call for help that was begun is asked about once, and received once."""
    await reporter.next_message(PATIENCE, "?")
    await reporter.says("Они у двери")
    await reporter.room.next_message(PATIENCE, is_received)
    await wired.quiet()
    assert len(receipts(reporter)) == 1
    assert sum("Где вы и что происходит" in each.text for each in reporter.messages) == 1


class Withheld:
    """Room keys that the homeserver doesn't hand over yet."""

    def __init__(self) -> None:
        self.kept: list[object] = []

    def keep(self, answer: dict[str, object]) -> None:
        """Take them out of a sync."""
        came = answer.pop("to_device", None)
        if isinstance(came, dict):
            self.kept += came["events"]

    def give(self, answer: dict[str, object]) -> None:
        """Put them into a sync, once."""
        answer["to_device"] = {"events": self.kept}
        self.kept = []


async def test_a_message_waits_for_its_key(wired: Desk, wire: Wire) -> None:
    """A key comes after its message, and the process is killed between them: it is read all the same."""
    reporter, withheld = await wired.reporter(), Withheld()
    wire.bend("/sync", withheld.keep)
    await reporter.says("/sos")
    await wired.hotline.until_rows("SELECT count(*) FROM device_items WHERE kind = 'waiting'", [(1,)])
    await wired.hotline.restart()
    wire.calm()
    wire.bend("/sync", withheld.give)
    await reporter.next_message(PATIENCE, "?")
    assert withheld.kept == []


NONSENSE: list[dict[str, object]] = [
    {},
    {"msgtype": "m.text"},
    {"msgtype": "m.text", "body": 7},
    {"msgtype": "m.text", "body": "\x00\x07\u202e"},
    {"msgtype": "m.text", "body": "x" * 40_000},
    {"msgtype": "m.text", "body": "x", "format": "org.matrix.custom.html", "formatted_body": "<b>" * 9_000},
    {"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": "m.thread", "event_id": "$nowhere"}},
    {"msgtype": "m.text", "body": "* x", "m.relates_to": {"rel_type": "m.replace", "event_id": "$nowhere"}},
    {"msgtype": "m.file", "body": "x", "file": {"url": "mxc://nowhere/x", "key": 3}},
    {"msgtype": "m.image", "body": "x", "url": "http://127.0.0.1/x"},
    {"msgtype": "m.location", "body": "x", "geo_uri": "geo:nan,1e999"},
    {"msgtype": "org.example.unknown", "body": {"a": []}},
    {"msgtype": "m.bad.encrypted", "body": "x"},
]
FORGED: list[dict[str, object]] = [
    {"msgtype": "m.text", "body": "x", "m.relates_to": "nothing"},
    {"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": 3, "event_id": ["$a"]}},
    {"msgtype": "m.text", "body": "x", "m.relates_to": {"m.in_reply_to": {"event_id": {"a": 1}}}},
    {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": 5, "m.relates_to": ["x"]},
]
"""What no client sends. A homeserver refuses some of it, and of the rest, itself."""


async def test_nonsense_in_a_room_stops_nothing(wired: Desk) -> None:
    """Encrypted or in the clear, each is answered or passed over, and the next person is served."""
    reporter = await wired.reporter()
    for content in NONSENSE:
        with contextlib.suppress(Refused):
            await reporter.room.sends(content)
    for content in (*NONSENSE[:4], *FORGED):
        for kind in ("m.room.message", "m.room.encrypted"):
            with contextlib.suppress(Refused):
                await reporter.room.sends_plain(content, kind=kind)
    await reporter.room.sends({"m.relates_to": {"rel_type": "m.annotation", "key": "✅"}}, kind="m.reaction")
    await reporter.says("/cancel")
    await reporter.says("/help")
    await reporter.next_message(PATIENCE, "/mycase")
    assert reporter.client.broken == []
    await calls_for_help(await wired.reporter())


async def test_an_account_with_many_devices_is_answered_on_each(wired: Desk) -> None:
    """Five phones of one person, logged in one after the other, all read the answer."""
    reporter = await wired.reporter()
    account = reporter.client.account
    others = [await wired.clients.login(account, signed=False) for _ in range(4)]
    await calls_for_help(reporter)
    for other in others:
        await other.room(reporter.room.id).next_message(PATIENCE, is_received)
