"""Secrecy: sealed cases, restrictions, the audit log, and what must not come back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.String(32)
MOMENT = sa.BigInteger()
SEALED = sa.LargeBinary()


def upgrade() -> None:
    """Make what is new."""
    _wrapping()
    _sealing()
    _audit()
    _restrictions()
    _erasure()
    _vanishing()
    _partings()


def _audit() -> None:
    op.create_table(
        "audit",
        _column("number", sa.BigInteger()),
        _column("at", MOMENT),
        _column("actor", ID),
        _column("action", sa.String(16)),
        _column("reference", sa.String(7), nullable=True),
        _column("about", ID, nullable=True),
        _column("link", sa.LargeBinary(16)),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    for name in ("reference", "actor", "about"):
        op.create_index(f"ix_audit_{name}", "audit", [name, "number"])
    op.create_table(
        "audit_head",
        _column("id", sa.Integer()),
        _column("number", sa.BigInteger()),
        _column("link", sa.LargeBinary(16)),
        _column("seal", sa.LargeBinary(16)),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )


def _erasure() -> None:
    op.add_column("tombstones", _column("listed_at", MOMENT, nullable=True))
    unlisted = sa.text("listed_at IS NULL")
    op.create_index(
        "ix_tombstones_unlisted",
        "tombstones",
        ["erased_at"],
        sqlite_where=unlisted,
        postgresql_where=unlisted,
    )
    op.add_column("cases", _column("ends_at", MOMENT, nullable=True))
    op.create_index("ix_cases_ends_at", "cases", ["ends_at"])
    op.create_table(
        "erasure_requests",
        _column("case_id", ID),
        _column("asked_by", ID),
        _column("asked_at", MOMENT),
        _column("expires_at", MOMENT),
        sa.PrimaryKeyConstraint("case_id", name="pk_erasure_requests"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name="fk_erasure_requests_case_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_erasure_requests_expires_at", "erasure_requests", ["expires_at"])
    op.create_table(
        "monthly_counts",
        _column("month", sa.String(7)),
        _column("region", sa.String(16)),
        _column("act", sa.String(32)),
        _column("outcome", sa.String(16)),
        _column("cases", sa.Integer()),
        sa.PrimaryKeyConstraint("month", "region", "act", "outcome", name="pk_monthly_counts"),
    )


def _vanishing() -> None:
    op.add_column("conversations", _column("draft_since", MOMENT, nullable=True))
    op.create_table(
        "vanishing",
        _column("reporter_id", ID),
        _column("at", MOMENT),
        sa.PrimaryKeyConstraint("reporter_id", name="pk_vanishing"),
    )
    op.create_index("ix_vanishing_at", "vanishing", ["at"])
    op.create_table(
        "wrong_codes",
        _column("who", sa.LargeBinary(16)),
        _column("count", sa.Integer()),
        _column("since", MOMENT),
        _column("at", MOMENT),
        _column("until", MOMENT),
        sa.PrimaryKeyConstraint("who", name="pk_wrong_codes"),
    )
    op.create_index("ix_wrong_codes_at", "wrong_codes", ["at"])


def _sealing() -> None:
    op.create_table(
        "sealed_keys",
        _column("owner", ID),
        _column("epoch", sa.Integer()),
        _column("at", MOMENT),
        _column("wrapped", SEALED),
        sa.PrimaryKeyConstraint("owner", "epoch", name="pk_sealed_keys"),
        sa.ForeignKeyConstraint(["owner"], ["cases.id"], name="fk_sealed_keys_owner", ondelete="CASCADE"),
    )
    op.add_column("cases", _column("sealed_at", MOMENT, nullable=True))
    to_seal = sa.text("closed_at IS NOT NULL AND sealed_at IS NULL")
    op.create_index(
        "ix_cases_to_seal", "cases", ["touched_at"], sqlite_where=to_seal, postgresql_where=to_seal
    )


def _wrapping() -> None:
    op.create_table(
        "wrapping",
        _column("id", sa.Integer()),
        _column("name", sa.String(64)),
        _column("mark", sa.LargeBinary(16)),
        _column("at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_wrapping"),
    )
    op.create_table(
        "keys_taken",
        _column("node", ID),
        _column("name", sa.String(64)),
        sa.PrimaryKeyConstraint("node", name="pk_keys_taken"),
    )


def _restrictions() -> None:
    op.create_table(
        "restrictions",
        _column("case_id", ID),
        _column("at", MOMENT),
        _column("sweep_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("case_id", name="pk_restrictions"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name="fk_restrictions_case_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_restrictions_sweep_at", "restrictions", ["sweep_at"])
    op.create_table(
        "restricted_to",
        _column("case_id", ID),
        _column("staff_id", ID),
        sa.PrimaryKeyConstraint("case_id", "staff_id", name="pk_restricted_to"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["restrictions.case_id"], name="fk_restricted_to_case_id", ondelete="CASCADE"
        ),
    )


def _partings() -> None:
    op.create_table(
        "partings",
        _column("reporter_id", ID),
        sa.PrimaryKeyConstraint("reporter_id", name="pk_partings"),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["reporters.id"], name="fk_partings_reporter_id", ondelete="CASCADE"
        ),
    )


def _column(name: str, kind: TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    """A column that is always filled, unless it says otherwise."""
    return sa.Column(name, kind, nullable=nullable)
