"""Moments and spans as people say them: which phrase fits, decided without a word of any language."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.phrases import Listing, Phrase, phrase

HOUR = 60
TWO_DAYS = 48 * HOUR
NEIGHBOURS = {-1: "time-yesterday", 0: "time-today", 1: "time-tomorrow"}


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def moment(at: datetime, *, now: datetime, zone: str) -> Phrase:
    """The day named as near as it is, the clock of `zone` (an IANA name). Both times must be aware."""
    here, today = at.astimezone(_zone(zone)), now.astimezone(_zone(zone))
    clock = here.strftime("%H:%M")
    near = NEIGHBOURS.get((here.date() - today.date()).days)
    if near:
        return phrase(near, clock=clock)
    day = phrase(f"time-month-{here.month}", day=str(here.day))
    if here.year == today.year:
        return phrase("time-date", date=day, clock=clock)
    return phrase("time-date-year", date=day, year=str(here.year), clock=clock)


def span(length: timedelta) -> Phrase | Listing:
    """A length of time in whole minutes, hours or, from two days on, days; never rounded up.

    In Russian it stands in the accusative, as after «через», «за» and «ждёт».
    """
    minutes = int(length.total_seconds()) // 60
    if minutes < 1:
        return phrase("span-moment")
    if minutes >= TWO_DAYS:
        return phrase("span-days", count=minutes // (24 * HOUR))
    hours, rest = divmod(minutes, HOUR)
    if not hours:
        return phrase("span-minutes", count=minutes)
    if not rest:
        return phrase("span-hours", count=hours)
    return phrase(
        "span-both", hours=phrase("span-hours", count=hours), minutes=phrase("span-minutes", count=rest)
    )
