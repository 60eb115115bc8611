"""The first tables.

In the clear stands what clocks and queues need; everything else is sealed, and people are found by keyed
hash. Moments are microseconds since 1970 in UTC, so that both databases order them alike.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(32)
DIGEST = sa.LargeBinary(16)
MOMENT = sa.BigInteger()
SEALED = sa.LargeBinary()


def upgrade() -> None:
    """Make them, each after those that it refers to."""
    _data_keys()
    _files()
    _reporters()
    _staff()
    _staff_addresses()
    _invitations()
    _rooms()
    _conversations()
    _posted()
    _cases()
    _case_entries()
    _case_reporters()
    _case_clocks()
    _receipts()
    _held_replies()
    _tombstones()
    _inbox()
    _parked()
    _outbox()


def _column(name: str, kind: TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    """A column that is always filled, unless it says otherwise."""
    return sa.Column(name, kind, nullable=nullable)


def _belongs(table: str, column: str, owner: str) -> sa.ForeignKeyConstraint:
    """A row that goes when its owner's row does."""
    return sa.ForeignKeyConstraint([column], [owner], name=f"fk_{table}_{column}", ondelete="CASCADE")


def _data_keys() -> None:
    """Keys that seal the rows of one owner, wrapped by a key of the key file."""
    op.create_table(
        "data_keys",
        _column("owner", ID),
        _column("epoch", sa.Integer()),
        _column("wrapping_key", sa.String(64)),
        _column("wrapped", SEALED),
        sa.PrimaryKeyConstraint("owner", "epoch", name="pk_data_keys"),
    )


def _files() -> None:
    """What reporters sent; the content lies on the disk, sealed."""
    op.create_table(
        "files",
        _column("id", ID),
        _column("owner", ID),
        _column("reporter_id", ID),
        _column("channel", sa.String(16)),
        _column("state", sa.String(8)),
        _column("at", MOMENT),
        _column("tries", sa.Integer()),
        _column("next_try_at", MOMENT, nullable=True),
        _column("about", SEALED),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
    )
    op.create_index("ix_files_owner", "files", ["owner"])
    op.create_index("ix_files_pending", "files", ["state", "next_try_at"])
    op.create_index("ix_files_reporter_id", "files", ["reporter_id"])


def _reporters() -> None:
    """Whoever wrote in private."""
    op.create_table(
        "reporters",
        _column("id", ID),
        _column("channel", sa.String(16)),
        _column("address", DIGEST),
        _column("profile", SEALED),
        _column("reachable", sa.Boolean()),
        sa.PrimaryKeyConstraint("id", name="pk_reporters"),
        sa.UniqueConstraint("address", name="uq_reporters_address"),
    )


def _staff() -> None:
    """Who works here."""
    op.create_table(
        "staff",
        _column("id", ID),
        _column("profile", SEALED),
        _column("joined_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
    )


def _staff_addresses() -> None:
    """Their messenger accounts."""
    op.create_table(
        "staff_addresses",
        _column("id", ID),
        _column("staff_id", ID),
        _column("channel", sa.String(16)),
        _column("address", DIGEST),
        _column("place", SEALED),
        _column("reachable", sa.Boolean()),
        _column("heard_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_staff_addresses"),
        sa.UniqueConstraint("address", name="uq_staff_addresses_address"),
        _belongs("staff_addresses", "staff_id", "staff.id"),
    )
    op.create_index("ix_staff_addresses_staff_id", "staff_addresses", ["staff_id"])


def _invitations() -> None:
    """One-time codes by which people join."""
    op.create_table(
        "invitations",
        _column("id", ID),
        _column("code", DIGEST),
        _column("expires_at", MOMENT),
        _column("offer", SEALED),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("code", name="uq_invitations_code"),
    )


def _rooms() -> None:
    """Group chats, among them the staff rooms."""
    op.create_table(
        "rooms",
        _column("id", ID),
        _column("channel", sa.String(16)),
        _column("address", DIGEST),
        _column("bound", sa.Boolean()),
        _column("place", SEALED),
        sa.PrimaryKeyConstraint("id", name="pk_rooms"),
        sa.UniqueConstraint("address", name="uq_rooms_address"),
    )


def _conversations() -> None:
    """Where each reporter stands in a guided conversation."""
    op.create_table(
        "conversations",
        _column("reporter_id", ID),
        _column("state", SEALED),
        _column("wake_at", MOMENT, nullable=True),
        _column("expires_at", MOMENT),
        sa.PrimaryKeyConstraint("reporter_id", name="pk_conversations"),
        _belongs("conversations", "reporter_id", "reporters.id"),
    )
    op.create_index("ix_conversations_expires_at", "conversations", ["expires_at"])
    op.create_index("ix_conversations_wake_at", "conversations", ["wake_at"])


def _posted() -> None:
    """Messages that stand in chats and may have to be edited or taken back."""
    op.create_table(
        "posted",
        _column("id", ID),
        _column("party", ID),
        _column("case_id", ID, nullable=True),
        _column("purpose", sa.String(8)),
        _column("at", MOMENT),
        _column("lookup", DIGEST, nullable=True),
        _column("message", SEALED),
        sa.PrimaryKeyConstraint("id", name="pk_posted"),
    )
    op.create_index("ix_posted_at", "posted", ["at"])
    op.create_index("ix_posted_case_id", "posted", ["case_id"])
    op.create_index("ix_posted_lookup", "posted", ["lookup"])
    op.create_index("ix_posted_party", "posted", ["party"])


def _cases() -> None:
    """What reporters brought."""
    op.create_table(
        "cases",
        _column("id", ID),
        _column("reference", sa.String(7)),
        _column("severity", sa.String(8)),
        _column("status", sa.String(12)),
        _column("channel", sa.String(16)),
        _column("opened_at", MOMENT),
        _column("acknowledged_at", MOMENT, nullable=True),
        _column("replied_at", MOMENT, nullable=True),
        _column("worked_at", MOMENT, nullable=True),
        _column("touched_at", MOMENT),
        _column("waits_until", MOMENT, nullable=True),
        _column("closed_at", MOMENT, nullable=True),
        _column("hidden_at", MOMENT, nullable=True),
        _column("erase_at", MOMENT, nullable=True),
        _column("assignee", ID, nullable=True),
        _column("entries", sa.Integer()),
        _column("report", SEALED),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("reference", name="uq_cases_reference"),
    )
    op.create_index("ix_cases_erase_at", "cases", ["erase_at"])
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"])
    op.create_index("ix_cases_status", "cases", ["status"])


def _case_entries() -> None:
    """The history of each case."""
    op.create_table(
        "case_entries",
        _column("id", ID),
        _column("case_id", ID),
        _column("number", sa.Integer()),
        _column("at", MOMENT),
        _column("channel", sa.String(16)),
        _column("body", SEALED),
        sa.PrimaryKeyConstraint("id", name="pk_case_entries"),
        sa.UniqueConstraint("case_id", "number", name="uq_case_entries_case_id"),
        _belongs("case_entries", "case_id", "cases.id"),
    )


def _case_reporters() -> None:
    """Who may ask about a case, and hears of it."""
    op.create_table(
        "case_reporters",
        _column("case_id", ID),
        _column("reporter_id", ID),
        _column("chosen_at", MOMENT),
        sa.PrimaryKeyConstraint("case_id", "reporter_id", name="pk_case_reporters"),
        _belongs("case_reporters", "case_id", "cases.id"),
        _belongs("case_reporters", "reporter_id", "reporters.id"),
    )
    op.create_index("ix_case_reporters_reporter_id", "case_reporters", ["reporter_id"])


def _case_clocks() -> None:
    """When each case is due."""
    op.create_table(
        "case_clocks",
        _column("case_id", ID),
        _column("kind", sa.String(12)),
        _column("round", sa.Integer()),
        _column("step", sa.Integer()),
        _column("started_at", MOMENT),
        _column("next_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_clocks"),
        _belongs("case_clocks", "case_id", "cases.id"),
    )
    op.create_index("ix_case_clocks_next_at", "case_clocks", ["next_at"])


def _receipts() -> None:
    """Codes by which a reporter comes back."""
    op.create_table(
        "receipts",
        _column("code", DIGEST),
        _column("case_id", ID),
        sa.PrimaryKeyConstraint("code", name="pk_receipts"),
        _belongs("receipts", "case_id", "cases.id"),
    )
    op.create_index("ix_receipts_case_id", "receipts", ["case_id"])


def _held_replies() -> None:
    """Words of an officer that wait for a decision: to the reporter, or a note."""
    op.create_table(
        "held_replies",
        _column("id", ID),
        _column("case_id", ID),
        _column("staff_id", ID),
        _column("at", MOMENT),
        _column("body", SEALED),
        sa.PrimaryKeyConstraint("id", name="pk_held_replies"),
        _belongs("held_replies", "case_id", "cases.id"),
    )
    op.create_index("ix_held_replies_at", "held_replies", ["at"])
    op.create_index("ix_held_replies_case_id", "held_replies", ["case_id"])


def _tombstones() -> None:
    """That there was a case which is erased."""
    op.create_table(
        "tombstones",
        _column("reference", sa.String(7)),
        _column("erased_at", MOMENT),
        _column("erased_by", ID),
        sa.PrimaryKeyConstraint("reference", name="pk_tombstones"),
    )


def _inbox() -> None:
    """Updates that were acted on."""
    op.create_table(
        "inbox", _column("id", DIGEST), _column("at", MOMENT), sa.PrimaryKeyConstraint("id", name="pk_inbox")
    )
    op.create_index("ix_inbox_at", "inbox", ["at"])


def _parked() -> None:
    """Updates that could not be acted on."""
    op.create_table(
        "parked",
        _column("id", ID),
        _column("at", MOMENT),
        _column("update", SEALED),
        sa.PrimaryKeyConstraint("id", name="pk_parked"),
    )


def _outbox() -> None:
    """What must go out."""
    op.create_table(
        "outbox",
        _column("number", sa.Integer()),
        _column("id", ID),
        _column("channel", sa.String(16)),
        _column("party_kind", sa.String(8)),
        _column("party", ID),
        _column("priority", sa.Integer()),
        _column("state", sa.String(8)),
        _column("not_before", MOMENT),
        _column("claimed_until", MOMENT, nullable=True),
        _column("tries", sa.Integer()),
        _column("repeat", sa.Boolean()),
        _column("once", DIGEST, nullable=True),
        _column("coalesce", sa.String(40), nullable=True),
        _column("case_id", ID, nullable=True),
        _column("while", sa.String(24), nullable=True),
        _column("made_at", MOMENT),
        _column("settled_at", MOMENT, nullable=True),
        _column("body", SEALED, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_outbox"),
        sa.UniqueConstraint("once", name="uq_outbox_once"),
    )
    op.create_index("ix_outbox_case_id", "outbox", ["case_id"])
    op.create_index("ix_outbox_open", "outbox", ["state", "priority", "number"])
    op.create_index("ix_outbox_party_open", "outbox", ["party", "state", "number"])
    op.create_index("ix_outbox_settled_at", "outbox", ["settled_at"])
