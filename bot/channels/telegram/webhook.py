"""A webhook that loses nothing: Telegram gets its 200 only after the update was saved.

Telegram calls with many updates at once. They wait in a queue, and one commit serves all that came
while the last one was written.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiohttp import web

from bot.channels.pauses import until_done
from bot.channels.telegram.connection import ALLOWED_UPDATES, BATCH, TelegramBot
from bot.channels.telegram.faults import name_of
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.mapping import update_id
from bot.channels.telegram.pauses import Pauses
from bot.channels.telegram.settings import TelegramSettings

_log = logging.getLogger(__name__)

_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
_LARGEST_UPDATE = 1024 * 1024  # bytes
_SLOWEST_UPDATE = 10.0  # seconds from the headers to the end of the body
_AT_ONCE = 40  # connections that Telegram may open

_Waiting = tuple[object, asyncio.Future[bool]]


class Webhook:
    """Serves the path of `webhook_url`, and tells Telegram of it."""

    def __init__(
        self, bot: TelegramBot, intake: Intake, *, settings: TelegramSettings, pauses: Pauses
    ) -> None:
        self._bot = bot
        self._intake = intake
        self._settings = settings
        self._pauses = pauses
        self._secret = settings.webhook_secret.get_secret_value() or secrets.token_urlsafe(32)
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()

    async def run(self) -> None:
        """Serve until cancelled. Telegram keeps the webhook, and what comes meanwhile."""
        async with self._served():
            await until_done("setWebhook", self._announce, self._pauses)
            while True:
                await self._save(await self._collected())

    async def receive(self, request: web.Request) -> web.Response:
        """One update: 200 once it is saved, 503 if it can't be, 401 or 400 if it isn't Telegram's."""
        given = request.headers.get(_SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(errors="replace"), self._secret.encode()):
            raise web.HTTPUnauthorized
        update = await _body(request)
        saved: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((update, saved))
        return web.Response(status=200 if await saved else 503)

    @asynccontextmanager
    async def _served(self) -> AsyncIterator[None]:
        app = web.Application(client_max_size=_LARGEST_UPDATE)
        app.router.add_post(urlsplit(self._settings.webhook_url).path or "/", self.receive)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await until_done("opening webhook_listen", lambda: self._open(runner), self._pauses)
            yield
        finally:
            self._refuse_waiting()
            await runner.cleanup()

    async def _open(self, runner: web.AppRunner) -> None:
        host, port = self._settings.listen_on
        await web.TCPSite(runner, host, port).start()

    async def _announce(self) -> None:
        await self._bot.set_webhook(
            self._settings.webhook_url,
            secret_token=self._secret,
            allowed_updates=ALLOWED_UPDATES,
            max_connections=_AT_ONCE,
            drop_pending_updates=False,
        )

    async def _collected(self) -> list[_Waiting]:
        """Everything that waits, at least one."""
        found = [await self._queue.get()]
        while not self._queue.empty() and len(found) < BATCH:
            found.append(self._queue.get_nowait())
        return found

    async def _save(self, waiting: list[_Waiting]) -> None:
        saved = False
        try:
            await self._intake.hand_over(self._intake.read([update for update, _ in waiting]))
            saved = True
        except Exception as fault:  # noqa: BLE001 - whatever it was, Telegram is to bring these updates again
            _log.warning("Telegram: saving updates failed (%s), refused for now", name_of(fault))
        finally:
            _answer(waiting, saved=saved)

    def _refuse_waiting(self) -> None:
        while not self._queue.empty():
            _answer([self._queue.get_nowait()], saved=False)


def _answer(waiting: list[_Waiting], *, saved: bool) -> None:
    for _, future in waiting:
        if not future.done():
            future.set_result(saved)


async def _body(request: web.Request) -> object:
    """The update as decoded from JSON. Raises the HTTP error to answer with."""
    try:
        async with asyncio.timeout(_SLOWEST_UPDATE):
            update: object = json.loads(await request.read())
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest from None
    if update_id(update) is None:
        raise web.HTTPBadRequest
    return update
