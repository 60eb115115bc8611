"""What staff ask for, typed or by button: the same words for every messenger.

A reference is canonical (`K7F-3QX`). `confirmed` says that the person was asked and said yes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from backend.cases.rules import Severity
from backend.people.roles import Role

# ── What everybody may ask ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Help:
    """What this person can do here."""


@dataclass(frozen=True, slots=True)
class Language:
    """Speak this language from now on; None asks which."""

    language: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A code to join with from another messenger."""


@dataclass(frozen=True, slots=True)
class Dismiss:
    """No to a question that was asked: nothing happens."""


@dataclass(frozen=True, slots=True)
class Join:
    """An invitation's code (or a link's), sent by somebody who is not staff on this account yet."""

    code: str = field(repr=False)


# ── Cases ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Queue:
    """What is open, the most pressing first."""


@dataclass(frozen=True, slots=True)
class ShowCase:
    """The case in full, in private; typed, or by the button *Details*."""

    reference: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """I have seen it and it is mine."""

    reference: str


@dataclass(frozen=True, slots=True)
class Take:
    """I work on it from now on."""

    reference: str


@dataclass(frozen=True, slots=True)
class Release:
    """Back to the queue with it."""

    reference: str


@dataclass(frozen=True, slots=True)
class Assign:
    """This colleague works on it from now on."""

    reference: str
    name: str


@dataclass(frozen=True, slots=True)
class SetSeverity:
    """It is more pressing than it seemed, or less."""

    reference: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do on it for so long."""

    reference: str
    span: timedelta


@dataclass(frozen=True, slots=True)
class Reply:
    """To the reporter, in the hotline's name."""

    reference: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Note:
    """For colleagues only."""

    reference: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Close:
    """Done, with this result."""

    reference: str
    resolution: str
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Reopen:
    """Not done after all."""

    reference: str


@dataclass(frozen=True, slots=True)
class SendHeld:
    """Words written under a notice in a room: they are for the reporter."""

    held: str


@dataclass(frozen=True, slots=True)
class KeepHeld:
    """Words written under a notice in a room: they are a note for colleagues."""

    held: str


# ── Who is on duty ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is on duty when."""


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on duty now, and can be reached."""


@dataclass(frozen=True, slots=True)
class TestAlert:
    """Show me what an urgent notice looks and sounds like."""

    __test__ = False  # a name that begins like a test's is no test for pytest


@dataclass(frozen=True, slots=True)
class TestReceived:
    """The test alert's button: it came through."""

    __test__ = False


# ── The coordinator ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Status:
    """How the desk stands right now."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """Which cases have waited longer than they should."""


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures over the time up to now."""

    span: timedelta


@dataclass(frozen=True, slots=True)
class Bind:
    """This group is the staff room from now on."""

    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Unbind:
    """This group is the staff room no more."""


@dataclass(frozen=True, slots=True)
class Invite:
    """A code by which somebody joins."""

    role: Role
    name: str


@dataclass(frozen=True, slots=True)
class Revoke:
    """Somebody's role ends. `staff_id` is set where a button was pressed, and names the person exactly."""

    name: str
    staff_id: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Erase:
    """Destroy a case."""

    reference: str
    confirmed: bool = False


Command: TypeAlias = (
    Help
    | Language
    | Link
    | Dismiss
    | Join
    | Queue
    | ShowCase
    | Acknowledge
    | Take
    | Release
    | Assign
    | SetSeverity
    | Wait
    | Reply
    | Note
    | Close
    | Reopen
    | SendHeld
    | KeepHeld
    | Rota
    | OnCall
    | TestAlert
    | TestReceived
    | Status
    | Overdue
    | Stats
    | Bind
    | Unbind
    | Invite
    | Revoke
    | Erase
)

CaseDeed: TypeAlias = (
    Acknowledge | Take | Release | Assign | SetSeverity | Wait | Reply | Note | Close | Reopen
)
"""What changes a case that its reference names."""
