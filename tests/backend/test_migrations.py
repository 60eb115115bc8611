"""The tables that the steps build are those of the models, on both databases; upgrading loses nothing."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import shutil
import sqlite3
import stat
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

import backend
from backend.database import Database, Table, engine_url
from backend.migrations.tables import METADATA, MODULES
from backend.upgrade import STEPS, DatabaseOutdated, Upgraded, current, head, require_current, upgrade

NEXT = """
    import sqlalchemy as sa
    from alembic import op

    revision = "9999"
    down_revision = "{head}"

    def upgrade():
        with op.batch_alter_table("cases") as table:
            table.alter_column("severity", type_=sa.String(9), existing_nullable=False)
"""
BROKEN = NEXT + '        op.execute("no such statement")\n'
CASE = (
    "INSERT INTO cases (id, reference, severity, status, channel, opened_at, touched_at, entries, report)"
    " VALUES ('c', 'K7F-3QX', 'urgent', 'new', 'telegram', 1, 1, 1, '')"
)
ENTRY = (
    "INSERT INTO case_entries (id, case_id, number, at, channel, body)"
    " VALUES ('e', 'c', 1, 1, 'telegram', '')"
)


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    """Lend a database without tables."""
    database = Database(engine_url(empty_database_url, base=Path()))
    yield database
    await database.close()


@pytest.fixture
def more_steps(tmp_path: Path) -> Path:
    """Lend a copy of the steps, followed by one that builds the table of cases anew."""
    return _steps(tmp_path / "more", NEXT)


def _steps(folder: Path, source: str) -> Path:
    shutil.copytree(STEPS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_next.py").write_text(textwrap.dedent(source).replace("{head}", head()))
    return folder


def _file(database: Database) -> Path:
    return Path(database.url.database or "")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def _with_a_case(database: Database) -> None:
    await upgrade(database)
    async with database.transaction() as session:
        await session.execute(text(CASE))
        await session.execute(text(ENTRY))


async def _count(database: Database, table: str) -> int:
    async with database.reading() as session:
        found: int = await session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our own names
        return found


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, METADATA))


def _constraints(connection: Connection) -> dict[str, object]:
    """What Alembic doesn't compare: primary keys and what happens to rows whose owner goes."""
    found = inspect(connection)
    return {
        table: (
            found.get_pk_constraint(table)["constrained_columns"],
            sorted(
                (str(key["constrained_columns"]), str(key["options"]))
                for key in found.get_foreign_keys(table)
            ),
        )
        for table in METADATA.tables
    }


async def test_models_and_steps_agree(database: Database, tmp_path: Path, database_kind: str) -> None:
    """Every table, column, type, index and uniqueness of the models was built by a step, and nothing else."""
    await upgrade(database)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
        built = await connection.run_sync(_constraints)
    if database_kind == "sqlite":
        wished = Database(engine_url("sqlite:///wished.db", base=tmp_path))
        async with wished.engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
            assert await connection.run_sync(_constraints) == built
        await wished.close()


def test_no_table_is_forgotten() -> None:
    """Whatever module of the backend declares a table, it is among those that are compared."""
    for module in pkgutil.walk_packages(backend.__path__, "backend."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    declaring = {table.__module__ for table in Table.__subclasses__()}
    assert declaring == {module.__name__ for module in MODULES}


async def test_upgrading_says_what_it_did(database: Database) -> None:
    """A database without tables gets them; a current one is left as it is."""
    assert await current(database) is None
    with pytest.raises(DatabaseOutdated, match="hotline migrate"):
        await require_current(database)
    assert await upgrade(database) == Upgraded(None, head(), None)
    assert await upgrade(database) == Upgraded(head(), head(), None)
    await require_current(database)


async def test_nodes_that_start_at_once_upgrade_once(empty_database_url: str) -> None:
    """One of them builds the tables, the others wait and find them there."""
    nodes = [Database(engine_url(empty_database_url, base=Path())) for _ in range(3)]
    done = await asyncio.gather(*(upgrade(node) for node in nodes))
    assert sorted(each.before or "" for each in done) == ["", head(), head()]
    for node in nodes:
        await node.close()


async def test_a_step_that_rebuilds_a_table_keeps_what_belongs_to_it(
    database: Database, more_steps: Path
) -> None:
    """Building the table of cases anew takes no entry along, and foreign keys hold again afterwards."""
    await _with_a_case(database)
    done = await upgrade(database, steps=more_steps)
    assert (done.before, done.after) == (head(), "9999")
    assert await _count(database, "case_entries") == 1
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM cases"))
    assert await _count(database, "case_entries") == 0


async def test_a_step_that_fails_leaves_the_database_as_it_was(database: Database, tmp_path: Path) -> None:
    """Nothing of a broken step remains, so that the old version still runs."""
    await _with_a_case(database)
    with pytest.raises(Exception, match=r"syntax error"):
        await upgrade(database, steps=_steps(tmp_path / "broken", BROKEN))
    assert await current(database) == head()
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await require_current(database)


async def test_a_newer_versions_database_is_left_alone(database: Database, more_steps: Path) -> None:
    """An older program says so instead of writing into tables that it doesn't know."""
    await upgrade(database, steps=more_steps)
    for refused in (upgrade(database), require_current(database)):
        with pytest.raises(DatabaseOutdated, match="newer version"):
            await refused


async def test_an_sqlite_file_is_copied_before_it_changes(tmp_path: Path, more_steps: Path) -> None:
    """The copy is whole, with what was still in the journal; private; and an old one is replaced."""
    database = Database(engine_url("sqlite:///hotline.db", base=tmp_path))
    await _with_a_case(database)
    stale = tmp_path / "hotline.db.before-9999"
    shutil.copy(STEPS / "env.py", stale)  # whatever an upgrade that was cut short left there
    done = await upgrade(database, steps=more_steps)
    await database.close()
    assert done.backup == stale
    assert stat.S_IMODE(stale.stat().st_mode) == 0o600
    copy = sqlite3.connect(stale)
    assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [(head(),)]
    assert copy.execute("SELECT count(*) FROM case_entries").fetchall() == [(1,)]
    copy.close()
    assert _names(tmp_path) == ["hotline.db", stale.name, more_steps.name]


async def test_nothing_is_copied_without_need(tmp_path: Path) -> None:
    """Neither a new database nor a current one leaves a copy beside it."""
    database = Database(engine_url("sqlite:///hotline.db", base=tmp_path))
    await upgrade(database)
    await upgrade(database)
    await database.close()
    assert _names(tmp_path) == ["hotline.db"]


async def test_a_new_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Whoever else is on the machine can't read the database, wherever it lies."""
    database = Database(engine_url("sqlite:///hotline.db", base=tmp_path))
    await upgrade(database)
    assert stat.S_IMODE((tmp_path / "hotline.db").stat().st_mode) == 0o600
    await database.close()


async def test_looking_makes_no_file(tmp_path: Path) -> None:
    """Asking for the revision of a database that isn't there doesn't create one."""
    database = Database(engine_url("sqlite:///hotline.db", base=tmp_path))
    assert await current(database) is None
    await database.close()
    assert _names(tmp_path) == []
