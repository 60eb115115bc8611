"""A case moves on: its status, its clock and the notices that stand in chats, always together."""

from __future__ import annotations

from backend.cases import notices, rules
from backend.cases.records import Case
from backend.cases.rules import Deed, Status
from backend.errors import CaseClosed
from backend.escalation import clocks
from backend.work import Work


async def move_to(work: Work, case: Case, deed: Deed, *, restart: bool = False) -> None:
    """The status that follows from the deed. `restart`: its clock begins anew. Raises CaseClosed."""
    status = rules.status_after(status_of(case), deed)
    if status is None:
        raise CaseClosed(reference=case.reference)
    case.row.status = status
    case.row.touched_at = work.now
    if status != "waiting":
        case.row.waits_until = None
    await work.session.flush()
    await clocks.move(work, case.row, restart=restart)
    await notices.refresh(work, case)


async def go_on(work: Work, case: Case, deed: Deed) -> None:
    """Something happened that nobody on the staff did: a message came, a wait ended."""
    restart = status_of(case) == "in_progress" and case.row.worked_at is not None
    await move_to(work, case, deed, restart=restart)


def must_be_open(case: Case) -> None:
    """Raises CaseClosed: a closed case has to be reopened first."""
    if case.row.status == "closed":
        raise CaseClosed(reference=case.reference)


def status_of(case: Case) -> Status:
    """The status as one of the known words."""
    return next(status for status in rules.STATUSES if status == case.row.status)
