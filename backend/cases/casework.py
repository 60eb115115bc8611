"""What officers do to a case. Each function changes the case, its history, its clock and the outbox together.

Callers own the transaction. Staff permissions beyond "works cases" are checked here, where the deed is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from backend.cases import notices, rules
from backend.cases.progress import move_to, must_be_open, status_of
from backend.cases.records import Case, add_entry
from backend.cases.rules import Deed, Severity
from backend.errors import (
    AlreadyAcknowledged,
    AlreadyYours,
    CaseClosed,
    CaseNotClosed,
    NoChange,
    NotAllowed,
    NotAmongNamed,
    NotOnCase,
    ReporterUnreachable,
)
from backend.escalation import clocks, due_dates
from backend.outbox import Json
from backend.people import need_to_know, staff
from backend.people.staff import Staff
from backend.retention import counts
from backend.work import Work


async def acknowledge(work: Work, actor: Staff, case: Case) -> None:
    """The case has been seen and is this officer's. Raises AlreadyAcknowledged, naming who was faster."""
    _must_work_cases(actor)
    if case.row.status == "closed":
        raise CaseClosed(reference=case.reference)
    if case.row.status != "new":
        raise await _already(work, case)
    await _staff_deed(work, actor, case, "acknowledge")


async def _already(work: Work, case: Case) -> AlreadyAcknowledged:
    officer = await staff.get(work, case.row.assignee) if case.row.assignee else None
    return AlreadyAcknowledged(reference=case.reference, name=officer.name if officer else "–")


async def take(work: Work, actor: Staff, case: Case) -> None:
    """Acknowledge and start, or take over from a colleague, who is told. Raises AlreadyYours."""
    _must_work_cases(actor)
    if case.row.assignee == actor.id and case.row.status == "in_progress":
        raise AlreadyYours(reference=case.reference)
    before = case.row.assignee
    await _staff_deed(work, actor, case, "take")
    if before and before != actor.id:
        await _tell_former(work, case, before, now_on=actor)


async def _tell_former(work: Work, case: Case, former_id: str, *, now_on: Staff) -> None:
    former = await staff.get(work, former_id)
    if former:
        await notices.tell_people(
            work, case, [former], "told", key="told-taken-over", reference=case.reference, name=now_on.name
        )


async def release(work: Work, actor: Staff, case: Case) -> None:
    """Give the case back: it waits for somebody again, and the room is told. Raises NotOnCase."""
    _must_work_cases(actor)
    must_be_open(case)
    if not rules.may_release(actor=actor.id, assignee=case.row.assignee, is_coordinator=actor.is_coordinator):
        raise NotOnCase(reference=case.reference)
    if case.row.status == "new":
        raise NoChange(reference=case.reference)
    case.row.assignee = case.row.acknowledged_at = case.row.worked_at = None
    add_entry(work, case, "released", author="staff", author_id=actor.id)
    await move_to(work, case, "release")
    await notices.announce(work, case, "released")


async def assign(work: Work, actor: Staff, case: Case, to: Staff) -> None:
    """Put the case into somebody's hands; they are told, and so is whoever had it.

    It stays unacknowledged until they acknowledge.
    """
    _must_work_cases(actor)
    must_be_open(case)
    if not to.may_work_cases:
        raise NotAllowed
    if not need_to_know.may_read(to, await need_to_know.circle(work, case.row.id)):
        raise NotAmongNamed(reference=case.reference, name=to.name)
    if case.row.assignee == to.id:
        raise NoChange(reference=case.reference)
    before, case.row.assignee = case.row.assignee, to.id
    add_entry(work, case, "assigned", author="staff", author_id=actor.id, facts={"to": to.id})
    await move_to(work, case, "assign")
    if to.id != actor.id:
        await notices.tell_people(work, case, [to], "notice", reason="assigned")
    if before and before != actor.id:
        await _tell_former(work, case, before, now_on=to)


async def set_severity(work: Work, actor: Staff, case: Case, severity: Severity) -> None:
    """The officer decides how pressing it is; the clock goes by the new severity at once. Raises NoChange."""
    _must_work_cases(actor)
    must_be_open(case)
    if case.row.severity == severity:
        raise NoChange(reference=case.reference)
    case.row.severity = severity
    add_entry(work, case, "severity_changed", author="staff", author_id=actor.id, facts={"to": severity})
    await clocks.rethink(work, case.row)
    await notices.refresh(work, case)


async def wait(work: Work, actor: Staff, case: Case, span: timedelta) -> None:
    """Put the case to wait for `span`; it resumes by itself then, or when the reporter writes."""
    _must_work_cases(actor)
    case.row.waits_until = work.now + span
    await _staff_deed(work, actor, case, "wait", restart=True)


async def reply(
    work: Work, actor: Staff, case: Case, body: str, *, channel: str, files: Sequence[str] = ()
) -> str:
    """Answer the reporter in the hotline's words. Raises ReporterUnreachable. Returns the entry's id.

    `files` follow by themselves (`staff_files`), also without a word.
    """
    _must_work_cases(actor)
    _acknowledge_by(work, actor, case, "reply")
    entry_id = add_entry(
        work,
        case,
        "reply",
        author="staff",
        author_id=actor.id,
        audience="reporter",
        channel=rules.weaker(channel, case.row.channel),
        body=body,
        files=files,
    )
    if not await notices.readers(work, case):
        raise ReporterUnreachable(reference=case.reference)
    if body:
        await notices.tell_reporters(work, case, "reply", entry=entry_id, by=actor.id)
    case.row.replied_at = case.row.replied_at or work.now
    await _work_on(work, actor, case, "reply")
    return entry_id


async def note(
    work: Work, actor: Staff, case: Case, body: str, *, channel: str, files: Sequence[str] = ()
) -> None:
    """Note something for colleagues."""
    _must_work_cases(actor)
    first = _acknowledge_by(work, actor, case, "note")
    add_entry(work, case, "note", author="staff", author_id=actor.id, channel=channel, body=body, files=files)
    await _work_on(work, actor, case, "note")
    if first:
        await _tell_acknowledged(work, case)


async def close(work: Work, actor: Staff, case: Case, resolution: str, text: str = "") -> None:
    """Close with a resolution and perhaps a word on it for the file; the reporter is told so."""
    _must_work_cases(actor)
    must_be_open(case)
    report = case.report()
    if report is not None:  # of one that is sealed the entry below says how it ended
        case.write_report({**report, "resolution": resolution, "resolution_text": text})
    await counts.closed(work, case, resolution)
    case.row.closed_at = work.now
    facts: dict[str, Json] = {"to": "closed", "resolution": resolution}
    add_entry(work, case, "status_changed", author="staff", author_id=actor.id, body=text, facts=facts)
    await move_to(work, case, "close")
    await notices.tell_reporters(work, case, "told", key="told-closed", reference=case.reference)


async def reopen(work: Work, actor: Staff, case: Case) -> None:
    """Start again; the case is this officer's. Raises CaseNotClosed."""
    _must_work_cases(actor)
    if case.row.status != "closed":
        raise CaseNotClosed(reference=case.reference)
    case.row.closed_at = case.row.worked_at = None
    await counts.reopened(work, case)
    case.row.assignee = actor.id
    case.row.acknowledged_at = case.row.acknowledged_at or work.now  # it may have been closed while new
    await due_dates.resume(work, case.row)
    add_entry(work, case, "status_changed", author="staff", author_id=actor.id, facts={"to": "in_progress"})
    await move_to(work, case, "reopen")


# ── What they have in common ──────────────────────────────────────────────────────────────────


def _must_work_cases(actor: Staff) -> None:
    if not actor.may_work_cases:
        raise NotAllowed


async def _staff_deed(work: Work, actor: Staff, case: Case, deed: Deed, *, restart: bool = False) -> None:
    """Acknowledge, take or wait: the case becomes the actor's, and the first of these tells the reporter."""
    must_be_open(case)
    first = _acknowledge_by(work, actor, case, deed)
    if deed == "take" or case.row.assignee is None:
        case.row.assignee = actor.id
    if deed != "acknowledge":
        status = rules.status_after(status_of(case), deed)
        add_entry(work, case, "status_changed", author="staff", author_id=actor.id, facts={"to": status})
    await move_to(work, case, deed, restart=restart)
    if first:
        await _tell_acknowledged(work, case)


async def _tell_acknowledged(work: Work, case: Case) -> None:
    await notices.tell_reporters(work, case, "told", key="told-acknowledged", reference=case.reference)


def _acknowledge_by(work: Work, actor: Staff, case: Case, deed: Deed) -> bool:
    """Whether the deed was the acknowledgement of a new case too, which is then written down."""
    if not rules.acknowledges(status_of(case), deed):
        return False
    case.row.acknowledged_at = work.now
    case.row.assignee = actor.id if deed != "wait" else (case.row.assignee or actor.id)
    add_entry(work, case, "acknowledged", author="staff", author_id=actor.id)
    return True


async def _work_on(work: Work, actor: Staff, case: Case, deed: Deed) -> None:
    """A reply or note: the first one starts a case, and any of them says that somebody is at work."""
    if case.row.status != "closed":
        case.row.assignee = case.row.assignee or actor.id
        case.row.worked_at = case.row.worked_at or work.now
    await move_to(work, case, deed, restart=case.row.status == "in_progress")
