"""Tables of the rota: shifts beside the weekly pattern, and swaps that wait for a colleague's word.

People are ids of the staff; who leaves the staff takes their shifts and requests along.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.model import Id, Moment


class ShiftRow(Table):
    """A person in a role, `primary` or `backup`, from `begins_at` until just before `ends_at`.

    `kind`: `single` (a coordinator put them there) or `taken` (taken over or swapped). Of the taken ones at
    a moment those with the latest `made_at` hold; rows of one change share it.
    """

    __tablename__ = "shifts"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(8))
    begins_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    kind: Mapped[str] = mapped_column(String(8))
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[str] = mapped_column(Id)


class SwapRow(Table):
    """Somebody asks a colleague to take the shifts between `gives_from` and `gives_to` from them.

    In return they take the colleague's between `takes_from` and `takes_to`, if these are set. The row goes
    with the answer, or when `expires_at` has come.
    """

    __tablename__ = "swaps"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    asked_by: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    asked: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    gives_from: Mapped[datetime] = mapped_column(Moment)
    gives_to: Mapped[datetime] = mapped_column(Moment)
    takes_from: Mapped[datetime | None] = mapped_column(Moment)
    takes_to: Mapped[datetime | None] = mapped_column(Moment)
    made_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
