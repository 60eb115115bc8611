"""What `hotline check` tries of `[health]`: to serve the page, to reach whoever waits for a sign of life."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

WITHIN = 10.0
PORTS = {"https": 443, "http": 80}


async def try_listening(host: str, port: int) -> None:
    """Serve nothing there for a moment. Raises OSError with the reason if nothing can be served."""
    server = await asyncio.start_server(lambda *_: None, host, port)
    server.close()
    await server.wait_closed()


async def is_ours(host: str, port: int) -> bool:
    """Whether a hotline serves its page there already."""
    shown = f"[{host}]" if ":" in host else host
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=WITHIN)) as session,
            session.get(f"http://{shown}:{port}/healthz", headers={"Accept": "application/json"}) as response,
        ):
            said = await response.json()
            return isinstance(said, dict) and "checks" in said
    except (ClientError, OSError, TimeoutError, ValueError):
        return False


async def reaches(url: str) -> str:
    """Why the host of `url` can't be reached, by class; empty if it can and its certificate is right.

    The address itself is not called: that would be taken for a sign of life.
    """
    parts = urlsplit(url)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    try:
        async with asyncio.timeout(WITHIN):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or PORTS[parts.scheme], ssl=secure
            )
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError) as error:
        return type(error).__name__
    return ""
