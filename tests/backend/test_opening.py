"""The vault opens with the keys that sealed the data, and with no others; a lost key is never replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.database import Database, engine_url
from backend.errors import KeysMissing
from backend.upgrade import upgrade
from backend.vault import keyring
from backend.vault.keyfile import create_key_file, is_private, new_keys
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
async def other(empty_database_url: str) -> AsyncIterator[Database]:
    """Lend the same database to another process."""
    other = Database(engine_url(empty_database_url, base=Path()))
    yield other
    await other.close()


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


async def test_of_two_nodes_at_once_one_makes_the_keys(
    database: Database, other: Database, tmp_path: Path
) -> None:
    """On one empty database: the other one makes nothing, and says from where to take the key file."""
    here, there = tmp_path / "here" / "keys.toml", tmp_path / "there" / "keys.toml"
    came = await asyncio.gather(
        open_vault(database, of_file(here), now=NOW),
        open_vault(other, of_file(there), now=NOW),
        return_exceptions=True,
    )
    (refused,) = (each for each in came if isinstance(each, BaseException))
    assert isinstance(refused, KeysMissing)
    assert "copy it from the other node" in str(refused)
    (made,) = (file for file in (here, there) if file.is_file())
    for each in (database, other):
        assert not (await open_vault(each, of_file(made), now=NOW)).made


async def test_two_processes_with_one_key_file_both_open(
    database: Database, other: Database, tmp_path: Path
) -> None:
    """Started at once on one machine, one makes the file and the other one reads it."""
    file = of_file(tmp_path / "keys.toml")
    came = await asyncio.gather(*(open_vault(each, file, now=NOW) for each in (database, other)))
    assert sorted(each.made for each in came) == [False, True]
    first, second = (each.vault for each in came)
    assert first.digest("x", "y") == second.digest("x", "y")


async def test_keys_that_were_made_are_not_replaced(
    database: Database, other: Database, tmp_path: Path
) -> None:
    """Even before anything was sealed the loss of the only key file is an error, and so is another one."""
    file = tmp_path / "keys.toml"
    await open_vault(database, of_file(file), now=NOW)
    _lose(file)
    with pytest.raises(KeysMissing, match="isn't there, and this database can't be read without it"):
        await open_vault(other, of_file(file), now=LATER)
    assert not file.exists()
    create_key_file(file, new_keys(NOW.date()))
    with pytest.raises(KeysMissing, match="isn't the one by which data is wrapped"):
        await open_vault(other, of_file(file), now=NOW)


async def test_of_two_key_files_on_an_empty_database_one_counts(
    database: Database, other: Database, tmp_path: Path
) -> None:
    """Nodes that were each given a file before their first start can't work beside each other unnoticed."""
    files = [tmp_path / name for name in ("one.toml", "two.toml")]
    for file in files:
        create_key_file(file, new_keys(NOW.date()))
    came = await asyncio.gather(
        open_vault(database, of_file(files[0]), now=NOW),
        open_vault(other, of_file(files[1]), now=NOW),
        return_exceptions=True,
    )
    (refused,) = (each for each in came if isinstance(each, BaseException))
    assert isinstance(refused, KeysMissing)


async def test_keys_whose_file_can_not_be_written_are_not_named(database: Database, tmp_path: Path) -> None:
    """A first start that fails for a full disk is tried again when there is room."""
    blocked = tmp_path / "blocked"
    blocked.touch()
    with pytest.raises(FileExistsError):
        await open_vault(database, of_file(blocked / "keys.toml"), now=NOW)
    assert (await open_vault(database, of_file(tmp_path / "keys.toml"), now=NOW)).made


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
    create_key_file(file, new_keys(LATER.date()))
    with pytest.raises(KeysMissing, match="lacks k20111104"):
        await open_vault(database, of_file(file), now=NOW)


async def test_other_keys_of_the_same_name_do_not_pass(database: Database, file: Path) -> None:
    """Another hotline's file of the same day is found out before anything is sealed with it."""
    _lose(file)
    create_key_file(file, new_keys(NOW.date()))
    with pytest.raises(KeysMissing, match="another hotline's"):
        await open_vault(database, of_file(file), now=NOW)
