"""The sign of life: called each minute while all is well, silent otherwise, and never named in the log."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from bot.cli import health
from bot.health.ping import EVERY, Ping
from tests.backend.world import URGENT, World

PATH = "/secret-path"


@dataclass
class Outside:
    """Whoever waits for the sign of life, and answers with `status`."""

    url: str = ""
    status: int = 200
    calls: int = 0

    async def called(self, _request: web.Request) -> web.Response:
        """One more."""
        self.calls += 1
        return web.Response(status=self.status, headers={"Location": self.url})


@contextlib.asynccontextmanager
async def listening(outside: Outside, secure: ssl.SSLContext | None = None) -> AsyncIterator[None]:
    """Serve `outside` on a port of this machine."""
    application = web.Application()
    application.router.add_get(PATH, outside.called)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=secure).start()
    outside.url = f"http{'s' if secure else ''}://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    yield
    await runner.cleanup()


@pytest_asyncio.fixture
async def outside() -> AsyncIterator[Outside]:
    """Lend somebody who listens."""
    made = Outside()
    async with listening(made):
        yield made


@dataclass
class Minutes:
    """Time in a test's hand: a minute passes when it is asked to, once the last call has ended."""

    spans: list[float] = field(default_factory=list)
    _asleep: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def sleep(self, seconds: float) -> None:
        """Sleep until `passes`."""
        self.spans.append(seconds)
        self._asleep.set()
        await self._over.wait()
        self._over.clear()

    async def passes(self) -> None:
        """Let one sleep end, and what follows it."""
        async with asyncio.timeout(60):
            await self._asleep.wait()
            self._asleep.clear()
            self._over.set()
            await self._asleep.wait()


@contextlib.asynccontextmanager
async def calling(world: World, url: str) -> AsyncIterator[Minutes]:
    """The sign of life under way."""
    minutes = Minutes()
    task = asyncio.create_task(Ping(world.backend, SecretStr(url), sleep=minutes.sleep).run())
    try:
        yield minutes
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_called_each_minute_while_all_is_well(sqlite_world: World, outside: Outside) -> None:
    """Once a minute, beginning when every tick has run once."""
    async with calling(sqlite_world, outside.url) as minutes:
        for number in (1, 2, 3):
            await minutes.passes()
            assert outside.calls == number
    assert minutes.spans[1:] == [EVERY] * 3


async def test_never_called_while_something_is_wrong(sqlite_world: World, outside: Outside) -> None:
    """Silent from the first finding on; well again, the calls go on. Each change is logged once."""
    await sqlite_world.case(URGENT)
    await sqlite_world.take_out()
    with structlog.testing.capture_logs() as logs:
        async with calling(sqlite_world, outside.url) as minutes:
            await minutes.passes()
            sqlite_world.clock.advance(timedelta(minutes=7))
            await minutes.passes()
            await minutes.passes()
            assert outside.calls == 1
            await sqlite_world.tick()
            await sqlite_world.take_out()
            await minutes.passes()
            assert outside.calls == 2
    assert [each["event"] for each in logs] == ["unhealthy", "healthy again"]
    assert logs[0]["checks"] == ("steps",)


@pytest.mark.parametrize(("status", "error"), [(404, "HTTP 404"), (302, "HTTP 302"), (500, "HTTP 500")])
async def test_a_refusal_is_logged_once(
    sqlite_world: World, outside: Outside, status: int, error: str
) -> None:
    """By its class, once until it changes; a redirection isn't followed; the address stays secret."""
    outside.status = status
    with structlog.testing.capture_logs() as logs:
        async with calling(sqlite_world, outside.url) as minutes:
            for _ in range(3):
                await minutes.passes()
            assert outside.calls == 3
            outside.status = 200
            await minutes.passes()
    assert [each["event"] for each in logs] == ["ping failed", "ping goes through again"]
    assert logs[0]["error"] == error
    assert PATH not in str(logs)


async def test_nobody_there_is_logged_once(sqlite_world: World) -> None:
    """A connection that is refused stops nothing."""
    with structlog.testing.capture_logs() as logs:
        async with calling(sqlite_world, f"http://127.0.0.1:9{PATH}") as minutes:
            for _ in range(3):
                await minutes.passes()
    assert [(each["event"], each["error"]) for each in logs] == [("ping failed", "ClientConnectorError")]


def forged(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = (
        made.not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    file = folder / "forged.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain)
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_a_certificate_that_nobody_vouches_for_is_refused(sqlite_world: World, tmp_path: Path) -> None:
    """The call is not made, and `hotline check` sees it too."""
    outside = Outside()
    with structlog.testing.capture_logs() as logs:
        async with listening(outside, forged(tmp_path)), calling(sqlite_world, outside.url) as minutes:
            await minutes.passes()
            assert await health.reaches(outside.url) == "SSLCertVerificationError"
    assert outside.calls == 0
    assert logs[0]["error"] == "ClientConnectorCertificateError"


async def test_looking_whether_it_can_be_reached_is_no_sign_of_life(outside: Outside) -> None:
    """`hotline check` goes to the door and doesn't ring."""
    assert await health.reaches(outside.url) == ""
    assert await health.reaches("http://127.0.0.1:9/") == "ConnectionRefusedError"
    assert outside.calls == 0
