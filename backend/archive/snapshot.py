"""All rows of the database as they stood at one moment, page by page, while the hotline goes on."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

from sqlalchemy import Column, ColumnElement, Select, Table, func, literal, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.archive.rows import Value, tables
from backend.database import Database

PAGE = 200
"""Rows. One may hold a long account: a page must fit into a few megabytes."""
PATIENCE = "10min"
"""For how long PostgreSQL waits for the next page: the disk that the archive goes to may be slow."""
DEVICE_KINDS = ("crossing", "trust", "shown")
"""What of a Matrix device comes back: who it is to others, whom it trusts, and where its messages stand.

Its account and sessions don't. They move on with every message; from an older state the same keys would be
used a second time, and messages to the real state be lost. So the device is made anew.
"""


@contextlib.asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection that sees one moment of the database, and changes nothing."""
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            # Beside a log, reading sees what was there when it began: https://sqlite.org/isolation.html
            await connection.execution_options(hotline_reading=True)
        else:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            await connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{PATIENCE}'"))
        yield connection


async def all_tables(connection: AsyncConnection) -> list[Table]:
    """The tables that an archive holds, in the order in which it does."""
    return await connection.run_sync(tables)


async def pages(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Sequence[Value]]]:
    """The rows of a table in the order of its key."""
    keys = list(table.primary_key.columns)
    places = [list(table.columns).index(key) for key in keys]
    query = _kept(table).order_by(*keys).limit(PAGE)
    page = (await connection.execute(query)).all()
    while page:
        yield page
        last = [page[-1][place] for place in places]
        page = (await connection.execute(query.where(_after(keys, last)))).all()


def _kept(table: Table) -> Select[Value]:
    query: Select[Value] = select(table)
    return query.where(table.c.kind.in_(DEVICE_KINDS)) if table.name == "device_items" else query


def _after(keys: Sequence[Column[Value]], last: Sequence[Value]) -> ColumnElement[bool]:
    values = [literal(value, key.type) for key, value in zip(keys, last, strict=True)]
    return keys[0] > values[0] if len(keys) == 1 else tuple_(*keys) > tuple_(*values)


async def count(connection: AsyncConnection, listed: Sequence[Table]) -> int:
    """How many rows there are, for telling how far a backup has got."""
    counted = [await connection.scalar(select(func.count()).select_from(table)) for table in listed]
    return sum(each or 0 for each in counted)


async def wrapping_keys(connection: AsyncConnection, listed: Sequence[Table]) -> list[str]:
    """The names of the wrapping keys that data is sealed with."""
    (keys,) = (table for table in listed if table.name == "data_keys")
    found = await connection.execute(select(keys.c.wrapping_key).distinct())
    return sorted(found.scalars())


async def revision(connection: AsyncConnection) -> str:
    """Of the tables, in the same moment as their rows."""
    return str(await connection.scalar(text("SELECT version_num FROM alembic_version")))
