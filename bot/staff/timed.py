"""Messages that come by themselves at a time: put into words when they are sent, if they still hold then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from backend.outbox import Json
from backend.work import Work
from bot.intents import Card
from bot.staff import daily, handover

CARDS: Mapping[str, tuple[str, Callable[[Work, Json], Awaitable[Card | None]]]] = {
    "handover": ("number", handover.handed_over),
    "handover-call": ("number", handover.unanswered),
    "gap-begun": ("number", handover.gap_begun),
    "rota-warning": ("concerns", handover.warning),
    "daily": ("at", daily.summary),
}
"""By intent: the parameter that says which one it is, and what makes the words; None: no longer wanted."""


async def card(work: Work, params: Mapping[str, Json]) -> Card | None:
    """The message of this intent as it is now."""
    fact, make = CARDS[str(params["intent"])]
    return await make(work, params[fact])
