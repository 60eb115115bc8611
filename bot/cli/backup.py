"""`hotline backup`: everything in one encrypted file, while the hotline goes on; and how old the last is."""

from __future__ import annotations

from datetime import timedelta

from backend.archive import folder, making
from backend.archive.contents import size_text
from backend.archive.making import Made
from backend.audit import log
from backend.clock import SystemClock
from backend.config import BackendSettings
from backend.errors import ConfigurationInvalid
from backend.vault.recipients import recipients
from bot.cli.findings import Finding, right, wrong
from bot.cli.opening import opened_backend
from bot.cli.stages import Stages

FRESH = timedelta(hours=48)
"""One that is made every day may be late once."""
HOURS_SAID = 72
"""From then on an age is told in days."""


async def back_up(settings: BackendSettings) -> list[str]:
    """What was made, line by line. Raises ConfigurationInvalid without recipients, and as `making.make`."""
    if not settings.backup.recipients:
        raise ConfigurationInvalid(
            "backup.recipients is empty: put in the age1... of whoever shall be able to open backups"
            " (`age-keygen` makes one; its identity stays away from this machine)"
        )
    async with opened_backend(settings) as backend:
        async with backend.work() as work:  # before the first byte: one that is cut short was begun too
            await log.note(work, log.OPERATOR, "backup")
        with Stages() as progress:
            made = await making.make(backend, recipients(settings.backup.recipients), progress=progress)
    return [*_told(made)]


async def newest(settings: BackendSettings) -> Finding:
    """Somebody can open backups, and there is one of the last two days, on this machine still."""
    chosen = settings.backup
    if not chosen.recipients:
        return right("backup: none is made, for backup.recipients is empty: a broken disk would lose all")
    found = folder.found(chosen.folder)
    if not found:
        return wrong(f"backup: there is none in {chosen.folder} yet: `hotline backup` makes one")
    age = SystemClock().now() - found[-1].made_at
    said = f"backup: the newest of {len(found)} is {_age(age)} old"
    if age > FRESH:
        return wrong(f"{said}: have `hotline backup` run every day")
    return right(said)


def _age(age: timedelta) -> str:
    hours = max(0, int(age.total_seconds())) // 3600
    return f"{hours} hours" if hours < HOURS_SAID else f"{hours // 24} days"


def _told(made: Made) -> list[str]:
    said = [
        f"{made.path}: {size_text(made.size)}, {made.rows} rows, {made.files} files",
        "read back from the disk and decrypted to its last byte, by a key made for that and forgotten",
        "that its recipients can open it, only `hotline open` or a restore with their identity shows",
        "the key file isn't in it: keep a copy of that elsewhere",
    ]
    if made.missing:
        said.append(f"{made.missing} files were erased meanwhile or not on the disk, and left out")
    if made.expired:
        said.append(f"{made.expired} backups older than backup.kept were deleted")
    return said
