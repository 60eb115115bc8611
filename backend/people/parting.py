"""Reporters whose last case is gone: the hotline leaves their chat, once all else has been said there.

Who is in a room with whom is what a homeserver knows longest: nothing keeps us there any more.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ForeignKey, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from backend.cases.model import CaseReporterRow
from backend.database import Table
from backend.outbox import Item, Priority
from backend.people import reporters
from backend.work import Work


class PartingRow(Table):
    """A reporter whose chat is left as soon as nothing of theirs is left in the hotline."""

    __tablename__ = "partings"
    reporter_id: Mapped[str] = mapped_column(ForeignKey("reporters.id", ondelete="CASCADE"), primary_key=True)


async def part_from(work: Work, case_id: str) -> None:
    """A case is destroyed: unless its reporters have another one, their chats will be left."""
    of_case = select(CaseReporterRow.reporter_id).where(CaseReporterRow.case_id == case_id)
    unmarked = of_case.where(CaseReporterRow.reporter_id.not_in(select(PartingRow.reporter_id)))
    ids = list((await work.session.execute(unmarked)).scalars())
    if ids:
        await work.session.execute(insert(PartingRow), [{"reporter_id": each} for each in ids])


async def leave_chats(work: Work, idle: Collection[str]) -> set[str]:
    """Leave the chats of those of these reporters who are marked; `idle` has nothing here any more.

    Returns who they are: they are forgotten only once that is done.
    """
    marked = select(PartingRow.reporter_id).where(PartingRow.reporter_id.in_(idle))
    ids = set((await work.session.execute(marked)).scalars())
    for reporter in await reporters.by_ids(work, sorted(ids)):
        work.put(Item(reporter.party, "leave", {}, Priority.UPDATE))
    await work.session.execute(delete(PartingRow).where(PartingRow.reporter_id.in_(ids)))
    return ids
