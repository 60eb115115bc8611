"""The way in for another process: `/control/...`, JSON both ways, beside the Bot API on the same port.

POST people    {"count": 100, "language_code": "en"}: makes people who have said nothing yet; {"ids": [...]}
POST group     {"title": "Room", "members": [id], "supergroup": false}: brings the bot in; {"id": ...}
POST says      [[user id, text], ...] or [[user id, text, chat id], ...]: all at once; {"pending": n}
POST presses   [[user id, label or data], ...]: on the bot's latest message with it; {"missing": [user ids]}
POST updates   [Update objects, with or without update_id]: queued as they are; the bot may write to senders
GET  counters  {"calls": {method: n}, "pending": n, "violations": n}
POST wait      {"method": "sendMessage", "count": n, "timeout": seconds}: counters, once the method had its
               effect n times, or the time is over; {"drained": true} waits until no update is pending
GET  messages?chat=ID&since=N: what the bot sent there: id, text, buttons, `at` (monotonic seconds), deleted
POST time      {"advance": seconds}
POST faults    {"method": ..., "kind": ..., "times": ..., ...}, as `Faults.add` takes them; {} withdraws all
POST rates     {"enforce": true, "private_burst": 3, ...}
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, cast

from aiohttp import web

from .faults import Kind
from .people import User
from .refusals import Obj

if TYPE_CHECKING:
    from .server import BotApi


def install(api: BotApi) -> None:
    """Serve `/control/...` too; before the server starts."""
    control = Control(api)
    for name in ("people", "group", "says", "presses", "updates", "wait", "time", "faults", "rates"):
        api.app.router.add_post(f"/control/{name}", getattr(control, name))
    api.app.router.add_get("/control/counters", control.counters)
    api.app.router.add_get("/control/messages", control.messages)


class Control:
    """The handlers, by the names of their paths."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    async def people(self, request: web.Request) -> web.Response:
        """Make people."""
        order = await _object(request)
        count, language = _whole(order, "count", 1), str(order.get("language_code", "ru"))
        return web.json_response({"ids": [self._api.user(language_code=language).id for _ in range(count)]})

    async def group(self, request: web.Request) -> web.Response:
        """Make a group."""
        order = await _object(request)
        members = [self._api.world.users[number] for number in cast("list[int]", order.get("members", []))]
        title, supergroup = str(order.get("title", "Room")), order.get("supergroup") is True
        return web.json_response({"id": self._api.group(title, members=members, supergroup=supergroup).id})

    async def says(self, request: web.Request) -> web.Response:
        """Let people speak."""
        world = self._api.world
        for user_id, text, *chat in cast("list[tuple[int, str, *tuple[int, ...]]]", await request.json()):
            await world.users[user_id].says(text, world.chats[chat[0]] if chat else None)
        return web.json_response({"pending": len(world.updates.pending)})

    async def presses(self, request: web.Request) -> web.Response:
        """Let people press buttons."""
        missing = []
        for user_id, wanted in cast("list[tuple[int, str]]", await request.json()):
            if not await _presses(self._api.world.users[user_id], wanted):
                missing.append(user_id)
        return web.json_response({"missing": missing})

    async def updates(self, request: web.Request) -> web.Response:
        """Queue updates as they are."""
        for update in cast("list[Obj]", await request.json()):
            self._admit(update)
            self._api.updates.push_raw(update)
        return web.json_response({"pending": len(self._api.updates.pending)})

    def _admit(self, update: Obj) -> None:
        """Whoever an update names as its sender exists from now on and may be written to."""
        message = cast("Obj", update.get("message", {}))
        sender = cast("Obj", message.get("from", {}))
        user_id = sender.get("id")
        if not isinstance(user_id, int):
            return
        world = self._api.world
        if user_id not in world.users:
            user = User(
                world,
                user_id,
                str(sender.get("first_name", "")),
                cast("str | None", sender.get("language_code")),
            )
            world.users[user_id] = user
            world.chats[user_id] = user.chat
        world.users[user_id].met = world.users[user_id].chat.started = True

    async def counters(self, _request: web.Request) -> web.Response:
        """Tell what was counted."""
        return web.json_response(self._counted())

    def _counted(self) -> Obj:
        pending, violations = len(self._api.updates.pending), len(self._api.rates.violations)
        return {"calls": dict(self._api.counters), "pending": pending, "violations": violations}

    async def wait(self, request: web.Request) -> web.Response:
        """Tell what was counted, once there is so much."""
        order = await _object(request)
        method, count = str(order.get("method", "sendMessage")), _whole(order, "count", 0)
        drained, timeout = order.get("drained") is True, float(_whole(order, "timeout", 60))

        def done() -> bool:
            return self._api.counters[method] >= count and not (drained and self._api.updates.pending)

        with contextlib.suppress(TimeoutError):
            await self._api.until(done, timeout)
        return web.json_response({**self._counted(), "done": done()})

    async def messages(self, request: web.Request) -> web.Response:
        """Tell what the bot sent to a chat."""
        since = int(request.query.get("since", "0"))
        sent = self._api.world.chats[int(request.query["chat"])].messages
        listed = [
            {"id": m.message_id, "text": m.text, "buttons": m.buttons, "at": m.at, "deleted": m.deleted}
            for m in sent
            if m.message_id > since
        ]
        return web.json_response(listed)

    async def time(self, request: web.Request) -> web.Response:
        """Let the server's own time pass."""
        self._api.advance(_whole(await _object(request), "advance", 0))
        return web.json_response({})

    async def faults(self, request: web.Request) -> web.Response:
        """Order a fault, or withdraw all."""
        order = await _object(request)
        if not order:
            self._api.faults.clear()
            return web.json_response({})
        self._api.faults.add(
            cast("str | None", order.get("method")),
            cast("Kind", order.get("kind", "500")),
            times=_whole(order, "times", 1),
            skip=_whole(order, "skip", 0),
            retry_after=_whole(order, "retry_after", 1),
            seconds=float(cast("float", order.get("seconds", 1.0))),
            chat=cast("int | None", order.get("chat")),
        )
        return web.json_response({})

    async def rates(self, request: web.Request) -> web.Response:
        """Change the limits, and whether they are enforced."""
        order, rates = await _object(request), self._api.rates
        self._api.enforce_rates = order.get("enforce") is True
        rates.overall = _whole(order, "overall", rates.overall)
        rates.private_burst = _whole(order, "private_burst", rates.private_burst)
        rates.group = _whole(order, "group", rates.group)
        return web.json_response({})


async def _presses(user: User, wanted: str) -> bool:
    for message in reversed(user.messages[-20:]):
        if not message.deleted and wanted in {*message.buttons, *message.buttons.values()}:
            await user.presses(message, wanted)
            return True
    return False


async def _object(request: web.Request) -> Obj:
    return cast("Obj", await request.json())


def _whole(order: Obj, name: str, usual: int) -> int:
    value = order.get(name, usual)
    return int(value) if isinstance(value, int | float) else usual
