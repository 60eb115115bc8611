"""What was said in a room between two syncs, where it is more than one sync brings."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from bot.channels.matrix.homeserver import Homeserver, place
from bot.channels.matrix.pauses import Pauses
from bot.channels.matrix.tree import Json, Tree, items, text
from bot.channels.pauses import Sleep

_log = logging.getLogger(__name__)

_AT_ONCE = 100
_PAGES = 200
_TRIES = 10


async def missed(server: Homeserver, room: str, newest: str, known: str, sleep: Sleep) -> Sequence[Json]:
    """The events older than the token `newest` and newer than `known`, oldest first.

    What can't be had after several attempts is passed over.
    """
    pages: list[Json] = []
    for _ in range(_PAGES):
        query = {"dir": "b", "from": newest, "to": known, "limit": str(_AT_ONCE)}
        page = await _page(server, room, query, sleep)
        pages += items(page, "chunk")
        newest = text(page, "end")
        if not newest or not items(page, "chunk"):
            break
    return pages[::-1]


async def _page(server: Homeserver, room: str, query: Mapping[str, str], sleep: Sleep) -> Tree:
    """One page. A room of which the homeserver gives none must not hold up all others for good."""
    pauses = Pauses(sleep)
    for _ in range(_TRIES):
        try:
            return await server.call("GET", place("rooms", room, "messages"), query=query)
        except Exception as fault:  # noqa: BLE001 - networks and servers fail in many ways
            await pauses.after(fault, "paging back")
    _log.error("Matrix: what was said in a room meanwhile could not be had, passed over")
    return {}
