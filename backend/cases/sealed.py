"""Closed cases that the server itself can't read any more, and how one is brought back.

Each is one transaction: killed at any moment, a case is either readable as before or sealed, and has its
keys in one of both places. What stands in the case's row in the clear stays; its receipts and its
reporters' addresses have keys of their own, so that whoever writes to it still reaches somebody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select

from backend import outbox
from backend.audit import log as audit
from backend.cases import files, held_replies, records, rules
from backend.cases.model import CaseRow
from backend.cases.records import Case, Entry
from backend.database import is_unavailable
from backend.errors import CaseNotSealed
from backend.outbox import Json
from backend.vault import keyring
from backend.vault.recipients import recipients
from backend.work import Backend, Work

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

log = structlog.get_logger("sealing")

AT_ONCE = 1000
"""Cases of one look: those that are held up are looked at again with the next."""
LATE = timedelta(hours=1)
"""A case that isn't sealed so long after its time is a fault that somebody has to see."""
_TO_SEAL = CaseRow.closed_at.is_not(None), CaseRow.sealed_at.is_(None), CaseRow.hidden_at.is_(None)


async def due(work: Work) -> list[str]:
    """Ids of cases whose time to be sealed has come, or would have if nothing held it up."""
    if not work.settings.sealing.recipients:
        return []
    latest = work.now - work.settings.sealing.after
    query = select(CaseRow.id).where(*_TO_SEAL, CaseRow.touched_at <= latest).order_by(CaseRow.touched_at)
    return list((await work.session.execute(query.limit(AT_ONCE))).scalars())


async def late(work: Work) -> int:
    """How many cases should have been sealed by now, whatever held them up."""
    latest = work.now - work.settings.sealing.after - rules.FINISHED_WITHIN - LATE
    query = select(func.count()).select_from(CaseRow).where(*_TO_SEAL, CaseRow.touched_at <= latest)
    return (await work.session.execute(query)).scalar_one()


async def seal_due(backend: Backend) -> int:
    """Seal every case whose time has come, each in a transaction of its own; how many there were.

    One that fails is logged, and holds up no other. Raises what says that the database is gone.
    """
    async with backend.looking() as work:
        ids = await due(work)
    sealed = [case_id for case_id in ids if await _sealed(backend, case_id)]
    if sealed:
        backend.database.holds_destroyed = True
    return len(sealed)


async def _sealed(backend: Backend, case_id: str) -> bool:
    try:
        async with backend.work() as work:
            return await seal(work, case_id)
    except Exception as error:
        if is_unavailable(error):
            raise
        log.error("case can't be sealed", case=case_id, error=type(error).__name__)
        return False


async def seal(work: Work, case_id: str) -> bool:
    """Seal this case, in this transaction, if its time has come; whether it was."""
    query = select(CaseRow).where(CaseRow.id == case_id, *_TO_SEAL)
    held = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    row = (await work.session.execute(held)).scalar()
    if row is None or row.closed_at is None or not await _is_due(work, row, row.closed_at):
        return False
    whom = recipients(work.settings.sealing.recipients)
    if not await keyring.seal_away(work.session, work.vault, row.id, whom, now=work.now):
        return False
    row.sealed_at = work.now
    await _drop_what_could_be_read(work, row.id)
    await audit.note(work, audit.HOTLINE, "sealed", reference=row.reference)
    return True


async def _is_due(work: Work, row: CaseRow, closed_at: datetime) -> bool:
    unfinished = await outbox.any_under_way(work.session, row.id) or await files.any_pending(work, row.id)
    after = work.settings.sealing.after
    at = rules.seals_at(closed_at=closed_at, touched_at=row.touched_at, after=after, unfinished=unfinished)
    return at <= work.now


async def _drop_what_could_be_read(work: Work, case_id: str) -> None:
    """Words about the case that other keys than its own have sealed, and what waits for its key in vain."""
    await outbox.drop_under_way(work.session, case_id)
    await held_replies.drop_for_case(work, case_id)
    await files.give_up_pending(work, case_id)


# ── Bringing back ───────────────────────────────────────────────────────────────────────────────


async def unseal(work: Work, reference: str, identities: Sequence[Identity]) -> None:
    """Have the case readable again, until it is closed once more or nobody touched it for `sealing.after`.

    Raises CaseNotFound, CaseNotSealed, IdentityWrong, SealBroken.
    """
    case = await records.find(work, reference, for_change=True)
    if not await keyring.bring_back(work.session, work.vault, case.row.id, identities):
        raise CaseNotSealed(reference=case.reference)
    case.row.sealed_at = None
    case = await records.find(work, reference)
    await _catch_up(work, case)
    records.add_entry(work, case, "unsealed")
    await audit.note(work, audit.OPERATOR, "unsealed", reference=case.reference)


async def _catch_up(work: Work, case: Case) -> None:
    """Bring into the report what changed while it was sealed."""
    report = case.report()
    if report is not None:
        since = await records.entries_after_report(work, case)
        changed = caught_up(report, since)
        if changed != report:
            case.write_report(changed)


def caught_up(report: dict[str, Json], since: Sequence[Entry]) -> dict[str, Json]:
    """The report after the consents and resolutions of these entries. Pure: an archive is read so too."""
    for entry in since:
        if entry.kind == "consent_changed":
            report = records.with_consents(report, entry.facts, at=entry.at)
        elif entry.kind == "status_changed" and entry.facts.get("to") == "closed":
            ended: dict[str, Json] = {
                "resolution": entry.facts.get("resolution"),
                "resolution_text": entry.body,
            }
            report = {**report, **ended}
    return report
