"""Health beside the hotline's work: started with it where it is configured, and stopped with it.

The web server and its figures are loaded here only if somebody wants them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from pydantic import SecretStr

from backend.work import Backend
from bot.health.settings import HealthSettings


@contextlib.asynccontextmanager
async def health_served(backend: Backend, settings: HealthSettings) -> AsyncIterator[None]:
    """What `[health]` asks for, while the block runs. Raises ConfigurationInvalid for an address in use."""
    async with contextlib.AsyncExitStack() as stack:
        if settings.address:
            await stack.enter_async_context(_page(backend, *settings.address))
        if settings.ping_url.get_secret_value():
            await stack.enter_async_context(_sign_of_life(backend, settings.ping_url))
        yield


@contextlib.asynccontextmanager
async def _page(backend: Backend, host: str, port: int) -> AsyncIterator[None]:
    from bot.health.server import HealthServer  # noqa: PLC0415 - loads a web server

    server = HealthServer(backend)
    await server.start(host, port)
    try:
        yield
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def _sign_of_life(backend: Backend, url: SecretStr) -> AsyncIterator[None]:
    from bot.health.ping import Ping  # noqa: PLC0415 - loads a web client

    calling = asyncio.create_task(Ping(backend, url).run())
    try:
        yield
    finally:
        calling.cancel()
        await asyncio.wait({calling})
