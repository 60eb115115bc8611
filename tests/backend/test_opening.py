"""The vault opens with the keys that sealed the data, and with no others; a lost key is never replaced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.database import Database, engine_url
from backend.errors import KeysMissing
from backend.upgrade import upgrade
from backend.vault import keyring
from backend.vault.keyfile import create_key_file, is_private
from backend.vault.keys import CaseKey, new_id
from backend.vault.opening import open_vault
from backend.vault.sources import of_file

NOW = datetime(2011, 11, 4, tzinfo=UTC)
LATER = datetime(2012, 11, 4, tzinfo=UTC)


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    """Lend a database with tables and no rows."""
    database = Database(engine_url(empty_database_url, base=Path()))
    await upgrade(database)
    yield database
    await database.close()


@pytest.fixture
async def file(database: Database, tmp_path: Path) -> Path:
    """Lend the key file of a database that holds something."""
    file = tmp_path / "keys.toml"
    opened = await open_vault(database, of_file(file), now=NOW)
    async with database.transaction() as session:
        keyring.make(session, opened.vault, new_id(), CaseKey)
    return file


def _lose(file: Path) -> None:
    file.unlink()


def _link_to_nowhere(file: Path) -> None:
    file.symlink_to("/nonexistent/keys.toml")


async def test_an_empty_database_gets_a_key_file_once(database: Database, tmp_path: Path) -> None:
    """The first start makes the file, private, and says that it did; the second finds it."""
    file = tmp_path / "new" / "keys.toml"
    assert (await open_vault(database, of_file(file), now=NOW)).made
    assert is_private(file)
    assert not (await open_vault(database, of_file(file), now=NOW)).made


async def test_the_right_keys_open(database: Database, file: Path) -> None:
    """With the file that sealed the data, the vault opens."""
    assert (await open_vault(database, of_file(file), now=NOW)).vault.current == "k20111104"


async def test_lost_keys_are_not_replaced(database: Database, file: Path) -> None:
    """With data and no key file there is a sentence and still no key file."""
    _lose(file)
    with pytest.raises(KeysMissing, match="isn't there, and this database can't be read without it"):
        await open_vault(database, of_file(file), now=NOW)
    assert list(file.parent.glob("*.toml")) == []


async def test_keys_on_a_disk_that_is_missing_are_not_replaced(database: Database, tmp_path: Path) -> None:
    """A link to nowhere means another disk, even while the database is empty."""
    file = tmp_path / "keys.toml"
    _link_to_nowhere(file)
    with pytest.raises(KeysMissing, match="can't be read"):
        await open_vault(database, of_file(file), now=NOW)


async def test_a_missing_wrapping_key_is_named(database: Database, file: Path) -> None:
    """Keys made later, under another name, don't do: the name of the missing one is said."""
    _lose(file)
    create_key_file(file, now=LATER)
    with pytest.raises(KeysMissing, match="lacks k20111104"):
        await open_vault(database, of_file(file), now=NOW)


async def test_other_keys_of_the_same_name_do_not_pass(database: Database, file: Path) -> None:
    """Another hotline's file of the same day is found out before anything is sealed with it."""
    _lose(file)
    create_key_file(file, now=NOW)
    with pytest.raises(KeysMissing, match="another hotline's"):
        await open_vault(database, of_file(file), now=NOW)
