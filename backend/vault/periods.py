"""How long a wrapping key is used, and when it may be destroyed. Pure: days are arguments, all in UTC."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from backend.vault.keys import Dates, KeyFile

SURELY_OVER = timedelta(hours=1)
"""However short backups are kept: nothing that was begun with a key before it was retired lasts so long."""


def age(keys: KeyFile, name: str, today: date) -> timedelta | None:
    """How long ago the key was made; None where the file doesn't say."""
    made = keys.dates.get(name, Dates()).made
    return None if made is None else today - made


def is_due(keys: KeyFile, *, today: date, period: timedelta) -> bool:
    """Whether the current key has had its time. One of which nobody knows how old it is has."""
    old = age(keys, keys.current, today)
    return old is None or old >= period


def with_used(keys: KeyFile, using: Collection[str]) -> KeyFile:
    """The same keys, those not retired that wrap something: as after a backup was restored.

    Written down before it is wrapped anew: a backup of yesterday needs such a key for as long as any other.
    """
    dates = {
        name: replace(dates, retired=None if name in using else dates.retired)
        for name, dates in keys.dates.items()
    }
    return replace(keys, dates=dates)


def with_retired(keys: KeyFile, *, using: Collection[str], today: date) -> KeyFile:
    """The same keys, those retired by which nothing is wrapped any more, and no others."""
    dates = {
        name: replace(keys.dates.get(name, Dates()), retired=_retired(keys, name, using, today))
        for name in keys.wrapping
    }
    return replace(keys, dates=dates)


def _retired(keys: KeyFile, name: str, using: Collection[str], today: date) -> date | None:
    if name == keys.current or name in using:
        return None
    return keys.dates.get(name, Dates()).retired or today


def needed_until(keys: KeyFile, name: str, *, kept: timedelta) -> datetime | None:
    """When the last backup expires that may need this key; None while it isn't retired."""
    retired = keys.dates.get(name, Dates()).retired
    if retired is None:
        return None
    ends = datetime.combine(retired + timedelta(days=1), time(), UTC)
    return ends + max(kept, SURELY_OVER)


def expired(keys: KeyFile, *, using: Collection[str], now: datetime, kept: timedelta) -> list[str]:
    """The keys that nothing needs any more, neither the database nor a backup that can be restored."""
    return [
        name
        for name in keys.wrapping
        if name != keys.current and name not in using and _is_past(needed_until(keys, name, kept=kept), now)
    ]


def _is_past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def without(keys: KeyFile, names: Collection[str]) -> KeyFile:
    """The same keys but these. The look-up key always stays."""
    return replace(
        keys,
        wrapping={name: key for name, key in keys.wrapping.items() if name not in names},
        dates={name: dates for name, dates in keys.dates.items() if name not in names},
    )


def complaint(
    keys: KeyFile, *, using: Collection[str], now: datetime, period: timedelta, kept: timedelta
) -> str | None:
    """What an operator has left undone, as the end of a sentence. A period's delay is nobody's fault."""
    old = age(keys, keys.current, now.date())
    if any(name != keys.current for name in using):
        return f"not everything is wrapped by {keys.current}"
    if gone := expired(keys, using=using, now=now, kept=kept):
        return f"{', '.join(gone)} can be destroyed"
    if old is not None and old >= 2 * period:
        return f"{keys.current} is {old.days} days old"
    return None
