"""The wire between the hotline and its homeserver, which a test can cut, stop and fill with garbage.

async with Wire(server.url) as wire:          # the hotline is told wire.url
    wire.fault("keys/claim", "500", times=2)
    held = wire.fault("/send/", "hold_after")
    await held.reached()                      # the server has the message, the hotline knows nothing of it
    held.release()
    wire.cut()                                # every connection, and every new one, until mend()
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, web

Kind = Literal[
    "500",
    "502_html",
    "401",
    "429",
    "not_json",
    "odd_json",
    "cut_before",
    "cut_after",
    "hold_before",
    "hold_after",
]
"""500, 502_html, 401, 429, not_json, odd_json: answered so, without effect.

cut_before, cut_after: the connection is closed without an answer, before or after the effect.
hold_before: as cut_before, once it is released. hold_after: the answer waits until `release()`.
"""
ANSWERS: Mapping[str, tuple[int, str, str]] = {
    "500": (500, "application/json", '{"errcode": "M_UNKNOWN", "error": "Internal server error"}'),
    "502_html": (502, "text/html", "<html><h1>502 Bad Gateway</h1></html>"),
    "401": (401, "application/json", '{"errcode": "M_UNKNOWN_TOKEN", "error": "No", "soft_logout": false}'),
    "429": (429, "application/json", '{"errcode": "M_LIMIT_EXCEEDED", "error": "No", "retry_after_ms": 300}'),
    "not_json": (200, "application/json", '{"next_batch": "'),
    "odd_json": (200, "application/json", '{"rooms": [3], "next_batch": {"a": null}, "event_id": 7}'),
}
Bend = Callable[[dict[str, object]], None]
OK = 200
LARGEST = 128 << 20
DROPPED = {"host", "connection", "content-length", "transfer-encoding", "content-encoding", "accept-encoding"}


@dataclass(eq=False)
class Fault:
    """One order: what becomes of the next `times` calls whose method and path match, after `skip` of them."""

    pattern: re.Pattern[str]
    kind: Kind
    times: int
    skip: int
    acted: int = 0
    _acting: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def takes(self, call: str) -> bool:
        """Whether this call is one of those meant; counts it."""
        if self.acted >= self.times or not self.pattern.search(call):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.acted += 1
        return True

    def arrive(self) -> None:
        """Note that it came to act."""
        self._acting.set()

    async def reached(self, patience: float = 60.0) -> None:
        """Wait until it has acted for the first time. Raises TimeoutError."""
        async with asyncio.timeout(patience):
            await self._acting.wait()

    def release(self) -> None:
        """Let what is held go on."""
        self._released.set()

    async def held(self) -> None:
        """Wait for `release()`."""
        await self._released.wait()


class Wire:
    """Passes everything on to one homeserver, and does as it is ordered."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.url = ""
        self.calls: list[str] = []
        """Method and path of every call, in order of arrival."""
        self._faults: list[Fault] = []
        self._bends: list[tuple[re.Pattern[str], Bend]] = []
        self._whole = asyncio.Event()
        self._whole.set()
        self._transports: set[asyncio.Transport] = set()

    async def __aenter__(self) -> Self:
        """Listen on a free port of the loopback."""
        self._session = ClientSession(timeout=ClientTimeout(total=None))
        application = web.Application(client_max_size=LARGEST)
        application.router.add_route("*", "/{rest:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whatever is held is let go."""
        for fault in self._faults:
            fault.release()
        await self._runner.cleanup()
        await self._session.close()

    def fault(self, pattern: str, kind: Kind, *, times: int = 1, skip: int = 0) -> Fault:
        """Order a fault for calls whose `METHOD /path` matches the regular expression."""
        made = Fault(re.compile(pattern), kind, times, skip)
        self._faults.append(made)
        return made

    def bend(self, pattern: str, change: Bend) -> None:
        """Have `change` work on every good answer to such calls, until `calm`: what a lying server does."""
        self._bends.append((re.compile(pattern), change))

    def calm(self) -> None:
        """Take all orders back, and release what is held."""
        self._bends.clear()
        for fault in self._faults:
            fault.release()
        self._faults.clear()

    def cut(self) -> None:
        """Close every connection, and each new one at its first call, until `mend`."""
        self._whole.clear()
        for transport in self._transports:
            transport.abort()

    def mend(self) -> None:
        """Let everything pass again."""
        self._whole.set()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        call = f"{request.method} {request.path}"
        self.calls.append(call)
        transport = request.transport
        if transport is None or not self._whole.is_set():
            return _closed(request)
        self._transports.add(transport)
        try:
            return await self._answer(
                request, next((each for each in self._faults if each.takes(call)), None)
            )
        finally:
            self._transports.discard(transport)

    async def _answer(self, request: web.Request, fault: Fault | None) -> web.StreamResponse:
        if fault is None:
            return await self._pass(request)
        if fault.kind in ANSWERS:
            status, kind, text = ANSWERS[fault.kind]
            fault.arrive()
            return web.Response(status=status, content_type=kind, text=text)
        if fault.kind in ("cut_before", "hold_before"):
            fault.arrive()
            if fault.kind == "hold_before":
                await fault.held()
            return _closed(request)
        answer = await self._pass(request)
        fault.arrive()
        if fault.kind == "cut_after":
            return _closed(request)
        await fault.held()
        return answer

    async def _pass(self, request: web.Request) -> web.Response:
        """Ask the server itself; one that isn't there is a cut connection."""
        headers = {name: value for name, value in request.headers.items() if name.lower() not in DROPPED}
        body = await request.read()
        try:
            async with self._session.request(
                request.method,
                self.target + request.path_qs,
                data=body,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in DROPPED}
                found = self._bent(f"{request.method} {request.path}", answer.status, await answer.read())
                return web.Response(status=answer.status, headers=kept, body=found)
        except (OSError, ClientError):
            return _closed(request)

    def _bent(self, call: str, status: int, body: bytes) -> bytes:
        changes = [change for pattern, change in self._bends if status == OK and pattern.search(call)]
        if not changes:
            return body
        tree: dict[str, object] = json.loads(body)
        for change in changes:
            change(tree)
        return json.dumps(tree).encode()


def _closed(request: web.Request) -> web.Response:
    """Close the connection; what is returned never leaves."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
