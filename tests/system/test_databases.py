"""The databases that tests are lent are real, and nobody else's."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from backend.database import Database, Table, engine_url


async def test_a_lent_database_is_empty_and_keeps_what_is_committed(
    empty_database_url: str, tmp_path: Path
) -> None:
    """A table made in one connection is there in the next, and no table was there before."""
    database = Database(engine_url(empty_database_url, base=tmp_path))
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE kept (number INTEGER)"))
        await session.execute(text("INSERT INTO kept VALUES (7)"))
    await database.close()
    again = Database(engine_url(empty_database_url, base=tmp_path))
    async with again.transaction() as session:
        assert await session.scalar(text("SELECT number FROM kept")) == 7
    await again.close()


async def test_a_lent_database_has_every_table(database_url: str, tmp_path: Path) -> None:
    """What the models declare is there, on both kinds of database."""

    def names(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    database = Database(engine_url(database_url, base=tmp_path))
    async with database.engine.connect() as connection:
        found = await connection.run_sync(names)
    await database.close()
    assert found
    assert found == set(Table.metadata.tables)
