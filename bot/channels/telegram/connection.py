"""The library's `Bot` over aiohttp: connections, proxies, time-outs, and calls without ceremony."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, urlencode

import httpx
from aiohttp import BaseConnector, ClientSession, DummyCookieJar, TCPConnector
from aiohttp_socks import ProxyConnector
from httpx_aiohttp import AiohttpTransport
from telegram import Bot
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from bot.channels.telegram.settings import TelegramSettings

if TYPE_CHECKING:
    import ssl

# The library's way of asking for spans of time as timedelta; without it every RetryAfter warns.
os.environ.setdefault("PTB_TIMEDELTA", "true")

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
BATCH = 100  # the most that getUpdates gives

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "python-telegram-bot"}
_CONNECTIONS = 64
_KEEP_ALIVE = 15.0  # seconds; shorter than the server's, so that a reused connection is rarely a dead one


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds to wait: for a connection, an answer, new updates, and a call in all with or without a file."""

    connect: float = 5.0
    read: float = 10.0
    poll: int = 25
    call: float = 30.0
    upload: float = 180.0


class _Request(HTTPXRequest):
    """The library's requests, with two differences.

    An answer that isn't the Bot API's is never logged, and a call without files goes to the transport
    directly: httpx's client (cookies, redirects, authentication, none of which a Bot API knows) costs as much
    again as the transport itself. Bodies, time-outs and errors are the library's own all the same.
    """

    def __init__(self, transport: AiohttpTransport, timings: Timings) -> None:
        # The pool's time-out spans waiting for a slot *and* connecting.
        self._timeouts = {
            "connect": timings.connect,
            "read": timings.read,
            "write": timings.read,
            "pool": 2 * timings.connect,
        }
        self._transport = transport
        super().__init__(
            read_timeout=timings.read,
            write_timeout=timings.read,
            connect_timeout=timings.connect,
            pool_timeout=2 * timings.connect,
            httpx_kwargs={"transport": transport},
        )

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """See `HTTPXRequest.do_request`."""
        if request_data is None or request_data.contains_files:
            return await super().do_request(
                url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
            )
        waits = self._timeouts
        if isinstance(read_timeout, int | float):
            waits = {**waits, "read": float(read_timeout)}
        body = urlencode(request_data.json_parameters).encode()
        request = httpx.Request(method, url, headers=_HEADERS, content=body, extensions={"timeout": waits})
        return await self._answered(request)

    async def _answered(self, request: httpx.Request) -> tuple[int, bytes]:
        """Errors are told apart as the library tells them."""
        try:
            answer = await self._transport.handle_async_request(request)
            try:
                return answer.status_code, await answer.aread()
            finally:
                await answer.aclose()
        except httpx.TimeoutException as error:
            raise TimedOut from error
        except httpx.HTTPError as error:
            raise NetworkError(type(error).__name__) from error

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, object]:
        """Read an answer; the library's own reading writes what it can't read into the log."""
        try:
            answer = json.loads(payload)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise TelegramError("Invalid server response") from None
        return answer


class TelegramBot(Bot):
    """The library's bot, with two calls that skip building objects which nobody looks at.

    Measured on one `sendMessage`: a quarter of its processor time went into the answer's `Message`.
    """

    async def call(self, method: str, fields: Mapping[str, object]) -> object:
        """Call a Bot API method; its `result`, as decoded from JSON."""
        return cast("object", await self._post(method, dict(fields)))

    async def raw_updates(self, offset: int | None, *, wait: int, margin: float) -> list[object]:
        """Updates as decoded from JSON, so that one that can't be read doesn't take its batch along.

        `wait` and `margin` are seconds: how long Telegram may hold the call, and how much later we
        give up on the connection.
        """
        asked = {"offset": offset, "limit": BATCH, "timeout": wait, "allowed_updates": ALLOWED_UPDATES}
        found = await self._post("getUpdates", asked, read_timeout=wait + margin)
        if not isinstance(found, list):
            raise TelegramError("Invalid server response")
        return found


class Connection:
    """The bot and everything that it holds open. Nothing is opened before the first call."""

    def __init__(self, settings: TelegramSettings, timings: Timings) -> None:
        self._proxy = settings.proxy_url.get_secret_value()
        self._tls = httpx.create_ssl_context()
        self._transport = self._new_transport()
        self._calls = _Request(self._transport, timings)
        self._polls = _Request(self._new_transport(), timings)
        self._files = httpx.AsyncClient(
            transport=self._transport,
            timeout=httpx.Timeout(timings.read, connect=timings.connect, pool=2 * timings.connect),
        )
        self.bot = TelegramBot(
            settings.token.get_secret_value(),
            base_url=f"{settings.api_url}/bot",
            base_file_url=f"{settings.api_url}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )

    async def close(self) -> None:
        """Close every connection, for good."""
        await self._calls.shutdown()
        await self._polls.shutdown()
        await self._files.aclose()

    async def download(self, path: str) -> AsyncGenerator[bytes, None]:
        """A file's content by the path that `getFile` gave, in pieces.

        Raises httpx's errors; `httpx.HTTPStatusError` where the server doesn't give the file.
        """
        url = f"{self.bot.base_file_url}/{quote(path)}"
        async with self._files.stream("GET", url) as answer:
            answer.raise_for_status()
            async for piece in answer.aiter_bytes():
                yield piece

    def _new_transport(self) -> AiohttpTransport:
        return AiohttpTransport(verify=self._tls, client=self._new_session)

    def _new_session(self) -> ClientSession:
        return ClientSession(
            connector=_connector(self._proxy, self._tls),
            proxy=self._proxy if self._proxy.startswith("http:") else None,
            cookie_jar=DummyCookieJar(),
            trust_env=False,
        )


def _connector(proxy: str, tls: ssl.SSLContext) -> BaseConnector:
    if proxy.startswith("socks5:"):  # names are resolved behind the proxy, too
        return ProxyConnector.from_url(
            proxy, ssl=tls, rdns=True, limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE
        )
    return TCPConnector(ssl=tls, limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE)
