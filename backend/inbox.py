"""What came in, once: a messenger's update is acted on in the transaction that notes its id here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import LargeBinary, delete
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.keys import Sealed, Vault
from backend.vault.model import Id, Moment, SealedColumn


class InboxRow(Table):
    """An update that was acted on, by the keyed hash of its channel and id."""

    __tablename__ = "inbox"
    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)


class ParkedRow(Table):
    """An update that failed three times by itself: set aside, sealed, so that the rest can go on."""

    __tablename__ = "parked"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    update: Mapped[Sealed] = mapped_column(SealedColumn)


_TABLE = cast("SqlTable", InboxRow.__table__)
# Built once: putting a statement together costs several times what running it does.
_NOTE = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id),
}


async def take_new(
    session: AsyncSession, vault: Vault, updates: Sequence[tuple[str, str]], *, now: datetime
) -> list[bool]:
    """Note these (channel, external id) updates; for each, whether it had not been seen before."""
    ids = [vault.digest("inbox", channel, external) for channel, external in updates]
    rows = [{"id": digest, "at": now} for digest in dict.fromkeys(ids)]
    new = set((await session.execute(_NOTE[session.get_bind().dialect.name], rows)).scalars())
    return [_first(digest, new) for digest in ids]


def _first(digest: bytes, new: set[bytes]) -> bool:
    """Whether this is the first sight of `digest`: a repeat within the batch is a repeat too."""
    if digest in new:
        new.discard(digest)
        return True
    return False


async def forget_old(session: AsyncSession, *, now: datetime, kept: timedelta) -> None:
    """Drop the ids of updates `kept` for so long, and what was parked as long ago."""
    for table in (InboxRow, ParkedRow):
        await session.execute(delete(table).where(table.at < now - kept))
