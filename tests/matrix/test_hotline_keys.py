"""Keys that come late or never, calls that hang, tokens taken back: words arrive, or are asked for again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from tests.channels.matrix import end_all_sessions
from tests.matrix import Room
from tests.matrix.hotline import is_received
from tests.matrix.lives import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 60.0
BEFORE_NEXT_SYNC = 15.0
"""Seconds, fewer than the homeserver holds a sync in which nothing happens."""
QUESTION = "Где вы и что происходит"
WAITING = "SELECT 1 FROM device_items WHERE kind = 'waiting'"
SEND = "PUT .*/send/m.room.encrypted/"


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def calm(scene: Scene) -> AsyncIterator[None]:
    """Take every order back when the test is over."""
    yield
    scene.wire.calm()


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


async def room_with_bot(scene: Scene, name: str = "vera") -> Room:
    """Somebody new, in a room which the bot has joined."""
    person = await scene.clients.person(name, strict=True)
    room = await person.opens_direct(scene.lives.bot.user_id)
    await room.until_member(scene.lives.bot.user_id, patience=PATIENCE)
    return room


async def until_waiting(scene: Scene, number: int) -> None:
    """Wait until so many messages wait for their keys, on disk."""
    async with asyncio.timeout(PATIENCE):
        while len(await scene.lives.rows(WAITING)) != number:  # noqa: ASYNC110 - the database is looked at
            await asyncio.sleep(0.05)


async def test_a_message_waits_for_its_key(scene: Scene) -> None:
    """The key comes after the message, and the process is killed between them: it is read, once."""
    room, withheld = await room_with_bot(scene), Withheld()
    scene.wire.bend("/sync", withheld.keep)
    await room.says("/sos")
    await until_waiting(scene, 1)
    scene.lives.kill()
    scene.wire.calm()
    scene.wire.bend("/sync", withheld.give)
    await room.next_message(PATIENCE, QUESTION)
    await until_waiting(scene, 0)
    await scene.lives.quiet()
    assert [each.text for each in room.messages if "расшифровать" in each.text] == []


async def test_a_message_whose_key_never_comes_is_asked_for_again(scene: Scene) -> None:
    """After a minute, once however many they are; the coordinator's `/status` counts them."""
    room, withheld = await room_with_bot(scene), Withheld()
    scene.wire.bend("/sync", withheld.keep)
    await room.says("Меня зовут так-то")
    await room.says("Я на вокзале")
    await until_waiting(scene, 2)
    assert room.messages == []
    scene.lives.clock.advance(timedelta(seconds=61))
    await room.next_message(PATIENCE, "не удалось расшифровать")
    scene.wire.calm()
    await room.discards_session()
    await room.says("/sos")
    await room.next_message(PATIENCE, QUESTION)
    assert len([each for each in room.messages if "расшифровать" in each.text]) == 1
    await scene.boris.says("!status")
    await scene.boris.next_message(PATIENCE, "Не удалось расшифровать за сутки: 2.")


async def test_a_send_that_hangs_is_given_up_and_sent_again(scene: Scene) -> None:
    """Others are answered meanwhile; and it stands there once: the homeserver had it the first time."""
    first, second = await room_with_bot(scene), await room_with_bot(scene, "zoya")
    held = scene.wire.fault(SEND, "hold_after")
    await first.says("/sos")
    await held.reached(PATIENCE)
    await second.says("/sos")
    await second.next_message(PATIENCE, QUESTION)
    await scene.lives.quiet()
    await first.next_message(PATIENCE, QUESTION)
    await first.says("Они у двери")
    await first.next_message(PATIENCE, is_received)
    assert sum(QUESTION in each.text for each in first.messages) == 1


@pytest.mark.parametrize("path", ["POST .*/keys/claim", "PUT .*/sendToDevice/", "POST .*/keys/query"])
async def test_keys_that_could_not_be_shared_are_shared_with_the_next_attempt(
    scene: Scene, path: str
) -> None:
    """Nothing is sent that its reader couldn't read, and no room is silent for good."""
    room = await room_with_bot(scene)
    fault = scene.wire.fault(path, "500", times=2)
    await scene.clients.login(room.client.account, signed=False)
    await room.says("/sos")
    await room.next_message(PATIENCE, QUESTION)
    assert fault.acted == 2
    assert room.unreadable == []


async def test_a_token_taken_back_is_replaced_by_one_for_the_same_device(scene: Scene) -> None:
    """In mid-conversation: whoever was talking to the hotline sees no new device, and is answered."""
    room = await room_with_bot(scene)
    await room.says("/sos")
    await room.next_message(PATIENCE, QUESTION)
    before = await room.client.devices(scene.lives.bot.user_id)
    await end_all_sessions(scene.clients.server.url, scene.lives.bot)
    scene.wire.cut()  # the sync that waits at the homeserver ends now, and not half a minute later
    scene.wire.mend()
    await scene.boris.says("!status")
    await scene.boris.next_message(PATIENCE, "Открыто")
    await room.discards_session()
    await room.says("Они у двери")
    await room.next_message(PATIENCE, is_received)
    after = await room.client.devices(scene.lives.bot.user_id)
    assert after.keys() == before.keys()
    assert all(each.signed for each in after.values())


async def test_a_device_that_appears_while_we_ask_for_another_is_seen(scene: Scene) -> None:
    """The answer that is on its way is older than it: it is asked for once more, at once."""
    await scene.boris.says("!help")
    await scene.boris.next_message(PATIENCE, "/status")
    held = scene.wire.fault("POST .*/keys/query", "hold_after")
    await scene.clients.login(scene.boris.client.account, signed=False)
    await held.reached(PATIENCE)
    syncs, queries = calls(scene, "/sync"), calls(scene, "/keys/query")
    await scene.clients.login(scene.boris.client.account, signed=False)
    await until_called(scene, "/sync", syncs + 2)
    held.release()
    async with asyncio.timeout(BEFORE_NEXT_SYNC):
        await until_called(scene, "/keys/query", queries + 1)
    await scene.boris.next_message(PATIENCE, "никто не подтвердил")


def calls(scene: Scene, path: str) -> int:
    """How often the homeserver was asked for this."""
    return sum(path in each for each in scene.wire.calls)


async def until_called(scene: Scene, path: str, number: int) -> None:
    """Wait until it was asked so often. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while calls(scene, path) < number:  # noqa: ASYNC110 - the wire is looked at
            await asyncio.sleep(0.02)
