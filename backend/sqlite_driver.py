"""aiosqlite with fewer visits to its thread.

aiosqlite runs SQLite in a thread of its own, so that waiting never stops the hotline; as it comes, each
statement visits that thread four times (open a cursor, execute, fetch, close), which costs more than all
else a guided step does. Here only what may wait goes there: beginning a transaction that writes (for the
writer's lock) and ending it (for the disk). In between a statement finds its pages in memory, and runs where
it is asked for; so does all of a transaction that only reads, which waits for nobody (WAL): an idle hotline
does little else. Everything else is aiosqlite's own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Self

import aiosqlite

Row = Sequence[Any]
Parameters = Sequence[Any]
Found = tuple[Any, int, int | None, list[Row]]
"""A finished cursor's description, row count and last row id, and its rows."""


class Cursor:
    """What SQLAlchemy asks of a cursor: it holds the result; the real one is closed already."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Row] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        """Ready at once."""
        return self

    async def execute(self, statement: str, parameters: Parameters = ()) -> Self:
        """Run the statement and fetch all that it returns."""
        if statement.startswith("BEGIN"):
            return self._hold(await self._connection.begin(statement))
        return self._hold(_execute(self._connection.raw, statement, parameters))

    async def executemany(self, statement: str, parameters: Iterable[Parameters]) -> Self:
        """Run the statement once for each of the parameters."""
        return self._hold(_executemany(self._connection.raw, statement, parameters))

    async def fetchall(self) -> list[Row]:
        """What the statement returned, given out once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Closed already."""

    def _hold(self, found: Found) -> Self:
        self.description, self.rowcount, self.lastrowid, self._rows = found
        return self


def _execute(connection: sqlite3.Connection, statement: str, parameters: Parameters) -> Found:
    cursor = connection.execute(statement, parameters)
    try:
        rows = cursor.fetchall() if cursor.description else []
        return cursor.description, cursor.rowcount, cursor.lastrowid, rows
    finally:
        cursor.close()


def _executemany(connection: sqlite3.Connection, statement: str, parameters: Iterable[Parameters]) -> Found:
    cursor = connection.executemany(statement, parameters)
    try:
        return cursor.description, cursor.rowcount, cursor.lastrowid, []
    finally:
        cursor.close()


class Connection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors go to its thread only for what may wait."""

    _thread_rests = True
    """Whether all that was asked of the thread is known to be done: what follows needn't queue behind it."""

    def cursor(self) -> Cursor:  # type: ignore[override] # it needn't be awaited
        """A cursor, without a visit to the thread."""
        return Cursor(self)

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection itself. One task uses it at a time: SQLAlchemy's pool sees to that."""
        return self._conn

    async def begin(self, statement: str) -> Found:
        """Begin a transaction: in the thread if it is to write, or if the thread is still at something."""
        if statement == "BEGIN" and self._thread_rests:
            return _execute(self.raw, statement, ())
        self._thread_rests = False
        found: Found = await self._execute(_execute, self.raw, statement, ())  # type: ignore[no-untyped-call]
        return found

    async def commit(self) -> None:
        """Commit the current transaction. Whoever is cancelled here leaves the thread at work."""
        self._thread_rests = False
        await super().commit()
        self._thread_rests = True

    async def rollback(self) -> None:
        """Roll back the current transaction, if there is one."""
        if self._thread_rests:
            self.raw.rollback()
            return
        await super().rollback()
        self._thread_rests = True


def connect(database: str, **options: Any) -> Connection:  # noqa: ANN401 - sqlite3.connect's own
    """A connection to await. Its thread doesn't hold the process up: what matters is committed."""
    options["check_same_thread"] = False
    connection = Connection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - aiosqlite offers no other way
    return connection
