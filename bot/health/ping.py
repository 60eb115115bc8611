"""The sign of life: an address that is called each minute while all is well, and not otherwise.

Whoever watches from outside learns of a hotline that is ill or gone by its silence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from pydantic import SecretStr

from backend.work import Backend
from bot.health.report import Report, examine

log = structlog.get_logger("health")

FIRST = 5.0
"""Seconds after the start: by then every tick has run once."""
EVERY = 60.0
WITHIN = ClientTimeout(total=10)
REFUSED = 300
"""HTTP statuses from here on are no welcome; a redirection is not followed, for the address is a secret."""


class Ping:
    """Calls `url` while `backend` is well. The address is never logged."""

    def __init__(
        self,
        backend: Backend,
        url: SecretStr,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._backend = backend
        self._url = url
        self._sleep = sleep
        self._ill: tuple[str, ...] = ()
        self._trouble = ""

    async def run(self) -> None:
        """Minute after minute, until cancelled."""
        await self._sleep(FIRST)
        async with ClientSession(timeout=WITHIN, cookie_jar=DummyCookieJar()) as session:
            while True:
                report = await examine(self._backend)
                self._note_health(report)
                if report.well:
                    self._note_call(await self._call(session))
                await self._sleep(EVERY)

    async def _call(self, session: ClientSession) -> str:
        """Call once; the class of what went wrong, empty if nothing did."""
        try:
            async with session.get(self._url.get_secret_value(), allow_redirects=False) as response:
                return f"HTTP {response.status}" if response.status >= REFUSED else ""
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            return type(error).__name__

    def _note_call(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.warning("ping failed", error=trouble)
        if self._trouble and not trouble:
            log.info("ping goes through again")
        self._trouble = trouble

    def _note_health(self, report: Report) -> None:
        """Why nobody is called, once for each change."""
        ill = tuple(sorted({finding.check for finding in report.wrong}))
        if ill and ill != self._ill:
            log.error("unhealthy", checks=ill)
        if self._ill and not ill:
            log.info("healthy again")
        self._ill = ill
