"""Rotation: everything comes to the new key, whatever happens meanwhile; no key goes while it is needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyrage.x25519 import Identity
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.archive import making, restoring
from backend.archive.reading import Archive
from backend.clock import StoppedClock
from backend.config import BackendSettings
from backend.database import Database, engine_url
from backend.errors import KeysMissing
from backend.upgrade import upgrade
from backend.vault import keyring, learning, rotation
from backend.vault.files import FileStore
from backend.vault.keyfile import compose, with_new_current
from backend.vault.keys import CaseKey, DataKey, KeyFile, Sealed, Vault, new_id
from backend.vault.model import DataKeyRow
from backend.vault.opening import open_vault
from backend.vault.sources import KeySource, of_file
from backend.work import Backend
from bot.cli.refusals import NotFinished
from bot.cli.rotation import Rotation
from tests.backend.several import Nodes
from tests.backend.world import KEYS as KEYS_OF_WORLD
from tests.system.mortal import Killed, Moments

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
FIRST, SECOND = "k20260304", "k20260403"
KEYS = 25


@dataclass
class Place:
    """A database and a key file, which processes open one after the other or at once."""

    url: str
    folder: Path
    clock: StoppedClock = field(default_factory=lambda: StoppedClock(NOW))
    settings: BackendSettings = field(default_factory=BackendSettings)
    said: list[str] = field(default_factory=list)
    plain: dict[str, bytes] = field(default_factory=dict)
    """Owner to data key."""

    @property
    def source(self) -> KeySource:
        """The key file, as a process finds it that has just started."""
        return of_file(self.folder / "keys.toml")

    @property
    def keys(self) -> KeyFile:
        """What is in the key file now."""
        return self.source.read()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Backend]:
        """A process of its own."""
        database = Database(engine_url(self.url, base=self.folder))
        try:
            vault = (await open_vault(database, self.source, now=self.clock.now())).vault
            files = FileStore(self.folder / "files")
            yield Backend(database, vault, files, self.settings, self.clock)
        finally:
            await database.close()

    async def rotate(self, *, forced: bool = False) -> list[str]:
        """`hotline keys rotate`; what it said."""
        self.said.clear()
        async with self.opened() as backend:
            await Rotation(backend, self.source, self.said.append).run(forced=forced)
        return self.said

    async def add(self, backend: Backend, owner: str = "") -> str:
        """Somebody gets a data key by this process; who."""
        async with backend.work() as work:
            key = keyring.make(work.session, work.vault, owner or new_id(), CaseKey)
            row = await work.session.get_one(DataKeyRow, (key.owner, 1))
            self.plain[key.owner] = work.vault.unwrap(key.owner, 1, by=row.wrapping_key, wrapped=row.wrapped)
        return key.owner

    async def wrapped_by(self) -> dict[str, int]:
        """How many data keys each wrapping key wraps."""
        async with self.opened() as backend, backend.looking() as work:
            return await rotation.counts(work.session)

    async def opens_everything(self) -> None:
        """Every data key is what it was, by the key file as it is now."""
        async with self.opened() as backend, backend.looking() as work:
            rows = (await work.session.execute(select(DataKeyRow))).scalars().all()
            found = {
                row.owner: work.vault.unwrap(row.owner, 1, by=row.wrapping_key, wrapped=row.wrapped)
                for row in rows
            }
        assert found == self.plain

    async def passes(self, days: int) -> None:
        """Time, as the command sees it."""
        self.clock.advance(timedelta(days=days))


@pytest.fixture
async def place(database_url: str, tmp_path: Path) -> Place:
    """Lend a database with some data keys under the key of its first day."""
    made = Place(database_url, tmp_path)
    async with made.opened() as backend:
        for _ in range(KEYS):
            await made.add(backend)
    return made


# ── What it does ────────────────────────────────────────────────────────────────────────────────


async def test_a_young_key_stays(place: Place) -> None:
    """Before its period is over the current key stays, and that is said."""
    await place.passes(29)
    assert await place.rotate() == [
        f"{FIRST} isn't older than keys.period: no new key (--now makes one)",
        f"nothing is left to do: {FIRST} wraps every data key",
    ]
    assert place.keys.current == FIRST


async def test_a_new_key_takes_over(place: Place) -> None:
    """After its period a key is followed by another, which wraps everything; contents stay as they were."""
    await place.passes(30)
    said = await place.rotate()
    assert said[0].startswith(f"{SECOND} is the current key from now on")
    assert said[1] == f"{KEYS} data keys were wrapped anew by {SECOND}"
    assert said[2] == f"{FIRST}: retired; kept for backups until 2026-05-04 00:00 UTC"
    assert await place.wrapped_by() == {SECOND: KEYS}
    await place.opens_everything()
    assert place.keys.dates[FIRST].retired == place.clock.now().date()


async def test_now_means_now(place: Place) -> None:
    """A key that may have been seen is replaced at once; two of one day have different names."""
    await place.rotate(forced=True)
    await place.rotate(forced=True)
    assert list(place.keys.wrapping) == [f"{FIRST}-3", f"{FIRST}-2", FIRST]
    assert await place.wrapped_by() == {f"{FIRST}-3": KEYS}
    await place.opens_everything()


async def test_the_look_up_key_stays(place: Place) -> None:
    """Addresses and codes are found after any number of rotations."""
    async with place.opened() as backend:
        before = backend.vault.digest("address", "telegram", "42")
    await place.rotate(forced=True)
    async with place.opened() as backend:
        assert backend.vault.digest("address", "telegram", "42") == before


async def test_a_wrapped_key_says_nothing_new_to_whoever_kept_the_old_one(place: Place) -> None:
    """Each data key is wrapped with a nonce of its own, and not as it was."""
    before = await _wrapped(place)
    await place.rotate(forced=True)
    after = await _wrapped(place)
    assert before.keys() == after.keys()
    assert len({bytes(each[1:13]) for each in (*before.values(), *after.values())}) == 2 * KEYS


async def _wrapped(place: Place) -> dict[str, Sealed]:
    async with place.opened() as backend, backend.looking() as work:
        rows = await work.session.execute(select(DataKeyRow.owner, DataKeyRow.wrapped))
        return {row.owner: row.wrapped for row in rows}


# ── Keys are destroyed in their time, and not before ────────────────────────────────────────────


async def test_a_retired_key_is_kept_as_long_as_backups(place: Place) -> None:
    """Until the last backup that needs it has expired a retired key stays; then it is gone from the file."""
    await place.passes(30)
    await place.rotate()
    old = place.folder / "keys.toml"
    await place.passes(30)
    await place.rotate(forced=False)
    assert FIRST in place.keys.wrapping
    await place.passes(1)
    with old.open("rb") as before:
        said = await place.rotate()
        assert set(before.read()) == {0}
    assert f"{FIRST}: destroyed; no backup that can be restored needs it" in said
    assert FIRST not in place.keys.wrapping
    await place.opens_everything()


async def test_the_newest_backup_keeps_its_key(empty_database_url: str, tmp_path: Path) -> None:
    """While backups fail, the last one can still be restored, and that is said; a newer one frees its key."""
    identity = Identity.generate()
    chosen = {"recipients": [str(identity.to_public())], "folder": tmp_path / "backups"}
    place = Place(empty_database_url, tmp_path, settings=BackendSettings.model_validate({"backup": chosen}))
    async with _unopened(place) as database:
        await upgrade(database)
    async with place.opened() as backend:
        await place.add(backend)
    await place.passes(30)
    backup = await _backed_up(place, identity)
    await place.rotate()
    await place.passes(100)
    said = await place.rotate()
    assert f"{FIRST}: kept beyond their time, for no backup is newer: `hotline backup`" in said
    assert not any(line.startswith("nothing is left") for line in said)
    with Archive(backup, by=[identity]) as archive:
        restoring.require_keys(archive.manifest, place.keys)
    await _backed_up(place, identity)
    assert f"{FIRST}: destroyed; no backup that can be restored needs it" in await place.rotate()
    assert FIRST not in place.keys.wrapping


@asynccontextmanager
async def _unopened(place: Place) -> AsyncIterator[Database]:
    database = Database(engine_url(place.url, base=place.folder))
    yield database
    await database.close()


async def _backed_up(place: Place, identity: Identity) -> Path:
    async with place.opened() as backend:
        return (await making.make(backend, [identity.to_public()])).path


async def test_a_key_in_use_is_never_destroyed(place: Place) -> None:
    """Rows that a restored backup brought back keep their key: they are wrapped anew, and it is kept anew."""
    await place.passes(30)
    before = await _wrapped(place)
    await place.rotate()
    await place.passes(31)
    async with place.opened() as backend, backend.work() as work:
        await work.session.execute(update(DataKeyRow).values(wrapping_key=FIRST))
        for owner, wrapped in before.items():
            named = update(DataKeyRow).where(DataKeyRow.owner == owner)
            await work.session.execute(named.values(wrapped=wrapped))
    await place.rotate()
    assert place.keys.dates[FIRST].retired == place.clock.now().date()
    assert FIRST not in await place.wrapped_by()
    await place.opens_everything()


async def test_a_data_key_that_does_not_open_is_left_and_said(place: Place) -> None:
    """One that was changed from outside is left as it is, and so is its wrapping key; the others go over."""
    await place.passes(30)
    owner = next(iter(place.plain))
    async with place.opened() as backend, backend.work() as work:
        row = await work.session.get_one(DataKeyRow, (owner, 1))
        row.wrapped = Sealed(row.wrapped[:-1] + bytes([row.wrapped[-1] ^ 1]))
        broken = row.wrapped
        # Another one is tried when the vault is opened: the smallest of each wrapping key.
        await work.session.execute(update(DataKeyRow).where(DataKeyRow.owner == owner).values(owner="z" * 32))
    with pytest.raises(NotFinished, match="1 data key was left as found"):
        await place.rotate()
    assert await place.wrapped_by() == {FIRST: 1, SECOND: KEYS - 1}
    assert (await _wrapped(place))["z" * 32] == broken
    assert FIRST in place.keys.wrapping


# ── Meanwhile ───────────────────────────────────────────────────────────────────────────────────


class Interrupted(Database):
    """A database in which somebody else does something between a batch's reading and its writing."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """The other one's work, once, and then a transaction as ever."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            await meanwhile()
        async with super().transaction() as session:
            yield session


async def _rewrap(place: Place, meanwhile: Callable[[], Awaitable[None]]) -> int:
    """Wrap everything by a new key, while this happens; how many were wrapped anew."""
    more = with_new_current(place.keys, place.clock.now().date())
    place.source.write(more)
    database = Interrupted(engine_url(place.url, base=place.folder))
    database.meanwhile = meanwhile
    try:
        return (await rotation.rewrap(database, Vault(more), lambda _: None)).done
    finally:
        await database.close()


@asynccontextmanager
async def _of_the_past(place: Place) -> AsyncIterator[Backend]:
    """A process that knows nothing yet of any key but the first."""
    keys = KeyFile(FIRST, {FIRST: place.keys.wrapping[FIRST]}, place.keys.lookup)
    database = Database(engine_url(place.url, base=place.folder))
    yield Backend(database, Vault(keys), FileStore(place.folder), BackendSettings(), place.clock)
    await database.close()


async def test_a_data_key_that_is_destroyed_meanwhile_stays_destroyed(place: Place) -> None:
    """Whoever is erased between being read and being wrapped anew doesn't come back."""
    erased = next(iter(place.plain))

    async def erase() -> None:
        async with place.opened() as other, other.work() as work:
            await work.session.execute(delete(DataKeyRow).where(DataKeyRow.owner == erased))

    assert await _rewrap(place, erase) == KEYS - 1
    del place.plain[erased]
    await place.opens_everything()


async def test_a_data_key_that_is_replaced_meanwhile_stays_as_it_is(place: Place) -> None:
    """Nor is one overwritten that was made anew for the same owner: it is wrapped anew in its turn."""
    owner = next(iter(place.plain))

    async def replaces() -> None:
        async with _of_the_past(place) as other:
            async with other.work() as work:
                await work.session.execute(delete(DataKeyRow).where(DataKeyRow.owner == owner))
            await place.add(other, owner)

    before = place.plain[owner]
    assert await _rewrap(place, replaces) == KEYS
    assert place.plain[owner] != before
    await place.opens_everything()


async def test_who_comes_in_behind_is_found(place: Place) -> None:
    """What a process still wraps by the old key is found: all are looked at until none is left."""

    async def come() -> None:
        async with _of_the_past(place) as other:
            await place.add(other, "0" * 32)

    assert await _rewrap(place, come) == KEYS + 1
    assert FIRST not in await place.wrapped_by()
    await place.opens_everything()


async def test_what_somebody_holds_is_not_waited_for(two: Nodes) -> None:
    """On PostgreSQL: a transaction that holds some of the rows may want others, so it goes first."""
    await two.world.person("Anna")
    await two.world.person("Boris")
    database = two.other.database
    keys = with_new_current(KEYS_OF_WORLD, NOW.date())
    async with two.world.backend.work() as work:
        owners = (await work.session.execute(select(DataKeyRow.owner).order_by(DataKeyRow.owner))).scalars()
        first, *_, last = list(owners)
        await work.session.execute(delete(DataKeyRow).where(DataKeyRow.owner == last))
        rewrapping = asyncio.create_task(rotation.rewrap(database, Vault(keys), lambda _: None))
        async with asyncio.timeout(60), database.reading() as session:
            query = select(DataKeyRow.wrapping_key).where(DataKeyRow.owner == first)
            while (await session.execute(query)).scalar() != keys.current:  # noqa: ASYNC110 - others do it
                await asyncio.sleep(0.01)
        await work.session.execute(delete(DataKeyRow).where(DataKeyRow.owner == first))
    assert (await rewrapping).broken == 0
    async with two.world.backend.looking() as work:
        assert set(await rotation.counts(work.session)) == {keys.current}


async def test_two_rotations_at_once_do_not_both(place: Place) -> None:
    """With two copies of a key file, the second rotation finds that another key was named, and stops."""
    apart = place.folder / "apart"
    apart.mkdir()
    (apart / "keys.toml").write_text(compose(place.keys))
    other = Place(place.url, apart, place.clock)
    async with other.opened() as backend:
        await place.rotate(forced=True)
        with pytest.raises(KeysMissing, match="isn't the one by which data is wrapped"):
            await Rotation(backend, other.source, other.said.append).run(forced=True)
    await place.opens_everything()


async def test_a_file_that_somebody_changes_is_left_to_them(place: Place) -> None:
    """Only one command at a time changes the key file."""
    with (
        place.source.alone(),
        pytest.raises(KeysMissing, match="is being changed by another command"),
        place.source.alone(),
    ):
        pass


# ── Running processes ───────────────────────────────────────────────────────────────────────────


async def test_an_unknown_wrapping_key_is_looked_for_once(place: Place) -> None:
    """A process that meets a name it doesn't know reads its keys again, and goes on."""
    async with place.opened() as running:
        await place.rotate(forced=True)
        for owner, key in place.plain.items():
            async with running.looking() as work:
                found = await keyring.load(work.session, work.vault, owner, CaseKey)
            assert found is not None
            sealed = found.seal("cases", "report", owner, b"words")
            assert DataKey(owner, 1, key).open("cases", "report", owner, sealed) == b"words"


def test_a_key_that_nobody_has_is_looked_for_once() -> None:
    """Where reading again doesn't help, it isn't done for each row."""
    keys = KeyFile("k1", {"k1": bytes(32)}, bytes(32))
    asked: list[KeyFile] = []

    def reread() -> KeyFile:
        asked.append(keys)
        return keys

    vault = Vault(keys, reread=reread)
    for _ in range(3):
        with pytest.raises(KeysMissing, match="has no key 'k2'"):
            vault.unwrap("owner", 1, by="k2", wrapped=bytes(61))
    assert asked == [keys]


def test_another_hotlines_keys_are_not_taken_over() -> None:
    """A key file whose look-up key is another one isn't this hotline's."""
    vault = Vault(KeyFile("k1", {"k1": bytes(32)}, bytes(32)))
    with pytest.raises(KeysMissing, match="another hotline's"):
        vault.learn(KeyFile("k2", {"k2": bytes(32)}, bytes(31) + b"x"))
    assert vault.current == "k1"


async def test_a_running_process_takes_the_new_key_over(place: Place) -> None:
    """Its tick finds the new key, reads the file again, and wraps by nothing else from then on."""
    async with place.opened() as running:
        assert await _new(running), "it hasn't said yet by which key it wraps"
        assert await learning.take_over(running)
        assert not await _new(running)
        await place.rotate(forced=True)
        assert await _new(running)
        assert await learning.take_over(running)
        assert not await _new(running)
        await place.add(running)
    assert await place.wrapped_by() == {f"{FIRST}-2": KEYS + 1}


async def _new(backend: Backend) -> bool:
    async with backend.looking() as work:
        return await learning.anything_new(work.session, backend.vault, backend.node.id)


async def test_a_process_with_another_copy_of_the_file_goes_on_as_before(place: Place) -> None:
    """Where the key file lacks the new key, a running process wraps by the old one, and says nothing else."""
    other = Place(place.url, place.folder / "apart", place.clock)
    other.folder.mkdir()
    (other.folder / "keys.toml").write_text(compose(place.keys))
    async with other.opened() as running:
        await place.rotate(forced=True)
        assert not await learning.take_over(running)
        assert running.vault.current == FIRST


async def test_nothing_is_wrapped_before_all_running_ones_have_the_key(
    two: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two nodes each has to say that it has the new key; where one doesn't, no row names it."""
    monkeypatch.setattr("bot.cli.rotation.TAKEN_WITHIN", 0.5)
    file = tmp_path / "rotated.toml"
    file.write_text(compose(KEYS_OF_WORLD))
    said: list[str] = []
    first, other = two.world.backend, two.other
    for each in (first, other):
        each.vault = Vault(KEYS_OF_WORLD, reread=of_file(file).read)
    await two.world.person("Anna")
    with pytest.raises(NotFinished, match="2 running hotlines haven't taken over"):
        await _rotating(first.database, file, two, said).run(forced=True)
    async with first.looking() as work:
        assert set(await rotation.counts(work.session)) == {"k1"}
    assert await learning.take_over(first)
    with pytest.raises(NotFinished, match="a running hotline hasn't taken over"):
        await _rotating(first.database, file, two, said).run(forced=False)
    assert await learning.take_over(other)
    await _rotating(first.database, file, two, said).run(forced=False)
    async with other.looking() as work:
        assert set(await rotation.counts(work.session)) == {of_file(file).read().current}


def _rotating(database: Database, file: Path, two: Nodes, said: list[str]) -> Rotation:
    source = of_file(file)
    vault, files = Vault(source.read()), FileStore(file.parent)
    backend = Backend(database, vault, files, BackendSettings(), two.world.clock)
    return Rotation(backend, source, said.append)


# ── Cut off ─────────────────────────────────────────────────────────────────────────────────────


class MortalSource(KeySource):
    """A key file before and after whose writing a process may die."""

    moments: Moments

    def write(self, keys: KeyFile) -> bool:
        """Write it, if life lasts."""
        self.moments.come()
        done = super().write(keys)
        self.moments.come()
        return done


async def test_cut_off_anywhere_it_goes_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before every statement, around every commit and each writing of the file: nothing is lost."""
    monkeypatch.setattr(rotation, "BATCH", 13)
    moment, ended = 0, False
    while not ended:
        moment += 1
        names = set(place.keys.wrapping)
        ended = await _dies(place, moment)
        # Only ever more keys, for none of them is old enough to go; whoever starts now opens everything.
        assert names <= set(place.keys.wrapping)
        await place.opens_everything()
        if not ended:
            await place.rotate()
        assert await place.wrapped_by() == {place.keys.current: KEYS}
        await place.opens_everything()
        assert all(dates.retired for name, dates in place.keys.dates.items() if name != place.keys.current)
    assert moment > FEWEST


FEWEST = 20
"""Moments in a rotation of a few batches: fewer would mean that nothing is swept."""


async def _dies(place: Place, fatal: int) -> bool:
    """A rotation that ends at the `fatal` moment; whether it came to its own end before."""
    moments = Moments(fatal)
    source = MortalSource("the key file", place.source._fetch, file=place.source.file)  # noqa: SLF001
    source.moments = moments
    try:
        async with place.opened() as backend:
            moments.watch(backend.database.engine)
            await Rotation(backend, source, place.said.append).run(forced=True)
    except Killed:
        return False
    return True
