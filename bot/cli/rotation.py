"""`hotline keys rotate`: a new wrapping key, everything wrapped by it, old keys destroyed in their time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from backend.archive import folder
from backend.archive.contents import moment
from backend.audit import log as audit
from backend.clock import SystemClock, steady_time
from backend.config import BackendSettings
from backend.upgrade import require_current
from backend.vault import keyfile, learning, periods, rotation, sources
from backend.vault.files import FileStore
from backend.vault.keys import KeyFile
from backend.vault.opening import proven, wrapping_by
from backend.vault.sources import KeySource
from backend.work import Backend
from bot import passphrase
from bot.cli.keys import NOT_OVERWRITTEN, OVERWRITTEN
from bot.cli.opening import opened_database
from bot.cli.progress import Progress
from bot.cli.refusals import NotFinished

TAKEN_WITHIN = 30.0
"""Seconds that running hotlines have to take over a new key: they look every two."""
ASK_EVERY = 0.25

Say = Callable[[str], None]


async def rotate(settings: BackendSettings, *, now: bool, say: Say) -> None:
    """Say what is done as it is done. Raises KeysMissing, NotFinished; then it can be begun again."""
    source = sources.of_settings(settings.keys)
    async with opened_database(settings) as database:
        await require_current(database)
        with source.alone():
            keys = source.read(passphrase.ask)
            async with database.reading() as session:
                vault = await proven(session, keys, source)
            backend = Backend(database, vault, FileStore(settings.files.folder), settings, SystemClock())
            await Rotation(backend, source, say).run(forced=now)


@dataclass(frozen=True)
class Rotation:
    """One run, by a backend whose vault was opened with what the source holds."""

    backend: Backend
    source: KeySource
    say: Say

    @property
    def now(self) -> datetime:
        """The time now."""
        return self.backend.clock.now()

    async def run(self, *, forced: bool) -> None:
        """All steps, in the order that `backend.vault.rotation` gives reasons for."""
        keys = self.source.read()
        is_new = await self._is_new(keys)
        is_due = not is_new and periods.is_due(
            keys, today=self.now.date(), period=self.backend.settings.keys.period
        )
        if self.source.is_writable and (forced or is_due):
            keys = self._with_next(keys)
        elif is_new:
            self.say(f"going on with {keys.current}, which is new")
        elif not is_due:
            self.say(f"{keys.current} isn't older than keys.period: no new key (--now makes one)")
        await self._name(keys.current)
        await self._until_taken(keys.current)
        await self._put_away(await self._rewrapped(keys))
        if not self.source.is_writable and not is_new and (forced or is_due):
            raise NotFinished(_by_hand(self.source.where, keys.current))

    async def _is_new(self, keys: KeyFile) -> bool:
        """Whether the current key was made by a run that was cut off, or by whoever keeps the keys."""
        async with self.backend.looking() as work:
            named, wraps = await wrapping_by(work.session), await rotation.counts(work.session)
        is_unnamed = named is not None and named.name != keys.current
        return is_unnamed or (bool(wraps) and keys.current not in wraps)

    def _with_next(self, keys: KeyFile) -> KeyFile:
        """On disk before anything else knows of it."""
        more = keyfile.with_new_current(keys, self.now.date())
        self.source.write(more)
        self.backend.vault.learn(more)
        self.say(f"{more.current} is the current key from now on: take a new copy of the key file")
        return more

    async def _name(self, current: str) -> None:
        async with self.backend.work() as work:
            if await rotation.name_in_database(work.session, self.backend.vault, current, now=self.now):
                await audit.note(work, audit.OPERATOR, "keys-rotated")
        self.backend.vault.use(current, self.backend.vault.mark(current))

    async def _until_taken(self, current: str) -> None:
        """Raises NotFinished if a running hotline doesn't take it over: it couldn't read what it wraps."""
        deadline = steady_time() + TAKEN_WITHIN
        while missing := await learning.without(self.backend.database, current):
            if steady_time() > deadline:
                raise NotFinished(_not_taken(missing, current))
            await asyncio.sleep(ASK_EVERY)

    async def _rewrapped(self, keys: KeyFile) -> KeyFile:
        """Wrap everything by the current key; the keys, as the file has them now."""
        vault = self.backend.vault
        async with self.backend.looking() as work:
            wraps = await rotation.counts(work.session)
        used = periods.with_used(keys, wraps)
        if used != keys and self.source.is_writable:
            self.source.write(used)
        others = sum(number for name, number in wraps.items() if name != vault.current)
        with Progress("data keys wrapped anew", others) as progress:
            found = await rotation.rewrap(self.backend.database, vault, progress.advance)
        if found.done and self.backend.database.is_sqlite:
            await self.backend.database.forget_pages()  # its log still has them as the old key wrapped them
        if found.done:
            self.say(f"{_data_keys(found.done)} wrapped anew by {vault.current}")
        if found.broken:
            raise NotFinished(
                f"{_data_keys(found.broken)} left as found: changed from outside, and opened by no key here"
            )
        return used

    async def _put_away(self, keys: KeyFile) -> None:
        """Retire what wraps nothing any more, and destroy what nothing needs."""
        backups = folder.needing(self.backend.settings.backup, now=self.now)
        async with self.backend.looking() as work:
            using = await rotation.counts(work.session)
        retired = periods.with_retired(keys, using=using, today=self.now.date())
        gone = periods.expired(retired, using=using, now=self.now, backups=backups)
        left = periods.without(retired, gone)
        if held := periods.held_back(retired, using=using, now=self.now, backups=backups):
            self.say(f"{', '.join(held)}: kept beyond their time, for no backup is newer: `hotline backup`")
        if left == keys:
            self.say(f"{keys.current} wraps every data key" if held else _nothing_left(keys.current))
            return
        if not self.source.is_writable:
            self.say(_put_away_by_hand(self.source.where, keys, left))
            return
        overwritten = self.source.write(left)
        self._say_put_away(keys, retired, gone)
        if gone:
            self.say(f"{', '.join(gone)}: destroyed; no backup that can be restored needs it")
            self.say(OVERWRITTEN if overwritten else NOT_OVERWRITTEN)
            self.say("copies of the key file still hold it: replace them by a new one")

    def _say_put_away(self, keys: KeyFile, retired: KeyFile, gone: Collection[str]) -> None:
        for name in retired.wrapping:
            until = periods.needed_until(retired, name, kept=self.backend.settings.backup.kept)
            if until and name not in gone and retired.dates[name] != keys.dates.get(name):
                self.say(f"{name}: retired; kept for backups until {moment(until)}")


def _nothing_left(current: str) -> str:
    return f"nothing is left to do: {current} wraps every data key"


def _data_keys(number: int) -> str:
    return "1 data key was" if number == 1 else f"{number} data keys were"


def _not_taken(missing: int, current: str) -> str:
    who = "a running hotline hasn't" if missing == 1 else f"{missing} running hotlines haven't"
    return (
        f"{who} taken over {current}, so nothing was wrapped by it yet: give it the new key file, or start "
        "it again if a passphrase was put around it; then `hotline keys rotate` goes on"
    )


def _by_hand(where: str, current: str) -> str:
    return (
        f"{current} should be followed by another, but {where} can't be changed from here: add a key made by "
        "`openssl rand -base64 32`, name it as current, start the hotline again, then `hotline keys rotate`"
    )


def _put_away_by_hand(where: str, keys: KeyFile, left: KeyFile) -> str:
    gone = [name for name in keys.wrapping if name not in left.wrapping]
    if gone:
        return f"{where}: nothing needs {', '.join(gone)} any more: remove it there"
    new = {name: dates.retired for name, dates in left.dates.items() if dates != keys.dates.get(name)}
    days = [f"`retired = {day}` to {name}" if day else f"no `retired` to {name}" for name, day in new.items()]
    return f"{where} can't be changed from here: add {', '.join(days)}"
