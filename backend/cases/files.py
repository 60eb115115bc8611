"""Files of reports: noted at once, fetched and sealed later, outside any transaction.

A file's facts (kind, name, where to fetch it, the key of its content) are sealed by its owner's key:
the reporter's while the report is a draft, then the case's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import bindparam, select, update

from backend.cases.records import Case
from backend.people.reporters import Reporter
from backend.vault import keyring
from backend.vault.files import new_file_key
from backend.vault.keys import CaseKey, DataKey, epoch_of, new_id
from backend.vault.model import FileRow
from backend.work import Work

FileKind = Literal["photo", "document", "voice", "audio", "video"]
LONGEST_PAUSE = timedelta(minutes=10)
MOST_TRIES = 30

# Built once: it is asked every few seconds, and putting it together costs as much as running it.
_ANY_TO_FETCH = (
    select(FileRow.id).where(FileRow.state == "pending", FileRow.next_try_at <= bindparam("now")).limit(1)
)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a file. `ref` is the messenger's, `name` the sender's: never log them.

    `by` is the staff member who sent it, None for the reporter's; it `goes` to the reporter once the words
    that it came with are no longer `held`.
    """

    id: str
    state: str
    channel: str
    ref: str
    kind: FileKind
    name: str
    mime: str | None
    key: str
    tries: int
    by: str | None = None
    held: str | None = None
    goes: bool = False


def note(
    work: Work, reporter: Reporter, *, ref: str, kind: FileKind, name: str | None, mime: str | None
) -> str:
    """A file that a reporter sent, to be fetched; returns our id of it."""
    file_id = new_id()
    facts = {"ref": ref, "kind": kind, "name": name or "", "mime": mime, "key": new_file_key()}
    work.session.add(
        FileRow(
            id=file_id,
            owner=reporter.id,
            reporter_id=reporter.id,
            channel=reporter.channel,
            state="pending",
            at=work.now,
            tries=0,
            next_try_at=work.now,
            about=reporter.key.seal("files", "about", file_id, json.dumps(facts).encode()),
        )
    )
    return file_id


def note_from_staff(  # noqa: PLR0913 - a file has so many facts, each named at the call
    work: Work,
    case: Case,
    *,
    by: str,
    channel: str,
    ref: str,
    kind: FileKind,
    name: str | None,
    mime: str | None,
    held: str | None,
) -> str:
    """A file that a staff member sent about a case, to be fetched; returns our id of it."""
    file_id = new_id()
    facts = {"ref": ref, "kind": kind, "name": name or "", "mime": mime, "key": new_file_key(), "by": by}
    plain = json.dumps({**facts, "held": held, "goes": held is None}).encode()
    work.session.add(
        FileRow(
            id=file_id,
            owner=case.row.id,
            reporter_id="",
            channel=channel,
            state="pending",
            at=work.now,
            tries=0,
            next_try_at=work.now,
            about=case.seal("files", "about", file_id, plain),
        )
    )
    return file_id


async def release(work: Work, case: Case, file: StoredFile, *, send: bool) -> None:
    """The words that this file came with are held no longer: it goes with them, or stays."""
    query = select(FileRow).where(FileRow.id == file.id).with_for_update()
    row = (await work.session.execute(query.execution_options(populate_existing=True))).scalar()
    plain = None if row is None else case.open("files", "about", row.id, row.about)
    if row is not None and plain is not None:
        facts = {**json.loads(plain), "held": None, "goes": send}
        row.about = case.seal("files", "about", row.id, json.dumps(facts).encode())


async def about(work: Work, case: Case, file_id: str) -> StoredFile | None:
    """A file of this case, or None if there is none, or what is known of it is sealed."""
    row = await work.session.get(FileRow, file_id)
    return _of(case, row) if row is not None and row.owner == case.row.id else None


async def of_case(work: Work, case: Case) -> list[StoredFile]:
    """The files of a case that can be read, in the order they came."""
    query = select(FileRow).where(FileRow.owner == case.row.id).order_by(FileRow.at, FileRow.id)
    found = [_of(case, row) for row in (await work.session.execute(query)).scalars()]
    return [each for each in found if each is not None]


async def count_sealed(work: Work, case: Case) -> int:
    """How many files of a case are sealed with it."""
    query = select(FileRow.about).where(FileRow.owner == case.row.id)
    found = (await work.session.execute(query)).scalars()
    return sum(case.keys.reading(about) is None for about in found)


def _of(case: Case, row: FileRow) -> StoredFile | None:
    key = case.keys.reading(row.about)
    return None if key is None else of_row(row, key)


def of_row(row: FileRow, key: DataKey) -> StoredFile:
    """What is known of the file of this row. Raises SealBroken."""
    facts = json.loads(key.open("files", "about", row.id, row.about))
    return StoredFile(
        id=row.id,
        state=row.state,
        channel=row.channel,
        ref=facts["ref"],
        kind=facts["kind"],
        name=facts["name"] or f"{facts['kind']}-{row.id[:4]}",
        mime=facts["mime"],
        key=facts["key"],
        tries=row.tries,
        by=facts.get("by"),
        held=facts.get("held"),
        goes=facts.get("goes", False),
    )


async def any_to_fetch(work: Work) -> bool:
    """Whether a file's turn to be fetched has come."""
    return (await work.session.execute(_ANY_TO_FETCH, {"now": work.now})).scalar() is not None


async def to_fetch(work: Work, *, limit: int) -> list[StoredFile]:
    """Files whose turn it is to be fetched; their next turn is put off, so that a crash costs one try."""
    query = (
        select(FileRow)
        .where(FileRow.state == "pending", FileRow.next_try_at <= work.now)
        .order_by(FileRow.next_try_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list((await work.session.execute(query)).scalars())
    keys = await keyring.load_all(work.session, work.vault, {row.owner for row in rows}, CaseKey)
    for row in rows:
        row.tries += 1
        row.next_try_at = work.now + min(timedelta(seconds=2) * 2 ** min(row.tries, 12), LONGEST_PAUSE)
    found = [(row, keys.get(row.owner, {}).get(epoch_of(row.about))) for row in rows]
    return [of_row(row, key) for row, key in found if key is not None]


async def any_pending(work: Work, case_id: str) -> bool:
    """Whether a file of this case is still to be fetched."""
    query = select(FileRow.id).where(FileRow.owner == case_id, FileRow.state == "pending").limit(1)
    return (await work.session.execute(query)).scalar() is not None


async def give_up_pending(work: Work, case_id: str) -> None:
    """What wasn't fetched by now won't be."""
    where = FileRow.owner == case_id, FileRow.state == "pending"
    await work.session.execute(update(FileRow).where(*where).values(state="failed", next_try_at=None))


async def stored(work: Work, file_id: str) -> bool:
    """The content is on disk; False if the file was erased meanwhile (then the content must go again)."""
    return await _set_state(work, file_id, "stored")


async def failed(work: Work, file_id: str) -> str | None:
    """The file can't be had; returns the id of the reporter to tell, None if it was erased meanwhile."""
    row = await work.session.get(FileRow, file_id)
    if row is None:
        return None
    row.state, row.next_try_at = "failed", None
    return row.reporter_id


async def _set_state(work: Work, file_id: str, state: str) -> bool:
    where = FileRow.id == file_id
    done = await work.session.execute(
        update(FileRow).where(where).values(state=state, next_try_at=None).returning(FileRow.id)
    )
    return done.scalar() is not None


async def move(work: Work, reporter: Reporter, case: Case, ids: list[str]) -> None:
    """Files of a draft become the case's: their few sealed facts are sealed anew under the case's key."""
    query = select(FileRow).where(FileRow.id.in_(ids), FileRow.owner == reporter.id)
    for row in (await work.session.execute(query)).scalars():
        plain = reporter.key.open("files", "about", row.id, row.about)
        row.about = case.seal("files", "about", row.id, plain)
        row.owner = case.row.id


async def strays(work: Work, on_disk: set[str]) -> set[str]:
    """Those of these ids of which no row speaks (any more)."""
    known = set((await work.session.execute(select(FileRow.id).where(FileRow.id.in_(on_disk)))).scalars())
    return on_disk - known
