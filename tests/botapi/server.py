"""The HTTP server: tokens, faults, limits, the methods' answers, downloads."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from aiohttp import web

from . import params as intake
from . import schema, webhook
from .faults import Fault, Faults
from .groups import Group
from .lookups import METHODS
from .rates import Rates, seconds_to_wait
from .refusals import Obj, Refused, conflict, not_found, too_many_requests, unauthorized
from .webhook import Webhook
from .world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from .params import Params
    from .people import User
    from .updates import Updates

BODY_LIMIT = 60 * 1024 * 1024
HTML = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
COUNTED = frozenset(name for name in METHODS if name.startswith("send")) - {"sendChatAction"}
"""The methods that the sending limits count."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was answered or cut: `status` is the HTTP status, 0 if no answer was given."""

    method: str
    params: Obj
    at: float
    """When it arrived, by the monotonic clock."""
    status: int
    description: str = ""
    """Why it was refused."""

    @property
    def chat_id(self) -> int | None:
        """The chat that it named."""
        value = self.params.get("chat_id")
        return value if isinstance(value, int) else None


class BotApi:
    """One bot's Bot API server on a free port of the loopback interface; an asynchronous context manager."""

    def __init__(
        self,
        token: str = "123456789:test-token",  # noqa: S107 - opens nothing
        *,
        username: str = "hotline_bot",
        port: int = 0,
        keep: int | None = None,
    ) -> None:
        """`keep` bounds what is remembered: so many messages a chat, and no calls but their numbers."""
        self.world = World(token, username, keep=keep)
        self.faults = Faults(self.world.changes, self.world.updates)
        self.rates = Rates()
        self.enforce_rates = False
        """Whether what comes too early is refused with 429."""
        self.webhook = Webhook(self.world, self.faults)
        self.calls: list[Call] = []
        self.counters: Counter[str] = Counter()
        """How often each method had its effect."""
        self._port = port
        self._runner: web.AppRunner | None = None
        self.app = web.Application(client_max_size=BODY_LIMIT)
        self.app.router.add_get(r"/file/bot{token}/{path:.+}", self._download)
        self.app.router.add_route("*", r"/bot{token}/{method}", self._answer)

    async def __aenter__(self) -> Self:
        """Start serving."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop serving; let go of everything that is held."""
        self.faults.clear()
        await self.webhook.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The server's address, to be used where `https://api.telegram.org` is."""
        address = self._runner.addresses[0] if self._runner else None
        return f"http://127.0.0.1:{address[1] if address else self._port}"

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.world.token

    @property
    def updates(self) -> Updates:
        """The queue of updates."""
        return self.world.updates

    @property
    def privacy(self) -> bool:
        """Whether the bot sees only what privacy mode lets it see in groups."""
        return self.world.privacy

    @privacy.setter
    def privacy(self, on: bool) -> None:
        self.world.privacy = on

    def user(
        self, *, language_code: str | None = "ru", first_name: str = "Somebody", username: str | None = None
    ) -> User:
        """A new person."""
        return self.world.user(language_code, first_name, username)

    def group(
        self, title: str = "Room", *, members: Sequence[User] = (), supergroup: bool = False, bot: bool = True
    ) -> Group:
        """A new group; its first member owns it and has, unless told otherwise, brought the bot in."""
        group = self.world.group(title, members, supergroup=supergroup)
        if bot:
            group.admit_bot()
        return group

    def advance(self, seconds: float) -> None:
        """Let the server's own time pass: deletions, old buttons."""
        self.world.time.advance(seconds)

    def until(self, predicate: Callable[[], object], timeout: float = 60.0) -> Coroutine[None, None, None]:
        """Wait until something is true of this server; the predicate is looked at after every change."""
        return self.world.until(predicate, timeout)

    def called(self, method: str, *, status: int | None = None) -> list[Call]:
        """The calls of one method, of those with this status if one is given."""
        return [call for call in self.calls if call.method == method and status in (None, call.status)]

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _refusal(unauthorized())
        fault = self.faults.take("file", None)
        if fault is not None:
            answer = await self._before(fault, request)
            if answer is not None:
                return answer
        file = self.world.files.at(request.match_info["path"])
        return _refusal(not_found()) if file is None else web.Response(body=file.data)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a call; whatever happens, it is noted."""
        at, method, raw = time.monotonic(), request.match_info["method"], Obj()
        try:
            if request.match_info["token"] != self.token:
                raise unauthorized()
            method = schema.canonical(method)
            raw, uploads = await intake.read(request)
            fault = self.faults.take(method, _chat_id(raw))
            answer = await self._before(fault, request) if fault else None
            if answer is None:
                params = schema.check(method, raw, uploads)
                raw = params.values
                answer = _success(await self._perform(method, params))
                self.counters[method] += 1
                answer = await self._after(fault, request, answer) if fault else answer
            self._note(Call(method, raw, at, answer.status if answer.status != CUT else 0))
        except Refused as refused:
            self._note(Call(method, raw, at, refused.code, refused.description))
            answer = _refusal(refused)
        return answer

    def _note(self, call: Call) -> None:
        if not self.world.keep:
            self.calls.append(call)
        self.world.changes.fire()

    async def _perform(self, method: str, params: Params) -> str:
        """Let a method have its effect; its result as JSON text."""
        if method == "getUpdates":
            return await self._get_updates(params)
        if method in {"setWebhook", "deleteWebhook"}:
            await self._set_webhook(params)
            return "true"
        if method == "getWebhookInfo":
            return _text(self.webhook.info())
        if method in COUNTED:
            return _text(self._send(method, params))
        return _text(METHODS[method](self.world, params))

    def _send(self, method: str, params: Params) -> object:
        """Let a message go out if the limits permit it, and count it once it has."""
        chat_id, now = self.world.chat_of(params, to_speak=True).id, time.monotonic()
        early = self.rates.early(chat_id, now)
        if early and self.enforce_rates:
            raise too_many_requests(seconds_to_wait(early))
        result = METHODS[method](self.world, params)
        self.rates.count(chat_id, now, early)
        return result

    async def _get_updates(self, params: Params) -> str:
        if self.webhook.settings is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active;"
                " use deleteWebhook to delete the webhook first"
            )
        self.updates.allow(params.strings("allowed_updates"))
        limit = params.number("limit") or 100
        batch = await self.updates.poll(params.number("offset") or 0, limit, params.number("timeout") or 0)
        return f"[{','.join(update.body for update in batch)}]"

    async def _set_webhook(self, params: Params) -> None:
        new = webhook.settings(params) if params.text("url") else None
        if new is not None:
            self.updates.terminate_poll("setWebhook request")
        if params.flag("drop_pending_updates"):
            self.updates.drop()
        self.updates.allow(params.strings("allowed_updates"))
        await self.webhook.set(new)

    async def _before(self, fault: Fault, request: web.Request) -> web.Response | None:
        """What a fault does before the effect; an answer if there is to be no effect."""
        if not fault.kind.endswith("_after"):
            fault.act()
        match fault.kind:
            case "429":
                return _refusal(too_many_requests(fault.retry_after))
            case "500":
                return _refusal(Refused(500, "Internal Server Error"))
            case "502_html":
                return web.Response(status=502, text=HTML, content_type="text/html")
            case "not_json":
                return web.Response(text="{", content_type="application/json")
            case "cut_before":
                return _cut(request)
            case "delay":
                await asyncio.sleep(fault.seconds)
            case "hold_before":
                await fault.released.wait()
        return None

    async def _after(self, fault: Fault, request: web.Request, answer: web.Response) -> web.Response:
        """What a fault does between the effect and the answer."""
        if fault.kind.endswith("_after"):
            fault.act()
        match fault.kind:
            case "cut_after":
                return _cut(request)
            case "delay_after":
                await asyncio.sleep(fault.seconds)
            case "hold_after":
                await fault.released.wait()
        return answer


CUT = 499
"""Stands in the place of a status where the connection was closed instead of answering."""


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=CUT)


def _chat_id(raw: Obj) -> int | None:
    """The chat of a call that was not checked yet."""
    try:
        return int(str(raw.get("chat_id")))
    except ValueError:
        return None


def _success(result: str) -> web.Response:
    return web.Response(text=f'{{"ok":true,"result":{result}}}', content_type="application/json")


def _refusal(refused: Refused) -> web.Response:
    return web.Response(status=refused.code, text=_text(refused.body()), content_type="application/json")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
