"""How Alembic runs the steps: on the connection that it is handed, inside the transaction open there.

That connection is the synchronous face of aiosqlite's or asyncpg's (`AsyncConnection.run_sync`). `metadata`
is given when a new step is drafted by comparison, and not needed for applying them.
"""

from __future__ import annotations

from typing import Literal

from alembic import context
from sqlalchemy import TypeDecorator


def _plain_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """A drafted step writes what our own column types are made of: steps don't import the models."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=given.get("metadata"),
    compare_type=True,
    render_item=_plain_type,
    render_as_batch=True,  # SQLite changes a table by building it anew
    transactional_ddl=True,  # on both: a step that fails leaves nothing behind
)
context.run_migrations()
