"""Tables of the audit log: who did what, to which case or person, when; and where the chain ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.model import Id, Moment

Link = LargeBinary(16)


class AuditRow(Table):
    """One line, never changed and never removed. No content and no name: references, staff ids, fixed words.

    `actor`: a staff id, `operator` (the command line), `hotline` or `reporter`; `about`: a staff id.
    """

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """1, 2, 3 … without a gap."""
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(Id)
    action: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str | None] = mapped_column(String(7))
    about: Mapped[str | None] = mapped_column(Id)
    link: Mapped[bytes] = mapped_column(Link)
    """What binds this line to all before it: see `backend.audit.chain`."""

    __table_args__ = (
        Index("ix_audit_reference", "reference", "number"),
        Index("ix_audit_actor", "actor", "number"),
        Index("ix_audit_about", "about", "number"),
    )


class AuditHeadRow(Table):
    """The end of the chain, one row: whoever writes the next line holds it until they commit."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    link: Mapped[bytes] = mapped_column(Link)
    seal: Mapped[bytes] = mapped_column(Link)
    """Who can't make it can't cut the chain short either."""
