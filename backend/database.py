"""The database: one engine, one way to open a transaction, and what SQLite has to be told.

`transaction()` is opened by entry points only (inbound, ticks, the command line); everything below
receives the session and never commits.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from backend import sqlite_driver
from backend.database_tls import secured
from backend.errors import ConfigurationInvalid

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


ASKED_WRONGLY = frozenset({"21", "22", "23", "42"})
"""SQLSTATE classes of a bad statement or bad values (PostgreSQL, appendix A): not all are one exception."""


ABANDONED_AFTER = 10
"""Seconds after which PostgreSQL gives up a transaction whose process says nothing more (stopped, cut off):
what it locks would hold up every other node."""
ANSWERED_WITHIN = 120.0
"""Seconds after which a connection on which nothing comes back is given up."""


class NotNow(Exception):
    """Nothing is wrong with what was asked: the same work is tried again in a while."""


class Table(DeclarativeBase):
    """The base of every table; constraint names are fixed so that migrations can speak of them."""

    metadata = MetaData(naming_convention=NAMES)


def engine_url(url: str, *, base: Path) -> URL:
    """The URL with its async driver. A relative SQLite path is taken from `base`.

    Raises ValueError for any other kind of database.
    """
    parsed = make_url(url)
    driver = _DRIVERS.get(parsed.get_backend_name())
    if driver is None:
        raise ValueError("database.url must begin with sqlite:/// or postgresql://")
    if driver.startswith("sqlite") and parsed.database and not Path(parsed.database).is_absolute():
        parsed = parsed.set(database=str(base / parsed.database))
    return parsed.set(drivername=driver)


def is_unavailable(error: BaseException) -> bool:
    """Whether the database (locked, full, gone) is to blame, rather than what was asked of it.

    Such an error parks nothing: the same work is tried again when the database is back.
    """
    if isinstance(error, IntegrityError | DataError | ProgrammingError):
        return False
    if isinstance(error, DBAPIError):
        return _state_class(error) not in ASKED_WRONGLY
    return isinstance(error, NotNow | OSError | TimeoutError | PoolTimeout | sqlite3.OperationalError)


def _state_class(error: DBAPIError) -> str:
    """The class of the SQLSTATE that PostgreSQL gave, empty where there is none."""
    return str(getattr(error.orig, "sqlstate", None) or "")[:2]


class Database:
    """The engine and its transactions."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        if self.is_sqlite and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
        # SQLite has one writer. Waiting here is fair and costs nothing; its own busy handler polls.
        self._writer = asyncio.Lock() if self.is_sqlite else None
        self.holds_destroyed = True
        """Whether what was destroyed may still stand in pages: so at the start, for nobody knows before."""

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends well, and rolls back when it doesn't."""
        async with (
            self._writer or contextlib.nullcontext(),
            AsyncSession(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only looks; on SQLite it doesn't wait for the writer."""
        async with self.engine.connect() as connection:
            await connection.execution_options(hotline_reading=True)
            async with AsyncSession(connection, expire_on_commit=False) as session:
                yield session

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold an SQLite file for one running hotline; the lock goes with the process, however it dies.

        Raises ConfigurationInvalid if another one holds it: two would each send what the other has claimed.
        """
        if not self.is_sqlite or not self.url.database:
            yield
            return
        with Path(f"{self.url.database}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ConfigurationInvalid("another hotline is running on this database") from None
            yield

    async def forget_pages(self) -> bool:
        """Have what was destroyed overwritten on disk; False if somebody still reads it: to be asked again.

        Outside any transaction, after the commit that destroyed. SQLite: `secure_delete` has overwritten the
        pages in the log; this brings them into the file and cuts the log, which held what was there before,
        to nothing. PostgreSQL: VACUUM gives dead rows free, as soon as no transaction sees them any more, but
        overwrites them only when new rows need the place, and what went through its own log (WAL, archives,
        replicas) stays until those are recycled. What remains there is sealed, and its data key, wrapped,
        remains there as long: it is readable to whoever has the wrapping key, until that is destroyed.
        """
        self.holds_destroyed = False
        try:
            done = await (self._truncate_log() if self.is_sqlite else self._vacuum())
        except BaseException:
            self.holds_destroyed = True
            raise
        self.holds_destroyed |= not done
        return done

    async def _truncate_log(self) -> bool:
        if not self.url.database or self._writer is None:
            return True
        async with self._writer:
            return await asyncio.to_thread(_truncate_log, self.url.database)

    async def _vacuum(self) -> bool:
        async with self.engine.connect() as connection:
            apart = await connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in Table.metadata.sorted_tables:
                await apart.execute(text(f'VACUUM "{table.name}"'))
        return True

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _truncate_log(file: str) -> bool:
    """A connection of its own, which waits for nobody: a reader that stays would hold up every writer."""
    with contextlib.closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy


def _postgresql_engine(url: URL) -> AsyncEngine:
    bare, tls = secured(url)
    return create_async_engine(
        bare,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=8,
        pool_timeout=10,
        connect_args={
            "command_timeout": ANSWERED_WITHIN,
            "ssl": tls,
            "server_settings": {"idle_in_transaction_session_timeout": f"{ABANDONED_AFTER}s"},
        },
    )


def _sqlite_engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"timeout": 5, "async_creator_fn": sqlite_driver.connect})
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
    """Durable (FULL), consistent (foreign keys), and forgetful of what was deleted (secure_delete)."""
    try:
        _set_pragmas(connection)
    except Exception:
        connection.close()  # or its thread would outlive the error
        raise


def _set_pragmas(connection: Any) -> None:  # noqa: ANN401 - the driver's own type
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "secure_delete=ON",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:  # noqa: ANN401 - a sync connection of the dialect's
    """Writers take the lock at once: a read that turns into a write would fail instead of waiting."""
    reading = connection.get_execution_options().get("hotline_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
