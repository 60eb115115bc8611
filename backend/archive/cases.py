"""Sealed cases read straight out of an archive, where there is no hotline: the identities are enough.

The archive is read once, as a stream. Nothing of it is written anywhere but the files that are asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pyrage.x25519 import Identity
from sqlalchemy import TypeDecorator, inspect
from sqlalchemy.dialects import sqlite

from backend.archive.reading import Archive, File, Page
from backend.archive.rows import Value
from backend.cases import files, records
from backend.cases.files import StoredFile
from backend.cases.model import CaseRow, EntryRow
from backend.cases.records import Entry
from backend.database import Table
from backend.errors import ArchiveRefused, IdentityWrong
from backend.outbox import Json
from backend.vault import sealing
from backend.vault.files import opened
from backend.vault.keys import CaseKey, epoch_of
from backend.vault.model import FileRow, SealedKeyRow

T = TypeVar("T", bound=Table)
SaveFile = Callable[[StoredFile, bytes], None]
_DIALECT = sqlite.dialect()
"""Column types want to know which; ours mean the same on each."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A case in the archive. `state`: whether it can be read here, and if not, what would be needed."""

    row: CaseRow
    state: str


@dataclass
class Found:
    """A case and what belongs to it, as far as the identities open it."""

    row: CaseRow
    report: dict[str, Json] | None = None
    entries: list[Entry] = field(default_factory=list)
    files: list[StoredFile] = field(default_factory=list)
    sealed_files: int = 0
    """Files of which nothing can be read here."""


def list_cases(path: Path, identities: Sequence[Identity]) -> list[Listed]:
    """The cases that the archive holds, newest first. Raises ArchiveRefused."""
    cases: list[CaseRow] = []
    sealed: dict[tuple[str, int], SealedKeyRow] = {}
    with Archive(path, by=identities) as archive:
        for part in archive.parts():
            if isinstance(part, Page) and part.table.name == CaseRow.__tablename__:
                cases += _rows(part, CaseRow)
            if isinstance(part, Page) and part.table.name == SealedKeyRow.__tablename__:
                sealed |= {(row.owner, row.epoch): row for row in _rows(part, SealedKeyRow)}
        archive.finish()
    shown = sorted(
        (row for row in cases if row.hidden_at is None), key=lambda row: row.opened_at, reverse=True
    )
    return [Listed(row, _state(sealed.get((row.id, epoch_of(row.report))), identities)) for row in shown]


def _state(key: SealedKeyRow | None, identities: Sequence[Identity]) -> str:
    if key is None:
        return "not sealed: it takes the hotline's key file"
    return "sealed: it opens" if _opened_key(key, identities) else "sealed to others"


def read_case(
    path: Path, identities: Sequence[Identity], reference: str, *, save: SaveFile | None = None
) -> Found:
    """One case. Each file that opens is given to `save`. Raises ArchiveRefused, SealBroken."""
    with Archive(path, by=identities) as archive:
        reading = _Reading(reference, identities, save)
        for part in archive.parts():
            if isinstance(part, Page):
                reading.take(part)
            else:
                reading.take_file(part)
        archive.finish()
    return reading.found()


class _Reading:
    """One case as its parts come by. The archive has cases first, and files last."""

    def __init__(self, reference: str, identities: Sequence[Identity], save: SaveFile | None) -> None:
        self._reference = reference
        self._identities = identities
        self._save = save
        self._case: CaseRow | None = None
        self._keys: dict[int, CaseKey] = {}
        self._entries: list[EntryRow] = []
        self._files: dict[str, FileRow] = {}
        self._wrong = False

    def take(self, page: Page) -> None:
        """Keep what is the case's."""
        match page.table.name:
            case CaseRow.__tablename__:
                found = (row for row in _rows(page, CaseRow) if row.reference == self._reference)
                self._case = next((row for row in found if row.hidden_at is None), self._case)
            case SealedKeyRow.__tablename__:
                for row in self._own(page, SealedKeyRow, "owner"):
                    self._take_key(row)
            case EntryRow.__tablename__:
                self._entries += self._own(page, EntryRow, "case_id")
            case FileRow.__tablename__:
                self._files |= {row.id: row for row in self._own(page, FileRow, "owner")}

    def _own(self, page: Page, model: type[T], owner: str) -> Iterator[T]:
        if self._case is not None:
            yield from _rows(page, model, only=(owner, self._case.id))

    def _take_key(self, row: SealedKeyRow) -> None:
        key = _opened_key(row, self._identities)
        if key is None:
            self._wrong = True
        else:
            self._keys[row.epoch] = key

    def take_file(self, file: File) -> None:
        """Have it saved, if it is the case's and opens."""
        known = self._known(file.id)
        if known is not None and self._save is not None:
            self._save(known, opened(file.id, known.key, file.content.text()))

    def _known(self, file_id: str) -> StoredFile | None:
        row = self._files.get(file_id)
        key = None if row is None else self._keys.get(epoch_of(row.about))
        return None if row is None or key is None else files.of_row(row, key)

    def found(self) -> Found:
        """All that was found. Raises ArchiveRefused if there is no such case, or none of it opens."""
        case = self._case
        if case is None:
            raise ArchiveRefused(f"the archive holds no case {self._reference}")
        if not self._keys:
            needed = (
                "sealed to other identities" if self._wrong else "not sealed: it takes the hotline's key file"
            )
            raise ArchiveRefused(f"{self._reference} can't be read here: it is {needed}")
        return self._opened(case)

    def _opened(self, case: CaseRow) -> Found:
        key = self._keys.get(epoch_of(case.report))
        report = None if key is None else json.loads(key.open("cases", "report", case.id, case.report))
        known = [self._known(file_id) for file_id in self._files]
        readable = [each for each in known if each is not None]
        ordered = sorted(self._entries, key=lambda row: row.number)
        entries = [records.of_row(row, self._body(row)) for row in ordered]
        return Found(case, report, entries, readable, len(known) - len(readable))

    def _body(self, row: EntryRow) -> bytes | None:
        key = self._keys.get(epoch_of(row.body))
        return None if key is None else key.open("case_entries", "body", row.id, row.body)


def _opened_key(row: SealedKeyRow, identities: Sequence[Identity]) -> CaseKey | None:
    try:
        key = sealing.open_key(row.owner, row.epoch, row.wrapped, identities)
    except IdentityWrong:
        return None
    return CaseKey(row.owner, row.epoch, key)


def _rows(page: Page, model: type[T], *, only: tuple[str, str] | None = None) -> Iterator[T]:
    """The page's rows as the model has them; columns that it doesn't know are passed over."""
    columns = inspect(model).columns
    names = [name for name, _ in page.table.columns]
    for row in page.rows:
        values = dict(zip(names, row, strict=True))
        if only is None or values.get(only[0]) == only[1]:
            yield model(**{each.key: _meant(each.type, values.get(each.key)) for each in columns})


def _meant(kind: object, value: Value) -> object:
    return kind.process_result_value(value, _DIALECT) if isinstance(kind, TypeDecorator) else value
