"""The demo's page and what it asks for, on this machine only.

Any web page that the person has open can send requests to 127.0.0.1, so nothing is answered that
names another host (DNS rebinding) and nothing is done that another page asked for (CSRF).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from json import dumps
from pathlib import Path

from aiohttp import web
from pydantic import ValidationError
from yarl import URL

from bot.channels.base import ButtonPressed, LocationSent, TextSent
from bot.channels.sandbox import requests
from bot.channels.sandbox.journal import Json
from bot.channels.sandbox.messenger import Draft, NoSuchThing, Sandbox, as_remote, milliseconds

Advance = Callable[[timedelta], Awaitable[None]]
Speak = Callable[[str], Awaitable[None]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE = Path(__file__).parent / "page"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
OURSELVES = frozenset({"127.0.0.1", "localhost", "::1"})
HEARTBEAT = 15.0
"""Seconds of quiet after which the page is told that the connection still stands."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class SandboxServer:
    """Serves `sandbox` to browsers; `advance` moves the demo's clock and lets what is due fire.

    `speak` is told the page's language when it is chosen.
    `centre` is the name on the bar (empty: the page's own, in its language), `timezone` an IANA name.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        advance: Advance,
        *,
        speak: Speak | None = None,
        centre: str = "",
        timezone: str = "Europe/Moscow",
    ) -> None:
        self._sandbox = sandbox
        self._advance = advance
        self._speak = speak
        self._setting: Mapping[str, Json] = {"centre": centre, "timezone": timezone}
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> str:
        """Listen on 127.0.0.1; port 0 takes a free one. The page's address; raises `OSError`."""
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        return f"http://{host}:{bound}/"

    async def stop(self) -> None:
        """Let every page go, and stop listening."""
        self._sandbox.journal.close()
        if self._runner:
            await self._runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[guard, explain])
        for path in sorted(it for it in PAGE.iterdir() if it.suffix in TYPES):
            name = "" if path.name == "index.html" else path.name
            part = partial(serve, body=path.read_bytes(), content_type=TYPES[path.suffix])
            application.router.add_get(f"/{name}", part)
        application.router.add_get("/state", self._state)
        application.router.add_get("/events", self._events)
        application.router.add_get("/file/{ref}", self._file)
        for name, act in (("say", self._say), ("press", self._press), ("location", self._location)):
            application.router.add_post(f"/{name}", act)
        application.router.add_post("/attach", self._attach)
        application.router.add_post("/clock", self._clock)
        application.router.add_post("/language", self._language)
        return application

    async def _state(self, _request: web.Request) -> web.Response:
        journal = self._sandbox.journal
        return web.json_response(
            {
                **self._setting,
                "life": journal.life,
                "mark": journal.mark,
                "now": milliseconds(self._sandbox.now()),
                "chats": self._sandbox.wire(),
            }
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        journal = self._sandbox.journal
        mark = request.headers.get("Last-Event-ID") or request.query.get("after") or journal.mark
        stream = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await stream.prepare(request)
        with suppress(ConnectionResetError):  # the page was closed: nobody is left to tell
            await self._narrate(stream, mark)
        return stream

    async def _narrate(self, stream: web.StreamResponse, mark: str) -> None:
        journal = self._sandbox.journal
        await stream.write(b"retry: 1000\n\n")
        while not journal.closed:
            entries = await journal.wait(mark, HEARTBEAT)
            if not entries:
                await stream.write(b": still here\n\n")
            for entry in entries:
                mark = entry.mark
                await stream.write(f"id: {mark}\ndata: {dumps(entry.event)}\n\n".encode())

    async def _file(self, request: web.Request) -> web.Response:
        stored = self._sandbox.file(request.match_info["ref"])
        shown = stored.mime in requests.PHOTOS
        response = web.Response(
            body=stored.content, content_type=stored.mime if shown else "application/octet-stream"
        )
        if not shown:
            response.headers["Content-Disposition"] = "attachment"
        return response

    async def _say(self, request: web.Request) -> web.Response:
        body = requests.SayBody.model_validate_json(await request.read())
        self._sandbox.say(
            body.chat,
            body.person,
            draft=Draft(text=body.text, reply_to=body.reply_to),
            event=TextSent(body.text),
            language=body.language,
        )
        return web.json_response({})

    async def _press(self, request: web.Request) -> web.Response:
        body = requests.PressBody.model_validate_json(await request.read())
        self._sandbox.press(
            body.chat,
            body.person,
            message=str(body.message),
            event=ButtonPressed(body.data),
            language=body.language,
        )
        return web.json_response({})

    async def _location(self, request: web.Request) -> web.Response:
        body = requests.LocationBody.model_validate_json(await request.read())
        self._sandbox.say(
            body.chat,
            body.person,
            draft=Draft(location=(body.latitude, body.longitude)),
            event=LocationSent(body.latitude, body.longitude),
            language=body.language,
        )
        return web.json_response({})

    async def _attach(self, request: web.Request) -> web.Response:
        body, uploads = await requests.read_attach(request)
        if not uploads:
            raise web.HTTPBadRequest
        files = tuple(self._sandbox.keep(it.content, it.name, kind=it.kind, mime=it.mime) for it in uploads)
        album = files[0].id if len(files) > 1 else None
        self._sandbox.say(
            body.chat,
            body.person,
            draft=Draft(text=body.text, files=files, reply_to=body.reply_to),
            event=TextSent(body.text, files=as_remote(files, album)),
            language=body.language,
        )
        return web.json_response({})

    async def _clock(self, request: web.Request) -> web.Response:
        """Pages learn of the leap before anything it sets off arrives, so that they can point at it."""
        by = timedelta(seconds=requests.ClockBody.model_validate_json(await request.read()).advance)
        self._tell_time(by)
        await self._advance(by)
        self._tell_time(timedelta(0))
        return web.json_response({})

    async def _language(self, request: web.Request) -> web.Response:
        body = requests.LanguageBody.model_validate_json(await request.read())
        if self._speak:
            await self._speak(body.language)
        return web.json_response({})

    def _tell_time(self, leap: timedelta) -> None:
        now = milliseconds(self._sandbox.now() + leap)
        self._sandbox.journal.add({"type": "clock", "now": now, "leap": leap.total_seconds()})


async def serve(_request: web.Request, *, body: bytes, content_type: str) -> web.Response:
    """A file of the page."""
    return web.Response(body=body, content_type=content_type, charset="utf-8")


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what doesn't come from the page itself; every answer carries the protective headers."""
    if not from_page(request):
        response: web.StreamResponse = refusal("forbidden", status=403)
    else:
        response = await handler(request)
    if not response.prepared:
        response.headers.update(HEADERS)
    return response


def from_page(request: web.Request) -> bool:
    """Whether the request names this machine and, where it would change anything, is the page's own."""
    host = request.headers.get("Host", "")
    if named_by(host) not in OURSELVES:
        return False
    return request.method in {"GET", "HEAD"} or (
        request.headers.get("Origin") == f"http://{host}" and request.content_type in accepted(request)
    )


def named_by(host: str) -> str | None:
    """The name in a `Host` header, None where it isn't one."""
    try:
        return URL(f"http://{host}").host
    except ValueError:
        return None


def accepted(request: web.Request) -> frozenset[str]:
    """The content types that a path takes: with JSON a browser asks before sending to another host."""
    return frozenset({"multipart/form-data" if request.path == "/attach" else "application/json"})


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as a key, for which the page has a sentence."""
    try:
        return await handler(request)
    except (ValidationError, requests.Malformed):
        return refusal("malformed", status=400)
    except NoSuchThing:
        return refusal("unknown", status=404)
    except requests.FileTooLarge:
        return refusal("large", status=413)
    except requests.TooManyFiles:
        return refusal("many", status=413)
    except web.HTTPException as error:
        return refusal("malformed", status=error.status)


def refusal(reason: str, *, status: int) -> web.Response:
    """An answer that says why not."""
    return web.json_response({"error": reason}, status=status)
