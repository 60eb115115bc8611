"""A case as it is read and written: the row with its key, its report, its entries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, select

from backend.cases.model import CaseRow, EntryRow
from backend.cases.rules import Audience
from backend.errors import CaseNotFound
from backend.outbox import Json
from backend.vault import keyring
from backend.vault.keys import CaseKey, new_id
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
]
Author = Literal["reporter", "staff", "hotline"]


@dataclass(frozen=True, slots=True)
class Case:
    """A case under the hand: its row (clear) and its key."""

    row: CaseRow
    key: CaseKey

    @property
    def reference(self) -> str:
        """The reference, such as `K7F-3QX`."""
        return self.row.reference

    def report(self) -> dict[str, Json]:
        """`answers`, `consents` (code → {value, at}), `sos`; once closed `resolution`, `resolution_text`."""
        content: dict[str, Json] = json.loads(self.key.open("cases", "report", self.row.id, self.row.report))
        return content

    def write_report(self, report: dict[str, Json]) -> None:
        """Seal the report anew."""
        plain = json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode()
        self.row.report = self.key.seal("cases", "report", self.row.id, plain)


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
        body=case.key.seal("case_entries", "body", entry_id, plain),
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
    content = json.loads(case.key.open("case_entries", "body", row.id, row.body))
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


async def entries(work: Work, case: Case) -> list[Entry]:
    """The whole history, oldest first."""
    query = select(EntryRow).where(EntryRow.case_id == case.row.id).order_by(EntryRow.number)
    return [_opened(case, row) for row in (await work.session.execute(query)).scalars()]


async def entry(work: Work, case: Case, entry_id: str) -> Entry | None:
    """One line of the history."""
    row = await work.session.get(EntryRow, entry_id)
    return None if row is None else _opened(case, row)


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
    key = None if row is None else await keyring.load(work.session, work.vault, row.id, CaseKey)
    if row is None or key is None:
        raise CaseNotFound(reference=reference)
    return Case(row, key)
