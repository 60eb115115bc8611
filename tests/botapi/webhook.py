"""Delivery of updates by webhook: again and again until it is taken, in order within a chat."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from .refusals import Obj, bad_request

if TYPE_CHECKING:
    from .faults import Faults
    from .params import Params
    from .updates import Update
    from .world import World

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
CONNECTIONS = 40
LOOK_AHEAD = 1000
"""How far behind a busy chat's updates another chat's are looked for."""
CONNECTIONS_LIMIT = 100
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What setWebhook asked for."""

    url: str
    secret: str
    connections: int
    certificate: bool


def settings(params: Params) -> Settings:
    """The settings of a setWebhook call. Plain HTTP is taken for addresses of this machine only.

    Raises:
        Refused: the address, the secret or the number of connections is not permitted.

    """
    url, secret = params.text("url"), params.text("secret_token")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = params.number("max_connections") or CONNECTIONS
    return Settings(
        url, secret, min(max(connections, 1), CONNECTIONS_LIMIT), bool(params.file("certificate"))
    )


class Webhook:
    """The webhook of the bot, if one is set."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.settings: Settings | None = None
        self.retry_seconds = 0.05
        """How long to wait before an update that was not taken is sent again."""
        self.timeout = 10.0
        """How many seconds a delivery may take."""
        self.attempts = 0
        """How many deliveries were tried."""
        self._world, self._faults = world, faults
        self._error: tuple[int, str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._in_flight: dict[int, tuple[Update, asyncio.Task[None]]] = {}

    def info(self) -> Obj:
        """The WebhookInfo object."""
        info: Obj = {
            "url": self.settings.url if self.settings else "",
            "has_custom_certificate": bool(self.settings and self.settings.certificate),
            "pending_update_count": len(self._world.updates.pending),
        }
        if self.settings:
            info["max_connections"] = self.settings.connections
        if self._world.updates.allowed:
            info["allowed_updates"] = sorted(self._world.updates.allowed)
        if self._error:
            info["last_error_date"], info["last_error_message"] = self._error
        return info

    async def set(self, new: Settings | None) -> None:
        """Deliver to another address from now on, or not at all."""
        await self.stop()
        self.settings, self._error = new, None
        if new is not None:
            self._task = asyncio.create_task(self._run(new))

    async def stop(self) -> None:
        """End all deliveries; what was not taken stays pending."""
        tasks = [task for _, task in self._in_flight.values()] + ([self._task] if self._task else [])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._in_flight.clear()
        self._task = None

    async def _run(self, settings: Settings) -> None:
        updates = self._world.updates
        async with ClientSession(timeout=ClientTimeout(total=self.timeout)) as session:
            while True:
                updates.wake.clear()
                for update in self._next(settings.connections):
                    task = asyncio.create_task(self._deliver(session, settings, update))
                    self._in_flight[update.chat_id] = (update, task)
                await updates.wake.wait()

    def _next(self, connections: int) -> list[Update]:
        """The updates to send now: the oldest of each chat that awaits none, while connections last."""
        chosen: dict[int, Update] = {}
        for update in islice(self._world.updates.pending, LOOK_AHEAD):
            if len(self._in_flight) + len(chosen) >= connections:
                break
            if update.chat_id not in self._in_flight:
                chosen.setdefault(update.chat_id, update)
        return list(chosen.values())

    async def _deliver(self, session: ClientSession, settings: Settings, update: Update) -> None:
        while True:
            if await self._post(session, settings, update):
                break
            await asyncio.sleep(self.retry_seconds)
        for _ in range(self._faults.duplicates(1)):
            await self._post(session, settings, update)
        del self._in_flight[update.chat_id]
        self._world.updates.settle(update)
        self._world.updates.wake.set()

    async def _post(self, session: ClientSession, settings: Settings, update: Update) -> bool:
        headers = {"Content-Type": "application/json"}
        if settings.secret:
            headers[SECRET_HEADER] = settings.secret
        self.attempts += 1
        try:
            body = update.body.encode()
            request = session.post(settings.url, data=body, headers=headers, ssl=False, allow_redirects=False)
            async with request as response:
                taken = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
                error = f"Wrong response from the webhook: {response.status} {response.reason}"
        except (ClientError, TimeoutError) as failure:
            taken, error = False, f"Connection failed: {type(failure).__name__}"
        if not taken:
            self._error = (self._world.time.now(), error)
        self._world.changes.fire()
        return taken
