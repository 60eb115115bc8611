"""A kill at every moment, swept in one process: the real way in and out over a real database."""

from __future__ import annotations

import itertools
import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.clock import StoppedClock
from backend.config import BackendSettings, DatabaseSettings, FilesSettings
from backend.people import rooms, staff
from backend.vault.settings import KeysSettings
from bot.app import open_backend
from bot.channels.base import ButtonPressed, ChannelEvent, Say, TextSent
from tests.postgresql import PostgresServer
from tests.system.mortal import CHANNEL, Messenger, Moments, Step, World

NOON = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
REPORTER, BORIS, ROOM = "501", "502", "-900"
REFERENCE = re.compile(r"\b[A-HJ-NP-Z2-9]{3}-[A-HJ-NP-Z2-9]{3}\b")
FEWEST = 30
"""Moments in even the shortest of these lives: a sweep that sees fewer sweeps nothing."""
REPEAT = "Возможно, это сообщение уже приходило"


def types(body: str) -> Callable[[Say], ChannelEvent]:
    """Type this; a reference is taken from the message before."""
    return lambda seen: TextSent(body.replace("REF", "".join(REFERENCE.findall(seen.text)[:1])))


def presses(label: str) -> Callable[[Say], ChannelEvent]:
    """Press the button with this label."""
    return lambda seen: ButtonPressed(
        next(each.data for row in seen.buttons for each in row if each.label == label)
    )


SOS = [
    Step(REPORTER, "", types("/sos")),
    Step(REPORTER, "что происходит", types("Стучат в дверь")),
]
REPORT = [
    Step(REPORTER, "", types("Забрали технику, дали повестку")),
    Step(REPORTER, "никуда не ушло", presses("Отправить сейчас")),
]
ACKNOWLEDGED = [Step(BORIS, "Новое обращение", presses("Принять"), ROOM)]
REPLIED = [Step(BORIS, "принято, Борис", types("/reply REF Адвокат едет"), ROOM)]
WENT_ON = [Step(REPORTER, "Адвокат едет", types("Спасибо, ждём"))]
BURNED = [Step(REPORTER, "", types("/burn"))]
LIVES: dict[str, tuple[list[Step], list[Step]]] = {
    "sos": ([], SOS),
    "report": ([], REPORT),
    "acknowledged": (SOS, ACKNOWLEDGED),
    "replied": ([*SOS, *ACKNOWLEDGED], REPLIED),
    "went on": ([*SOS, *ACKNOWLEDGED, *REPLIED], WENT_ON),
    "burned": (SOS, BURNED),
}
"""What happened before, undisturbed, and what is swept."""


async def staff_a_desk(world: World) -> None:
    """Boris on duty, and a staff room."""
    async with open_backend(world.settings, world.clock) as backend, backend.work() as work:
        code = await staff.invite(work, "officer", "Борис")
        await staff.join(work, code, channel=CHANNEL, sender=BORIS, chat=BORIS, language="ru")
        await rooms.bind(work, await rooms.note(work, CHANNEL, ROOM))


def world_at(folder: Path, url: str) -> World:
    """The world of this database, its keys and files in `folder`."""
    settings = BackendSettings(
        database=DatabaseSettings(url=url),
        keys=KeysSettings(file=folder / "keys.toml"),
        files=FilesSettings(folder=folder / "files"),
    )
    return World(settings, StoppedClock(NOON))


@dataclass
class Prepared:
    """What happened before the sweep: the messenger's memory, and how to get the database again."""

    before: Messenger
    again: Callable[[], str]
    folder: Path
    steps: Sequence[Step]

    def world(self) -> World:
        """The world as it stood before the sweep."""
        return world_at(self.folder, self.again())

    def messenger(self) -> Messenger:
        """The messenger as it stood before the sweep, with the rest of the life to come."""
        return Messenger(list(self.steps), list(self.before.sent), [], self.before.handed)


@dataclass(frozen=True)
class Aftermath:
    """What a life leaves behind."""

    rows: Counter[tuple[object, ...]]
    """Tables and how many rows they have."""
    decided: Counter[tuple[object, ...]]
    """Messages by whom they are for, how urgent they are, and what became of them."""
    remembered: int = field(compare=False)
    """Messages that are known to stand in reporters' chats, or that may."""
    doubtful: int = field(compare=False)
    """Messages to reporters that may stand there twice."""
    deliveries: Counter[str] = field(compare=False)
    said: dict[str, list[Say]] = field(compare=False)


TABLES = ("cases", "case_entries", "receipts", "inbox", "reporters", "case_clocks", "data_keys")
STAFFS_CHATS = "posted WHERE purpose <> 'chat'"
COUNTS = " UNION ALL ".join(f"SELECT '{each[:8]}', count(*) FROM {each}" for each in (*TABLES, STAFFS_CHATS))  # noqa: S608


async def aftermath(world: World, messenger: Messenger) -> Aftermath:
    """Count everything that must be there once."""
    counted, decided, remembered, doubtful = await world.look(
        COUNTS,
        "SELECT party_kind, priority, state FROM outbox",
        "SELECT id FROM posted WHERE purpose = 'chat'",
        "SELECT id FROM outbox WHERE party_kind = 'reporter' AND repeat",
    )
    said: dict[str, list[Say]] = {}
    for each in messenger.said():
        said.setdefault(each.tx, []).append(each)
    deliveries = Counter(each.tx for each in messenger.sent)
    return Aftermath(Counter(counted), Counter(decided), len(remembered), len(doubtful), deliveries, said)


async def prepare(folder: Path, url: str, again: Callable[[], str], life: str) -> Prepared:
    """Live what comes before the sweep."""
    world, messenger = world_at(folder, url), Messenger(list(LIVES[life][0]))
    await staff_a_desk(world)
    assert await world.live(messenger, Moments())
    return Prepared(messenger, again, folder, LIVES[life][1])


async def sweep(prepared: Prepared, every: int = 1) -> int:
    """Die at every moment of the life, and live on; how many moments there were."""
    world, messenger = prepared.world(), prepared.messenger()
    assert await world.live(messenger, Moments())
    undisturbed = await aftermath(world, messenger)
    for fatal in itertools.count(1, every):
        if await died_and_lived_on(prepared, undisturbed, fatal):
            return fatal
    raise AssertionError


async def died_and_lived_on(prepared: Prepared, undisturbed: Aftermath, fatal: int) -> bool:
    """Die at the `fatal` moment and check what is left in the end; True if life ended before it."""
    world, messenger = prepared.world(), prepared.messenger()
    if await world.live(messenger, Moments(fatal)):
        return True
    await nobody_was_told_of_nothing(world, messenger)
    assert await world.live(messenger, Moments())
    left = await aftermath(world, messenger)
    assert left == undisturbed, fatal
    assert 0 <= left.remembered - undisturbed.remembered <= left.doubtful, fatal
    assert len(left.deliveries) == len(undisturbed.deliveries), fatal
    assert not (prepared.steps == BURNED and messenger.standing(REPORTER)), fatal
    check_repeats(left, fatal)
    await nobody_was_told_of_nothing(world, messenger)
    return False


async def nobody_was_told_of_nothing(world: World, messenger: Messenger) -> None:
    """Every reference that was ever said is a case's."""
    (cases,) = await world.look("SELECT reference FROM cases")
    known = {reference for (reference,) in cases}
    said = {found for each in messenger.said() for found in REFERENCE.findall(each.text)}
    assert said <= known


def check_repeats(left: Aftermath, fatal: int) -> None:
    """Nothing was sent more than twice, and what would mislead says that it may be a repeat."""
    assert max(left.deliveries.values()) <= 2, fatal
    for said in left.said.values():
        if len(said) > 1 and misleads(said[0]):
            assert REPEAT in said[1].text, (fatal, said)


def misleads(said: Say) -> bool:
    """Whether reading it twice could mean something else than reading it once."""
    return said.chat != REPORTER or said.text.startswith(("Приняли", "Вам ответили"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("life", LIVES)
async def test_killed_at_any_moment_on_sqlite(life: str, tmp_path: Path) -> None:
    """Whenever it dies: one case a report, each update acted on once, each message decided once and said."""
    home, copy = tmp_path / "home", tmp_path / "copy"
    home.mkdir()

    def again() -> str:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(home, copy)
        return f"sqlite:///{copy / 'hotline.db'}"

    prepared = await prepare(home, f"sqlite:///{home / 'hotline.db'}", again, life)
    assert await sweep(prepared) > FEWEST


@pytest.mark.timeout(300)
async def test_killed_at_any_moment_on_postgresql(tmp_path: Path, postgres_server: PostgresServer) -> None:
    """The same where PostgreSQL keeps the cases, at every fourth moment of an SOS."""
    first = postgres_server.create()
    copies: list[str] = []

    def again() -> str:
        copies.append(postgres_server.create(template=first))
        return postgres_server.url(copies[-1])

    prepared = await prepare(tmp_path, postgres_server.url(first), again, "sos")
    assert await sweep(prepared, every=4) > FEWEST
    for name in (first, *copies):
        postgres_server.drop(name)
