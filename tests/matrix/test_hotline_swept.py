"""Killed at every call to the homeserver and at every commit: a call for help is heard and answered once."""

from __future__ import annotations

import asyncio

import pytest

from tests.matrix import Client
from tests.matrix.hotline import is_received, reference_in
from tests.matrix.lives import Scene
from tests.matrix.wire import Fault, Kind

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 60.0
"""Seconds for an answer: a life has to begin before."""
REST = 0.05
"""Seconds in which whatever is killed comes to its end."""
QUESTION = "Где вы и что происходит"
CALLS = {
    "GET .*/sync": 3,
    "POST .*/join/": 1,
    "POST .*/keys/query": 1,
    "POST .*/keys/claim": 1,
    "PUT .*/sendToDevice/": 1,
    "PUT .*/send/m.room.encrypted/": 3,
}
"""What one call for help makes the hotline ask of its homeserver, and how often at least."""
FATAL = range(1, 24, 2)
"""Before which commits it dies: odd moments are before one, even ones after it. A call passes about 24."""


async def call_for_help(scene: Scene, person: Client) -> None:
    """Somebody calls, whatever dies meanwhile; it is one question, one case, one receipt, one notice."""
    room = await person.opens_direct(scene.lives.bot.user_id)
    await room.says("/sos")
    await room.next_message(PATIENCE, QUESTION)
    await room.says("Они у двери")
    reference = reference_in(await room.next_message(PATIENCE, is_received))
    await scene.boris.next_message(PATIENCE, reference)
    await scene.lives.quiet()
    asked = sum(QUESTION in each.text for each in room.messages)
    noticed = sum(each.text.startswith(reference) for each in scene.boris.messages)
    assert (asked, sum(map(is_received, room.messages)), noticed) == (1, 1, 1)
    assert room.unreadable == scene.boris.unreadable == []


async def cases(scene: Scene) -> int:
    """How many cases there are."""
    return len(await scene.lives.rows("SELECT 1 FROM cases"))


@pytest.mark.parametrize("kind", ["hold_before", "hold_after"])
@pytest.mark.parametrize("path", CALLS)
async def test_killed_at_a_call(scene: Scene, path: str, kind: Kind) -> None:
    """The homeserver was asked, and didn't hear it, or did it and nobody heard of that."""
    for nth in range(CALLS[path]):
        person = await scene.clients.person("vera", strict=True)
        deaths, before = scene.lives.deaths, await cases(scene)
        # A device that never wrote to the hotline is one whose keys it has to claim.
        await scene.clients.login(person.account, signed=False)
        fault = scene.wire.fault(path, kind, skip=nth)
        dying = asyncio.create_task(dies_at(scene, fault))
        await call_for_help(scene, person)
        dying.cancel()
        scene.wire.calm()
        assert (await cases(scene), scene.lives.deaths) == (before + 1, deaths + 1)


async def dies_at(scene: Scene, fault: Fault) -> None:
    """Kill it once the wire holds that call."""
    await fault.reached(PATIENCE)
    scene.lives.kill()
    await asyncio.sleep(REST)
    fault.release()  # who stops in order would wait for it


async def test_killed_at_a_commit(scene: Scene) -> None:
    """Before each: of what was not committed nothing has left, and what was is finished."""
    died = 0
    for fatal in FATAL:
        person = await scene.clients.person("vera", strict=True)
        deaths, before = scene.lives.deaths, await cases(scene)
        scene.lives.commits.arm(fatal)
        await call_for_help(scene, person)
        scene.lives.commits.disarm()
        assert await cases(scene) == before + 1
        died += scene.lives.deaths - deaths
    assert died == len(FATAL)
