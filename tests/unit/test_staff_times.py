"""Days, hours and the rota's commands are read as people type them, in Russian and English."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.staff import commands, times
from bot.staff.commands import Command
from bot.staff.parse import Problem, parse, parse_button
from bot.staff.times import Day, Hours

TODAY = date(2026, 11, 22)
TWENTY_FIFTH = Day(25, 11)
DAYTIME = Hours(time(9), time(21))
ID = "0" * 32


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("25.11", date(2026, 11, 25)),
        ("25.11.", date(2026, 11, 25)),
        ("1.2", date(2027, 2, 1)),
        ("20.11", date(2026, 11, 20)),
        ("25.11.27", date(2027, 11, 25)),
        ("25.11.2027", date(2027, 11, 25)),
        ("2026-12-01", date(2026, 12, 1)),
        ("сегодня", TODAY),
        ("Завтра", date(2026, 11, 23)),
        ("tomorrow", date(2026, 11, 23)),
        ("29.2", None),
        ("29.02.2028", date(2028, 2, 29)),
        ("29.02.2027", None),
    ],
)
def test_days(typed: str, meant: date | None) -> None:
    """Without a year the nearest is meant: one just over stays over, and isn't taken for next year's."""
    found = times.day(typed)
    assert (found.on(TODAY) if found else None) == meant


@pytest.mark.parametrize(
    "typed", ["31.11", "0.1", "1.13", "11", "1.1.1.1", "25/11", "99.99.9999", "25.11.3026", ""]
)
def test_what_is_no_day_is_none(typed: str) -> None:
    """No calendar has it, or it isn't written like a day."""
    assert times.day(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("09:00-21:00", DAYTIME),
        ("9-21", DAYTIME),
        ("9:00 – 21:00", DAYTIME),
        ("21:00-09:00", Hours(time(21), time(9))),
        ("00:00-24:00", Hours(time(0), time(0), whole_day=True)),
        ("18:30-24:00", Hours(time(18, 30), time(0))),
        ("09:00 - 27.11 09:00", Hours(time(9), time(9), Day(27, 11))),
        ("09:00-09:00", Hours(time(9), time(9))),
        *((words, None) for words in ("", "9", "9-", "-21", "09:00-25:00", "09:60-10:00", "24:00-09:00")),
        *((words, None) for words in ("09:00-27.11", "09:00 - 27.11 25:00", "с утра", "9-21-3")),
    ],
)
def test_hours(typed: str, meant: Hours | None) -> None:
    """From when to when, also over midnight, until midnight, and until a day that is named."""
    assert times.hours(typed) == meant


@pytest.mark.parametrize(
    ("typed", "last"),
    [("9-21", 25), ("21-9", 26), ("0-24", 26), ("18-24", 26), ("9-9", 25), ("9 - 27.11 8:00", 27)],
)
def test_the_last_day(typed: str, last: int) -> None:
    """Hours that go over midnight end on the next day; equal ones on the same, and are found out there."""
    found = times.hours(typed)
    assert found
    assert found.last_day(date(2026, 11, 25), TODAY) == date(2026, 11, last)


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("/rota", commands.Rota()),
        ("/rota next", commands.Rota(Day(ahead=7))),
        ("/rota следующая", commands.Rota(Day(ahead=7))),
        ("/rota 1.12", commands.Rota(Day(1, 12))),
        ("/shift Анна 25.11 09:00-21:00", commands.AddShift("Анна", TWENTY_FIFTH, DAYTIME)),
        ("/shift Анна П. 25.11 9-21 запасной", commands.AddShift("Анна П.", TWENTY_FIFTH, DAYTIME, "backup")),
        ("/shift Anna 25.11 9-21 backup", commands.AddShift("Anna", TWENTY_FIFTH, DAYTIME, "backup")),
        ("/shift off Анна П. 25.11 09:00", commands.RemoveShift("Анна П.", TWENTY_FIFTH, time(9))),
        ("/shift снять Анна 25.11 9", commands.RemoveShift("Анна", TWENTY_FIFTH, time(9))),
        ("/take_shift 25.11", commands.TakeShift(TWENTY_FIFTH)),
        ("/take_shift 25.11 09:00-21:00", commands.TakeShift(TWENTY_FIFTH, DAYTIME)),
        ("/take_shift 25.11 9 - 21 Анна П.", commands.TakeShift(TWENTY_FIFTH, DAYTIME, name="Анна П.")),
        ("/take_shift 25.11 запасной", commands.TakeShift(TWENTY_FIFTH, role="backup")),
        ("/swap 25.11 Анна", commands.AskSwap(TWENTY_FIFTH, "Анна")),
        ("/swap 25.11 Анна П. 27.11", commands.AskSwap(TWENTY_FIFTH, "Анна П.", Day(27, 11))),
        ("/swap да", commands.AnswerSwap(agreed=True)),
        ("/swap нет Анна П.", commands.AnswerSwap(agreed=False, name="Анна П.")),
        ("/swap agree", commands.AnswerSwap(agreed=True)),
    ],
)
def test_commands_are_understood(typed: str, command: Command) -> None:
    """Each in the forms in which people type it."""
    assert parse(typed) == command


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("/rota скоро", "usage-rota"),
        ("/rota 31.11", "error-no-such-day"),
        ("/shift", "usage-shift"),
        ("/shift Анна", "usage-shift"),
        ("/shift 25.11 9-21", "usage-shift"),
        ("/shift Анна 25.11", "usage-shift"),
        ("/shift Анна 25.11 утром", "usage-shift"),
        ("/shift Анна 31.11 9-21", "error-no-such-day"),
        ("/shift off", "usage-shift-off"),
        ("/shift off Анна 25.11", "usage-shift-off"),
        ("/shift off Анна 31.11 9:00", "error-no-such-day"),
        ("/take_shift", "usage-take-shift"),
        ("/take_shift Анна", "usage-take-shift"),
        ("/take_shift 25.11 9-25", "usage-take-shift"),
        ("/take_shift 32.1", "error-no-such-day"),
        ("/swap", "usage-swap"),
        ("/swap 25.11", "usage-swap"),
        ("/swap 25.11 27.11", "usage-swap"),
        ("/swap Анна 25.11", "usage-swap"),
        ("/swap 25.11 Анна 31.11", "error-no-such-day"),
    ],
)
def test_a_slip_gets_its_sentence(typed: str, key: str) -> None:
    """What is wrong is said by a sentence that shows how to write it."""
    assert parse(typed) == Problem(key)


@pytest.mark.parametrize(
    ("data", "command"),
    [
        (f"s:unshift:{ID}", commands.RemoveShift(shift_id=ID)),
        (f"s:agree:{ID}", commands.AnswerSwap(agreed=True, swap_id=ID)),
        (f"s:decline:{ID}", commands.AnswerSwap(agreed=False, swap_id=ID)),
        ("s:unshift:1", None),
        ("s:agree:yes", None),
    ],
)
def test_buttons(data: str, command: Command | None) -> None:
    """A button means its command; a forged one nothing."""
    assert parse_button(data) == command


@given(st.sampled_from(["rota", "shift", "take_shift", "swap"]), st.text(max_size=60))
def test_no_argument_breaks_it(name: str, words: str) -> None:
    """Whatever follows, it is a command or has a sentence."""
    assert parse(f"/{name} {words}") is not None


@given(st.text(alphabet="0123456789.-: –", max_size=24))
def test_no_day_or_hour_breaks_it(words: str) -> None:
    """Days and hours are read or not; a day that was read is one that can be looked up in a calendar."""
    times.hours(words)
    times.hour(words)
    found = times.day(words)
    if found:
        found.on(TODAY)
