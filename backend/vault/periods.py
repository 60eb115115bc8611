"""How long a wrapping key is used, and when it may be destroyed. Pure: days are arguments, all in UTC."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from backend.vault.keys import Dates, KeyFile

SURELY_OVER = timedelta(hours=1)
"""However short backups are kept: nothing that was begun with a key before it was retired lasts so long."""
ROTATE = "`hotline keys rotate`"


@dataclass(frozen=True, slots=True)
class Backups:
    """What keys are kept for."""

    kept: timedelta
    """How long a backup is kept that has a successor."""
    newest: datetime | None = None
    """Of which moment the newest one is, which needs its keys at any age; None: none is made or kept."""


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
    return _end_of(retired) + max(kept, SURELY_OVER)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def expired(keys: KeyFile, *, using: Collection[str], now: datetime, backups: Backups) -> list[str]:
    """The keys that nothing needs any more, neither the database nor a backup that can be restored."""
    over = _over(keys, using, now, backups)
    return [name for name in over if not _is_needed(keys, name, backups.newest)]


def held_back(keys: KeyFile, *, using: Collection[str], now: datetime, backups: Backups) -> list[str]:
    """The keys that have had their time, but the newest backup needs them: no newer one was made since.

    Destroying them would keep the promise of when erased cases become unreadable, and lose every case with
    the next broken disk. A hotline whose backups fail has to be told, not to be left without any.
    """
    over = _over(keys, using, now, backups)
    return [name for name in over if _is_needed(keys, name, backups.newest)]


def _over(keys: KeyFile, using: Collection[str], now: datetime, backups: Backups) -> list[str]:
    others = [name for name in keys.wrapping if name != keys.current and name not in using]
    return [name for name in others if _is_past(needed_until(keys, name, kept=backups.kept), now)]


def _is_needed(keys: KeyFile, name: str, newest: datetime | None) -> bool:
    """A backup that was begun after a key's last day holds nothing that the key wraps; any other may."""
    retired = keys.dates.get(name, Dates()).retired
    return newest is not None and (retired is None or newest < _end_of(retired))


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
    keys: KeyFile, *, using: Collection[str], now: datetime, period: timedelta, backups: Backups
) -> str | None:
    """What an operator has left undone, as the end of a sentence. A period's delay is nobody's fault."""
    old = age(keys, keys.current, now.date())
    if any(name != keys.current for name in using):
        return f"not everything is wrapped by {keys.current}: {ROTATE}"
    if gone := expired(keys, using=using, now=now, backups=backups):
        return f"{', '.join(gone)} can be destroyed: {ROTATE}"
    if held := held_back(keys, using=using, now=now, backups=backups):
        return f"{', '.join(held)} can't be destroyed before there is a newer backup: `hotline backup`"
    if old is not None and old >= 2 * period:
        return f"{keys.current} is {old.days} days old: {ROTATE}"
    return None
