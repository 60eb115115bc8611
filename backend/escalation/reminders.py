"""When somebody is reminded of a due date: a day before, an hour before, at the time, and then daily.

Pure: a moment, a zone and a count give the moments. A day is a day of the calendar, so that the clock on the
wall shows the same hour whatever happened to it in between.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from backend.local_time import planned

DAY_BEFORE, HOUR_BEFORE, AT_THE_TIME = range(3)
"""The first steps by index; each later one is a day later."""


def reminder_at(due: datetime, index: int, zone: tzinfo) -> datetime:
    """When the step of this index (from 0) falls, in UTC. `due` is aware; `zone` is the centre's."""
    if index == HOUR_BEFORE:
        return due - timedelta(hours=1)
    return _days_from(due, -1 if index == DAY_BEFORE else index - AT_THE_TIME, zone)


def _days_from(due: datetime, days: int, zone: tzinfo) -> datetime:
    """The same hour on another day."""
    local = due.astimezone(zone)
    return due if days == 0 else planned(local.date() + timedelta(days=days), local.time(), zone)


def first_ahead(due: datetime, now: datetime, zone: tzinfo) -> int:
    """The index of the first step that lies ahead of `now`."""
    index = max(0, AT_THE_TIME + (now - due).days - 1)
    while reminder_at(due, index, zone) <= now:
        index += 1
    return index


def latest_due(due: datetime, now: datetime, zone: tzinfo, *, taken: int) -> int | None:
    """The index of the last step whose time has come and that wasn't `taken` (how many were); None: none."""
    index = first_ahead(due, now, zone) - 1
    return index if index >= taken else None
