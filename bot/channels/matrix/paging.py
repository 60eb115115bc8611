"""What was said in a room between two syncs, where it is more than one sync brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.channels.matrix.homeserver import Homeserver, place
from bot.channels.matrix.pauses import Pauses
from bot.channels.matrix.tree import Json, Tree, items, text
from bot.channels.pauses import Sleep

_AT_ONCE = 100
_PAGES = 200
TRIES = 3
"""Attempts at one page."""
_WITHIN = 10.0
"""Seconds for a page: a room of which the homeserver gives none must not hold up all others."""


@dataclass(frozen=True, slots=True)
class Missed:
    """The events that could be had, oldest first. What is older than `rest`, if it is set, is missing."""

    events: Sequence[Json]
    rest: str = ""


async def missed(server: Homeserver, room: str, newest: str, known: str, sleep: Sleep) -> Missed:
    """What is older than the token `newest` and newer than `known`, as far as the homeserver gives it."""
    found: list[Json] = []
    for _ in range(_PAGES):
        query = {"dir": "b", "from": newest, "to": known, "limit": str(_AT_ONCE)}
        page = await _page(server, room, query, sleep)
        if page is None:
            break
        found += items(page, "chunk")
        further = text(page, "end")
        if further in ("", newest) or not items(page, "chunk"):
            return Missed(found[::-1])
        newest = further
    return Missed(found[::-1], newest)


async def _page(server: Homeserver, room: str, query: Mapping[str, str], sleep: Sleep) -> Tree | None:
    """One page, None if there is none to be had now."""
    pauses = Pauses(sleep)
    for _ in range(TRIES):
        try:
            return await server.call("GET", place("rooms", room, "messages"), query=query, within=_WITHIN)
        except Exception as fault:  # noqa: BLE001 - networks and servers fail in many ways
            await pauses.after(fault, "paging back")
    return None
