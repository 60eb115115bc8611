"""From what staff type or press to a command, or to what is wrong with it. Pure; never raises.

What is wrong is a `Problem`: the key of a sentence that says how to write it, with an example.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from backend.cases.codes import reference
from backend.cases.rules import SEVERITIES, Severity
from backend.escalation.rules import WAIT_DEFAULT
from backend.people.roles import ROLES, Role
from backend.section import parse_duration
from bot.staff import commands, parse_rota, vocabulary
from bot.staff.commands import Command

_COMMAND = re.compile(r"[/!]([A-Za-z_]{1,32})(?:@[A-Za-z0-9_]{1,64})?(?:\s+(.*))?", re.DOTALL)
_SPAN = re.compile(r"(\d{1,5})\s*([a-zа-яё]+)\.?", re.IGNORECASE)
_DASHES = str.maketrans("‐‑‒–—−", "------")
_HELD = re.compile(r"[0-9a-f]{32}", re.ASCII)

STATS_DEFAULT = timedelta(days=30)
LONGEST = timedelta(days=366)
"""Nobody waits, or counts, for longer than a year: a longer span is a slip of the finger."""
BUTTON_BYTES = 64
LONGEST_NAME = 60
LONGEST_NUMBER = 6
LONGEST_COUNT = 15


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a typed command: a text key and what fills it, never what was typed."""

    key: str
    facts: Mapping[str, str] = field(default_factory=dict)


Parsed = Command | Problem
_Split = tuple[str, str]


def parse(text: str) -> Parsed | None:
    """A typed message as a command of the staff; None if it isn't one."""
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return None
    reader = _READERS.get(found[1].lower())
    return None if reader is None else reader((found[2] or "").strip())


def parse_button(data: str) -> Command | None:
    """A button's data as a command; None for anything that isn't one of ours, forged or old."""
    if not data.isascii() or len(data) > BUTTON_BYTES:
        return None
    match data.split(":"):
        case ["s", "test", "received"]:
            return commands.TestReceived()
        case ["s", "bind", "yes"]:
            return commands.Bind(confirmed=True)
        case ["s", "dismiss", "yes"]:
            return commands.Dismiss()
        case ["s", "lang", "ru" | "en" as language]:
            return commands.Language(language)
        case ["s", "on", number] if number.isdigit() and len(number) <= LONGEST_NUMBER:
            return commands.Handover(int(number))
        case ["s", "send" | "keep" | "revoke" | "due" as verb, identity] if _HELD.fullmatch(identity):
            return _about_id(verb, identity)
        case ["s", "unshift" | "agree" | "decline" as verb, identity] if _HELD.fullmatch(identity):
            return _about_shift(verb, identity)
        case ["s", verb, letters] if (found := reference(letters)) and found.replace("-", "") == letters:
            return _about_case(verb, found)
        case _:
            return None


def _about_id(verb: str, identity: str) -> Command:
    match verb:
        case "send":
            return commands.SendHeld(identity)
        case "keep":
            return commands.KeepHeld(identity)
        case "due":
            return commands.DueDone(due_id=identity)
        case _:
            return commands.Revoke("", staff_id=identity, confirmed=True)


def _about_shift(verb: str, identity: str) -> Command:
    if verb == "unshift":
        return commands.RemoveShift(shift_id=identity)
    return commands.AnswerSwap(agreed=verb == "agree", swap_id=identity)


def _about_case(verb: str, found: str) -> Command | None:
    match verb:
        case "wait":
            return commands.Wait(found, WAIT_DEFAULT)
        case "erase":
            return commands.Erase(found, confirmed=True)
        case "spare":
            return commands.Erase(found, declined=True)
        case _:
            make = _BY_REFERENCE.get(verb)
            return make(found) if make else None


_BY_REFERENCE: Mapping[str, Callable[[str], Command]] = {
    "ack": commands.Acknowledge,
    "take": commands.Take,
    "release": commands.Release,
    "details": commands.ShowCase,
    "reopen": commands.Reopen,
}


# ── Parts of what is typed ──────────────────────────────────────────────────────────────────────


def _first(words: str) -> _Split:
    """The first word and the rest as it was written."""
    parts = words.split(maxsplit=1)
    return (parts[0] if parts else "", parts[1] if len(parts) > 1 else "")


def _reference(words: str) -> tuple[str | None, str]:
    """The reference at the beginning, also one written as two groups, and the rest."""
    head, rest = _first(words)
    found = reference(head.translate(_DASHES))
    if found:
        return found, rest
    second, beyond = _first(rest)
    found = reference(head + second) if len(head) == len(second) else None
    return (found, beyond) if found else (None, words)


def _span(words: str) -> timedelta | None:
    """A length of time as people write it, up to a year: `2d`, «2 дня», `2 days`."""
    found = _SPAN.fullmatch(words.strip())
    unit = vocabulary.unit(found[2]) if found else None
    if found is None or unit is None:
        return None
    number, letter = (str(int(found[1]) * 7), "d") if unit == "w" else (found[1], unit)
    try:
        span = parse_duration(f"{number}{letter}")
    except ValueError:
        return None
    return span if span <= LONGEST else None


def _agreed(words: str) -> tuple[str, bool]:
    """What stands before a final «да», and whether there was one: a confirming button's typed form."""
    head, _, last = words.rpartition(" ")
    return (head.strip(), True) if vocabulary.is_yes(last) else (words.strip(), False)


# ── One reader a command ────────────────────────────────────────────────────────────────────────

_Reader = Callable[[str], Parsed]


def _plain(make: Callable[[], Command]) -> _Reader:
    return lambda _words: make()


def _about_rota(read: Callable[[str], parse_rota.Read]) -> _Reader:
    def reader(words: str) -> Parsed:
        found = read(words)
        return Problem(found) if isinstance(found, str) else found

    return reader


def _with_reference(name: str, make: Callable[[str], Command]) -> _Reader:
    def read(words: str) -> Parsed:
        found, _ = _reference(words)
        return make(found) if found else Problem("usage-reference", {"command": f"/{name}"})

    return read


def _with_text(name: str, make: Callable[[str, str], Command]) -> _Reader:
    def read(words: str) -> Parsed:
        found, text = _reference(words)
        if found is None or not text.strip():
            return Problem(f"usage-{name}", {"reference": found or EXAMPLE})
        return make(found, text.strip())

    return read


EXAMPLE = "K7F-3QX"
"""The reference in the examples that sentences give."""


def _assign(words: str) -> Parsed:
    found, name = _reference(words)
    if found is None or not name.strip():
        return Problem("usage-assign", {"reference": found or EXAMPLE})
    return commands.Assign(found, " ".join(name.split()))


def _severity(words: str) -> Parsed:
    found, word = _reference(words)
    code = vocabulary.meant(word, vocabulary.SEVERITIES)
    if found is None or code is None:
        return Problem("usage-severity", {"reference": found or EXAMPLE})
    return commands.SetSeverity(found, _as_severity(code))


def _as_severity(code: str) -> Severity:
    return next(severity for severity in SEVERITIES if severity == code)


def _wait(words: str) -> Parsed:
    found, typed = _reference(words)
    span = _span(typed) if typed.strip() else WAIT_DEFAULT
    if found is None or span is None:
        return Problem("usage-wait", {"reference": found or EXAMPLE})
    return commands.Wait(found, span)


def _snooze(words: str) -> Parsed:
    found, typed = _reference(words)
    span = _span(typed)
    if found is None or span is None:
        return Problem("usage-snooze", {"reference": found or EXAMPLE})
    return commands.Snooze(found, span)


def _close(words: str) -> Parsed:
    found, rest = _reference(words)
    code, text = vocabulary.resolution(rest)
    if found is None or code is None:
        return Problem("usage-close", {"reference": found or EXAMPLE})
    return commands.Close(found, code, text)


def _due(words: str) -> Parsed:
    found, rest = _reference(words)
    if found is None:
        return Problem("usage-due", {"reference": EXAMPLE})
    head, number = _first(rest)
    if not vocabulary.is_done(head):
        return commands.Due(found, rest.strip())
    number = number.strip().lstrip("№#").strip()
    if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER):
        return Problem("usage-due-done", {"reference": found})
    return commands.DueDone(found, int(number))


def _restrict(words: str) -> Parsed:
    found, names = _reference(words)
    if found is None:
        return Problem("usage-restrict", {"reference": EXAMPLE})
    if vocabulary.is_everybody(names):
        return commands.Restrict(found, lift=True)
    return commands.Restrict(found, " ".join(names.split()))


def _audit(words: str) -> Parsed:
    """A reference or a name, and perhaps the number before which to go on."""
    found, rest = _reference(words)
    head, _, last = " ".join(rest.split()).rpartition(" ")
    number = int(last) if last.isascii() and last.isdigit() and len(last) <= LONGEST_COUNT else None
    if found and rest and (head or number is None):
        return Problem("usage-audit")
    if found:
        return commands.Audit(found, "", number)
    if number is not None and head:
        return commands.Audit("", head, number)
    name = " ".join(words.split())
    return commands.Audit("", name) if name and len(name) <= LONGEST_NAME else Problem("usage-audit")


def _stats(words: str) -> Parsed:
    span = _span(words) if words else STATS_DEFAULT
    if span is None or span < timedelta(days=1):
        return Problem("usage-stats")
    return commands.Stats(span)


def _bind(words: str) -> Parsed:
    room, confirmed = _agreed(words)
    return commands.Bind(confirmed=confirmed) if vocabulary.is_staff_room(room) else Problem("usage-bind")


def _invite(words: str) -> Parsed:
    word, name = _first(words)
    code = vocabulary.meant(word, vocabulary.ROLES)
    name = " ".join(name.split())
    if code is None or not name or not name.isprintable() or len(name) > LONGEST_NAME:
        return Problem("usage-invite")
    if not name[0].isalpha() or vocabulary.is_our_word(_first(name)[0]):
        return Problem("usage-invite-name")
    return commands.Invite(_as_role(code), name)


def _as_role(code: str) -> Role:
    return next(role for role in ROLES if role == code)


def _revoke(words: str) -> Parsed:
    name, confirmed = _agreed(words)
    name = " ".join(name.split())
    return commands.Revoke(name, confirmed=confirmed) if name else Problem("usage-revoke")


def _erase(words: str) -> Parsed:
    found, rest = _reference(words)
    if found is None:
        return Problem("usage-reference", {"command": "/erase"})
    word = rest.strip()
    return commands.Erase(found, confirmed=vocabulary.is_yes(word), declined=vocabulary.is_no(word))


def _language(words: str) -> Parsed:
    meant = vocabulary.meant(words, vocabulary.LANGUAGES)
    return Problem("error-language-not-spoken") if words and not meant else commands.Language(meant)


def _join(words: str) -> Parsed:
    return commands.Join(words) if words else Problem("usage-join")


_READERS: Mapping[str, _Reader] = {
    "help": _plain(commands.Help),
    "start": _plain(commands.Help),
    "language": _language,
    "link": _plain(commands.Link),
    "burn": _plain(commands.Burn),
    "join": _join,
    "queue": _plain(commands.Queue),
    "case": _with_reference("case", commands.ShowCase),
    "ack": _with_reference("ack", commands.Acknowledge),
    "take": _with_reference("take", commands.Take),
    "release": _with_reference("release", commands.Release),
    "reopen": _with_reference("reopen", commands.Reopen),
    "assign": _assign,
    "severity": _severity,
    "wait": _wait,
    "snooze": _snooze,
    "reply": _with_text("reply", commands.Reply),
    "note": _with_text("note", commands.Note),
    "close": _close,
    "due": _due,
    "restrict": _restrict,
    "handover": _plain(commands.Handover),
    "rota": _about_rota(parse_rota.rota),
    "oncall": _plain(commands.OnCall),
    "shift": _about_rota(parse_rota.shift),
    "take_shift": _about_rota(parse_rota.take_shift),
    "swap": _about_rota(parse_rota.swap),
    "test_alert": _plain(commands.TestAlert),
    "status": _plain(commands.Status),
    "overdue": _plain(commands.Overdue),
    "stats": _stats,
    "bind": _bind,
    "unbind": _plain(commands.Unbind),
    "invite": _invite,
    "revoke": _revoke,
    "audit": _audit,
    "erase": _erase,
}
