"""`hotline keys rotate` is killed in mid-run, beside hotlines at work too: nothing is lost, it goes on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from backend.bulk import Insert
from backend.vault.keys import KeyFile, new_data_key, new_id
from backend.vault.model import DataKeyRow
from backend.vault.sources import of_file
from bot.cli.opening import opened_backend
from bot.config import load
from tests.botapi import BotApi
from tests.postgresql import PostgresServer
from tests.system.hotline_process import Desk, command, environment, is_received, reference_in
from tests.system.several import Looks, looking_at, staff_it, two_nodes

pytestmark = pytest.mark.timeout(300)  # a dozen processes are started, one after the other

MANY = 10_000
"""Data keys: enough for a rotation to be killed in its middle."""
WITHIN = 60.0

_INSERT = Insert(DataKeyRow.__table__)  # type: ignore[arg-type]


@dataclass
class Place:
    """A folder with configuration and keys, and a look into its database."""

    folder: Path
    looks: Looks
    plain: dict[str, bytes] = field(default_factory=dict)
    """Owner to data key."""

    @property
    def keys(self) -> KeyFile:
        """What is in the key file now."""
        return of_file(self.folder / "keys.toml").read()

    async def fill(self, number: int = MANY) -> None:
        """Give so many owners a data key each."""
        async with opened_backend(load(self.folder / "config.toml", {})) as backend:
            self.plain = {new_id(): new_data_key() for _ in range(number)}
            vault = backend.vault
            rows = [
                _INSERT.row(
                    {
                        "owner": owner,
                        "epoch": 1,
                        "wrapping_key": vault.current,
                        "wrapped": vault.wrap(owner, 1, key),
                    }
                )
                for owner, key in self.plain.items()
            ]
            async with backend.work() as work:
                await _INSERT(work.session, rows)

    async def opens_everything(self) -> None:
        """By the key file as it is now, every data key is what it was."""
        async with (
            opened_backend(load(self.folder / "config.toml", {})) as backend,
            backend.looking() as work,
        ):
            rows = (await work.session.execute(select(DataKeyRow))).scalars().all()
            found = {
                row.owner: work.vault.unwrap(row.owner, 1, by=row.wrapping_key, wrapped=row.wrapped)
                for row in rows
            }
        assert self.plain.items() <= found.items()

    async def wrapped_by(self, name: str) -> int:
        """How many data keys this wrapping key wraps."""
        counts = await self.looks.rows("SELECT wrapping_key, count(*) FROM data_keys GROUP BY 1")
        number = next((number for found, number in counts if found == name), 0)
        assert isinstance(number, int)
        return number

    async def names(self) -> set[object]:
        """The wrapping keys that something is wrapped by."""
        return {name for (name,) in await self.looks.rows("SELECT DISTINCT wrapping_key FROM data_keys")}

    async def rotates(self, *options: str) -> list[str]:
        """`hotline keys rotate` to its end; what it said."""
        process = await self._rotating(*options)
        out, err = await asyncio.wait_for(process.communicate(), WITHIN)
        assert process.returncode == 0, (out, err)
        return out.decode().splitlines()

    async def is_killed(self, *options: str, once: Callable[[], object]) -> None:
        """`hotline keys rotate`, killed as soon as this is true."""
        process = await self._rotating(*options)
        async with asyncio.timeout(WITHIN):
            while not await _true(once):
                assert process.returncode is None, await process.communicate()
                await asyncio.sleep(0)
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL, "it came to its end before it was killed"

    async def _rotating(self, *options: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *command("keys", "rotate", *options),
            cwd=self.folder,
            env=environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    def has_new_key(self, before: str) -> Callable[[], object]:
        """Whether the key file has another current key."""
        return lambda: self.keys.current != before

    def has_wrapped(self, number: int, names: int = 2) -> Callable[[], object]:
        """Whether the newest key wraps so many already."""

        async def asked() -> bool:
            keys = self.keys
            return len(keys.wrapping) >= names and await self.wrapped_by(keys.current) >= number

        return asked


async def _true(question: Callable[[], object]) -> object:
    answer = question()
    return await answer if asyncio.iscoroutine(answer) else answer


@pytest_asyncio.fixture
async def place(empty_database_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    """Lend a database full of data keys, at which no hotline is at work."""
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "{empty_database_url}"\n')
    process = await asyncio.create_subprocess_exec(*command("migrate"), cwd=tmp_path, env=environment())
    assert await process.wait() == 0
    async with looking_at(empty_database_url) as looks:
        made = Place(tmp_path, looks)
        await made.fill()
        yield made


async def test_killed_at_any_time_it_goes_on(place: Place) -> None:
    """With the key file just written, with the first rows changed, in the middle; then it ends well."""
    first = place.keys.current
    await place.is_killed("--now", once=place.has_new_key(first))
    second = place.keys.current
    await place.opens_everything()
    for number in (1, MANY // 2):
        await place.is_killed(once=place.has_wrapped(number))
        assert place.keys.current == second
        assert first in place.keys.wrapping
        await place.opens_everything()
    assert await place.names() == {first, second}
    said = await place.rotates()
    assert said[-1].startswith(f"{first}: retired; kept for backups until")
    assert await place.wrapped_by(second) == MANY
    await place.opens_everything()


async def _says_and_is_heard(desk: Desk, patience: float = WITHIN) -> str:
    """Somebody sends an SOS; the reference that they and the room are told."""
    reporter = desk.api.user(language_code="ru")
    await reporter.says("/sos")
    await reporter.next_message(patience, "?")
    await reporter.says("Они у двери")
    reference = reference_in(await reporter.next_message(patience, is_received))
    await desk.room.next_message(patience, reference)
    return reference


async def test_killed_beside_a_hotline_at_work(desk: Desk) -> None:
    """On SQLite: reports come in before, between and after, and in the end the new key wraps all of them."""
    async with looking_at(f"sqlite:///{desk.hotline.database}") as looks:
        place = Place(desk.hotline.folder, looks)
        await place.fill()
        first = place.keys.current
        await place.is_killed("--now", once=place.has_wrapped(1))
        second = place.keys.current
        reference = await _says_and_is_heard(desk)
        rotating, _ = await asyncio.gather(place.rotates(), _says_and_is_heard(desk))
        assert f"going on with {second}" not in rotating[0]
        assert await place.names() == {second}
        await _says_and_is_heard(desk)
        assert await place.names() == {second}
        await desk.boris.says(f"/case {reference}")
        await desk.boris.next_message(WITHIN, "Они у двери")
        await desk.hotline.restart()
        await _says_and_is_heard(desk)
        assert await place.names() == {second}
        assert first in place.keys.wrapping
        await place.opens_everything()


async def test_killed_beside_several_nodes(
    postgres_server: PostgresServer, tmp_path: Path, api: BotApi
) -> None:
    """On PostgreSQL: both nodes take the new key over before anything is wrapped by it, and so goes all."""
    staffed = await staff_it(postgres_server, tmp_path)
    async with two_nodes(api, staffed) as pair:
        place = Place(tmp_path, pair.looks)
        await place.fill()
        first = place.keys.current
        await place.is_killed("--now", once=place.has_wrapped(1))
        second = place.keys.current
        assert await pair.looks.rows("SELECT count(*) FROM keys_taken") == [(2,)]
        await _says_and_is_heard(pair.desk)
        await asyncio.gather(place.rotates(), _says_and_is_heard(pair.desk))
        assert await place.names() == {second}
        polling, _ = await pair.roles()
        await polling.kill()
        await _says_and_is_heard(pair.desk)
        assert await place.names() == {second}
        assert first in place.keys.wrapping
        await place.opens_everything()
