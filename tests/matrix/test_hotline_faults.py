"""A homeserver that fails, lies and is cut off, and SIGKILL in mid-call: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

import pytest
import pytest_asyncio

from tests.matrix.hotline import Desk, Reporter, is_received, reference_in
from tests.matrix.wire import Kind, Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 60.0
"""Seconds for an answer: faults make the hotline wait before it tries again."""
SHORTEST = 0.25 + 0.5 + 1.0
"""Seconds that three pauses last at least."""
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


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/sync", "500"),
        ("/sync", "401"),
        ("/sync", "429"),
        ("/sync", "odd_json"),
        ("/sync", "cut_after"),
        (SEND, "502_html"),
        (SEND, "401"),
        (SEND, "429"),
        (SEND, "not_json"),
        (SEND, "cut_after"),
    ],
)
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
    begun, acted = time.monotonic(), fault.acted
    await until(lambda: fault.acted >= acted + 3)
    assert time.monotonic() - begun > SHORTEST
    wire.calm()
    await calls_for_help(await wired.reporter())


async def test_a_cut_network_is_survived_in_mid_report(wired: Desk, wire: Wire) -> None:
    """What was said meanwhile is answered afterwards."""
    reporter = await wired.reporter()
    await reporter.says("/sos")
    await reporter.next_message(PATIENCE, "?")
    before = len(wire.calls)
    wire.cut()
    await reporter.says("Они у двери")
    await until(lambda: len(wire.calls) > before + 1)
    wire.mend()
    await reporter.room.next_message(PATIENCE, is_received)
    await wired.quiet()
    assert len(receipts(reporter)) == 1


async def until(predicate: Callable[[], object]) -> None:
    """Wait until something is true of the wire."""
    async with asyncio.timeout(PATIENCE):
        while not predicate():  # noqa: ASYNC110 - the wire is looked at
            await asyncio.sleep(0.02)


async def test_a_lying_server_cannot_aim_words_at_another_case(wired: Desk, wire: Wire) -> None:
    """What an encrypted message is about stands outside of it, where the homeserver can write anything."""
    vera, eve = await wired.reporter("vera"), await wired.reporter("eve")
    reference, other = await calls_for_help(vera), await calls_for_help(eve)
    said = await vera.says("Их трое")
    await wired.boris.chat.next_message(PATIENCE, "Их трое")
    notice = next(each for each in wired.boris.chat.messages if each.text.startswith(reference))
    lies = [{"rel_type": "m.replace", "event_id": said}, {"m.in_reply_to": {"event_id": notice.id}}]
    for relation in (*lies, {"rel_type": "m.thread", "event_id": notice.id}, {"rel_type": 3}):
        lie = Lie(eve.client.user_id, relation)
        wire.bend("/sync", lie.tell)
        await eve.says(f"!ack {reference}")
        await eve.says("Всё хорошо, не приезжайте")
        await until(partial(lie.has_told, 2))
        wire.calm()
    await eve.says("/help")
    await eve.next_message(PATIENCE, "/mycase")
    await wired.boris.chat.says(f"!case {reference}")
    shown = await wired.boris.chat.next_message(PATIENCE, "Их трое")
    assert "не приезжайте" not in shown.text
    assert wired.hotline.rows("SELECT status FROM cases WHERE reference = ?", reference) == [("new",)]
    about_hers = [each.text for each in wired.boris.chat.messages if "не приезжайте" in each.text]
    assert not [text for text in about_hers if not text.startswith(other)]


@dataclass
class Lie:
    """Has every message of one sender's be about something else."""

    sender: str
    relation: object
    told: int = 0

    def has_told(self, number: int) -> bool:
        """Whether so many messages were changed."""
        return self.told >= number

    def tell(self, answer: dict[str, object]) -> None:
        """Change a sync's answer."""
        rooms = answer.get("rooms")
        joined = rooms.get("join", {}) if isinstance(rooms, dict) else {}
        for event in (event for room in joined.values() for event in room["timeline"]["events"]):
            if event["sender"] == self.sender and event["type"] == "m.room.encrypted":
                event["content"]["m.relates_to"] = self.relation
                self.told += 1


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
