"""Rows of an archive into empty tables of the same revision, without what must not come back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

from sqlalchemy import Connection, MetaData, Table, exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.archive.reading import Page
from backend.archive.rows import FIRST, Row, tables
from backend.errors import ArchiveRefused
from backend.upgrade import take_steps

_OWNED_BY = ("case_id", "owner")
"""Columns that say to which case a row belongs; an owner may be somebody else too."""


def require_empty(connection: Connection) -> None:
    """Raise ArchiveRefused if any row is there that a restored one could meet.

    Which key an empty database goes by says nothing: the archive's rows go by their own.
    """
    for table in tables(connection):
        if table.name != "wrapping" and connection.scalar(select(exists(select(table)))):
            raise ArchiveRefused(
                f"the database isn't empty (there are {table.name}): restore into a new one, and keep this"
            )


def make_tables(connection: Connection, revision: str) -> dict[str, Table]:
    """The tables as they were at this revision, by name; those that stand there, empty, are dropped."""
    there = MetaData()
    there.reflect(connection)
    there.drop_all(connection)
    take_steps(connection, revision)
    return {table.name: table for table in tables(connection)}


class Loading:
    """Takes pages as they come. Cases that are among `erased`, and what belongs to them, are passed over."""

    def __init__(self, connection: AsyncConnection, known: dict[str, Table], erased: Collection[str]) -> None:
        self.rows = 0
        self.passed_over: set[str] = set()
        """The ids of the cases that were erased since."""
        self.stored: set[str] = set()
        """The ids of files that should be in the archive."""
        self._connection = connection
        self._known = known
        self._erased = frozenset(erased)

    async def take(self, page: Page) -> None:
        """Write these rows. Raises ArchiveRefused for a table that doesn't look like this."""
        table = self._known.get(page.table.name)
        names = [name for name, _ in page.table.columns]
        if table is None or set(names) != set(table.columns.keys()):
            raise ArchiveRefused(f"the archive's {page.table.name} are not those of its revision")
        kept = [row for row in page.rows if not self._is_erased(table.name, names, row)]
        if table.name == "files":
            self._note_files(names, kept)
        if kept:
            await self._connection.execute(
                table.insert(), [dict(zip(names, row, strict=True)) for row in kept]
            )
            self.rows += len(kept)

    def _is_erased(self, table: str, names: Sequence[str], row: Row) -> bool:
        if table == FIRST and row[names.index("reference")] in self._erased:
            self.passed_over.add(cast("str", row[names.index("id")]))
            return True
        owners = (row[names.index(name)] for name in _OWNED_BY if name in names)
        return any(owner in self.passed_over for owner in owners)

    def _note_files(self, names: Sequence[str], rows: Sequence[Row]) -> None:
        name, state = names.index("id"), names.index("state")
        self.stored |= {cast("str", row[name]) for row in rows if row[state] == "stored"}


async def count_on(connection: AsyncConnection) -> None:
    """Have PostgreSQL number new rows after those that are there; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in await connection.run_sync(tables):
        for column in table.primary_key.columns:
            sequence = await connection.scalar(
                text("SELECT pg_get_serial_sequence(:table, :column)"),
                {"table": table.name, "column": column.name},
            )
            if sequence is not None:
                last = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
                await connection.execute(select(func.setval(sequence, last, False)))  # noqa: FBT003 - its own
