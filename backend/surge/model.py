"""The table of surges: what a chat has instead of single notices outlives the process."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.model import Id, Moment


class SurgeRow(Table):
    """The last surge of a chat (a room's, or a staff member's where there is no room).

    It is on until `ended_at`; its digest is kept up until `closed_at`, when everything that stood in it
    alone was acknowledged. One row a chat: so several nodes can't begin the same surge twice.
    """

    __tablename__ = "surges"
    party: Mapped[str] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    party_kind: Mapped[str] = mapped_column(String(8))
    first: Mapped[int]
    """The number in the outbox from which on it stands for what was folded."""
    since: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    posted: Mapped[str | None] = mapped_column(Id)
    """The digest in the chat, once it stands there (see `backend.people.posted`)."""
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the digest was last put into the outbox."""
    said: Mapped[str | None] = mapped_column(String(32))
    """A fingerprint of what it was to say then."""
