"""`hotline audit verify`: whether the audit log is what it was."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from backend.archive.snapshot import snapshot
from backend.audit import verifying
from backend.audit.verifying import Fault, Posted, Verdict
from backend.config import BackendSettings
from backend.database import Database
from bot.cli.opening import opened_backend
from bot.cli.progress import Progress
from bot.cli.refusals import HeadUnreadable, LogBroken

SAID: dict[Fault, str] = {
    "changed": "line {first} was changed, or one before it",
    "missing": "line {first} is missing",
    "added": "line {first} was not written by the hotline",
    "end": "line {first} or more were cut off at the end, or the row that says where it ends was changed",
    "rewritten": "line {first} is not what it was when its head was posted: the past was rewritten",
    "shorter": "it ends before line {first}, and a later head was posted: lines are missing,"
    " or an older backup was restored",
}


async def verify(settings: BackendSettings, heads: Sequence[str]) -> list[str]:
    """What was found, if all is well. Raises LogBroken, HeadUnreadable."""
    known = [_read(typed) for typed in heads]
    async with opened_backend(settings) as backend, _one_moment(backend.database) as session:
        with Progress("lines of the audit log", await verifying.count(session)) as progress:
            verdict = await verifying.verify(session, backend.vault, heads=known, advance=progress.advance)
    if verdict.fault:
        raise LogBroken(f"the audit log is not whole: {SAID[verdict.fault].format(first=verdict.first)}")
    return _well(verdict, known)


def _read(typed: str) -> Posted:
    found = verifying.posted(typed)
    if found is None:
        raise HeadUnreadable("--head: write it as it was posted, such as 1234:ABCD-EFGH-JKLM-NPQR")
    return found


@contextlib.asynccontextmanager
async def _one_moment(database: Database) -> AsyncIterator[AsyncSession]:
    """A session that sees one moment, while the hotline goes on."""
    async with snapshot(database) as connection, AsyncSession(connection) as session:
        yield session


def _well(verdict: Verdict, known: Sequence[Posted]) -> list[str]:
    said = [f"the audit log is whole: {verdict.head.number} lines, head {verdict.head.short()}"]
    if known:
        return [*said, "the posted heads given lie on it"]
    return [*said, "a past that was rewritten with the keys shows only against a posted head: --head HEAD"]
