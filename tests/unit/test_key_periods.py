"""How long wrapping keys live: pure decisions about days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.vault import periods
from backend.vault.keyfile import with_new_current
from backend.vault.keys import Dates, KeyFile
from backend.vault.periods import Backups

MADE = date(2026, 3, 4)
MONTH = timedelta(days=30)
KEYS = KeyFile(
    "new",
    {"new": bytes(32), "old": bytes(32)},
    bytes(32),
    {"new": Dates(MADE), "old": Dates(date(2026, 2, 2))},
)


def _at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@pytest.mark.parametrize(("days", "due"), [(0, False), (29, False), (30, True), (300, True), (-5, False)])
def test_a_key_is_due_after_its_period(days: int, due: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Whole days, from the one it was made on; a clock that was set back makes nothing due."""
    assert periods.is_due(KEYS, today=MADE + timedelta(days=days), period=MONTH) is due


def test_a_key_of_unknown_age_is_due() -> None:
    """Nobody knows how long it has been in use."""
    unknown = KeyFile("new", KEYS.wrapping, KEYS.lookup)
    assert periods.is_due(unknown, today=MADE, period=MONTH)


def test_what_wraps_nothing_is_retired_once() -> None:
    """The day stays as it was first written; what wraps something, and the current one, isn't retired."""
    retired = periods.with_retired(KEYS, using={"new": 5}, today=MADE)
    assert retired.dates["old"].retired == MADE
    assert retired.dates["new"].retired is None
    assert periods.with_retired(retired, using={"new": 5}, today=MADE + MONTH) == retired
    assert periods.with_retired(KEYS, using={"old": 1}, today=MADE).dates["old"].retired is None
    assert periods.with_used(retired, {"old": 1}) == KEYS


@pytest.mark.parametrize(
    ("kept", "until"),
    [
        (timedelta(days=30), datetime(2026, 4, 4, tzinfo=UTC)),
        (timedelta(seconds=1), datetime(2026, 3, 5, 1, tzinfo=UTC)),
    ],
)
def test_a_retired_key_is_needed_until_the_last_backup_has_expired(kept: timedelta, until: datetime) -> None:
    """Counted from the end of its last day; however short backups are kept, an hour more."""
    retired = periods.with_retired(KEYS, using={}, today=MADE)
    assert periods.needed_until(KEYS, "old", kept=kept) is None
    assert periods.needed_until(retired, "old", kept=kept) == until
    for now, gone in ((until - timedelta(seconds=1), []), (until, ["old"])):
        assert periods.expired(retired, using={}, now=now, backups=Backups(kept)) == gone
    assert periods.expired(retired, using={"old": 1}, now=until, backups=Backups(kept)) == []


@pytest.mark.parametrize(
    ("newest", "is_held"),
    [
        (datetime.min.replace(tzinfo=UTC), True),
        (datetime(2026, 3, 4, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 5, tzinfo=UTC), False),
        (None, False),
    ],
)
def test_what_the_newest_backup_needs_is_held_back(newest: datetime | None, is_held: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """However old it is, until one was begun after the key's last day; where none is made, nothing waits."""
    retired, now = periods.with_retired(KEYS, using={}, today=MADE), _at(MADE + timedelta(days=400))
    backups = Backups(MONTH, newest)
    assert periods.held_back(retired, using={}, now=now, backups=backups) == (["old"] if is_held else [])
    assert periods.expired(retired, using={}, now=now, backups=backups) == ([] if is_held else ["old"])


def test_the_look_up_key_stays() -> None:
    """Whatever else goes."""
    left = periods.without(KEYS, ["old"])
    assert left == KeyFile("new", {"new": bytes(32)}, KEYS.lookup, {"new": Dates(MADE)})


def test_what_is_left_undone_is_complained_of() -> None:
    """A rotation that was cut off, a key that can be destroyed, and one that is two periods old."""
    backups = Backups(MONTH, newest=_at(MADE))

    def said(keys: KeyFile, using: set[str], days: int) -> str | None:
        now = _at(MADE + timedelta(days=days))
        return periods.complaint(keys, using=using, now=now, period=MONTH, backups=backups)

    retired = periods.with_retired(KEYS, using={}, today=MADE)
    assert said(KEYS, {"new"}, 45) is None
    assert said(KEYS, {"new", "old"}, 1) == "not everything is wrapped by new: `hotline keys rotate`"
    assert (
        said(retired, {"new"}, 31)
        == "old can't be destroyed before there is a newer backup: `hotline backup`"
    )
    backups = Backups(MONTH, newest=_at(MADE + timedelta(days=1)))
    assert said(retired, {"new"}, 31) == "old can be destroyed: `hotline keys rotate`"
    assert said(KEYS, {"new"}, 60) == "new is 60 days old: `hotline keys rotate`"


def test_what_is_erased_is_unreadable_within_62_days() -> None:
    """By a look and a backup every day: a case erased right after its key was made is noise so soon."""
    keys, days = KeyFile("first", {"first": bytes(32)}, bytes(32), {"first": Dates(MADE)}), 0
    while "first" in keys.wrapping:
        days += 1
        today = MADE + timedelta(days=days)
        if periods.is_due(keys, today=today, period=MONTH):
            keys = with_new_current(keys, today)
        using = {keys.current: 1}
        keys = periods.with_retired(keys, using=using, today=today)
        backups = Backups(MONTH, newest=_at(today - timedelta(days=1), 3))
        gone = periods.expired(keys, using=using, now=_at(today, 4), backups=backups)
        keys = periods.without(keys, gone)
    assert days == 61
