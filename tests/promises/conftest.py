"""What the promises may ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.promises.scene import Scene, playing, settings


@pytest_asyncio.fixture
async def scene(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """Lend a hotline with its default times, on either kind of database."""
    async with playing(database_url, tmp_path, settings()) as made:
        yield made
