"""Files that officers send: fetched and sealed like reporters', then handed on to the reporter.

Never over a messenger that protects less than the one by which the officer sent it: then it isn't even
fetched, and the officer is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from backend.cases import files, notices, records, rules
from backend.cases.files import FileKind, StoredFile
from backend.cases.records import Case
from backend.errors import CaseNotFound
from backend.outbox import Item, Priority
from backend.people import staff
from backend.people.reporters import Reporter
from backend.people.staff import Staff
from backend.vault.model import FileRow
from backend.work import Work


@dataclass(frozen=True, slots=True)
class Offered:
    """A file as it came from an officer, still at the messenger: `ref` is what fetches it."""

    ref: str
    kind: FileKind
    name: str | None
    mime: str | None


async def kept_from(work: Work, case: Case, channel: str) -> str | None:
    """The messenger on which the reporter reads us, if what came by `channel` may not go there."""
    reading = await notices.readers(work, case)
    if not reading or any(rules.may_show(channel, each.channel) for each in reading):
        return None
    return reading[0].channel


def note(
    work: Work, actor: Staff, case: Case, offered: Sequence[Offered], *, channel: str, held: str | None = None
) -> list[str]:
    """Note files to be fetched; returns their ids. `held`: whom they are for is decided with these words."""
    return [
        files.note_from_staff(
            work,
            case,
            by=actor.id,
            channel=channel,
            ref=each.ref,
            kind=each.kind,
            name=each.name,
            mime=each.mime,
            held=held,
        )
        for each in offered
    ]


async def held_with(work: Work, case: Case, held: str) -> list[StoredFile]:
    """The files that came with words of which nobody had said yet for whom they are."""
    return [each for each in await files.of_case(work, case) if each.held == held]


async def decide(work: Work, case: Case, held: Sequence[StoredFile], *, send: bool) -> None:
    """They are for the reporter, or stay."""
    for each in held:
        await files.release(work, case, each, send=send)
    if send:
        await hand_on(work, [each.id for each in held])


async def hand_on(work: Work, ids: Sequence[str]) -> None:
    """Those that are here by now go to the reporter; the others will once they are."""
    stored = select(FileRow.id).where(FileRow.id.in_(ids), FileRow.state == "stored")
    for file_id in (await work.session.execute(stored)).scalars():
        await arrived(work, file_id)


async def arrived(work: Work, file_id: str) -> None:
    """A file is stored: if an officer sent it to the reporter it goes on its way, once."""
    found = await _sent(work, file_id)
    if found is None:
        return
    case, file = found
    for reporter in await notices.readers(work, case):
        if rules.may_show(file.channel, reporter.channel):
            work.put(_item(case, file, reporter))


async def lost(work: Work, file_id: str) -> None:
    """A file of an officer's could not be had: they are told."""
    found = await _sent(work, file_id)
    if found:
        case, file = found
        await tell_author(work, case, file.by, "file-lost", name=file.name)


async def tell_author(work: Work, case: Case, by: str | None, key: str, **facts: str) -> None:
    """What became of a file, to the officer who sent it."""
    author = await staff.get(work, by) if by else None
    if author:
        await notices.tell_writer(work, case, author, "told", key=key, reference=case.reference, **facts)


def _item(case: Case, file: StoredFile, reporter: Reporter) -> Item:
    facts = {"file": file.id, "by": file.by}
    once = f"{file.id}:{reporter.id}"
    return Item(reporter.party, "reply-file", {**facts}, Priority.REPLY, case.row.id, once)


async def _sent(work: Work, file_id: str) -> tuple[Case, StoredFile] | None:
    """An officer's file that is for the reporter, with its case as far as that can be seen."""
    query = select(FileRow).where(FileRow.id == file_id).with_for_update()
    row = (await work.session.execute(query.execution_options(populate_existing=True))).scalar()
    if row is None:
        return None
    try:
        case = await records.by_id(work, row.owner)
    except CaseNotFound:
        return None
    file = await files.about(work, case, file_id)
    return (case, file) if file and file.by and file.held is None and file.goes else None
