"""The hotline's tables on an empty database, made straight from the models.

That is quicker than the migrations, and a test of its own promises that both come to the same.
"""

import importlib
import pkgutil
from pathlib import Path

import backend
from backend.database import Database, Table, engine_url


def load_models() -> None:
    """Import every module of the backend, so that every table is known; a migration runs nothing here."""
    for module in pkgutil.walk_packages(backend.__path__, "backend."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)


async def create_tables(url: str) -> None:
    """Make all tables in the database at `url`, which is an operator's address with an absolute path."""
    load_models()
    database = Database(engine_url(url, base=Path("/")))
    async with database.engine.begin() as connection:
        await connection.run_sync(Table.metadata.create_all)
    await database.close()
