"""`hotline erase`: a case is destroyed from the command line, beside a hotline that may be running."""

from __future__ import annotations

from collections.abc import Callable

import typer
from sqlalchemy import select

from backend.audit.log import OPERATOR
from backend.cases.codes import reference as as_reference
from backend.cases.model import CaseRow
from backend.config import BackendSettings
from backend.errors import CaseNotFound
from backend.people import reporters
from backend.retention import erasures_list
from backend.work import Backend, Work
from bot import taking_back
from bot.cli.opening import opened_backend
from bot.cli.refusals import NotFinished
from bot.taking_back import Left

Say = Callable[[str], None]


async def erase(settings: BackendSettings, typed: str, *, sure: bool, say: Say) -> None:
    """Destroy the case, also one that is hidden or sealed; `sure`: without asking first.

    Raises CaseNotFound, typer.Abort, and NotFinished if all was destroyed but the list can't be written.
    """
    reference = as_reference(typed)
    if reference is None:
        raise CaseNotFound(reference=typed)
    async with opened_backend(settings) as backend:
        if not sure:
            async with backend.looking() as work:
                _ask(await _found(work, reference))
        async with backend.work() as work:
            left = await _destroyed(work, reference)
        say(f"{reference} is destroyed: its keys, records and files")
        for line in _left(left, settings):
            say(line)
        await _forgotten(backend, say)


def _ask(row: CaseRow) -> None:
    typer.echo(f"{row.reference}: {row.status}, opened {row.opened_at:%Y-%m-%d}. Nobody can bring it back.")
    answer: str = typer.prompt("Type the reference again to destroy it", default="", show_default=False)
    if as_reference(answer) != row.reference:
        raise typer.Abort


async def _destroyed(work: Work, reference: str) -> Left:
    await reporters.hold_of_case(work, (await _found(work, reference)).id)
    return await taking_back.destroy(work, await _found(work, reference, for_change=True), by=OPERATOR)


async def _found(work: Work, reference: str, *, for_change: bool = False) -> CaseRow:
    """Hidden, sealed or unreadable: whatever there is can be destroyed. Raises CaseNotFound."""
    query = select(CaseRow).where(CaseRow.reference == reference)
    if for_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = (await work.session.execute(query)).scalar_one_or_none()
    if row is None:
        raise CaseNotFound(reference=reference)
    return row


def _left(left: Left, settings: BackendSettings) -> list[str]:
    said = ["what stands about it in chats is taken back by `hotline run`"]
    if left.staff:
        said.append(f"{left.staff} messages in staff chats are older than 48 hours: Telegram may keep them")
    if left.reporter:
        said.append("the reporter's own chat keeps what is older than 48 hours")
    if left.busy:
        said.append("the reporter has something else with the hotline: their chat is left alone")
    if left.backups:
        folder = settings.backup.folder
        said.append(f"backups (in {folder}) may hold it, encrypted, until {left.backups:%Y-%m-%d}")
    return said


async def _forgotten(backend: Backend, say: Say) -> None:
    """The list of erasures, and the pages on disk: what a running hotline does within seconds."""
    try:
        await erasures_list.write(backend)
    except OSError as error:
        file = backend.settings.backup.erasures
        raise NotFinished(f"the list of erasures, {file}, can't be written: {error.strerror}") from None
    finally:
        if not await backend.database.forget_pages():
            say("the database is being read: a running hotline overwrites its pages as soon as it can")
