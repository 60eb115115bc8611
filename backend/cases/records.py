"""A case as it is read and written: the row with its key, its report, its entries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, select

from backend.cases.model import CaseRow, EntryRow
from backend.cases.rules import Audience
from backend.errors import CaseNotFound
from backend.outbox import Json
from backend.vault import keyring
from backend.vault.keyring import CaseKeys
from backend.vault.keys import Sealed, epoch_of, new_id
from backend.work import Work

EntryKind = Literal[
    "opened",
    "message",
    "reply",
    "note",
    "acknowledged",
    "assigned",
    "released",
    "severity_changed",
    "status_changed",
    "reminded",
    "escalated",
    "consent_changed",
    "undelivered",
    "snoozed",
    "unsealed",
    "came_back",
    "sealed",
]
"""`sealed` is what an entry reads as whose key is sealed away: nothing of it but its number, time and channel
is known, and no entry is ever written so."""
Author = Literal["reporter", "staff", "hotline"]


@dataclass(frozen=True, slots=True)
class Case:
    """A case under the hand: its row (clear) and its keys.

    What was sealed under a key that the server no longer has reads as None; whatever is written to such a
    case begins a new epoch, which is readable.
    """

    row: CaseRow
    keys: CaseKeys

    @property
    def reference(self) -> str:
        """The reference, such as `K7F-3QX`."""
        return self.row.reference

    @property
    def is_sealed(self) -> bool:
        """Whether the report can't be read here, though entries of a later epoch may be."""
        return self.keys.reading(self.row.report) is None

    def open(self, table: str, column: str, row_id: str, sealed: Sealed) -> bytes | None:
        """What was sealed for this place, or None if its key is sealed away. Raises SealBroken."""
        key = self.keys.reading(sealed)
        return None if key is None else key.open(table, column, row_id, sealed)

    def seal(self, table: str, column: str, row_id: str, plain: bytes) -> Sealed:
        """Seal this for its place. A case of which all was sealed away isn't any more, from here on."""
        self.row.sealed_at = None
        return self.keys.writing.seal(table, column, row_id, plain)

    def report(self) -> dict[str, Json] | None:
        """`answers`, `consents` (code → {value, at}), `sos`; once closed `resolution`, `resolution_text`.

        None if it is sealed: what changes then is in the entries, and is caught up with on unsealing.
        """
        plain = self.open("cases", "report", self.row.id, self.row.report)
        if plain is None:
            return None
        content: dict[str, Json] = json.loads(plain)
        return content

    def write_report(self, report: dict[str, Json]) -> None:
        """Seal the report anew; only one that could be read, for what was there is gone then."""
        plain = json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode()
        self.row.report = self.seal("cases", "report", self.row.id, plain)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a case's history. `author_id` is a staff id; `facts` are codes, ids and times."""

    id: str
    number: int
    at: datetime
    channel: str
    kind: EntryKind
    author: Author
    audience: Audience
    body: str = ""
    author_id: str | None = None
    files: tuple[str, ...] = ()
    facts: dict[str, Json] = field(default_factory=dict)


def add_entry(  # noqa: PLR0913 - a line of history has so many facts, each named at the call
    work: Work,
    case: Case,
    kind: EntryKind,
    *,
    author: Author = "hotline",
    author_id: str | None = None,
    audience: Audience = "staff",
    channel: str = "",
    body: str = "",
    files: Sequence[str] = (),
    facts: dict[str, Json] | None = None,
) -> str:
    """Add a line to the case's history; returns its id. `channel` is how it came (default: the case's)."""
    entry_id = new_id()
    content: dict[str, Json] = {"kind": kind, "by": author, "id": author_id, "for": audience, "body": body}
    plain = written({**content, "files": list(files), "facts": facts or {}})
    row = EntryRow(
        id=entry_id,
        case_id=case.row.id,
        number=case.row.entries,
        at=work.now,
        channel=channel or case.row.channel,
        body=case.seal("case_entries", "body", entry_id, plain),
    )
    work.session.add(row)
    case.row.entries += 1
    case.row.touched_at = work.now
    return entry_id


def written(content: dict[str, Json]) -> bytes:
    """The plain form of an entry's content, before it is sealed."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def of_hotline(kind: EntryKind, facts: dict[str, Json]) -> bytes:
    """The plain form of an entry in which the hotline itself tells the staff what it did."""
    said: dict[str, Json] = {"kind": kind, "by": "hotline", "id": None, "for": "staff", "body": ""}
    return written({**said, "files": [], "facts": facts})


def _opened(case: Case, row: EntryRow) -> Entry:
    return of_row(row, case.open("case_entries", "body", row.id, row.body))


def of_row(row: EntryRow, plain: bytes | None) -> Entry:
    """The entry whose body was opened to this, or whose key is sealed away (None)."""
    if plain is None:
        return Entry(row.id, row.number, row.at, row.channel, "sealed", "hotline", "staff")
    content = json.loads(plain)
    return Entry(
        id=row.id,
        number=row.number,
        at=row.at,
        channel=row.channel,
        kind=content["kind"],
        author=content["by"],
        audience=content["for"],
        body=content["body"],
        author_id=content["id"],
        files=tuple(content["files"]),
        facts=content["facts"],
    )


def with_consents(report: dict[str, Json], consents: Mapping[str, Json], *, at: datetime) -> dict[str, Json]:
    """The report after these consents were given or taken back. Pure."""
    before = report["consents"]
    dated = dict(before) if isinstance(before, dict) else {}
    changed: dict[str, Json] = {
        code: {"value": value, "at": at.isoformat()} for code, value in consents.items()
    }
    return {**report, "consents": {**dated, **changed}}


async def entries(work: Work, case: Case) -> list[Entry]:
    """The whole history, oldest first."""
    query = select(EntryRow).where(EntryRow.case_id == case.row.id).order_by(EntryRow.number)
    return [_opened(case, row) for row in (await work.session.execute(query)).scalars()]


async def entries_after_report(work: Work, case: Case) -> list[Entry]:
    """The entries of later epochs than the report's: what they changed isn't in the report."""
    query = select(EntryRow).where(EntryRow.case_id == case.row.id).order_by(EntryRow.number)
    rows = (await work.session.execute(query)).scalars()
    return [_opened(case, row) for row in rows if epoch_of(row.body) > epoch_of(case.row.report)]


async def entry(work: Work, case: Case, entry_id: str) -> Entry | None:
    """One line of the history; None if there is none, or it is sealed."""
    row = await work.session.get(EntryRow, entry_id)
    found = None if row is None else _opened(case, row)
    return None if found is None or found.kind == "sealed" else found


async def find(work: Work, reference: str, *, for_change: bool = False) -> Case:
    """The case of this reference. Raises CaseNotFound, also for one that its reporter took back.

    `for_change` holds the row: of two officers who press at once, one comes second.
    """
    return await _one(work, CaseRow.reference == reference, reference, for_change=for_change)


async def by_id(work: Work, case_id: str, *, for_change: bool = False) -> Case:
    """The case of this id. Raises CaseNotFound."""
    return await _one(work, CaseRow.id == case_id, "", for_change=for_change)


async def _one(work: Work, where: ColumnElement[bool], reference: str, *, for_change: bool) -> Case:
    query = select(CaseRow).where(where, CaseRow.hidden_at.is_(None))
    if for_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = (await work.session.execute(query)).scalar_one_or_none()
    found = None if row is None else await opened(work, row)
    if found is None:
        raise CaseNotFound(reference=reference)
    return found


async def opened(work: Work, row: CaseRow) -> Case | None:
    """The case of a row at hand, or None if its keys were destroyed."""
    return next(iter(await all_opened(work, [row])), None)


async def all_opened(work: Work, rows: Sequence[CaseRow]) -> list[Case]:
    """The cases of rows at hand, without those whose keys were destroyed."""
    keys = await keyring.of_cases(work.session, work.vault, [row.id for row in rows])
    return [Case(row, keys[row.id]) for row in rows if row.id in keys]
