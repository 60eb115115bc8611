"""What may be done to a case, by whom, and what follows: pure decisions.

The words are those of the field; the source of statuses, severities and permissions is the centre's
own case description.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

from backend import messengers

Status = Literal["new", "acknowledged", "in_progress", "waiting", "closed"]
Severity = Literal["urgent", "high", "normal"]
Audience = Literal["reporter", "staff", "coordinators"]
ClockKind = Literal["acknowledge", "first_reply", "quiet", "wait"]
Deed = Literal[
    "acknowledge",
    "take",
    "release",
    "assign",
    "severity",
    "wait",
    "resume",
    "reply",
    "note",
    "message",
    "close",
    "reopen",
]

STATUSES: tuple[Status, ...] = ("new", "acknowledged", "in_progress", "waiting", "closed")
SEVERITIES: tuple[Severity, ...] = ("urgent", "high", "normal")
OPEN: tuple[Status, ...] = ("new", "acknowledged", "in_progress", "waiting")
RESOLUTIONS = (
    "resolved",
    "referred",
    "published_only",
    "out_of_mandate",
    "duplicate",
    "unreachable",
    "withdrawn",
    "unfounded",
)
CONSENTS = ("consent_partners", "consent_authorities", "consent_un", "consent_public")

_SAME: dict[Status, Status] = {status: status for status in STATUSES}
_NEXT: dict[Deed, dict[Status, Status]] = {
    "acknowledge": {"new": "acknowledged"},
    "take": dict.fromkeys(OPEN, "in_progress"),
    "release": dict.fromkeys(("acknowledged", "in_progress", "waiting"), "new"),
    "assign": {status: status for status in OPEN},
    "severity": {status: status for status in OPEN},
    "wait": dict.fromkeys(OPEN, "waiting"),
    "resume": {"waiting": "in_progress"},
    "reply": {**_SAME, "new": "in_progress", "acknowledged": "in_progress"},
    "note": {**_SAME, "new": "in_progress", "acknowledged": "in_progress"},
    "message": {**_SAME, "waiting": "in_progress"},
    "close": dict.fromkeys(OPEN, "closed"),
    "reopen": {"closed": "in_progress"},
}

FINISHED_WITHIN = timedelta(days=1)
"""In this time messages arrive or are given up, and so are files."""
HELD: frozenset[str] = frozenset({"arrest", "detention", "abduction"})
ATTACKED: frozenset[str] = frozenset({"physical_attack", "sexual_violence"})


def status_after(status: Status, deed: Deed) -> Status | None:
    """The status that follows, or None where this can't be done to a case that stands so."""
    return _NEXT[deed].get(status)


def acknowledges(status: Status, deed: Deed) -> bool:
    """Whether the deed, done by staff, is also the acknowledgement of a new case."""
    return status == "new" and deed in ("acknowledge", "take", "reply", "note", "wait")


def proposed_severity(acts: Collection[str], timing: str, *, sos: bool) -> Severity:
    """Urgent if somebody is held, attacked or missing, or calls for help; high if it goes on or is near."""
    if sos or not (HELD | ATTACKED).isdisjoint(acts):
        return "urgent"
    return "high" if timing in ("ongoing", "imminent") else "normal"


def clock_for(status: Status, *, worked: bool) -> ClockKind | None:
    """The clock that runs while a case stands so. `worked`: staff replied or noted since acknowledging."""
    match status:
        case "new":
            return "acknowledge"
        case "acknowledged":
            return "first_reply"
        case "in_progress":
            return "quiet" if worked else "first_reply"
        case "waiting":
            return "wait"
        case "closed":
            return None


def seals_at(*, closed_at: datetime, touched_at: datetime, after: timedelta, unfinished: bool) -> datetime:
    """When a closed case is sealed: `after` it was closed, or anybody last did anything on it.

    `unfinished`: a message about it is on its way, or a file of it still to be fetched. That holds it up,
    but not for ever: a messenger that never comes back must not keep a case readable.
    """
    since = max(closed_at, touched_at)
    return since + after + (FINISHED_WITHIN if unfinished else timedelta())


def may_show(entry_channel: str, channel: str) -> bool:
    """Whether what came by `entry_channel` may be shown on `channel`: never where it is less safe."""
    return messengers.of(channel).strength >= messengers.of(entry_channel).strength


def weaker(one: str, other: str) -> str:
    """Of two channels the one that protects less: what passed through both is as safe as that one."""
    return one if may_show(one, other) else other


def written_to(chosen: Sequence[tuple[str, datetime]]) -> list[bool]:
    """Which of a case's reporters are written to, by the channel on which each came to it last, and when.

    All on the safest of these channels; where it is less safe only whoever came back there since.
    """
    strengths = [messengers.of(channel).strength for channel, _ in chosen]
    safest = max(strengths, default=0)
    since = [at for strength, (_, at) in zip(strengths, chosen, strict=True) if strength == safest]
    return [
        strength == safest or at > max(since) for strength, (_, at) in zip(strengths, chosen, strict=True)
    ]


def may_release(*, actor: str, assignee: str | None, is_coordinator: bool) -> bool:
    """The officer on the case gives it back, or a coordinator does."""
    return actor == assignee or is_coordinator
