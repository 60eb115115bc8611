"""`hotline open`: sealed cases out of a backup, on a machine that runs no hotline."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pyrage.x25519 import Identity

from backend import places
from backend.archive import cases
from backend.archive.cases import Found, Listed
from backend.archive.contents import moment
from backend.cases.codes import reference as as_reference
from backend.cases.files import StoredFile
from backend.cases.records import Entry
from backend.errors import ArchiveRefused
from backend.vault import recipients
from bot.phrases import Phrase
from bot.staff import history, report
from bot.texts import Texts

_STRONGEST = "matrix"
"""Nothing is kept back here for the channel's sake."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Times are told as seen from there: by their date, for nobody knows when this is read."""
_CONTROL = {
    code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)
}
"""What people wrote is shown, never obeyed: a terminal would take some of it for commands."""
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}", re.ASCII)


def listed(archive: Path, *, identities: Sequence[Path]) -> list[str]:
    """A line a case: reference, severity, status, when it came in, whether it opens."""
    found = cases.list_cases(archive, _all(identities))
    return [_line(each) for each in found] or ["the archive holds no case"]


def _line(each: Listed) -> str:
    row = each.row
    return f"{row.reference}  {row.severity:<6}  {row.status:<12}  {moment(row.opened_at)}  {each.state}"


def shown(
    archive: Path, typed: str, *, identities: Sequence[Path], folder: Path | None, language: str, zone: str
) -> Iterator[str]:
    """A case in words, paragraph by paragraph; its files go into `folder`. Raises ArchiveRefused."""
    reference = as_reference(typed)
    if reference is None:
        raise ArchiveRefused(f"{typed} is no reference: these look like K7F-3QX")
    saved = _Saved(folder)
    found = cases.read_case(
        archive, _all(identities), reference, save=saved.save if folder is not None else None
    )
    yield f"{_line(Listed(found.row, ''))}".rstrip()
    texts = Texts(places.name)
    for paragraph in _paragraphs(found):
        yield ""
        yield texts.render(paragraph, language=language, now=_LONG_AGO, zone=zone).translate(_CONTROL)
    yield from _about_files(found, saved)


def _all(files: Sequence[Path]) -> list[Identity]:
    return [identity for file in files for identity in recipients.identities(file)]


def _paragraphs(found: Found) -> Iterator[Phrase]:
    if found.report is not None:
        yield from report.told(found.report)
    yield from history.paragraphs(found.entries, _names(found.entries), channel=_STRONGEST)


def _names(entries: Sequence[Entry]) -> Mapping[str, str]:
    """Who is who among the staff is sealed by keys that stay with the hotline: they are only told apart."""
    ids = dict.fromkeys(entry.author_id for entry in entries if entry.author_id)
    return {staff_id: f"staff {number}" for number, staff_id in enumerate(ids, start=1)}


class _Saved:
    """Files as they are written: under names of our own, for a sender's could be anything."""

    def __init__(self, folder: Path | None) -> None:
        self.paths: dict[str, Path] = {}
        self._folder = folder

    def save(self, file: StoredFile, content: bytes) -> None:
        """Write it, its owner's alone. Raises FileExistsError, never overwrites."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ending = Path(file.name).suffix
        kept = ending if _ENDING.fullmatch(ending) else ""
        path = self._folder / f"{len(self.paths) + 1:02}-{file.kind}{kept}"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
        self.paths[file.id] = path


def _about_files(found: Found, saved: _Saved) -> Iterator[str]:
    if found.files or found.sealed_files:
        yield ""
    for file in found.files:
        where = saved.paths.get(file.id)
        state = f"written to {where}" if where else "in the archive: --files FOLDER writes it"
        name = " ".join(file.name.split()).translate(_CONTROL)
        yield f"{file.kind} {name}: {state if file.state == 'stored' else 'never arrived'}"
    if found.sealed_files:
        yield f"{found.sealed_files} files are not sealed to these identities"
