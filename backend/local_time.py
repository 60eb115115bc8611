"""Local days and hours as moments, and moments as people write them. Pure; moments are aware, in UTC.

When clocks change, some local times don't exist on that day and some exist twice (PEP 495).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from backend.errors import TimeSkipped, TimeTwice

SECOND = timedelta(seconds=1)


def moment(day: date, hour: time, zone: tzinfo) -> datetime:
    """The moment of this local time. Raises TimeSkipped, TimeTwice where there is not exactly one."""
    found = _moments(day, hour, zone)
    facts = {"day": day_text(day), "hour": hour_text(hour)}
    if not found:
        raise TimeSkipped(**facts)
    if len(found) > 1:
        raise TimeTwice(**facts)
    return found[0]


def planned(day: date, hour: time, zone: tzinfo) -> datetime:
    """The moment that a weekly plan means: of two the earlier, for a skipped one the first after it.

    Never raises, and never goes back as local time goes on: what adjoins in the plan adjoins in fact.
    """
    found = _moments(day, hour, zone)
    return found[0] if found else _change_around(day, hour, zone)


def _moments(day: date, hour: time, zone: tzinfo) -> list[datetime]:
    """All moments at which local clocks show this, the earliest first."""
    local = datetime.combine(day, hour)
    either = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(each for each in either if each.astimezone(zone).replace(tzinfo=None, fold=0) == local)


def _change_around(day: date, hour: time, zone: tzinfo) -> datetime:
    """When the clocks were put forward over this local time, to the second: halved until it is found."""
    local = datetime.combine(day, hour, tzinfo=zone)
    before, after = local.replace(fold=1).astimezone(UTC), local.replace(fold=0).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def day_of(at: datetime, zone: tzinfo) -> date:
    """The local day of a moment."""
    return at.astimezone(zone).date()


def day_text(day: date) -> str:
    """A day as commands take it, in every language alike: `25.11.2026`."""
    return f"{day:%d.%m}.{day.year}"


def hour_text(hour: time) -> str:
    """A time of day as everybody reads it: `09:00`."""
    return f"{hour:%H:%M}"


def stretch_text(begins: datetime, ends: datetime, zone: tzinfo) -> str:
    """From when to when, in every language alike: `25.11 09:00–21:00`, `25.11 09:00 – 27.11 09:00`."""
    first, last = begins.astimezone(zone), ends.astimezone(zone)
    days = (last.date() - first.date()).days
    if days == 0 or (days == 1 and last.time() <= first.time()):
        return f"{first:%d.%m %H:%M}–{last:%H:%M}"
    return f"{first:%d.%m %H:%M} – {last:%d.%m %H:%M}"
