"""Reading an archive as a stream: its manifest, then pages of rows and files as they come, then its end.

Nothing of it may be acted on for good before `finish` has found it whole.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pyrage.x25519 import Identity

from backend.archive import contents, rows
from backend.archive.container import Member, Reader, damaged
from backend.archive.contents import Contents, Manifest, Seal, TableOf
from backend.archive.encryption import Decrypting
from backend.archive.rows import Row
from backend.errors import ArchiveRefused
from backend.vault.keys import Vault

_PAGE = re.compile(r"tables/([a-z_]{1,64})/(\d{6,})\.jsonl", re.ASCII)
_FILE = re.compile(r"files/([0-9a-f]{32})\.sealed", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one table."""

    table: TableOf
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class File:
    """A file that somebody sent, sealed; `content` can be read until the next part is asked for."""

    id: str
    content: Member


@dataclass
class _Counted:
    rows: dict[str, int]
    files: int = 0
    tables: list[str] = field(default_factory=list)


class Archive:
    """`with Archive(path, by=identities) as archive:` read its `parts`, then `finish`."""

    manifest: Manifest

    def __init__(self, path: Path, *, by: Sequence[Identity]) -> None:
        self._plain = Decrypting(path, by=by)
        self._ends: tuple[str, Contents, Seal] | None = None

    def __enter__(self) -> Self:
        """Read the manifest. Raises ArchiveRefused, OSError."""
        self._plain.__enter__()
        try:
            self.manifest = self._begun()
        except BaseException:
            self._plain.__exit__()
            raise
        self._counted = _Counted({table.name: 0 for table in self.manifest.tables})
        return self

    def _begun(self) -> Manifest:
        self._reader = Reader(self._plain)
        self._members = iter(self._reader)
        first = next(self._members, None)
        if first is None or first.name != contents.MANIFEST:
            raise ArchiveRefused("this is no backup of a hotline")
        return contents.manifest(first.text())

    def __exit__(self, *_: object) -> None:
        self._plain.__exit__()

    def far(self) -> tuple[int, int]:
        """How many bytes of the file have been read, and how many there are."""
        return self._plain.far()

    def parts(self) -> Iterator[Page | File]:
        """Every page and file, in the archive's order. Raises ArchiveRefused, OSError."""
        for member in self._members:
            if member.name == contents.CONTENTS:
                held = contents.parsed(member.text(), Contents)
                self._ends = self._sealed(held)
                return
            yield self._part(member)
        raise damaged()

    def _part(self, member: Member) -> Page | File:
        if page := _PAGE.fullmatch(member.name):
            return self._page(member, page[1])
        if file := _FILE.fullmatch(member.name):
            self._counted.files += 1
            return File(file[1], member)
        raise damaged()

    def _page(self, member: Member, name: str) -> Page:
        """The tables come in the manifest's order, and no file before the last row."""
        known = next((table for table in self.manifest.tables if table.name == name), None)
        counted = self._counted
        if known is None or counted.files or (name in counted.tables and counted.tables[-1] != name):
            raise damaged()
        if name not in counted.tables:
            counted.tables.append(name)
        found = list(rows.read(member.text(), known.columns))
        counted.rows[name] += len(found)
        return Page(known, found)

    def _sealed(self, held: Contents) -> tuple[str, Contents, Seal]:
        digest = self._reader.tally.hex()
        last = next(self._members, None)
        if last is None or last.name != contents.SEAL:
            raise damaged()
        seal = contents.parsed(last.text(), Seal)
        if next(self._members, None) is not None:
            raise damaged()
        return digest, held, seal

    def finish(self, vault: Vault | None = None) -> Contents:
        """What it held, once it is sure that this was all, unchanged, and (`vault`) of this hotline.

        Raises ArchiveRefused.
        """
        self._plain.finish()
        if self._ends is None:
            raise damaged()
        digest, held, seal = self._ends
        counted = self._counted
        if (seal.sha256, held.rows, held.files) != (digest, counted.rows, counted.files):
            raise damaged()
        if vault is not None and not hmac.compare_digest(seal.mark, contents.mark(vault, digest)):
            raise ArchiveRefused("the archive was not made by the hotline whose key file this is")
        return held
