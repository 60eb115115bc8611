"""What has to be put right in a restored database: the world went on since the backup was made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import CursorResult, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cases.model import LISTED, TombstoneRow
from backend.outbox import OutboxRow
from backend.vault.model import FileRow

STALE = timedelta(hours=1)
_AT_ONCE = 500


async def bury(session: AsyncSession, erased: Mapping[str, datetime], *, now: datetime) -> None:
    """A tombstone for each erasure that the backup didn't know of: its reference is never given again.

    The list of erasures doesn't say by whom, so neither does the tombstone; no daily summary tells of it.
    """
    known = set((await session.execute(select(TombstoneRow.reference))).scalars())
    for reference, at in erased.items():
        if reference not in known:
            session.add(TombstoneRow(reference=reference, erased_at=at, erased_by=LISTED, listed_at=now))


async def give_up_files(session: AsyncSession, missing: Collection[str]) -> None:
    """Files that the archive doesn't hold can't be had any more, and the officers are told so."""
    ids = iter(missing)
    while some := list(islice(ids, _AT_ONCE)):
        await session.execute(update(FileRow).where(FileRow.id.in_(some)).values(state="failed"))


async def sort_outbox(session: AsyncSession, *, now: datetime) -> tuple[int, int]:
    """What waited to be sent when the backup was made may have been sent since; (kept, dropped).

    Whatever is for a reporter or about a case goes out, marked as a possible repeat: twice is better than
    never. Other words to staff (who is on duty, what the day was like) say nothing any more after an hour.
    """
    open_ = OutboxRow.state.in_(("due", "claimed"))
    too_old = OutboxRow.made_at < now - STALE, OutboxRow.not_before < now - STALE
    idle = and_(open_, OutboxRow.party_kind != "reporter", OutboxRow.case_id.is_(None), *too_old)
    gone = update(OutboxRow).where(idle).values(state="unwanted", body=None, settled_at=now)
    kept = update(OutboxRow).where(open_).values(state="due", repeat=True, claimed_by=None)
    dropped = await session.execute(gone)
    again = await session.execute(kept)
    return _count(again), _count(dropped)


def _count(done: object) -> int:
    return done.rowcount if isinstance(done, CursorResult) else 0
