"""Time: shifts and handovers, due dates, nodes and leases, surges, and whether the hotline was up."""

from __future__ import annotations

import sqlalchemy as sa

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String(32)
MOMENT = sa.BigInteger()
SEALED = sa.LargeBinary()


def upgrade() -> None:
    """Make what is new."""
