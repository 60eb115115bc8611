"""Which commands each role has: what `/help` explains and what the messenger's menu offers, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from backend.people.roles import Role
from bot.conversation.commands import REPORTER_COMMANDS
from bot.intents import Card
from bot.phrases import Phrase, phrase
from bot.staff import commands
from bot.staff.layout import lines

_CASES: Final = (
    "queue",
    "case",
    "ack",
    "take",
    "reply",
    "note",
    "wait",
    "snooze",
    "due",
    "close",
    "release",
    "assign",
    "severity",
    "reopen",
    "restrict",
)
_DUTY: Final = ("rota", "oncall", "take_shift", "swap", "handover", "test_alert")
_EVERYBODY: Final = ("link", "language", "burn", "help")
_COORDINATION: Final = (
    *("status", "overdue", "stats", "shift", "bind", "unbind", "invite", "revoke"),
    *("audit", "erase"),
)

_MENUS: Mapping[str, tuple[str, ...]] = {
    "reporter": REPORTER_COMMANDS,
    "officer": (*_CASES, *_DUTY, *_EVERYBODY),
    "coordinator": ("status", "queue", "overdue", *_CASES[1:], *_DUTY, *_COORDINATION[2:], *_EVERYBODY),
    "council": ("stats", *_EVERYBODY),
}

_FOR_EVERYBODY = (
    *(commands.Help, commands.Language, commands.Link, commands.Join),
    *(commands.Burn, commands.Dismiss),
)
_FOR_COORDINATORS = (
    commands.Status,
    commands.Overdue,
    commands.AddShift,
    commands.RemoveShift,
    commands.Bind,
    commands.Unbind,
    commands.Invite,
    commands.Revoke,
    commands.Audit,
    commands.Erase,
)
_BLINDLY = (*_FOR_COORDINATORS, commands.Restrict, commands.Assign)
"""What coordinators do without reading a case, also to one that is restricted to others."""


def menu(role: str) -> tuple[str, ...]:
    """Command names for this role's menu (`reporter` for people who aren't staff), without the slash."""
    return _MENUS[role]


def may(role: Role, command: commands.Command) -> bool:
    """Whether the role goes as far as this command."""
    if isinstance(command, _FOR_EVERYBODY):
        return True
    if isinstance(command, commands.Stats):
        return role in ("coordinator", "council")
    if isinstance(command, _FOR_COORDINATORS):
        return role == "coordinator"
    return role in ("officer", "coordinator")


def needs_reading(role: Role, command: commands.Command) -> bool:
    """Whether the command shows something of a case or works on it: then only who may read it gives it."""
    return not (role == "coordinator" and isinstance(command, _BLINDLY))


def card(role: Role) -> Card:
    """What this person can do, a line a command, in the order of their work."""
    if role == "council":
        return Card((phrase("help-council"), _usages(menu(role))))
    parts = [
        phrase("help-begin"),
        _usages(_CASES),
        phrase("help-how-to-reply"),
        _usages(_DUTY),
        *((_usages(_COORDINATION),) if role == "coordinator" else ()),
        _usages(_EVERYBODY),
    ]
    return Card(tuple(parts))


def _usages(names: tuple[str, ...]) -> Phrase:
    return lines(*(phrase(f"help-{name.replace('_', '-')}") for name in names))
