"""A webhook's other end, for the server's own tests."""

import asyncio

from aiohttp import web


class Receiver:
    """Answers with `statuses` in turn, then 200; while `open` is not set, not at all."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.taken: list[str] = []
        self.secrets: set[str | None] = set()
        self.open = asyncio.Event()
        self.open.set()

    async def receive(self, request: web.Request) -> web.Response:
        """Take an update, or don't."""
        await self.open.wait()
        status = self.statuses.pop(0) if self.statuses else 200
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        if status == 200:
            self.taken.append((await request.json())["message"]["text"])
        return web.Response(status=status)
