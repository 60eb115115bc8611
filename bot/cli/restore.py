"""`hotline restore`: a backup into an empty database of either kind, without what was erased since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import typer

from backend.archive import restoring
from backend.archive.contents import moment
from backend.archive.reading import Archive
from backend.archive.restoring import Restored
from backend.clock import SystemClock
from backend.config import BackendSettings
from backend.errors import ArchiveRefused
from backend.retention import erasures_list
from backend.vault import recipients, sources
from backend.vault.files import FileStore
from backend.vault.keys import Vault
from backend.work import Backend
from bot import passphrase
from bot.cli.opening import opened_database
from bot.cli.stages import Stages


async def restore(
    settings: BackendSettings, archive: Path, *, identities: Sequence[Path], erasures: Path | None
) -> list[str]:
    """What was restored, line by line. `erasures`: the list of what must not come back; None: none.

    Raises ArchiveRefused, KeysMissing, IdentityUnreadable.
    """
    erased = {} if erasures is None else _erased(erasures)
    who = [identity for file in identities for identity in recipients.identities(file)]
    source = sources.of_settings(settings.keys)
    with Archive(archive, by=who) as opened:
        keys = source.read(passphrase.ask)
        async with opened_database(settings) as database:
            vault = Vault(keys, reread=source.read)
            backend = Backend(database, vault, FileStore(settings.files.folder), settings, SystemClock())
            with Stages() as progress:
                done = await restoring.restore(backend, opened, keys, erased=erased, progress=progress)
    return _told(done, listed=erasures is not None)


def _erased(file: Path) -> Mapping[str, datetime]:
    if not file.exists():
        raise ArchiveRefused(
            f"{file} isn't there: without the list of erasures, erased cases come back; name it with"
            " --erasures, or if nothing was ever erased, or the list is lost for good, say --without-erasures"
        )
    listed = erasures_list.read(file)
    if listed.torn:
        typer.echo(f"{file}: {listed.torn} lines can't be read and are passed over", err=True)
    return listed.erased


def _told(done: Restored, *, listed: bool) -> list[str]:
    said = [
        f"restored as of {moment(done.made_at)}: {done.rows} rows, {done.files} files",
        f"{done.erased} cases that were erased since then were left out"
        if listed
        else "no list of erasures was used: what was erased since then is back",
    ]
    if done.missing:
        said.append(f"{done.missing} files were not in the backup; their cases say that they can't be had")
    if done.again:
        said.append(f"{done.again} messages that were on their way then go out, marked as a possible repeat")
    if done.dropped:
        said.append(f"{done.dropped} messages to staff that say nothing any more are dropped")
    return [*said, *AFTERWARDS]


AFTERWARDS = (
    "what came in or was changed since then isn't there: receipts given since then open nothing",
    "a case that was taken back by /delete since then, and not destroyed yet, is there: it must be again",
    "roles, restrictions and invitations are as they were then: whoever was revoked since must be again",
    "the audit log goes on from where it stood then: heads posted to coordinators since are not in it",
    "on Matrix the hotline signs in as a new device, under its old identity",
)
