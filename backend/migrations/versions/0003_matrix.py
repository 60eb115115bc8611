"""Matrix: what its device remembers, and on which messenger a message stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String(32)
MOMENT = sa.BigInteger()
SEALED = sa.LargeBinary()


def upgrade() -> None:
    """Make what is new. Until now every message stood on Telegram."""
    op.create_table(
        "device_items",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("item", SEALED, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_device_items"),
    )
    op.create_index("ix_device_items_channel", "device_items", ["channel"])
    with op.batch_alter_table("posted") as posted:
        posted.add_column(sa.Column("channel", sa.String(16), nullable=False, server_default="telegram"))
