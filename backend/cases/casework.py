"""What people do to a case. Each function changes the case, its history, its clock and the outbox together.

Callers own the transaction. Staff permissions beyond "works cases" are checked here, where the deed is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from backend.cases import files as case_files
from backend.cases import notices, rules
from backend.cases.codes import dictated, new_code, new_reference
from backend.cases.model import CaseRow, ReceiptRow
from backend.cases.records import Case, add_entry
from backend.cases.rules import Deed, Severity, Status
from backend.errors import (
    AlreadyAcknowledged,
    AlreadyYours,
    CaseClosed,
    CaseNotClosed,
    NoChange,
    NotAllowed,
    NotOnCase,
    ReporterUnreachable,
)
from backend.escalation import clocks
from backend.outbox import Json
from backend.people import reporters, staff
from backend.people.reporters import Reporter
from backend.people.staff import Staff
from backend.vault import keyring
from backend.vault.keys import CaseKey, new_id
from backend.work import Work


@dataclass(frozen=True, slots=True)
class Opened:
    """A case made. The receipt code is told once and kept as a hash; `within`: when an officer answers."""

    case: Case
    receipt: str
    within: timedelta


# ── The reporter ────────────────────────────────────────────────────────────────────────────────


async def open_case(
    work: Work,
    reporter: Reporter,
    answers: Mapping[str, Json],
    *,
    files: Sequence[str] = (),
    sos: bool = False,
) -> Opened:
    """A report becomes a case: numbered, sealed, with its clock running and the staff told."""
    row_id = new_id()
    key = keyring.make(work.session, work.vault, row_id, CaseKey)
    severity = _severity(answers, sos=sos)
    row = CaseRow(
        id=row_id,
        reference=await _free_reference(work),
        severity=severity,
        status="new",
        channel=reporter.channel,
        opened_at=work.now,
        touched_at=work.now,
        entries=0,
    )
    case = Case(row, key)
    case.write_report(_report(work, answers, sos=sos))
    work.session.add(row)
    code = new_code()
    work.session.add(ReceiptRow(code=work.vault.digest("receipt", dictated(code)), case_id=row_id))
    await reporters.choose_case(work, reporter.id, row_id)
    add_entry(
        work, case, "opened", author="reporter", audience="reporter", channel=reporter.channel, files=files
    )
    await case_files.move(work, reporter, case, list(files))
    await work.session.flush()
    await clocks.move(work, case.row)
    await notices.announce(work, case, "opened")
    return Opened(case, code, work.settings.escalation.of(severity).first_reply)


def _severity(answers: Mapping[str, Json], *, sos: bool) -> Severity:
    acts = answers.get("acts")
    chosen = [str(act) for act in acts] if isinstance(acts, list) else []
    return rules.proposed_severity(chosen, str(answers.get("timing", "")), sos=sos)


def _report(work: Work, answers: Mapping[str, Json], *, sos: bool) -> dict[str, Json]:
    """Answers and dated consents apart: what wasn't answered was not consented to."""
    consents: dict[str, Json] = {
        code: {"value": answers.get(code, "no"), "at": work.now.isoformat()} for code in rules.CONSENTS
    }
    others = {key: value for key, value in answers.items() if key not in rules.CONSENTS}
    return {"answers": others, "consents": consents, "sos": sos}


async def _free_reference(work: Work) -> str:
    """A reference that no case has; the unique column has the last word."""
    while True:
        reference = new_reference()
        query = select(CaseRow.id).where(CaseRow.reference == reference)
        if (await work.session.execute(query)).scalar() is None:
            return reference


async def add_message(
    work: Work,
    reporter: Reporter,
    case: Case,
    body: str,
    *,
    files: Sequence[str] = (),
    corrected: bool = False,
) -> None:
    """The reporter's later words: into the history, and to the officer on the case."""
    facts: dict[str, Json] = {"corrected": True} if corrected else {}
    entry_id = add_entry(
        work,
        case,
        "message",
        author="reporter",
        audience="reporter",
        channel=reporter.channel,
        body=body,
        files=files,
        facts=facts,
    )
    await case_files.move(work, reporter, case, list(files))
    await _go_on(work, case, "message")
    await notices.reporter_wrote(work, case, entry_id)


async def set_consents(work: Work, case: Case, consents: Mapping[str, str]) -> None:
    """Change or revoke consents; each change is dated, and the officer is told."""
    report = case.report()
    dated = dict(report["consents"]) if isinstance(report["consents"], dict) else {}
    for code, value in consents.items():
        dated[code] = {"value": value, "at": work.now.isoformat()}
    case.write_report({**report, "consents": dated})
    entry_id = add_entry(work, case, "consent_changed", author="reporter", facts=dict(consents))
    await notices.reporter_wrote(work, case, entry_id)


async def case_of_receipt(work: Work, code: str) -> Case | None:
    """The case of a receipt code, or None if the code is wrong (or its case erased)."""
    query = select(ReceiptRow.case_id).where(ReceiptRow.code == work.vault.digest("receipt", dictated(code)))
    case_id = (await work.session.execute(query)).scalar()
    if case_id is None:
        return None
    row = await work.session.get(CaseRow, case_id)
    key = await keyring.load(work.session, work.vault, case_id, CaseKey)
    return None if row is None or key is None or row.hidden_at else Case(row, key)


# ── The officer ─────────────────────────────────────────────────────────────────────────────────


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
        await _tell_former(work, actor, case, before)


async def _tell_former(work: Work, actor: Staff, case: Case, former_id: str) -> None:
    former = await staff.get(work, former_id)
    if former:
        await notices.tell_people(
            work, case, [former], "told", key="told-taken-over", reference=case.reference, name=actor.name
        )


async def release(work: Work, actor: Staff, case: Case) -> None:
    """Give the case back: it waits for somebody again, and the room is told. Raises NotOnCase."""
    _must_work_cases(actor)
    _must_be_open(case)
    if not rules.may_release(actor=actor.id, assignee=case.row.assignee, is_coordinator=actor.is_coordinator):
        raise NotOnCase(reference=case.reference)
    if case.row.status == "new":
        raise NoChange(reference=case.reference)
    case.row.assignee = case.row.acknowledged_at = case.row.worked_at = None
    add_entry(work, case, "released", author="staff", author_id=actor.id)
    await _move_to(work, case, "release")
    await notices.announce(work, case, "released")


async def assign(work: Work, actor: Staff, case: Case, to: Staff) -> None:
    """Put the case into somebody's hands; they are told. It stays unacknowledged until they acknowledge."""
    _must_work_cases(actor)
    _must_be_open(case)
    if not to.may_work_cases:
        raise NotAllowed
    if case.row.assignee == to.id:
        raise NoChange(reference=case.reference)
    case.row.assignee = to.id
    add_entry(work, case, "assigned", author="staff", author_id=actor.id, facts={"to": to.id})
    await _move_to(work, case, "assign")
    if to.id != actor.id:
        await notices.tell_people(work, case, [to], "notice", reason="assigned")


async def set_severity(work: Work, actor: Staff, case: Case, severity: Severity) -> None:
    """The officer decides how pressing it is; the clock goes by the new severity at once. Raises NoChange."""
    _must_work_cases(actor)
    _must_be_open(case)
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


async def resume(work: Work, case: Case) -> None:
    """The wait is over."""
    await _go_on(work, case, "resume")


async def reply(work: Work, actor: Staff, case: Case, body: str, *, channel: str) -> str:
    """Answer the reporter in the hotline's words. Raises ReporterUnreachable. Returns the entry's id."""
    _must_work_cases(actor)
    entry_id = add_entry(
        work,
        case,
        "reply",
        author="staff",
        author_id=actor.id,
        audience="reporter",
        channel=channel,
        body=body,
    )
    if not await notices.tell_reporters(work, case, "reply", entry=entry_id, by=actor.id):
        raise ReporterUnreachable(reference=case.reference)
    case.row.replied_at = case.row.replied_at or work.now
    await _work_on(work, actor, case, "reply")
    return entry_id


async def note(work: Work, actor: Staff, case: Case, body: str, *, channel: str) -> None:
    """Note something for colleagues."""
    _must_work_cases(actor)
    add_entry(work, case, "note", author="staff", author_id=actor.id, channel=channel, body=body)
    await _work_on(work, actor, case, "note")


async def close(work: Work, actor: Staff, case: Case, resolution: str, text: str = "") -> None:
    """Close with a resolution and perhaps a word on it for the file; the reporter is told so."""
    _must_work_cases(actor)
    _must_be_open(case)
    case.write_report({**case.report(), "resolution": resolution, "resolution_text": text})
    case.row.closed_at = work.now
    facts: dict[str, Json] = {"to": "closed", "resolution": resolution}
    add_entry(work, case, "status_changed", author="staff", author_id=actor.id, body=text, facts=facts)
    await _move_to(work, case, "close")
    await notices.tell_reporters(work, case, "told", key="told-closed", reference=case.reference)


async def reopen(work: Work, actor: Staff, case: Case) -> None:
    """Start again; the case is this officer's. Raises CaseNotClosed."""
    _must_work_cases(actor)
    if case.row.status != "closed":
        raise CaseNotClosed(reference=case.reference)
    case.row.closed_at = case.row.worked_at = None
    case.row.assignee = actor.id
    add_entry(work, case, "status_changed", author="staff", author_id=actor.id, facts={"to": "in_progress"})
    await _move_to(work, case, "reopen")


# ── What they have in common ────────────────────────────────────────────────────────────────────


def _must_work_cases(actor: Staff) -> None:
    if not actor.may_work_cases:
        raise NotAllowed


def _must_be_open(case: Case) -> None:
    if case.row.status == "closed":
        raise CaseClosed(reference=case.reference)


async def _staff_deed(work: Work, actor: Staff, case: Case, deed: Deed, *, restart: bool = False) -> None:
    """Acknowledge, take or wait: the case becomes the actor's, and the first of these tells the reporter."""
    _must_be_open(case)
    _acknowledge_by(work, actor, case, deed)
    if deed == "take" or case.row.assignee is None:
        case.row.assignee = actor.id
    if deed != "acknowledge":
        status = rules.status_after(_status(case), deed)
        add_entry(work, case, "status_changed", author="staff", author_id=actor.id, facts={"to": status})
    first = case.row.acknowledged_at == work.now
    await _move_to(work, case, deed, restart=restart)
    if first:
        await notices.tell_reporters(work, case, "told", key="told-acknowledged", reference=case.reference)


def _acknowledge_by(work: Work, actor: Staff, case: Case, deed: Deed) -> None:
    if not rules.acknowledges(_status(case), deed):
        return
    case.row.acknowledged_at = work.now
    case.row.assignee = actor.id if deed != "wait" else (case.row.assignee or actor.id)
    add_entry(work, case, "acknowledged", author="staff", author_id=actor.id)


async def _work_on(work: Work, actor: Staff, case: Case, deed: Deed) -> None:
    """A reply or note: the first one starts a case, and any of them says that somebody is at work."""
    if case.row.status != "closed":
        _acknowledge_by(work, actor, case, deed)
        case.row.assignee = case.row.assignee or actor.id
        case.row.worked_at = case.row.worked_at or work.now
    await _move_to(work, case, deed, restart=case.row.status == "in_progress")


async def _go_on(work: Work, case: Case, deed: Deed) -> None:
    """Something happened that nobody on the staff did: a message came, a wait ended."""
    restart = _status(case) == "in_progress" and case.row.worked_at is not None
    await _move_to(work, case, deed, restart=restart)


async def _move_to(work: Work, case: Case, deed: Deed, *, restart: bool = False) -> None:
    status = rules.status_after(_status(case), deed)
    if status is None:
        raise CaseClosed(reference=case.reference)
    case.row.status = status
    case.row.touched_at = work.now
    if status != "waiting":
        case.row.waits_until = None
    await work.session.flush()
    await clocks.move(work, case.row, restart=restart)
    await notices.refresh(work, case)


def _status(case: Case) -> Status:
    return next(status for status in rules.STATUSES if status == case.row.status)
