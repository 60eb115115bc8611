"""The table of running clocks: a due time is a column, so that no restart can forget it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.model import Moment


class CaseClockRow(Table):
    """The clock that runs on a case; `next_at` is None while none does (the case is closed).

    `round` grows each time a clock is started anew, `step` with each step taken: together with the case
    they name a step for ever, so that it is decided once.
    """

    __tablename__ = "case_clocks"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    round: Mapped[int]
    step: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(Moment)
    next_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
