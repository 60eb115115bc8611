"""Tables of the case: what the officers' clocks need stands in the clear, all else is sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.keys import Sealed
from backend.vault.model import Id, Moment, SealedColumn


class CaseRow(Table):
    """One case. `report` (sealed) holds the answers, consents and resolution."""

    __tablename__ = "cases"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(7), unique=True)
    severity: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime] = mapped_column(Moment, index=True)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    replied_at: Mapped[datetime | None] = mapped_column(Moment)
    """When staff first answered the reporter."""
    worked_at: Mapped[datetime | None] = mapped_column(Moment)
    """When staff first replied or noted anything since the case was last acknowledged."""
    touched_at: Mapped[datetime] = mapped_column(Moment)
    """When anybody last did anything on the case."""
    waits_until: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    hidden_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the reporter took it back: from then on nobody sees it."""
    erase_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """When a closed case has been kept long enough and is destroyed; None until a week before."""
    assignee: Mapped[str | None] = mapped_column(Id)
    """The id of the officer on the case."""
    entries: Mapped[int] = mapped_column(default=0)
    """How many entries there are: the next one's number."""
    sealed_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when the server has no key of it; None while it has one, be it of a later epoch only."""
    report: Mapped[Sealed] = mapped_column(SealedColumn)

    __table_args__ = (
        Index("ix_cases_status", "status"),
        Index(
            "ix_cases_to_seal",
            "touched_at",
            sqlite_where=text("closed_at IS NOT NULL AND sealed_at IS NULL"),
            postgresql_where=text("closed_at IS NOT NULL AND sealed_at IS NULL"),
        ),
    )


class EntryRow(Table):
    """One line of a case's history; only ever added. `body` holds kind, author, audience and words."""

    __tablename__ = "case_entries"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)
    channel: Mapped[str] = mapped_column(String(16))
    """The channel that it came by, whose strength it keeps."""
    body: Mapped[Sealed] = mapped_column(SealedColumn)

    __table_args__ = (UniqueConstraint("case_id", "number"),)


class CaseReporterRow(Table):
    """Which reporters a case has; the one chosen last is where their next words go."""

    __tablename__ = "case_reporters"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    reporter_id: Mapped[str] = mapped_column(
        ForeignKey("reporters.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    chosen_at: Mapped[datetime] = mapped_column(Moment)


class ReceiptRow(Table):
    """A receipt code, as a keyed hash."""

    __tablename__ = "receipts"
    code: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)


class HeldReplyRow(Table):
    """Words written under a notice in a room, until their author says for whom they are."""

    __tablename__ = "held_replies"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    body: Mapped[Sealed] = mapped_column(SealedColumn)


LISTED = "list"
"""In the place of who had a case erased, where only the list of erasures says that it was."""


class TombstoneRow(Table):
    """What remains of an erased case: that there was one, and who had it erased."""

    __tablename__ = "tombstones"
    reference: Mapped[str] = mapped_column(String(7), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(Moment)
    erased_by: Mapped[str] = mapped_column(Id)
    """A staff id, `reporter`, `operator` (the command line), `hotline` (kept long enough), or `list`."""
    listed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was written into the list that restoring a backup replays; None: not yet."""

    __table_args__ = (
        Index(
            "ix_tombstones_unlisted",
            "erased_at",
            sqlite_where=text("listed_at IS NULL"),
            postgresql_where=text("listed_at IS NULL"),
        ),
    )
