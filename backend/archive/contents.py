"""What stands in an archive, member by member, and under which names.

manifest.json             what this is, when and of what it was made (`Manifest`)
tables/NAME/NNNNNN.jsonl  rows of one table (`backend.archive.rows`), all of a table before the next one's
files/ID.sealed           what people sent, as it lies on the hotline's disk
contents.json             how much of what there is (`Contents`)
seal.json                 the digest over all of that, and a keyed hash of it (`Seal`)
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from backend.archive.container import damaged
from backend.archive.rows import Kind
from backend.errors import ArchiveRefused
from backend.vault.keys import Vault

MANIFEST, CONTENTS, SEAL = "manifest.json", "contents.json", "seal.json"
TABLES, FILES = "tables", "files"
SUFFIX = ".sealed"
_THOUSAND = 1000


class Part(BaseModel):
    """One of the members that are JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    def written(self) -> bytes:
        """As it stands in the archive."""
        return self.model_dump_json(indent=1).encode()


class TableOf(BaseModel):
    """A table: its columns in the order in which its rows have them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    columns: list[tuple[str, Kind]]


class Manifest(Part):
    """What the archive is of."""

    format: Literal["hotline-backup/1"] = "hotline-backup/1"
    made_at: AwareDatetime
    """What came in later isn't in it."""
    revision: str
    """Of the database's tables."""
    wrapping_keys: list[str]
    """The names of those keys of the key file without which nothing in it but sealed cases can be read."""
    tables: list[TableOf]


class Contents(Part):
    """How much there is."""

    rows: dict[str, int]
    """By table."""
    files: int
    missing: list[str]
    """Ids of files that were erased while the others were copied, or weren't on the disk at all."""


class Seal(Part):
    """What makes sure that the archive is whole, and this hotline's."""

    sha256: str
    """Over all members before this one, see `backend.archive.container`."""
    mark: str
    """A keyed hash of that by the look-up key: who knows only the recipients can't make an archive up."""


P = TypeVar("P", bound=Part)


def parsed(content: bytes, kind: type[P]) -> P:
    """Raises ArchiveRefused."""
    try:
        return kind.model_validate_json(content)
    except ValidationError:
        raise damaged() from None


def manifest(content: bytes) -> Manifest:
    """The manifest. Raises ArchiveRefused, also for one of a later version."""
    if b'"hotline-backup/1"' not in content:
        raise ArchiveRefused("this is no backup of a hotline, or one of a later version")
    return parsed(content, Manifest)


def page_name(table: str, number: int) -> str:
    """The name of a member with rows; `number` counts from 1."""
    return f"{TABLES}/{table}/{number:06}.jsonl"


def file_name(file_id: str) -> str:
    """The name of a member that is a file."""
    return f"{FILES}/{file_id}{SUFFIX}"


def mark(vault: Vault, digest: str) -> str:
    """What only a hotline with this look-up key can write under an archive with this digest."""
    return vault.digest("backup", digest).hex()


def moment(at: datetime) -> str:
    """A time as operators read it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def size_text(size: int) -> str:
    """Bytes as people say them."""
    for unit in ("bytes", "KB", "MB"):
        if size < _THOUSAND:
            return f"{size} {unit}"
        size = round(size / _THOUSAND)
    return f"{size} GB"
