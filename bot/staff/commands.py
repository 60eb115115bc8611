"""What staff ask for, typed or by button: the same words for every messenger.

A reference is canonical (`K7F-3QX`). `confirmed` says that the person was asked and said yes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import TypeAlias

from backend.cases.rules import Severity
from backend.people.roles import Role
from backend.rota.rules import ShiftRole
from bot.staff.times import Day, Hours

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
class Burn:
    """This private chat emptied at once."""


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
class Snooze:
    """Remind me of it no sooner than in so long."""

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
class Due:
    """What is due on it; with `words` (a moment, and what must be done by then) one thing more."""

    reference: str
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DueDone:
    """That is done. By button it is named by `due_id`, typed by the case's reference and its number."""

    reference: str = ""
    number: int = 0
    due_id: str | None = None


@dataclass(frozen=True, slots=True)
class Restrict:
    """Only these may read it (`names` as typed); with `lift` everybody may again; without names: who may."""

    reference: str
    names: str = ""
    lift: bool = False


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
class Handover:
    """I'm on duty now; typed, or by the button under handover `number`."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is on duty when, in the week from this day on; None: from today."""

    day: Day | None = None


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on duty now, and can be reached."""


@dataclass(frozen=True, slots=True)
class AddShift:
    """Put this colleague on duty."""

    name: str
    day: Day
    hours: Hours
    role: ShiftRole = "primary"


@dataclass(frozen=True, slots=True)
class RemoveShift:
    """Take a single shift away again: the one that begins then, or (by button) the one of this id."""

    name: str = ""
    day: Day | None = None
    begins: time | None = None
    shift_id: str | None = None


@dataclass(frozen=True, slots=True)
class TakeShift:
    """I take over somebody's (or this colleague's) shift of that day, or these hours of it."""

    day: Day
    hours: Hours | None = None
    role: ShiftRole = "primary"
    name: str = ""


@dataclass(frozen=True, slots=True)
class AskSwap:
    """I would give my shift of that day to this colleague, and take theirs of the other."""

    day: Day
    name: str
    in_return: Day | None = None


@dataclass(frozen=True, slots=True)
class AnswerSwap:
    """My word on a swap: by button on the one of this id, typed on that of the colleague of this name."""

    agreed: bool
    name: str = ""
    swap_id: str | None = None


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
class Audit:
    """Who read a case, or what a person did: the latest lines, or those `before` this number."""

    reference: str = ""
    name: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Erase:
    """Destroy a case: asked by one coordinator, agreed to (`confirmed`) or not (`declined`) by another."""

    reference: str
    confirmed: bool = False
    declined: bool = False


CaseDeed: TypeAlias = (
    Acknowledge | Take | Release | Assign | SetSeverity | Wait | Reply | Note | Close | Reopen
)
"""What changes a case that its reference names."""

ByReference: TypeAlias = CaseDeed | ShowCase | Snooze | Due | DueDone | Restrict | Audit | Erase
"""What names a case, by its `reference`: need to know is asked before it is done. Without one: about none."""

ByHeldWords: TypeAlias = SendHeld | KeepHeld
"""What leads to a case by another id, like a `DueDone` by button: need to know is asked once it is found."""

AboutNoCase: TypeAlias = (
    Help
    | Language
    | Link
    | Burn
    | Dismiss
    | Join
    | Queue
    | Handover
    | Rota
    | OnCall
    | AddShift
    | RemoveShift
    | TakeShift
    | AskSwap
    | AnswerSwap
    | TestAlert
    | TestReceived
    | Status
    | Overdue
    | Stats
    | Bind
    | Unbind
    | Invite
    | Revoke
)

Command: TypeAlias = ByReference | ByHeldWords | AboutNoCase
