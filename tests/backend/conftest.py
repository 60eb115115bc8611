"""What the backend's tests may ask for."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.backend.staff_desk import Desk, new_desk
from tests.backend.world import World, new_world


@pytest_asyncio.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """Lend an empty desk on either kind of database."""
    made = new_desk(database_url, tmp_path)
    yield made
    await made.backend.database.close()


@pytest_asyncio.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Lend a hotline without people on either kind of database."""
    made = new_world(database_url, tmp_path)
    yield made
    await made.backend.database.close()


@pytest_asyncio.fixture
async def sqlite_world(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[World]:
    """Lend a hotline on SQLite, where what is promised has nothing to do with the database."""
    made = new_world(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'hotline.db')}", tmp_path)
    yield made
    await made.backend.database.close()
