"""The health page: `/healthz` for whoever asks whether the hotline is well, `/metrics` for Prometheus."""

from __future__ import annotations

import asyncio
import time

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

from backend.errors import ConfigurationInvalid
from backend.work import Backend
from bot.health.metrics import Figures
from bot.health.report import Report, examine
from bot.health.settings import unavailable

KEPT = 1.0
"""Seconds for which one look serves everybody who asks, so that asking often costs nothing."""
FIGURES = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format."""


class HealthServer:
    """Serves the page for `backend`."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._looking = asyncio.Lock()
        self._last: tuple[float, Report] | None = None
        application = web.Application()
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises ConfigurationInvalid where the address can't be had."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigurationInvalid(unavailable(f"{host}:{port}", error)) from None

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    async def _healthz(self, request: web.Request) -> web.Response:
        report = await self._report()
        status = 200 if report.well else 503
        if "application/json" in request.headers.get("Accept", ""):
            return web.json_response({"ok": report.well, "checks": report.lines()}, status=status)
        text = "\n".join([*(("ok",) if report.well else ()), *report.lines(), ""])
        return web.Response(text=text, status=status)

    async def _metrics(self, _request: web.Request) -> web.Response:
        registry = CollectorRegistry()
        registry.register(Figures(await self._report(), self._backend.vitals.sends()))
        return web.Response(body=generate_latest(registry), headers={"Content-Type": FIGURES})

    async def _report(self) -> Report:
        async with self._looking:
            if self._last is None or time.monotonic() - self._last[0] > KEPT:
                report = await examine(self._backend)
                self._last = time.monotonic(), report
            return self._last[1]
