"""Tables of the vault: wrapped data keys and sealed files; and the column type that holds sealed bytes."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.keys import Sealed


class SealedColumn(TypeDecorator[Sealed]):
    """Bytes that were sealed. Refuses everything else, so that plain text can't reach the disk by mistake."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - the type\'s signature
        """Into the database. Raises TypeError for anything that isn't `Sealed`."""
        if value is None:
            return None
        if type(value) is not Sealed:
            raise TypeError("a sealed column takes nothing but what a data key has sealed")
        return bytes(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Sealed | None:  # noqa: ARG002 - the type\'s signature
        """Out of the database."""
        return None if value is None else Sealed(value)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as microseconds since 1970 in UTC: the same order and precision everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - the type\'s signature
        """Into the database. Raises ValueError for a naive time."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the type\'s signature
        """Out of the database."""
        if value is None:
            return None
        seconds, micros = divmod(value, 1_000_000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """The moment as `Moment` keeps it. Raises ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    since = moment - _EPOCH
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


Id = String(32)


class DataKeyRow(Table):
    """A wrapped data key. `owner` is the id of the case, reporter, staff member or room; erasing deletes it.

    An owner may have several epochs: a sealed case gets a new one when its reporter writes again.
    """

    __tablename__ = "data_keys"
    owner: Mapped[str] = mapped_column(Id, primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wrapping_key: Mapped[str] = mapped_column(String(64))
    wrapped: Mapped[Sealed] = mapped_column(SealedColumn)


class WrappingRow(Table):
    """By which wrapping key everything is to be wrapped: one row, from the first opening of the vault on.

    `mark` tells keys of the same name apart; it says nothing about the key.
    """

    __tablename__ = "wrapping"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(64))
    mark: Mapped[bytes] = mapped_column(LargeBinary(16))
    at: Mapped[datetime] = mapped_column(Moment)


class KeyTakenRow(Table):
    """By which key a running process wraps, since it took over the one of `wrapping`."""

    __tablename__ = "keys_taken"
    node: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))


class SealedKeyRow(Table):
    """A data key of a closed case, which nobody but `sealing.recipients` can open: the server's own is gone.

    `wrapped` is as `backend.vault.sealing` says. Erasing the case deletes it.
    """

    __tablename__ = "sealed_keys"
    owner: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    wrapped: Mapped[Sealed] = mapped_column(SealedColumn)


class FileRow(Table):
    """A file that a reporter sent: `pending` until it is fetched and sealed, then `stored`, or `failed`.

    `owner` is the reporter while the report is a draft, then the case. `about` is sealed by the owner's
    key and holds kind, name, mime, where to fetch it, and the key of the content on disk, so
    that moving a file from draft to case seals those few bytes again and not the content.
    """

    __tablename__ = "files"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner: Mapped[str] = mapped_column(Id, index=True)
    reporter_id: Mapped[str] = mapped_column(Id, index=True)
    channel: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(Moment)
    about: Mapped[Sealed] = mapped_column(SealedColumn)

    __table_args__ = (Index("ix_files_pending", "state", "next_try_at"),)
