"""Dates as people type them: understood where they are clear, kept as words where they are not."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.dates import Understood, understand

ZONE = "Asia/Yekaterinburg"
NOW = datetime(2026, 5, 13, 11, 0, 30, tzinfo=UTC)
"""A Wednesday, 16:00 in Yekaterinburg."""

DATE_WORDS = """
вчера сегодня завтра позавчера утром вечером ночью днём в на с по 12 мая ноября 5 31 2026 12.05 31.12 29.02
18:30 25:61 99 назад час дня недели через понедельник пятницу прошлый следующий yesterday last next friday may
3pm at ago in two weeks days 9999 2026-05-12 31/02/2026 0 . , - полдень midnight 12th of february февраля 29
"""


def seen(words: str, *, now: datetime = NOW, language: str = "ru") -> Understood:
    """Read *words* as someone in Yekaterinburg."""
    return understand(words, now=now, zone=ZONE, language=language)


def shown(found: Understood) -> str:
    """The moment on the zone's wall clock; nothing where none was understood."""
    return f"{found.at:%Y-%m-%d %H:%M}" if found.at else ""


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("yesterday 18:30", "2026-05-12 18:30"),
        ("вчера в 18:30", "2026-05-12 18:30"),
        ("Вчера, 18.30", "2026-05-12 18:30"),
        ("вчера вечером в 7", "2026-05-12 19:00"),
        ("вчера в 7 вечера", "2026-05-12 19:00"),
        ("позавчера 22:00", "2026-05-11 22:00"),
        ("час назад", "2026-05-13 15:00"),
        ("полчаса назад", "2026-05-13 15:30"),
        ("half an hour ago", "2026-05-13 15:30"),
        ("10 minutes ago", "2026-05-13 15:50"),
        ("через 2 часа", "2026-05-13 18:00"),
        ("только что", "2026-05-13 16:00"),
        ("right now", "2026-05-13 16:00"),
        ("12.05.2026 14:20", "2026-05-12 14:20"),
        ("12 мая 2026 14:20", "2026-05-12 14:20"),
        ("2026-05-12T10:00", "2026-05-12 10:00"),
        ("12 мая в 10 утра", "2026-05-12 10:00"),
        ("12th of May 2026, 3pm", "2026-05-12 15:00"),
        ("5.11.2025 около 15", "2025-11-05 15:00"),
        ("завтра в 10", "2026-05-14 10:00"),
        ("14:20", "2026-05-13 14:20"),
        ("в 18:20", "2026-05-12 18:20"),
        ("12 ночи", "2026-05-13 00:00"),
        ("в полдень 5 мая", "2026-05-05 12:00"),
        ("the day before yesterday at noon", "2026-05-11 12:00"),
        ("вчера в полночь", "2026-05-12 00:00"),
        ("yesterday at 12am", "2026-05-12 00:00"),
        ("вчера в 11 ночи", "2026-05-12 23:00"),
        ("это случилось 12 мая в 18:30 у дома 5", "2026-05-12 18:30"),
    ],
)
def test_a_time_is_understood_to_the_minute(words: str, at: str) -> None:
    """A day with a time, a time alone, or so long ago: to the minute, the last such where no day is named."""
    assert (shown(seen(words)), seen(words).exact) == (at, "minute")


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("вчера вечером", "2026-05-12 19:00"),
        ("вчера днём", "2026-05-12 14:00"),
        ("утром 5 ноября", "2025-11-05 09:00"),
        ("сегодня ночью", "2026-05-13 02:00"),
        ("прошлой ночью", "2026-05-13 02:00"),
        ("вчера ночью", "2026-05-13 02:00"),
        ("12 мая ночью", "2026-05-12 02:00"),
        ("this morning", "2026-05-13 09:00"),
        ("last Friday evening", "2026-05-08 19:00"),
        ("last night", "2026-05-13 02:00"),
        ("tonight", "2026-05-13 19:00"),
        ("вечером", "2026-05-12 19:00"),
        ("сегодня вечером", "2026-05-13 19:00"),
        ("сегодня днём", "2026-05-13 16:00"),
        ("вчера вечером меня задержали у дома", "2026-05-12 19:00"),
    ],
)
def test_a_part_of_day_is_a_typical_hour(words: str, at: str) -> None:
    """Morning, day, evening and night stand for an hour of theirs, for the present hour while they last."""
    assert (shown(seen(words)), seen(words).exact) == (at, "part_of_day")


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("вчера", "2026-05-12"),
        ("12 мая", "2026-05-12"),
        ("5-го мая", "2026-05-05"),
        ("5 ноября", "2025-11-05"),
        ("May 12", "2026-05-12"),
        ("12.05", "2026-05-12"),
        ("31.12", "2025-12-31"),
        ("12.05.26", "2026-05-12"),
        ("12/05/2026", "2026-05-12"),
        ("05/13/2026", "2026-05-13"),
        ("3.11.99", "1999-11-03"),
        ("29.02", "2024-02-29"),
        ("2026-05-12", "2026-05-12"),
        ("3 дня назад", "2026-05-10"),
        ("пару дней назад", "2026-05-11"),
        ("a week ago", "2026-05-06"),
        ("в понедельник", "2026-05-11"),
        ("со вторника", "2026-05-12"),
        ("в прошлую пятницу", "2026-05-08"),
        ("last Friday", "2026-05-08"),
        ("в следующую пятницу", "2026-05-15"),
        ("позавчера", "2026-05-11"),
        ("завтра", "2026-05-14"),
        ("понедельник, 11 мая", "2026-05-11"),
    ],
)
def test_a_day_is_its_midnight(words: str, day: str) -> None:
    """A day without a time is its beginning in the zone; the latest such day unless the words look ahead."""
    assert (shown(seen(words)), seen(words).exact) == (f"{day} 00:00", "day")


@pytest.mark.parametrize(
    "words",
    [
        *(
            "",
            "да",
            "5",
            "2026",
            "мая",
            "в мае",
            "не помню",
            "🙂",
            "32 мая",
            "32 мая в 10",
            "99.99.2026",
            "1 января 1700",
        ),
        *(
            "на прошлой неделе",
            "на прошлой неделе в 10",
            "каждый день в 10",
            "уже 3 дня",
            "год назад",
            "2 месяца назад",
        ),
        *(
            "с 3 по 5 мая",
            "10-12 мая",
            "вчера и сегодня",
            "боюсь, что придут ночью и заберут",
            "9999 weeks ago",
        ),
        *("30.02", "31/02/2026", "between 3 and 5 may"),
    ],
)
def test_what_names_no_one_moment_stays_words(words: str) -> None:
    """Spans, habits, impossible dates and everything else are kept as typed, with no moment made up."""
    assert seen(words) == Understood(words, None, "none")


def test_the_moment_is_aware_and_in_the_zone() -> None:
    """The same words mean each zone's own time, whatever zone *now* came in."""
    found = understand(
        "вчера в 18:30", now=NOW.astimezone(ZoneInfo("Asia/Tokyo")), zone="Europe/Moscow", language="ru"
    )
    assert found.at == datetime(2026, 5, 12, 15, 30, tzinfo=UTC)
    assert found.at.utcoffset() == timedelta(hours=3)


def test_the_day_is_the_zones_day() -> None:
    """At 22:00 UTC it is already tomorrow in Yekaterinburg, and yesterday is counted from there."""
    late = datetime(2026, 5, 13, 22, 0, tzinfo=UTC)
    assert shown(seen("вчера", now=late)) == "2026-05-13 00:00"


def test_last_night_before_its_small_hours_is_the_one_before() -> None:
    """Just after midnight «вчера ночью» is not a time to come."""
    early = datetime(2026, 5, 12, 19, 30, tzinfo=UTC)
    assert shown(seen("вчера ночью", now=early)) == "2026-05-12 02:00"
    assert shown(seen("ночью", now=early)) == "2026-05-13 00:30"


def test_hours_ago_are_counted_across_a_clock_change() -> None:
    """Where clocks went forward at night, three hours ago is three hours ago."""
    now = datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    found = understand("3 часа назад", now=now, zone="Europe/Berlin", language="ru")
    assert found.at == now - timedelta(hours=3)


def test_long_words_are_kept_whole() -> None:
    """Only the beginning is looked at, but nothing of what was typed is cut."""
    words = "вчера вечером, " + "очень долго " * 400
    assert seen(words).words == words
    assert seen(words).exact == "part_of_day"


@pytest.mark.parametrize("language", ["ru", "en", "de", ""])
def test_either_language_is_read_whatever_was_chosen(language: str) -> None:
    """People type in both languages; the one they chose only goes first."""
    assert shown(seen("вчера в 18:30", language=language)) == shown(
        seen("yesterday 18:30", language=language)
    )


def test_the_computers_zone_and_clock_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words give the same moment wherever the program runs."""
    before = [seen(words) for words in ("вчера", "час назад", "понедельник", "31.12")]
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        assert [seen(words) for words in ("вчера", "час назад", "понедельник", "31.12")] == before
    finally:
        monkeypatch.undo()
        time.tzset()


def test_importing_does_not_load_the_parser() -> None:
    """`dateparser` takes a tenth of a second to import: only a date that needs it pays."""
    script = "import sys, bot.conversation.dates; sys.exit('dateparser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, env=dict(os.environ)).returncode == 0


phrases = st.lists(st.sampled_from(DATE_WORDS.split()), max_size=7).map(" ".join)


@settings(deadline=None)
@given(
    st.text(max_size=300) | phrases | st.text(min_size=4096, max_size=4096),
    st.datetimes(datetime(1980, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- bounds
    st.sampled_from([ZONE, "Europe/Berlin", "UTC", "Asia/Kamchatka"]),
)
def test_any_words_at_any_time_are_taken(words: str, now: datetime, zone: str) -> None:
    """Nothing raises; words stay whole; a moment is aware, within a century, and says how exact it is."""
    found = understand(words, now=now, zone=zone, language="ru")
    assert found.words == words
    assert (found.at is None) == (found.exact == "none")
    if found.at:
        assert abs(found.at - now) <= timedelta(days=36_525)
        assert found.at.tzinfo == ZoneInfo(zone)
