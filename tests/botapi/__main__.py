"""Serves the Bot API server alone: `python -m tests.botapi --port 0 --token T` prints `ready URL`."""

from __future__ import annotations

import argparse
import asyncio
import signal

from . import control
from .server import BotApi

KEEP = 50
"""Messages remembered in each chat: a long benchmark must not fill the memory."""


async def serve(port: int, token: str) -> None:
    """Serve until SIGINT or SIGTERM."""
    api = BotApi(token, port=port, keep=KEEP)
    control.install(api)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with api:
        print("ready", api.url, flush=True)  # noqa: T201 - whoever started it waits for this line
        await stopped.wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.botapi")
    parser.add_argument("--port", type=int, default=0, help="the port; 0 takes a free one")
    parser.add_argument("--token", default="123456789:test-token", help="the token the bot has to use")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.token))


if __name__ == "__main__":
    main()
