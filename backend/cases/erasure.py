"""Taking a case back: hidden at once, destroyed after a day or at once, with nothing left but a tombstone.

The data keys go first: whatever copies of the rows remain somewhere can't be read any more. Files are
unlinked and not overwritten first: solid-state disks and journalling file systems would write somewhere else,
and the key of each file's content was sealed in its row, under the key that is destroyed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import Select, delete, select, update

from backend import outbox
from backend.audit import log as audit
from backend.cases import notices, records
from backend.cases.model import CaseReporterRow, CaseRow, TombstoneRow
from backend.cases.records import Case
from backend.errors import SealBroken
from backend.escalation import clocks, due_dates
from backend.inbox import ParkedRow
from backend.people import parting, reporters, staff
from backend.people.model import ConversationRow, PostedRow, ReporterRow, VanishingRow
from backend.people.reporters import Reporter
from backend.retention import counts, vanish
from backend.retention.model import ErasureRequestRow
from backend.vault import keyring
from backend.vault.files import FileStore
from backend.vault.model import FileRow
from backend.work import Work

log = structlog.get_logger("erasure")

HIDDEN_FOR = timedelta(hours=24)
"""A seized phone can type a command: its owner has a day to say that it wasn't them."""


async def cases_of(work: Work, reporter: Reporter) -> list[Case]:
    """The cases of a reporter that aren't hidden."""
    query = (
        select(CaseRow)
        .join(CaseReporterRow, CaseReporterRow.case_id == CaseRow.id)
        .where(CaseReporterRow.reporter_id == reporter.id, CaseRow.hidden_at.is_(None))
    )
    rows = list((await work.session.execute(query)).scalars())
    return await records.all_opened(work, rows)


async def hide(work: Work, case: Case) -> None:
    """Out of everybody's sight and off every clock, to be destroyed in a day."""
    if not await _held(work, case.row) or case.row.hidden_at is not None:
        return
    case.row.hidden_at = work.now
    case.row.erase_at = work.now + HIDDEN_FOR
    await clocks.stop(work, case.row)
    await work.session.execute(delete(ErasureRequestRow).where(ErasureRequestRow.case_id == case.row.id))
    await work.session.flush()
    await outbox.drop_for_case(work.session, case.row.id)
    await notices.taken_back(work, case.row)
    await audit.note(work, audit.REPORTER, "erase-asked", reference=case.reference)


async def bring_back(work: Work, case: Case) -> None:
    """Whoever holds the receipt says that it wasn't them: the case is there again, and waits anew."""
    case.row.hidden_at = case.row.erase_at = None
    case.row.touched_at = work.now
    await work.session.flush()
    await clocks.move(work, case.row, restart=True)
    await due_dates.resume(work, case.row)
    await notices.announce(work, case, "opened")


async def destroy(work: Work, case: Case, *, by: str) -> None:
    """Destroy a case's keys, rows and files now, hidden or not. `by`: as `destroy_row` says."""
    await destroy_row(work, case.row, by=by)


async def destroy_row(work: Work, row: CaseRow, *, by: str) -> None:
    """The same for a row at hand. `by`: a staff id, `reporter`, `operator` or `hotline`.

    The rooms are told, unless its time had come: then the daily summary counts it. Nothing, if somebody else
    has destroyed it meanwhile.
    """
    if not await _held(work, row):
        return
    case_id, reference = row.id, row.reference
    await _count(work, row)
    await outbox.drop_for_case(work.session, case_id)
    if row.hidden_at is None:
        await notices.taken_back(work, row, told=by != audit.HOTLINE)
    await parting.part_from(work, case_id)
    await keyring.destroy(work.session, case_id)
    files = select(FileRow.id).where(FileRow.owner == case_id)
    await drop_files(work, (await work.session.execute(files)).scalars())
    # Their messages in staff chats are being removed: until that is done the rows say where they stand.
    await work.session.execute(update(PostedRow).where(PostedRow.case_id == case_id).values(case_id=None))
    await work.session.execute(delete(CaseRow).where(CaseRow.id == case_id))
    work.session.add(TombstoneRow(reference=reference, erased_at=work.now, erased_by=by))
    await audit.note(work, by, "erased", reference=reference)


async def _held(work: Work, row: CaseRow) -> bool:
    """Keep everybody else from the case until the transaction ends; False if it is gone.

    Whoever is writing to it comes first: what they leave (a key of a new epoch, a file) has to go as well.
    """
    query = select(CaseRow).where(CaseRow.id == row.id).with_for_update()
    held = await work.session.execute(query.execution_options(populate_existing=True))
    return held.scalar_one_or_none() is not None


async def _count(work: Work, row: CaseRow) -> None:
    """Into the monthly counts, as far as it can be read: a sealed one was counted when it was closed."""
    try:
        case = await records.opened(work, row)
        report = None if case is None else case.report()
        if report is not None:
            await counts.erased(work, report)
    except SealBroken:
        log.warning("not counted", reference=row.reference)


async def destroy_hidden(work: Work, *, limit: int = 100) -> None:
    """Destroy what was hidden a day ago."""
    query = select(CaseRow).where(CaseRow.erase_at <= work.now).limit(limit)
    for row in list((await work.session.execute(query.with_for_update(skip_locked=True))).scalars()):
        await destroy_row(work, row, by=audit.REPORTER)


async def drop_files(work: Work, file_ids: Iterable[str]) -> None:
    """Remove files: the rows with their keys in this transaction, the sealed bytes after the commit."""
    ids = list(file_ids)
    if not ids:
        return
    await work.session.execute(delete(FileRow).where(FileRow.id.in_(ids)))
    work.afterwards.append(partial(_unlink, work.files, ids))


def _unlink(store: FileStore, ids: Iterable[str]) -> None:
    for each in ids:
        store.remove(each)


async def drop_draft_files(work: Work, reporter: Reporter, file_ids: Iterable[str]) -> None:
    """Files of a draft that aren't wanted any more; those of a case are not touched."""
    query = select(FileRow.id).where(FileRow.id.in_(list(file_ids)), FileRow.owner == reporter.id)
    await drop_files(work, (await work.session.execute(query)).scalars())


async def clear_chat(work: Work, reporter: Reporter) -> None:
    """Take back what stands in a reporter's chat, as far as the messenger lets, and forget their draft."""
    await vanish.take_all_back(work, reporter)
    await _forget_parked(work, reporter)
    await forget_draft(work, reporter.id)


async def _forget_parked(work: Work, reporter: Reporter) -> None:
    """Messages of theirs that were set aside; there are hardly ever any, so all are looked into."""
    rows = list((await work.session.execute(select(ParkedRow))).scalars())
    if not rows:
        return
    key = await staff.desk_key(work)
    for row in rows:
        update = json.loads(key.open("parked", "update", row.id, row.update))
        if (update["channel"], update["sender"]) == (reporter.channel, reporter.sender):
            await work.session.delete(row)


async def forget_draft(work: Work, reporter_id: str) -> None:
    """An unfinished report: its words and its files."""
    await reporters.end_conversation(work, reporter_id)
    await drop_files(
        work, (await work.session.execute(select(FileRow.id).where(FileRow.owner == reporter_id))).scalars()
    )


async def forget_expired_drafts(work: Work) -> None:
    """Conversations that had their day, and the files of their drafts."""
    ended = await reporters.end_expired(work)
    await vanish.ended(work, [each for each, was_writing in ended.items() if was_writing])
    if ended:
        query = select(FileRow.id).where(FileRow.owner.in_(ended))
        await drop_files(work, (await work.session.execute(query)).scalars())


async def forget_idle_reporters(work: Work, *, limit: int = 200) -> None:
    """Whoever has no case, no conversation and nothing on its way to them is a stranger again."""
    # Asked twice: only what is seen after the lock can't change any more before the deletion.
    idle = _idle().limit(limit).with_for_update(skip_locked=True)
    candidates = list((await work.session.execute(idle)).scalars())
    if candidates:
        still = await work.session.execute(_idle().where(ReporterRow.id.in_(candidates)))
        ended = set(still.scalars())
        for reporter_id in ended - await parting.leave_chats(work, ended):
            await reporters.forget(work, reporter_id)


def _idle() -> Select[str]:
    busy = (
        select(CaseReporterRow.reporter_id),
        select(ConversationRow.reporter_id),
        select(VanishingRow.reporter_id),
        select(outbox.OutboxRow.party).where(outbox.OutboxRow.state.in_(("due", "claimed"))),
    )
    query = select(ReporterRow.id)
    for ids in busy:
        query = query.where(ReporterRow.id.not_in(ids))
    return query
