"""The client-server API, call by call: what the homeserver answered, or why it didn't.

Addresses hold people's and rooms' ids, so that nothing of a request goes into an error.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Mapping
from typing import cast
from urllib.parse import quote

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from bot.channels.matrix.tree import Json, Tree, number, text

CLIENT = "/_matrix/client/v3"
CALL = 30.0
"""Seconds for a call, unless it says otherwise."""

_CONNECT = 10.0
_CONNECTIONS = 64
_LARGEST = 64 * 1024 * 1024
"""Bytes of an answer: a first sync of many rooms is large, and nothing that is sane is larger."""
_CODE = re.compile(r"[A-Z][A-Z_.]{1,40}", re.ASCII)
_OK = 200
_TOO_MANY = 429
_PAUSE = 1.0


class Refused(Exception):
    """The homeserver answered with an error. `code` is Matrix's own, `after` the seconds it asks to wait."""

    def __init__(self, status: int, code: str = "", *, after: float = 0.0, body: Tree | None = None) -> None:
        # Whoever runs the homeserver may write anything there, and it gets into the log.
        super().__init__(f"{status} {code}" if _CODE.fullmatch(code) else str(status))
        self.status = status
        self.code = code
        self.after = after
        self.body = body or {}


class Garbled(Exception):
    """The homeserver's answer can't be read."""


class Homeserver:
    """One homeserver, and the token by which it knows us. Nothing is opened before the first call."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.token = ""
        self._session: ClientSession | None = None

    async def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        query: Mapping[str, str] | None = None,
        within: float = CALL,
    ) -> Tree:
        """Ask, and wait at most `within` seconds.

        Raises Refused, Garbled, TimeoutError and aiohttp's ClientError. `path` begins with a slash; ids in it
        are quoted (`place` does that).
        """
        data = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        async with (
            asyncio.timeout(within),
            self._opened().request(
                method, self.url + path, data=data, params=query, headers=self._headers("application/json")
            ) as response,
        ):
            return await _answer(response)

    async def upload(self, content: bytes, *, within: float) -> str:
        """Store a file, which must be encrypted already; its `mxc:` address. Raises as `call` does."""
        async with (
            asyncio.timeout(within),
            self._opened().post(
                f"{self.url}/_matrix/media/v3/upload",
                data=content,
                headers=self._headers("application/octet-stream"),
            ) as response,
        ):
            found = text(await _answer(response), "content_uri")
        if not found:
            raise Garbled("no address of what was stored")
        return found

    async def download(self, server: str, media: str) -> AsyncGenerator[bytes, None]:
        """A stored file in pieces. Raises as `call` does."""
        path = f"/_matrix/client/v1/media/download/{quote(server, safe='')}/{quote(media, safe='')}"
        async with self._opened().get(self.url + path, headers=self._headers(None)) as response:
            if response.status != _OK:
                await _answer(response)
            async for piece in response.content.iter_chunked(64 * 1024):
                yield piece

    async def close(self) -> None:
        """Close every connection, for good."""
        if self._session is not None:
            await self._session.close()

    def _headers(self, kind: str | None) -> dict[str, str]:
        headers = {"Content-Type": kind} if kind else {}
        return {**headers, "Authorization": f"Bearer {self.token}"} if self.token else headers

    def _opened(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=_CONNECTIONS),
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=None, sock_connect=_CONNECT),
                trust_env=False,
            )
        return self._session


def place(*parts: str) -> str:
    """A path below the client API, its parts quoted."""
    return CLIENT + "".join(f"/{quote(part, safe='')}" for part in parts)


async def _answer(response: ClientResponse) -> Tree:
    """The object that was answered. Raises Refused for every status but 200, Garbled for anything else."""
    try:
        found = json.loads(await _body(response))
    except (ValueError, RecursionError):
        found = None
    body = cast("Tree", found) if isinstance(found, dict) else None
    if response.status != _OK:
        raise Refused(response.status, text(body, "errcode"), after=_pause(response.status, body), body=body)
    if body is None:
        raise Garbled("an answer that is no object")
    return body


async def _body(response: ClientResponse) -> bytes:
    content = bytearray()
    async for piece in response.content.iter_any():
        content += piece
        if len(content) > _LARGEST:
            raise Garbled("an answer too large")
    return bytes(content)


def _pause(status: int, body: Tree | None) -> float:
    if status != _TOO_MANY:
        return 0.0
    asked = number(body, "retry_after_ms")
    return max(_PAUSE, asked / 1000) if asked is not None else _PAUSE
