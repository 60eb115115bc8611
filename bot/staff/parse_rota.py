"""What staff type about the rota, as commands; or the key of the sentence that says how to write it. Pure."""

from __future__ import annotations

from backend.rota.rules import ShiftRole
from bot.staff import commands, times
from bot.staff.times import Day, Hours

Read = commands.Command | str
NO_SUCH_DAY = "error-no-such-day"
WEEK = 7


def rota(typed: str) -> Read:
    """`/rota`, `/rota next`, `/rota 1.12`."""
    if not typed:
        return commands.Rota()
    if times.is_next(typed):
        return commands.Rota(Day(ahead=WEEK))
    found = times.day(typed)
    if found:
        return commands.Rota(found)
    return NO_SUCH_DAY if times.looks_like_day(typed) else "usage-rota"


def shift(typed: str) -> Read:
    """`/shift NAME 25.11 09:00-21:00 [backup]`, `/shift off NAME 25.11 09:00`."""
    words = typed.split()
    if words and times.is_off(words[0]):
        return _off(words[1:])
    place = _first_day(words)
    if not place:
        return "usage-shift"
    on = times.day(words[place])
    rest, role = _role(words[place + 1 :])
    hours = times.hours(" ".join(rest))
    if on is None:
        return NO_SUCH_DAY
    if hours is None:
        return "usage-shift"
    return commands.AddShift(" ".join(words[:place]), on, hours, role)


def _off(words: list[str]) -> Read:
    place = _first_day(words)
    if not place or len(words) != place + 2:
        return "usage-shift-off"
    on, begins = times.day(words[place]), times.hour(words[place + 1])
    if on is None:
        return NO_SUCH_DAY
    if begins is None:
        return "usage-shift-off"
    return commands.RemoveShift(" ".join(words[:place]), on, begins)


def take_shift(typed: str) -> Read:
    """`/take_shift 25.11 [09:00-21:00] [NAME] [backup]`."""
    first, *rest = typed.split() or [""]
    if not times.looks_like_day(first):
        return "usage-take-shift"
    on = times.day(first)
    rest, role = _role(rest)
    hours, name = _hours_and_name(rest)
    if on is None:
        return NO_SUCH_DAY
    if name[:1].isdigit():
        return "usage-take-shift"
    return commands.TakeShift(on, hours, role, name)


def swap(typed: str) -> Read:
    """`/swap 25.11 NAME [27.11]`, and the answer: `/swap yes [NAME]`, `/swap no [NAME]`."""
    first, *rest = typed.split() or [""]
    agreed = times.agreed(first)
    if agreed is not None:
        return commands.AnswerSwap(agreed, " ".join(rest))
    back = rest.pop() if len(rest) > 1 and times.looks_like_day(rest[-1]) else None
    if not times.looks_like_day(first) or not rest or times.looks_like_day(rest[0]):
        return "usage-swap"
    on, in_return = times.day(first), times.day(back) if back else None
    if on is None or (back and in_return is None):
        return NO_SUCH_DAY
    return commands.AskSwap(on, " ".join(rest), in_return)


def _first_day(words: list[str]) -> int:
    """Where the first day stands behind a name; 0 where there is none."""
    return next((place for place, word in enumerate(words) if place and times.looks_like_day(word)), 0)


def _role(words: list[str]) -> tuple[list[str], ShiftRole]:
    """The words before a final role, and the role: primary unless it is said."""
    found = times.role(words[-1]) if words else None
    return (words[:-1], found) if found else (words, "primary")


def _hours_and_name(words: list[str]) -> tuple[Hours | None, str]:
    """The hours that these begin with, as many words as they take, and the rest."""
    for count in range(len(words), 0, -1):
        found = times.hours(" ".join(words[:count]))
        if found:
            return found, " ".join(words[count:])
    return None, " ".join(words)
