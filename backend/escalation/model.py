"""The tables of clocks and due dates: a due time is a column, so that no restart can forget it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.keys import Sealed
from backend.vault.model import Id, Moment, SealedColumn


class CaseClockRow(Table):
    """The clock that runs on a case; `next_at` is None while none does (the case is closed).

    `round` grows each time a clock is started anew, `step` with each step taken: together with the case
    they name a step for ever, so that it is decided once. `decided_at` is when it was started or last
    decided on: should that lie ahead, the machine's time was wrong. `snoozed`: the officer put the next
    step off.
    """

    __tablename__ = "case_clocks"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    round: Mapped[int]
    step: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(Moment)
    next_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    decided_at: Mapped[datetime] = mapped_column(Moment, index=True)
    snoozed: Mapped[bool] = mapped_column(default=False)


class DueDateRow(Table):
    """What must have been done about a case by `at`. `text` (words and the channel they came by) is sealed.

    `number` counts within the case and is what people call it by. `step` counts the reminders taken or passed
    over; `next_at` is None once it is done, and while its case is closed.
    """

    __tablename__ = "due_dates"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[str] = mapped_column(Id)
    text: Mapped[Sealed] = mapped_column(SealedColumn)
    step: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    done_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("case_id", "number"),)


class DailySummaryRow(Table):
    """The summaries that were decided, by the moment they were for; a first row is where counting begins."""

    __tablename__ = "daily_summaries"
    at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
