"""Which statements visit SQLite's thread: those that may wait, and what has to queue behind them."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from backend import sqlite_driver
from backend.sqlite_driver import Connection


async def _connected(path: Path) -> Connection:
    connection = sqlite_driver.connect(str(path), timeout=5, isolation_level=None)
    await connection
    await connection.cursor().execute("PRAGMA journal_mode=WAL")
    await connection.cursor().execute("CREATE TABLE words (word)")
    return connection


def _counted(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that goes to the connection's thread from now on."""
    visits: list[str] = []
    execute = connection._execute  # noqa: SLF001 - aiosqlite's one way to its thread

    async def counting(function: Callable[..., object], *arguments: object) -> object:
        visits.append(function.__name__)
        found: object = await execute(function, *arguments)  # type: ignore[no-untyped-call]
        return found

    monkeypatch.setattr(connection, "_execute", counting)
    return visits


async def test_looking_needs_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that only reads wakes no other thread; one that writes does, to begin and to end."""
    connection = await _connected(tmp_path / "words.db")
    visits = _counted(connection, monkeypatch)
    await connection.cursor().execute("BEGIN")
    await connection.cursor().execute("SELECT word FROM words")
    await connection.rollback()
    assert visits == []
    await connection.cursor().execute("BEGIN IMMEDIATE")
    await connection.cursor().execute("INSERT INTO words VALUES ('one')")
    await connection.commit()
    assert visits == ["_execute", "commit"]
    await connection.close()


@pytest.mark.parametrize("begins", ["BEGIN IMMEDIATE", "BEGIN"])
async def test_whoever_is_cancelled_while_waiting_leaves_no_transaction_open(
    tmp_path: Path, begins: str
) -> None:
    """What ends or follows a writer that was cancelled while it waited for the lock comes after it."""
    connection = await _connected(tmp_path / "words.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "words.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(connection.begin("BEGIN IMMEDIATE"))
        await asyncio.sleep(0)  # it has asked the thread now
        waiting.cancel()
        ending = asyncio.create_task(connection.rollback())
        await asyncio.sleep(0)
        other.execute("ROLLBACK")
    await ending
    assert not connection.in_transaction
    await connection.cursor().execute(begins)
    await connection.cursor().execute("SELECT word FROM words")
    assert connection.in_transaction
    await connection.rollback()
    assert not connection.in_transaction
    await connection.close()
