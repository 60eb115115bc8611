"""`hotline keys`: which wrapping keys there are, and a passphrase around their file."""

from __future__ import annotations

import sys
from datetime import date
from getpass import getpass

from backend.archive import folder
from backend.archive.contents import moment
from backend.clock import SystemClock
from backend.config import BackendSettings
from backend.errors import KeysMissing
from backend.upgrade import require_current
from backend.vault import periods, rotation, sources
from backend.vault.keys import Dates, KeyFile
from backend.vault.opening import proven
from backend.vault.passphrase import SHORTEST
from backend.vault.sources import KeySource
from bot import passphrase
from bot.cli.columns import aligned
from bot.cli.opening import opened_database
from bot.cli.refusals import PassphraseUnfit

NOT_OVERWRITTEN = "another name for the old file is still there: it holds the old keys, remove it"
OVERWRITTEN = "the old file was overwritten, as far as the disk lets: an SSD or a snapshot may keep it"


async def listed(settings: BackendSettings) -> list[str]:
    """A line a key: name, made, retired, how many data keys it wraps, and what becomes of it."""
    keys = sources.of_settings(settings.keys).read(passphrase.ask)
    async with opened_database(settings) as database:
        await require_current(database)
        async with database.reading() as session:
            vault, wraps = await proven(session, keys), await rotation.counts(session)
    rows = [("key", "made", "retired", "wraps", "")]
    for name in keys.wrapping:
        dates, number = keys.dates.get(name, Dates()), wraps.get(name, 0)
        said = _current(keys, settings) if name == vault.current else _old(keys, name, number, settings)
        rows.append((name, _day(dates.made), _day(dates.retired), str(number), said))
    return aligned(rows)


def _day(day: date | None) -> str:
    return day.isoformat() if day else "-"


def _current(keys: KeyFile, settings: BackendSettings) -> str:
    due = periods.is_due(keys, today=SystemClock().now().date(), period=settings.keys.period)
    return "current, and due: `hotline keys rotate` makes the next one" if due else "current"


def _old(keys: KeyFile, name: str, wraps: int, settings: BackendSettings) -> str:
    until, now = periods.needed_until(keys, name, kept=settings.backup.kept), SystemClock().now()
    if wraps or name == keys.current or until is None:
        return "not done with: `hotline keys rotate` goes on"
    if name in periods.held_back(keys, using=(), now=now, backups=folder.needing(settings.backup, now=now)):
        return "kept for the newest backup, until there is a newer one"
    return f"kept for backups until {moment(until)}"


def protect(settings: BackendSettings) -> list[str]:
    """Wrap the key file by a passphrase; what was done. Raises KeysMissing, PassphraseUnfit."""
    source = _changeable(settings)
    with source.alone():
        source.read(passphrase.ask)
        again = " anew" if source.is_protected else ""
        done = source.protect(_new_passphrase(settings))
    return [
        f"{source.where} is wrapped by the passphrase{again}; whoever forgets it loses everything",
        OVERWRITTEN if done else NOT_OVERWRITTEN,
        "a hotline that runs can't read new keys until it is started again with the passphrase",
    ]


def unprotect(settings: BackendSettings) -> list[str]:
    """Take the passphrase off; what was done. Raises KeysMissing."""
    source = _changeable(settings)
    with source.alone():
        source.read(passphrase.ask)
        if not source.is_protected:
            return [f"{source.where} isn't wrapped by a passphrase; nothing was changed"]
        source.unprotect(passphrase.ask)
    return [f"{source.where} can be read by whoever has it: no passphrase is around it any more"]


def _changeable(settings: BackendSettings) -> KeySource:
    source = sources.of_settings(settings.keys)
    if source.file is None:
        raise KeysMissing(f"{source.where} can't be changed from here; only a key file can")
    return source


def _new_passphrase(settings: BackendSettings) -> str:
    """The configured one, or one that was typed twice. Raises PassphraseUnfit."""
    known = settings.keys.passphrase.get_secret_value()
    if known:
        return _fit(known)
    if not sys.stdin.isatty():
        raise PassphraseUnfit("there is no terminal to type a passphrase on: give keys.passphrase_file")
    typed = _fit(getpass("New passphrase (six random words are good): "))
    if getpass("The same again: ") != typed:
        raise PassphraseUnfit("the two weren't the same; nothing was changed")
    return typed


def _fit(typed: str) -> str:
    if len(typed) < SHORTEST:
        raise PassphraseUnfit(f"a passphrase needs {SHORTEST} characters or more; nothing was changed")
    return typed
