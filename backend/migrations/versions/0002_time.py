"""Time: shifts and handovers, due dates, nodes and leases, surges, and whether the hotline was up."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String(32)
MOMENT = sa.BigInteger()
SEALED = sa.LargeBinary()


def upgrade() -> None:
    """Make what is new."""
    _case_clocks()
    _shifts()
    _swaps()
    _liveness()
    _due_dates()
    _daily_summaries()
    _handovers()
    _rota_warnings()
    _surges()
    _announcements()
    _nodes()


def _column(name: str, kind: TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    """A column that is always filled, unless it says otherwise."""
    return sa.Column(name, kind, nullable=nullable)


def _belongs(table: str, column: str, owner: str) -> sa.ForeignKeyConstraint:
    """A row that goes when its owner's row does."""
    return sa.ForeignKeyConstraint([column], [owner], name=f"fk_{table}_{column}", ondelete="CASCADE")


def _case_clocks() -> None:
    """When a clock was last decided on, and whether its next step was put off. What runs counts as old."""
    op.add_column("case_clocks", sa.Column("decided_at", MOMENT, nullable=False, server_default="0"))
    op.add_column(
        "case_clocks", sa.Column("snoozed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index("ix_case_clocks_decided_at", "case_clocks", ["decided_at"])


def _shifts() -> None:
    """Who stands in when, beside the weekly pattern."""
    op.create_table(
        "shifts",
        _column("id", ID),
        _column("staff_id", ID),
        _column("role", sa.String(8)),
        _column("begins_at", MOMENT),
        _column("ends_at", MOMENT),
        _column("kind", sa.String(8)),
        _column("made_at", MOMENT),
        _column("made_by", ID),
        sa.PrimaryKeyConstraint("id", name="pk_shifts"),
        _belongs("shifts", "staff_id", "staff.id"),
    )
    op.create_index("ix_shifts_staff_id", "shifts", ["staff_id"])
    op.create_index("ix_shifts_ends_at", "shifts", ["ends_at"])


def _swaps() -> None:
    """Swaps of shifts that a colleague was asked for."""
    op.create_table(
        "swaps",
        _column("id", ID),
        _column("asked_by", ID),
        _column("asked", ID),
        _column("gives_from", MOMENT),
        _column("gives_to", MOMENT),
        _column("takes_from", MOMENT, nullable=True),
        _column("takes_to", MOMENT, nullable=True),
        _column("made_at", MOMENT),
        _column("expires_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_swaps"),
        _belongs("swaps", "asked_by", "staff.id"),
        _belongs("swaps", "asked", "staff.id"),
    )
    for column in ("asked_by", "asked", "expires_at"):
        op.create_index(f"ix_swaps_{column}", "swaps", [column])


def _due_dates() -> None:
    """What must have been done about a case by when."""
    op.create_table(
        "due_dates",
        _column("id", ID),
        _column("case_id", ID),
        _column("number", sa.Integer()),
        _column("at", MOMENT),
        _column("made_by", ID),
        _column("text", SEALED),
        _column("step", sa.Integer()),
        _column("next_at", MOMENT, nullable=True),
        _column("done_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_due_dates"),
        sa.UniqueConstraint("case_id", "number", name="uq_due_dates_case_id"),
        _belongs("due_dates", "case_id", "cases.id"),
    )
    op.create_index("ix_due_dates_next_at", "due_dates", ["next_at"])


def _daily_summaries() -> None:
    """Which days the coordinators had their summary of."""
    op.create_table(
        "daily_summaries", _column("at", MOMENT), sa.PrimaryKeyConstraint("at", name="pk_daily_summaries")
    )


def _handovers() -> None:
    """Who took over from whom, and whether they said so."""
    op.create_table(
        "handovers",
        _column("number", sa.Integer()),
        _column("at", MOMENT),
        _column("before", sa.Text(), nullable=True),
        _column("people", sa.Text()),
        _column("call_at", MOMENT, nullable=True),
        _column("called_at", MOMENT, nullable=True),
        _column("acknowledged_at", MOMENT, nullable=True),
        _column("acknowledged_by", ID, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_handovers"),
    )
    op.create_index("ix_handovers_call_at", "handovers", ["call_at"])


def _rota_warnings() -> None:
    """What the coordinators were warned of, and how far ahead."""
    op.create_table(
        "rota_warnings",
        _column("thing", sa.LargeBinary(16)),
        _column("lead", sa.Integer()),
        _column("begins_at", MOMENT),
        sa.PrimaryKeyConstraint("thing", "lead", name="pk_rota_warnings"),
    )
    op.create_index("ix_rota_warnings_begins_at", "rota_warnings", ["begins_at"])


def _liveness() -> None:
    """When the hotline was last at work."""
    op.create_table(
        "liveness",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        _column("seen_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_liveness"),
    )


def _surges() -> None:
    """Which chats have a digest instead of single notices."""
    op.create_table(
        "surges",
        _column("party", ID),
        _column("channel", sa.String(16)),
        _column("party_kind", sa.String(8)),
        _column("first", sa.Integer()),
        _column("since", MOMENT),
        _column("ended_at", MOMENT, nullable=True),
        _column("closed_at", MOMENT, nullable=True),
        _column("posted", ID, nullable=True),
        _column("asked_at", MOMENT, nullable=True),
        _column("said", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("party", "channel", name="pk_surges"),
    )


def _announcements() -> None:
    """Which messages a digest may stand for, and when a person's other messenger is tried."""
    op.add_column("outbox", sa.Column("announces", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("outbox", _column("elsewhere_at", MOMENT, nullable=True))
    only = sa.text("elsewhere_at IS NOT NULL")
    op.create_index(
        "ix_outbox_elsewhere_at", "outbox", ["elsewhere_at"], sqlite_where=only, postgresql_where=only
    )


def _nodes() -> None:
    """Whose turn it is: nodes, roles, and claims that belong to a node. Earlier claims are put back."""
    op.create_table(
        "nodes",
        _column("fence", sa.Integer()),
        _column("id", ID),
        _column("until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("fence", name="pk_nodes"),
    )
    op.create_table(
        "leases",
        _column("name", sa.String(32)),
        _column("node", sa.Integer(), nullable=True),
        _column("fence", sa.Integer()),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.add_column("outbox", _column("claimed_by", sa.Integer(), nullable=True))
    op.drop_column("outbox", "claimed_until")
    op.execute(sa.text("UPDATE outbox SET state = 'due', repeat = true WHERE state = 'claimed'"))
