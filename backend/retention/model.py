"""Tables of erasure and of what outlasts it: requests that wait for a second coordinator, monthly counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.model import Id, Moment


class ErasureRequestRow(Table):
    """A coordinator wants a case destroyed, and another one has to agree before `expires_at`."""

    __tablename__ = "erasure_requests"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    asked_by: Mapped[str] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class MonthlyCountRow(Table):
    """How many cases ended in a month, by region, act and outcome: no row says which.

    A case counts once under each of its acts and once under `any`, so that cases can be counted too.
    """

    __tablename__ = "monthly_counts"
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    """`2026-03`, in the centre's time zone: the month in which the case was closed or erased."""
    region: Mapped[str] = mapped_column(String(16), primary_key=True)
    act: Mapped[str] = mapped_column(String(32), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    """A resolution, or `erased` for what was destroyed before anybody had closed it."""
    cases: Mapped[int]
