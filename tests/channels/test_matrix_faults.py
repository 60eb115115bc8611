"""A homeserver in trouble, or out of its mind: what is thought of it, and that it is left in peace."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from pydantic import SecretStr

from bot.channels.base import ChannelError, Gone, Permanent, Say, Temporary, Throttled
from bot.channels.matrix.channel import MatrixChannel, Timings
from bot.channels.matrix.faults import asked
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.settings import MatrixSettings
from tests.backend.world import World, new_world
from tests.channels.telegram import Inbox

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Server:
    """Answers as it is told to, by the end of the path; anything else gets an empty object."""

    answers: dict[str, list[web.Response]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """The next answer that was prepared."""
        name = request.path.rpartition("/")[2]
        self.asked.append(name)
        waiting = self.answers.get(name)
        return waiting.pop(0) if waiting else web.json_response(USUAL.get(name, {}))


USUAL: dict[str, dict[str, object]] = {
    "login": {"access_token": "t", "device_id": "D", "user_id": "@hotline:x"},
    "upload": {"one_time_key_counts": {"signed_curve25519": 50}},
}


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    """Lend a server that answers whatever it is told to."""
    made = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest_asyncio.fixture
async def world(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[World]:
    """Lend a hotline without people."""
    made = new_world(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'hotline.db')}", tmp_path)
    yield made
    await made.backend.database.close()


def refusal(status: int, code: str, **more: object) -> web.Response:
    """An error as homeservers answer it."""
    return web.json_response({"errcode": code, "error": "secret words", **more}, status=status)


async def outcome(server: Server, *answers: web.Response) -> ChannelError | None:
    """What a call comes to that is answered so."""
    server.answers["send"] = list(answers)
    asking = Homeserver(server.url)
    try:
        await asked(asking.call("PUT", "/send", {}), within=5)
    except ChannelError as error:
        return error
    finally:
        await asking.close()
    return None


@pytest.mark.parametrize(
    ("answer", "kind", "unknown"),
    [
        (refusal(500, "M_UNKNOWN"), Temporary, True),
        (web.Response(status=502, text="<html>secret words"), Temporary, True),
        (web.Response(text="secret words"), Temporary, True),
        (web.Response(text="[1]"), Temporary, True),
        (web.Response(text="[" * 100_000), Temporary, True),
        (refusal(500, "@vera:x secret words"), Temporary, True),
        (refusal(401, "M_UNKNOWN_TOKEN"), Temporary, False),
        (refusal(403, "M_FORBIDDEN"), Gone, None),
        (refusal(404, "M_NOT_FOUND"), Gone, None),
        (refusal(413, "M_TOO_LARGE"), Permanent, None),
        (refusal(400, "M_BAD_JSON"), Permanent, None),
    ],
    ids=str,
)
async def test_what_an_answer_means(
    server: Server, answer: web.Response, kind: type[ChannelError], *, unknown: bool | None
) -> None:
    """In the channel's words, and with none of the server's in them."""
    error = await outcome(server, answer)
    assert type(error) is kind
    assert getattr(error, "unknown", None) is unknown
    assert "secret" not in f"{error!r} {error.__cause__!r} {error.__context__!r}"


async def test_too_fast(server: Server) -> None:
    """As long as the homeserver asks for, and a second where it doesn't say."""
    told = await outcome(server, refusal(429, "M_LIMIT_EXCEEDED", retry_after_ms=2500))
    silent = await outcome(server, web.Response(status=429, text="slow down"))
    assert isinstance(told, Throttled)
    assert isinstance(silent, Throttled)
    assert (told.after, told.everywhere, silent.after) == (2.5, True, 1.0)


async def test_nobody_there() -> None:
    """The message may go out later."""
    error = await outcome(Server(url="http://127.0.0.1:9"))
    assert isinstance(error, Temporary)


async def test_sending_while_nobody_is_logged_in(server: Server, world: World) -> None:
    """It waits for a while, and then may go out later."""
    channel = MatrixChannel(settings(server), world.backend, timings=Timings(connect=0.01))
    with pytest.raises(Temporary):
        await channel.send(Say("!room:x", "слово", "x.0"))
    await channel.close()


def settings(server: Server) -> MatrixSettings:
    """The section that names this server."""
    return MatrixSettings(homeserver=server.url, user="@hotline:x", password=SecretStr("hush"))


class Naps:
    """Notes how long was slept, and sleeps a moment; after `most` it sleeps for good."""

    def __init__(self, most: int) -> None:
        self.slept: list[float] = []
        self.enough = asyncio.Event()
        self._most = most

    async def sleep(self, seconds: float) -> None:
        """Stands where `asyncio.sleep` does. Looks for what is overdue come each second, and don't count."""
        if seconds == 1.0:
            await asyncio.Event().wait()
        self.slept.append(seconds)
        if len(self.slept) >= self._most:
            self.enough.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)


WORDS = [
    web.Response(status=502, text="<html>"),
    refusal(500, "M_UNKNOWN"),
    web.Response(text="{}"),
    web.Response(text='{"next_batch": 5}'),
    web.Response(text='{"next_batch": ["s1"], "rooms": 7}'),
    web.Response(text="no JSON"),
]


async def test_a_server_out_of_its_mind_is_asked_ever_more_seldom(server: Server, world: World) -> None:
    """Each answer that is none is followed by a pause, and the pauses grow."""
    server.answers["sync"] = [*WORDS]
    naps = Naps(len(WORDS))
    channel = MatrixChannel(settings(server), world.backend, sleep=naps.sleep)
    task = asyncio.create_task(channel.listen(Inbox().take))
    await asyncio.wait_for(naps.enough.wait(), 60)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await channel.close()
    assert server.asked.count("sync") == len(WORDS)
    assert naps.slept[-1] > 4 * naps.slept[0]


async def test_a_server_that_asks_to_wait_is_waited_for(server: Server, world: World) -> None:
    """As long as it asks for, before the first word of ours too."""
    server.answers["login"] = [refusal(429, "M_LIMIT_EXCEEDED", retry_after_ms=41_000)]
    server.answers["sync"] = [refusal(429, "M_LIMIT_EXCEEDED", retry_after_ms=42_000), *WORDS]
    naps = Naps(2)
    assert await slept(server, world, naps) == [41.0, 42.0]


async def test_a_password_that_is_wrong_is_said(
    server: Server, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says what to do; a minute goes by before the next attempt, and the password stands nowhere."""
    server.answers["login"] = [refusal(403, "M_FORBIDDEN")]
    assert await slept(server, world, Naps(1)) == [60.0]
    assert "set user and password in [matrix]" in caplog.text
    assert "hush" not in caplog.text


async def slept(server: Server, world: World, naps: Naps) -> list[float]:
    """How long was slept between attempts."""
    channel = MatrixChannel(settings(server), world.backend, sleep=naps.sleep)
    task = asyncio.create_task(channel.listen(Inbox().take))
    await asyncio.wait_for(naps.enough.wait(), 60)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await channel.close()
    return naps.slept


async def test_an_invitation_outlives_the_process_and_holds_up_nobody(server: Server, world: World) -> None:
    """A room whose homeserver is gone is tried again by the next process; others' words come meanwhile."""
    server.answers[ROOM] = [refusal(502, "M_UNKNOWN")]
    server.answers["sync"] = [
        web.json_response({"next_batch": "s1", "rooms": {"invite": {ROOM: {}}}}),
        web.json_response(
            {"next_batch": "s2", "rooms": {"join": {"!c:x": {"timeline": {"events": [GOOD]}}}}}
        ),
    ]
    async with listening(server, world) as inbox:
        while (await inbox.saved()).id != "$good":
            pass
        assert server.asked.count(ROOM) == 1
    async with listening(server, world):
        while server.asked.count(ROOM) < 2:  # noqa: ASYNC110 - the server is looked at
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def listening(server: Server, world: World) -> AsyncIterator[Inbox]:
    """A channel at work; ends with the block."""
    channel, inbox = MatrixChannel(settings(server), world.backend), Inbox()
    task = asyncio.create_task(channel.listen(inbox.take))
    try:
        yield inbox
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await channel.close()


ROOM = "!room:x"
GOOD = {
    "type": "m.room.message",
    "event_id": "$good",
    "sender": "@vera:x",
    "content": {"msgtype": "m.text", "body": "слово"},
}
GARBAGE: list[dict[str, object]] = [
    {"rooms": []},
    {"rooms": {"join": {"!a:x": None, "!b:x": {"timeline": {"events": [None, 5, {}, {"type": 7}]}}}}},
    {
        "rooms": {
            "join": {"!a:x": {"state": {"events": [{"state_key": 1, "event_id": "$1", "sender": "@a:x"}]}}}
        }
    },
    {"rooms": {"leave": {"!a:x": {"timeline": {"events": [[]]}}}, "invite": 3}},
    {"to_device": {"events": [None, {"type": "m.room.encrypted", "content": {}, "sender": "@a:x"}]}},
    {"device_lists": {"changed": [5, None, {}], "left": "x"}, "device_one_time_keys_count": []},
    {"device_one_time_keys_count": {"signed_curve25519": "many"}, "device_unused_fallback_key_types": {}},
]


async def test_garbage_inside_of_a_sync_is_passed_over(server: Server, world: World) -> None:
    """What comes after it is read and saved."""
    syncs: list[dict[str, object]] = [
        *GARBAGE,
        {"rooms": {"join": {"!c:x": {"timeline": {"events": [GOOD]}}}}},
    ]
    server.answers["sync"] = [
        web.json_response({**body, "next_batch": f"s{number}"}) for number, body in enumerate(syncs)
    ]
    async with listening(server, world) as inbox:
        while (await inbox.saved()).id != "$good":
            pass
