"""A hotline that is backed up, the identity that opens its backups, and places to restore them to."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pyrage.x25519 import Identity
from sqlalchemy import Connection, select

from backend.archive import making, restoring, rows
from backend.archive.making import Made
from backend.archive.reading import Archive
from backend.archive.restoring import Restored
from backend.cases import casework, files, reporting, sealed
from backend.clock import StoppedClock
from backend.config import BackendSettings
from backend.upgrade import upgrade
from backend.vault.keys import KeyFile
from backend.work import Backend
from bot import fetching
from tests.backend.messenger import Messenger
from tests.backend.world import HIGH, KEYS, NORMAL, URGENT, World, new_backend, new_world

PHOTO = "снимок двери".encode() * 5000
Rows = dict[str, list[tuple[rows.Value, ...]]]


@dataclass
class Home:
    """A hotline at work, in a folder of its own."""

    world: World
    identity: Identity
    folder: Path

    @property
    def backend(self) -> Backend:
        """The hotline's backend."""
        return self.world.backend

    async def back_up(self) -> Path:
        """Make a backup."""
        return (await self.made()).path

    async def made(self) -> Made:
        """The same, with what there is to tell of it."""
        return await making.make(self.backend, [self.identity.to_public()])


def settings(identity: Identity, folder: Path) -> BackendSettings:
    """Backed up to this identity, and closed cases sealed to it too."""
    whom = [str(identity.to_public())]
    return BackendSettings.model_validate(
        {
            "backup": {"recipients": whom, "folder": folder / "backups", "erasures": folder / "erasures.log"},
            "sealing": {"recipients": whom, "after": "1d"},
        }
    )


@contextlib.asynccontextmanager
async def home(database_url: str, folder: Path) -> AsyncIterator[Home]:
    """A hotline without people yet."""
    identity = Identity.generate()
    world = new_world(database_url, folder / "home", settings(identity, folder / "home"))
    try:
        await upgrade(world.backend.database)
        yield Home(world, identity, folder / "home")
    finally:
        await world.backend.database.close()


@dataclass(frozen=True)
class Life:
    """What went on in it: references of a case at work with a file, of one that waits, of a sealed one."""

    worked: str
    waiting: str
    sealed: str
    file: str


async def lived_in(home: Home) -> Life:
    """People, cases in every state, a file, messages under way."""
    world = home.world
    anna = await world.person("anna", "coordinator")
    await world.room()
    closed = await world.case(NORMAL, await world.reporter("third"))
    await world.do(closed, lambda work, case: casework.close(work, anna, case, "resolved", "went home"))
    await world.take_out()
    world.clock.advance(timedelta(days=1))
    assert await sealed.seal_due(world.backend) == 1
    defender = await world.reporter("defender")
    async with world.backend.work() as work:
        file = files.note(work, defender, ref="ref", kind="photo", name="дверь.jpg", mime="image/jpeg")
    assert await fetching.fetch_pending(world.backend, {"telegram": Messenger(files={"ref": PHOTO})}) == 1
    worked = (await world.opened(URGENT, defender, files=[file])).case.reference
    await world.acknowledge(worked, anna)
    await world.do(worked, lambda work, case: casework.reply(work, anna, case, "Едем", channel="telegram"))
    await world.do(worked, lambda work, case: reporting.add_message(work, defender, case, "Стучат"))
    waiting = await world.case(HIGH, await world.reporter("second"))
    return Life(worked, waiting, closed, file)


# ── Restoring ───────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def elsewhere(url: str, folder: Path, home: Home) -> AsyncIterator[World]:
    """Where nothing is yet: the same settings and clock, another database and folder."""
    clock = StoppedClock(home.world.clock.now())
    backend = new_backend(url, folder / "elsewhere", clock, settings=home.backend.settings)
    try:
        yield World(backend, clock, names=home.world.names)
    finally:
        await backend.database.close()


async def restored(
    world: World,
    archive: Path,
    identity: Identity,
    *,
    erased: Mapping[str, datetime] | None = None,
    keys: KeyFile = KEYS,
) -> Restored:
    """What `hotline restore` does."""
    with Archive(archive, by=[identity]) as opened:
        return await restoring.restore(world.backend, opened, keys, erased=erased or {})


async def all_rows(world: World) -> Rows:
    """Every row of every table that an archive holds, as the database has them."""

    def look(connection: Connection) -> Rows:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in rows.tables(connection)
        }

    async with world.backend.database.engine.connect() as connection:
        return await connection.run_sync(look)


def names_in(folder: Path) -> list[str]:
    """The names of the files in it."""
    return sorted(path.name for path in folder.glob("*")) if folder.exists() else []
