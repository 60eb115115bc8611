"""What every test may ask for: real databases, both kinds, a real homeserver, and a real browser."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings

from setup import chromium
from tests import postgresql
from tests.matrix import Clients, Synapse
from tests.matrix import synapse as homeserver
from tests.postgresql import PostgresServer
from tests.schema import create_tables

settings.load_profile("ci")  # everywhere: the same examples on each machine, however slow it is


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Lend one PostgreSQL to all tests of this worker."""
    with postgresql.running() as server:
        yield server


@pytest.fixture(scope="session")
def synapse() -> Iterator[Synapse]:
    """Lend one Matrix homeserver to all tests of this worker; `person()` gives each its own people."""
    with homeserver.running() as server:
        yield server


@pytest_asyncio.fixture
async def clients(synapse: Synapse) -> AsyncIterator[Clients]:
    """Lend Matrix clients that are not built on the bot's library; they all end with the test."""
    async with Clients(synapse) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Run the test once on each kind of database; neither is ever left out."""
    kind: str = request.param
    return kind


def empty_database(kind: str, request: pytest.FixtureRequest, file: Path) -> Iterator[str]:
    """Lend a database of this kind without tables, by the address that an operator would write."""
    if kind == "sqlite":
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.lent() as url:
        yield url


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Lend a database without tables."""
    yield from empty_database(database_kind, request, tmp_path / "hotline.db")


@pytest.fixture
def other_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Lend a database without tables, of the other kind than the test's own."""
    other = "sqlite" if database_kind == "postgresql" else "postgresql"
    yield from empty_database(other, request, tmp_path / "other.db")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Name a PostgreSQL database with all tables, to be copied."""
    name = postgres_server.create()
    asyncio.run(create_tables(postgres_server.url(name)))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(create_tables(f"sqlite:///{path}"))
    return path


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Lend a database with all tables and no rows, by the address that an operator would write."""
    if database_kind == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        yield f"sqlite:///{shutil.copy(template, tmp_path / 'hotline.db')}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.lent(template=request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return a browser that starts; start it with `setup.chromium.arguments()`."""
    path = chromium.find()
    if path is None:
        pytest.fail("no Chromium was found: `make test` fetches one, HOTLINE_CHROMIUM names one")
    return path
