"""Tables of people and rooms: who they are is sealed, and found by keyed hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Table
from backend.vault.keys import Sealed
from backend.vault.model import Id, Moment, SealedColumn

Digest = LargeBinary(16)


class ReporterRow(Table):
    """Somebody who wrote to the hotline in private. `profile`: sender, chat, language."""

    __tablename__ = "reporters"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[bytes] = mapped_column(Digest, unique=True)
    profile: Mapped[Sealed] = mapped_column(SealedColumn)
    reachable: Mapped[bool] = mapped_column(default=True)
    """False once the messenger said that the person blocked the hotline."""


class StaffRow(Table):
    """A staff member. `profile`: name, role, language."""

    __tablename__ = "staff"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    profile: Mapped[Sealed] = mapped_column(SealedColumn)
    joined_at: Mapped[datetime] = mapped_column(Moment)


class StaffAddressRow(Table):
    """One messenger account of a staff member. `place`: sender, chat.

    Of two accounts on one messenger, answers go to the one that was heard from last (`heard_at`).
    """

    __tablename__ = "staff_addresses"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[bytes] = mapped_column(Digest, unique=True)
    place: Mapped[Sealed] = mapped_column(SealedColumn)
    reachable: Mapped[bool] = mapped_column(default=True)
    heard_at: Mapped[datetime] = mapped_column(Moment)


class InvitationRow(Table):
    """A one-time code to join, or to link a second messenger. `offer`: role and name, or a staff id."""

    __tablename__ = "invitations"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[bytes] = mapped_column(Digest, unique=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    offer: Mapped[Sealed] = mapped_column(SealedColumn)


class RoomRow(Table):
    """A group chat in which a coordinator typed `/bind`. `place`: chat, name of the messenger's room id."""

    __tablename__ = "rooms"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[bytes] = mapped_column(Digest, unique=True)
    bound: Mapped[bool]
    place: Mapped[Sealed] = mapped_column(SealedColumn)


class ConversationRow(Table):
    """Where a reporter stands in a guided conversation: sealed, and gone after a day without a word."""

    __tablename__ = "conversations"
    reporter_id: Mapped[str] = mapped_column(ForeignKey("reporters.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[Sealed] = mapped_column(SealedColumn)
    wake_at: Mapped[datetime | None] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    draft_since: Mapped[datetime | None] = mapped_column(Moment)
    """When the report that is being written now was begun; None where none is."""

    __table_args__ = (
        Index("ix_conversations_wake_at", "wake_at"),
        Index("ix_conversations_expires_at", "expires_at"),
    )


class VanishingRow(Table):
    """A reporter's chat whose messages are taken back at `at`, unless more is said there before.

    Without a foreign key: writing it must not wait for whoever holds the reporter's row.
    """

    __tablename__ = "vanishing"
    reporter_id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)


class WrongCodesRow(Table):
    """Wrong codes from one address, or (under a name of its own) from all together, by keyed hash.

    `count` of them since `since`, the last one `at`; no code is looked at before `until`.
    """

    __tablename__ = "wrong_codes"
    who: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime] = mapped_column(Moment)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    until: Mapped[datetime] = mapped_column(Moment)


class PostedRow(Table):
    """A message that stands in a chat: kept so that it can be edited, answered or taken back.

    `party` is the reporter, staff member or room whose chat it is, and whose key seals `message` (chat
    and message id); `channel` is the messenger, for a staff member may be on several. `lookup` finds the
    case that a staff member's messenger reply is about. `purpose`: `notice` (edited in place as the case
    moves), `handover` (the same, as it is taken over), `mention` (about a case), `chat` (in a reporter's
    chat, or a colleague's own words), `going` (one of those, being taken back). `at`: when it was sent.
    """

    __tablename__ = "posted"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    party: Mapped[str] = mapped_column(Id, index=True)
    case_id: Mapped[str | None] = mapped_column(Id, index=True)
    channel: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    lookup: Mapped[bytes | None] = mapped_column(Digest, index=True)
    message: Mapped[Sealed] = mapped_column(SealedColumn)


class RestrictionRow(Table):
    """A case that only those named in `restricted_to` may read. Without a row everybody at the desk may."""

    __tablename__ = "restrictions"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    """Since when exactly these are named."""
    sweep_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """When messages that were under way at that moment are looked for in others' chats; None once done."""


class RestrictedToRow(Table):
    """Somebody who may read a restricted case. Nobody left means that nobody may, not that everybody may."""

    __tablename__ = "restricted_to"
    case_id: Mapped[str] = mapped_column(
        ForeignKey("restrictions.case_id", ondelete="CASCADE"), primary_key=True
    )
    staff_id: Mapped[str] = mapped_column(Id, primary_key=True)
