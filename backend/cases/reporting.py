"""What a reporter does: a report becomes a case, later words reach it, a receipt leads back to it.

Callers own the transaction.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, union_all

from backend.cases import files as case_files
from backend.cases import notices, records, rules
from backend.cases.codes import dictated, new_code, new_reference
from backend.cases.model import CaseRow, ReceiptRow, TombstoneRow
from backend.cases.progress import go_on
from backend.cases.records import Case, add_entry
from backend.cases.rules import Severity
from backend.escalation import clocks
from backend.outbox import Json
from backend.people import reporters
from backend.people.reporters import Reporter
from backend.vault import keyring
from backend.vault.keys import new_id
from backend.work import Work


@dataclass(frozen=True, slots=True)
class Opened:
    """A case made. The receipt code is told once and kept as a hash; `within`: when an officer answers."""

    case: Case
    receipt: str
    within: timedelta


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
    case = Case(row, keyring.begun(work.session, work.vault, row_id))
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
    return Opened(case, code, work.settings.escalation.of(severity).reply_within)


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
    """A reference that no case has or had, so that a tombstone stays one case's; unique columns guard it."""
    while True:
        reference = new_reference()
        query = union_all(
            select(CaseRow.reference).where(CaseRow.reference == reference),
            select(TombstoneRow.reference).where(TombstoneRow.reference == reference),
        ).limit(1)
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
    await go_on(work, case, "message")
    await notices.reporter_wrote(work, case, entry_id)


async def set_consents(work: Work, case: Case, consents: Mapping[str, str]) -> None:
    """Change or revoke consents; each change is dated, and the officer is told.

    Where the report is sealed the entry alone says so.
    """
    report = case.report()
    if report is not None:
        case.write_report(records.with_consents(report, consents, at=work.now))
    entry_id = add_entry(work, case, "consent_changed", author="reporter", facts=dict(consents))
    await notices.reporter_wrote(work, case, entry_id)


async def case_of_receipt(work: Work, code: str, *, also_hidden: bool = False) -> Case | None:
    """The case of a receipt code, or None if the code is wrong (or its case erased).

    `also_hidden`: one that was taken back and waits to be destroyed, too.

    How long this takes tells nothing of any code: what is compared, here or in the database's index, are
    keyed hashes, and whoever doesn't have the key can't choose what their guess's hash begins with.
    """
    digest = work.vault.digest("receipt", dictated(code))
    query = select(ReceiptRow.code, ReceiptRow.case_id).where(ReceiptRow.code == digest)
    found = (await work.session.execute(query)).one_or_none()
    if found is None or not hmac.compare_digest(found.code, digest):
        return None
    # Held: whoever comes back in the moment in which it is destroyed must not be told that it is there again.
    row = await work.session.get(CaseRow, found.case_id, with_for_update=True, populate_existing=True)
    if row is None or (row.hidden_at and not also_hidden):
        return None
    return await records.opened(work, row)
