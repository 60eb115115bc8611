"""Taking a case back: hidden at once, destroyed after a day or at once, with nothing left but a tombstone.

The data key goes first: whatever copies of the rows remain somewhere can't be read any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from sqlalchemy import Select, delete, select, update

from backend import outbox
from backend.cases import notices
from backend.cases.model import CaseReporterRow, CaseRow, TombstoneRow
from backend.cases.records import Case
from backend.escalation import clocks, due_dates
from backend.outbox import Item, Json, Priority
from backend.people import posted, reporters
from backend.people.model import ConversationRow, PostedRow, ReporterRow
from backend.people.reporters import Reporter
from backend.vault import keyring
from backend.vault.files import FileStore
from backend.vault.keys import CaseKey
from backend.vault.model import FileRow
from backend.work import Work

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
    keys = await keyring.load_all(work.session, work.vault, [row.id for row in rows], CaseKey)
    return [Case(row, keys[row.id]) for row in rows if row.id in keys]


async def hide(work: Work, case: Case) -> None:
    """Out of everybody's sight and off every clock, to be destroyed in a day."""
    case.row.hidden_at = work.now
    case.row.erase_at = work.now + HIDDEN_FOR
    await clocks.stop(work, case.row)
    await work.session.flush()
    await outbox.drop_for_case(work.session, case.row.id)
    await notices.taken_back(work, case)


async def bring_back(work: Work, case: Case) -> None:
    """Whoever holds the receipt says that it wasn't them: the case is there again, and waits anew."""
    case.row.hidden_at = case.row.erase_at = None
    case.row.touched_at = work.now
    await work.session.flush()
    await clocks.move(work, case.row, restart=True)
    await due_dates.resume(work, case.row)
    await notices.announce(work, case, "opened")


async def destroy(work: Work, case: Case, *, by: str) -> None:
    """Destroy a case's key, rows and files now. `by` is a staff id, or `reporter`."""
    if case.row.hidden_at is None:
        await outbox.drop_for_case(work.session, case.row.id)
        await notices.taken_back(work, case)
    await _destroy(work, case.row.id, case.reference, by=by)


async def _destroy(work: Work, case_id: str, reference: str, *, by: str) -> None:
    await keyring.destroy(work.session, case_id)
    await drop_files(
        work, (await work.session.execute(select(FileRow.id).where(FileRow.owner == case_id))).scalars()
    )
    # Their messages in staff chats are being removed: until that is done the rows say where they stand.
    await work.session.execute(update(PostedRow).where(PostedRow.case_id == case_id).values(case_id=None))
    await work.session.execute(delete(CaseRow).where(CaseRow.id == case_id))
    work.session.add(TombstoneRow(reference=reference, erased_at=work.now, erased_by=by))


async def destroy_hidden(work: Work, *, limit: int = 100) -> None:
    """Destroy what was hidden a day ago."""
    query = select(CaseRow.id, CaseRow.reference).where(CaseRow.erase_at <= work.now).limit(limit)
    for case_id, reference in (await work.session.execute(query)).all():
        await outbox.drop_for_case(work.session, case_id)
        await _destroy(work, case_id, reference, by="reporter")


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
    await outbox.drop_for_party(work.session, reporter.id)
    messages = await posted.in_chat(work, reporter.id, reporter.key)
    if messages:
        standing: list[Json] = [[each.chat, each.message] for each in messages]
        work.put(Item(reporter.party, "clear", {"messages": standing}, Priority.REPLY))
    await posted.forget(work, [each.id for each in messages])
    await forget_draft(work, reporter.id)


async def forget_draft(work: Work, reporter_id: str) -> None:
    """An unfinished report: its words and its files."""
    await reporters.end_conversation(work, reporter_id)
    await drop_files(
        work, (await work.session.execute(select(FileRow.id).where(FileRow.owner == reporter_id))).scalars()
    )


async def forget_expired_drafts(work: Work) -> None:
    """Conversations that had their day, and the files of their drafts."""
    ended = await reporters.end_expired(work)
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
        for reporter_id in list(still.scalars()):
            await reporters.forget(work, reporter_id)


def _idle() -> Select[str]:
    busy = (
        select(CaseReporterRow.reporter_id),
        select(ConversationRow.reporter_id),
        select(outbox.OutboxRow.party).where(outbox.OutboxRow.state.in_(("due", "claimed"))),
    )
    query = select(ReporterRow.id)
    for ids in busy:
        query = query.where(ReporterRow.id.not_in(ids))
    return query
