"""Tables of what was told about the rota, so that each of it is told once. People are ids of the staff."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.model import Id, Moment


class HandoverRow(Table):
    """Others are on duty since `at` than before. The first row says only who was there when counting began.

    `before` (None in a first row) and `people` are who was on duty and who is, parted by spaces; nobody: a
    gap. `call_at` is when it will be said that nobody acknowledged; None where nobody has to, or it was said.
    """

    __tablename__ = "handovers"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Moment)
    before: Mapped[str | None] = mapped_column(Text)
    people: Mapped[str] = mapped_column(Text)
    call_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    called_at: Mapped[datetime | None] = mapped_column(Moment)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    acknowledged_by: Mapped[str | None] = mapped_column(Id)


class RotaWarningRow(Table):
    """A gap, or somebody who can't be written to, that was warned of so many seconds ahead.

    `thing` is a keyed hash of what it is about; `begins_at` says when the row may be forgotten.
    """

    __tablename__ = "rota_warnings"
    thing: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    lead: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    begins_at: Mapped[datetime] = mapped_column(Moment, index=True)
