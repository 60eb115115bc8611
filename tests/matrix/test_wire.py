"""The wire to the homeserver does what a test orders, to the calls that the order names, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.matrix import Clients, Refused, Synapse
from tests.matrix.wire import ANSWERS, Kind, Wire

VERSIONS = "/_matrix/client/versions"


@pytest_asyncio.fixture
async def wire(synapse: Synapse) -> AsyncIterator[Wire]:
    """Lend each test a wire of its own."""
    async with Wire(synapse.url) as made:
        yield made


@pytest_asyncio.fixture
async def session(wire: Wire) -> AsyncIterator[aiohttp.ClientSession]:
    """Lend a session at the wire's near end."""
    async with aiohttp.ClientSession(wire.url) as made:
        yield made


async def asked(session: aiohttp.ClientSession, path: str = VERSIONS) -> tuple[int, str]:
    """Ask through the wire: status and body."""
    async with session.get(path) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize("kind", ["500", "502_html", "401", "429", "not_json", "odd_json"])
async def test_an_ordered_answer_comes_as_often_as_ordered(
    wire: Wire, session: aiohttp.ClientSession, kind: Kind
) -> None:
    """The first call passes, the second gets the fault, the third passes again; other paths all do."""
    fault = wire.fault("GET .*/versions$", kind, skip=1)
    found = [await asked(session) for _ in range(3)]
    status, _, text = ANSWERS[kind]
    assert [each == (status, text) for each in found] == [False, True, False]
    assert (await asked(session, "/_matrix/client/v3/login"))[0] == 200
    assert (fault.acted, len(wire.calls)) == (1, 4)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
async def test_a_connection_is_cut_before_or_after_the_server_has_it(
    wire: Wire, session: aiohttp.ClientSession, kind: Kind
) -> None:
    """The caller learns nothing in either case, not even by the second try that its library makes."""
    fault = wire.fault("/versions", kind, times=2)
    with pytest.raises(aiohttp.ClientError):
        await asked(session)
    assert fault.acted == 2
    assert (await asked(session))[0] == 200


async def test_an_answer_is_held_until_it_is_released(wire: Wire, session: aiohttp.ClientSession) -> None:
    """Whoever orders it can look about meanwhile."""
    fault = wire.fault("/versions", "hold_after")
    waiting = asyncio.create_task(asked(session))
    await fault.reached()
    assert not waiting.done()
    fault.release()
    assert (await waiting)[0] == 200


async def test_a_message_whose_answer_is_lost_is_with_the_server(clients: Clients, wire: Wire) -> None:
    """`cut_after` leaves the caller in doubt about something that did happen."""
    anna, boris = await clients.person("anna"), await clients.person("boris")
    behind = await clients.login(anna.account, signed=False, url=wire.url)
    room = await behind.opens(invite=[boris.user_id], encrypted=False)
    heard = await boris.joins((await boris.invited()).id)
    fault = wire.fault("PUT .*/send/", "cut_after")
    with pytest.raises(Refused):
        await room.says("дошло")
    assert (await heard.next_message()).text == "дошло"
    assert fault.acted == 1


async def test_a_cut_wire_carries_nothing_until_it_is_mended(
    wire: Wire, session: aiohttp.ClientSession
) -> None:
    """Whatever hangs on it is cut off at once."""
    held = wire.fault("/versions", "hold_after")
    waiting = asyncio.create_task(asked(session))
    await held.reached()
    wire.cut()
    with pytest.raises(aiohttp.ClientError):
        await waiting
    with pytest.raises(aiohttp.ClientError):
        await asked(session)
    wire.mend()
    assert (await asked(session))[0] == 200


async def test_a_killed_server_is_a_cut_wire(session: aiohttp.ClientSession, synapse: Synapse) -> None:
    """The wire outlives the server, whose port is free meanwhile."""
    synapse.kill()
    with pytest.raises(aiohttp.ClientError):
        await asked(session)
    await synapse.revive()
    assert (await asked(session))[0] == 200
