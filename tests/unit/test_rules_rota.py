"""The rules of the rota against `zoneinfo` and against a reference that goes minute by minute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.rota import rules
from backend.rota.rules import Pattern, Shift, ShiftRole, Source

EVERY_DAY = frozenset(range(7))
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ZONES = (
    "UTC",
    "Europe/Moscow",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "Antarctica/Troll",
)
WHOLE_WEEK = (
    Pattern(EVERY_DAY, time(9), time(21), ("anna",), ("boris",)),
    Pattern(EVERY_DAY, time(21), time(9), ("vera",), ("anna", "gleb")),
)
NAMES = ("anna", "boris", "vera")
zones = st.sampled_from(ZONES).map(ZoneInfo)
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
instants = st.integers(0, 12 * 365 * 24 * 4).map(lambda quarters: FIRST + quarters * 15 * MINUTE)


def _shift(
    begins: datetime,
    ends: datetime,
    who: str,
    source: Source = "single",
    *,
    made: int = 0,
    role: ShiftRole = "primary",
) -> Shift:
    return Shift(begins, ends, role, who, source, rules.EARLIEST + made * MINUTE, f"{who}{made}")


@lru_cache
def _change_days(zone: ZoneInfo, year: int) -> list[date]:
    return list(_changes(zone, year))


def _changes(zone: ZoneInfo, year: int) -> Iterator[date]:
    noon = datetime(year, 1, 1, 12, tzinfo=zone)
    for number in range(366):
        here = (noon.replace(tzinfo=None) + number * DAY).replace(tzinfo=zone)
        before = (here.replace(tzinfo=None) - DAY).replace(tzinfo=zone)
        if here.utcoffset() != before.utcoffset():
            yield here.date()


# ── The week ────────────────────────────────────────────────────────────────────────────────────


@given(zones, instants)
def test_a_week_without_holes_in_the_pattern_has_none_in_fact(zone: ZoneInfo, begins: datetime) -> None:
    """Spans adjoin from the first moment to the last, somebody on duty in each, whatever clocks do."""
    ends = begins + 8 * DAY
    found = rules.spans(WHOLE_WEEK, (), begins, ends, zone)
    assert (found[0].begins, found[-1].ends) == (begins, ends)
    for sooner, later in pairwise(found):
        assert sooner.ends == later.begins
        assert (sooner.primary, sooner.backup) != (later.primary, later.backup)
    assert not any(span.is_gap for span in found)
    assert rules.gaps(WHOLE_WEEK, (), begins, ends, zone) == []


@given(zones, st.integers(2024, 2035), st.sampled_from([time(9), time(2, 30), time(1, 45), time(0, 15)]))
def test_a_shift_begins_and_ends_by_local_clocks(zone: ZoneInfo, year: int, hour: time) -> None:
    """Around each change a shift begins when local clocks show it, and is as long as the night is in fact."""
    pattern = (Pattern(EVERY_DAY, hour, time(21), ("anna",)),)
    for changed in _change_days(zone, year):
        begins = datetime.combine(changed - 3 * DAY, time(12), tzinfo=zone).astimezone(UTC)
        for span in rules.spans(pattern, (), begins, begins + 6 * DAY, zone)[1:]:
            local = span.begins.astimezone(zone)
            if local.time() != time(21):
                wanted = datetime.combine(local.date(), hour)
                assert local.replace(tzinfo=None) >= wanted
                just_before = (span.begins - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
                assert just_before < wanted


@pytest.mark.parametrize(
    ("name", "day", "night"),
    [
        ("Europe/Berlin", date(2026, 3, 28), 11),
        ("Europe/Berlin", date(2026, 10, 24), 13),
        ("Australia/Lord_Howe", date(2026, 4, 4), 12.5),
        ("Australia/Lord_Howe", date(2026, 10, 3), 11.5),
        ("Pacific/Chatham", date(2026, 4, 4), 13),
        ("America/St_Johns", date(2026, 3, 7), 11),
        ("Asia/Kolkata", date(2026, 3, 28), 12),
    ],
)
def test_lengths_are_real_hours(name: str, day: date, night: float) -> None:
    """Over a change the shift from 21:00 to 09:00 is longer or shorter, between the same local hours."""
    zone = ZoneInfo(name)
    begins = datetime.combine(day, time(12), tzinfo=zone).astimezone(UTC)
    spans = rules.spans(WHOLE_WEEK, (), begins, begins + 2 * DAY, zone)
    (found,) = [
        span for span in spans if span.begins.astimezone(zone).date() == day and span.primary == ("vera",)
    ]
    assert found.begins.astimezone(zone).time() == time(21)
    assert found.ends.astimezone(zone).time() == time(9)
    assert (found.ends - found.begins).total_seconds() / 3600 == night


# ── Minute by minute ────────────────────────────────────────────────────────────────────────────


def _line_is_on(line: Pattern, at: datetime, zone: ZoneInfo) -> bool:
    """By what local clocks have shown up to now, read minute by minute: began and hasn't ended yet."""
    local = at.astimezone(zone)
    for days_ago in (0, 1):
        day = local.date() - days_ago * DAY
        if day.weekday() not in line.weekdays:
            continue
        last = day if line.ends > line.begins else day + DAY
        if _reached(at, datetime.combine(day, line.begins), zone) and not _reached(
            at, datetime.combine(last, line.ends), zone
        ):
            return True
    return False


def _reached(at: datetime, wall: datetime, zone: ZoneInfo) -> bool:
    """Whether local clocks have shown this time, or a later one, at some minute up to now."""
    back = 0
    while back <= 3 * 60:
        if (at - back * MINUTE).astimezone(zone).replace(tzinfo=None, fold=0) >= wall:
            return True
        back += 15
    return False


def _naive(
    pattern: Sequence[Pattern], shifts: Sequence[Shift], at: datetime, zone: ZoneInfo, role: ShiftRole
) -> set[str]:
    own = [each for each in shifts if each.role == role and each.begins <= at < each.ends]
    for source in ("taken", "single"):
        fit = [each for each in own if each.source == source]
        if fit:
            latest = max(each.made_at for each in fit)
            return {each.who for each in fit if each.made_at == latest}
    return {who for line in pattern if _line_is_on(line, at, zone) for who in line.people(role)}


quarters = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
lines = st.builds(
    Pattern,
    st.frozensets(st.integers(0, 6), min_size=1),
    quarters,
    quarters,
    st.sampled_from(NAMES).map(lambda name: (name,)),
    st.sampled_from([(), ("gleb",)]),
).filter(lambda line: line.begins != line.ends)


@st.composite
def some_shifts(draw: st.DrawFn, begins: datetime) -> list[Shift]:
    """Single and taken shifts around a moment, in any overlap."""
    made = []
    for number in range(draw(st.integers(0, 5))):
        first = begins + draw(st.integers(-100, 200)) * 15 * MINUTE
        last = first + draw(st.integers(1, 190)) * 15 * MINUTE
        source: Source = draw(st.sampled_from(["single", "taken"]))
        role: ShiftRole = draw(st.sampled_from(["primary", "backup"]))
        made.append(_shift(first, last, draw(st.sampled_from(NAMES)), source, made=number, role=role))
    return made


@settings(max_examples=60, deadline=None)
@given(st.data(), zones, st.integers(2024, 2035), st.lists(lines, max_size=3))
def test_every_moment_is_as_by_naive_counting(
    data: st.DataObject, zone: ZoneInfo, year: int, pattern: list[Pattern]
) -> None:
    """Whoever the spans name at a moment is whom the clocks, read one by one, name; changes too."""
    days = _change_days(zone, year) if data.draw(st.booleans()) else []
    day = data.draw(st.sampled_from(days)) if days else date(year, data.draw(st.integers(1, 12)), 11)
    begins = datetime.combine(day, time(12), tzinfo=UTC) - 2 * DAY
    shifts = data.draw(some_shifts(begins))
    ends = begins + 3 * DAY
    spans = rules.spans(pattern, shifts, begins, ends, zone)
    for number in range(3 * 24 * 4):
        at = begins + number * 15 * MINUTE
        (span,) = [each for each in spans if each.begins <= at < each.ends]
        for role in rules.ROLES:
            assert set(span.people(role)) == _naive(pattern, shifts, at, zone, role), (at, role)
    gone = [span.begins for span in spans[1:]]
    following = rules.next_change(pattern, shifts, begins, zone)
    assert following == (gone[0] if gone else following)
    assert rules.gaps(pattern, shifts, begins, ends, zone) == _merged(
        [(span.begins, span.ends) for span in spans if not span.primary]
    )


def _merged(pieces: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for begins, ends in pieces:
        if merged and merged[-1][1] == begins:
            merged[-1] = merged[-1][0], ends
        else:
            merged.append((begins, ends))
    return merged


@settings(deadline=None)
@given(st.data(), zones, instants, st.lists(lines, max_size=2))
def test_the_shifts_in_effect_are_the_spans(
    data: st.DataObject, zone: ZoneInfo, begins: datetime, pattern: list[Pattern]
) -> None:
    """Each moment of each shift in effect is one in which the spans name that person."""
    shifts = data.draw(some_shifts(begins))
    ends = begins + 3 * DAY
    held = rules.in_effect(pattern, shifts, begins, ends, zone)
    for span in rules.spans(pattern, shifts, begins, ends, zone):
        for role in rules.ROLES:
            on = {each.who for each in held if each.role == role and each.covers(span.begins)}
            assert on == set(span.people(role))


# ── What stands before what ─────────────────────────────────────────────────────────────────────

UTC_ZONE = ZoneInfo("UTC")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_what_was_taken_stands_before_single_and_that_before_the_week() -> None:
    """Of what was taken over, the latest made holds; each role by itself."""
    known: list[Shift] = []
    steps = [
        (_shift(NOON, NOON + DAY, "single"), "single"),
        (_shift(NOON, NOON + DAY, "first", "taken", made=5), "first"),
        (_shift(NOON, NOON + DAY, "second", "taken", made=6), "second"),
        (_shift(NOON, NOON + DAY, "late single", made=9), "second"),
    ]
    assert rules.spans(WHOLE_WEEK, known, NOON, NOON + MINUTE, UTC_ZONE)[0].primary == ("anna",)
    for shift, expected in steps:
        known.append(shift)
        now = rules.spans(WHOLE_WEEK, known, NOON, NOON + MINUTE, UTC_ZONE)[0]
        assert (now.primary, now.backup) == ((expected,), ("boris",))


def test_a_taken_part_leaves_the_rest() -> None:
    """Taken from 12 to 15, the shift before and after is whose it was."""
    taken = _shift(NOON, NOON + timedelta(hours=3), "gleb", "taken")
    spans = rules.spans(WHOLE_WEEK, [taken], NOON - timedelta(hours=3), NOON + timedelta(hours=9), UTC_ZONE)
    assert [(span.begins.hour, span.primary) for span in spans] == [
        (9, ("anna",)),
        (12, ("gleb",)),
        (15, ("anna",)),
    ]


def test_nothing_changes_where_nothing_is_planned() -> None:
    """An empty rota is one gap without a change; nobody is relieved by themselves."""
    assert rules.next_change((), (), NOON, UTC_ZONE) is None
    assert rules.gaps((), (), NOON, NOON + DAY, UTC_ZONE) == [(NOON, NOON + DAY)]
    alone = [Pattern(EVERY_DAY, time(9), time(21), ("a",)), Pattern(EVERY_DAY, time(21), time(9), ("a",))]
    assert rules.next_change(alone, (), NOON, UTC_ZONE) is None
    assert len(rules.spans(alone, (), NOON, NOON + 9 * DAY, UTC_ZONE)) == 1


def test_a_far_change_is_found() -> None:
    """The only shift of the year is months away."""
    far = NOON + 200 * DAY
    assert rules.next_change((), [_shift(far, far + DAY, "a")], NOON, UTC_ZONE) == far


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        (({0}, 9, 21), ({0}, 21, 9), None),
        (({0}, 9, 21), ({0}, 20, 22), (0, 1)),
        (({6}, 21, 9), ({0}, 8, 10), (0, 1)),
        (({6}, 21, 9), ({0}, 9, 10), None),
        (({0, 1}, 22, 2), ({2}, 1, 3), (0, 1)),
        (({0}, 9, 21), ({1}, 9, 21), None),
    ],
)
def test_overlapping_lines_are_found(
    first: tuple[set[int], int, int], second: tuple[set[int], int, int], overlap: tuple[int, int] | None
) -> None:
    """Two lines for one role at one time of the week, over midnight and over the week's end too."""
    lines = [
        Pattern(frozenset(weekdays), time(begins), time(ends), ("a",))
        for weekdays, begins, ends in (first, second)
    ]
    assert rules.overlapping(lines) == overlap
    apart = [lines[0], Pattern(lines[1].weekdays, lines[1].begins, lines[1].ends, (), ("b",))]
    assert rules.overlapping(apart) is None
