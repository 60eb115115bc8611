"""Drafts the next step: `python -m backend.migrations "what changes"` compares models with what steps built.

The draft is a beginning: read it, make it plain, and say in it why.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from backend.database import Database, engine_url
from backend.migrations.tables import METADATA
from backend.upgrade import STEPS, head, upgrade


def _draft(connection: Connection, message: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.attributes.update(connection=connection, metadata=METADATA)
    command.revision(config, message, autogenerate=True, rev_id=f"{int(head()) + 1:04}")


async def main(message: str) -> None:
    """Write the draft into `versions/`."""
    with TemporaryDirectory() as folder:
        database = Database(engine_url("sqlite:///steps.db", base=Path(folder)))
        await upgrade(database)
        async with database.engine.connect() as connection:
            await connection.run_sync(_draft, message)
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(" ".join(sys.argv[1:]) or "next step"))
