"""The table that says when the hotline was last at work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.model import Moment


class LivenessRow(Table):
    """When any node last wrote down that it lives. One row (`id` 1), from the first start on."""

    __tablename__ = "liveness"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime] = mapped_column(Moment)
