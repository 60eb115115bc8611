"""Through a proxy, and over TLS: all that goes to Telegram goes the way that the settings say."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.channels.base import ChannelError, OutgoingFile, Say, Temporary, TextSent
from tests.botapi import BotApi
from tests.channels.proxies import PASSWORD, USER, HttpProxy, Proxy, SocksProxy, running
from tests.channels.telegram import Inbox, channel_to, listening

HOST = "telegram.test"
"""A name that no resolver knows: only a proxy that is asked for it by name can lead there."""


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server."""
    async with BotApi() as server:
        yield server


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for `HOST` and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = tmp_path / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem)
    return path


@pytest.fixture
async def tls_port(api: BotApi, certificate: Path) -> AsyncIterator[int]:
    """A port where the same server is reached over TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    runner = web.AppRunner(api.app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    yield runner.addresses[0][1]
    await runner.cleanup()


def plain_port(api: BotApi) -> int:
    """The port where the server is reached without TLS."""
    return int(api.url.rpartition(":")[2])


async def carries_everything(api: BotApi, *, api_url: str, proxy_url: str) -> None:
    """Whatever a channel does with Telegram works over this way."""
    person, inbox = api.user(), Inbox()
    content = bytes(range(256)) * 8192
    await person.sends_document(content, caption="see here")
    async with channel_to(api, others={"api_url": api_url, "proxy_url": proxy_url}) as channel:
        async with listening(channel, inbox):
            event = (await inbox.saved()).event
        assert isinstance(event, TextSent)
        assert b"".join([piece async for piece in channel.fetch(event.files[0].ref)]) == content
        await channel.send(Say(str(person.id), "", tx="1", file=OutgoingFile(content, "a.bin", "document")))
        assert (await person.next_message()).file == content


@pytest.mark.parametrize("kind", [HttpProxy, SocksProxy])
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
async def test_everything_goes_through_the_proxy(
    api: BotApi,
    kind: type[Proxy],
    certificate: Path,
    tls_port: int,
    monkeypatch: pytest.MonkeyPatch,
    *,
    tls: bool,
) -> None:
    """Updates, messages, uploads and downloads; the proxy resolves the name, and nothing goes past it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    proxy = kind(tls_port if tls else plain_port(api))
    scheme = "http" if kind is HttpProxy else "socks5"
    async with running(proxy):
        way = f"{scheme}://{USER}:{PASSWORD}@127.0.0.1:{proxy.port}"
        await carries_everything(api, api_url=f"http{'s' * tls}://{HOST}:8081", proxy_url=way)
    assert set(proxy.asked) == {f"{HOST}:8081"}


async def refusal(api: BotApi, **others: str) -> Temporary:
    """The error of a message that can't reach Telegram; it tells no secret."""
    async with channel_to(api, others=others) as channel:
        with pytest.raises(ChannelError) as caught:
            await channel.send(Say("5551234", "hello", tx="1"))
    assert isinstance(caught.value, Temporary)
    assert not [secret for secret in ("test-token", "bad-word", "5551234") if secret in str(caught.value)]
    return caught.value


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_is_away_is_known(api: BotApi, scheme: str) -> None:
    """Nothing goes out directly instead, and nothing was sent."""
    error = await refusal(api, proxy_url=f"{scheme}://127.0.0.1:9")
    assert not error.unknown
    assert api.calls == []


@pytest.mark.parametrize("kind", [HttpProxy, SocksProxy])
async def test_a_proxy_that_refuses_us_is_known(api: BotApi, kind: type[Proxy]) -> None:
    """A wrong password at the proxy is no unknown outcome at Telegram."""
    proxy: Proxy = kind(plain_port(api))
    scheme = "http" if kind is HttpProxy else "socks5"
    async with running(proxy):
        way = f"{scheme}://{USER}:bad-word@127.0.0.1:{proxy.port}"
        error = await refusal(api, api_url=f"https://{HOST}", proxy_url=way)
    assert not error.unknown
    assert proxy.refused
    assert proxy.asked == []


async def test_an_unknown_certificate_is_refused(api: BotApi, tls_port: int) -> None:
    """A server that nobody vouches for hears neither token nor words."""
    error = await refusal(api, api_url=f"https://127.0.0.1:{tls_port}")
    assert not error.unknown
    assert api.calls == []
