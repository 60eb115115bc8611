"""Whatever stands in an archive that can be decrypted: it is what a hotline wrote, or it is refused.

Who knows a recipient can encrypt anything to it, so what comes out is read as if a stranger had sent it.
"""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
from pathlib import Path

import pyrage
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyrage.x25519 import Identity

from backend.archive import contents
from backend.archive.container import Reader, Writer
from backend.archive.contents import Contents, Manifest, Seal, TableOf
from backend.archive.reading import Archive, File
from backend.archive.rows import Columns, Row, read, written
from backend.errors import ArchiveRefused
from backend.vault.keys import Vault
from tests.backend.world import KEYS, NOON

IDENTITY = Identity.generate()
VAULT = Vault(KEYS)
COLUMNS: Columns = [("name", "text"), ("number", "integer"), ("flag", "boolean"), ("sealed", "bytes")]
ROWS: list[Row] = [("K7F-3QX", 1, True, b"\x01\x00"), ("я\n", -(1 << 63), False, b""), (None,) * 4]
FILE_ID = "0123456789abcdef" * 2

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
rows_ = st.tuples(
    st.none() | texts,
    st.none() | st.integers(-(1 << 63), (1 << 63) - 1),
    st.none() | st.booleans(),
    st.none() | st.binary(),
)


def _plain() -> bytes:
    """An archive, before it is encrypted."""
    out = io.BytesIO()
    writer = Writer(out)
    table = TableOf(name="cases", columns=list(COLUMNS))
    manifest = Manifest(made_at=NOON, revision="0001", wrapping_keys=["k1"], tables=[table])
    writer.add(contents.MANIFEST, manifest.written())
    writer.add(contents.page_name("cases", 1), written(ROWS))
    writer.copy(contents.file_name(FILE_ID), io.BytesIO(b"content"), size=7)
    held = Contents(rows={"cases": len(ROWS)}, files=1, missing=[])
    writer.add(contents.CONTENTS, held.written())
    digest = writer.tally.hex()
    writer.add(contents.SEAL, Seal(sha256=digest, mark=contents.mark(VAULT, digest)).written())
    writer.close()
    return out.getvalue()


PLAIN = _plain()


def _read(plain: bytes, folder: Path, *, vault: Vault | None = VAULT) -> list[object]:
    """All that is in it. Raises ArchiveRefused."""
    path = folder / "archive.age"
    path.write_bytes(pyrage.encrypt(plain, [IDENTITY.to_public()]))
    return _all_of(path, vault=vault)


def _all_of(path: Path, *, vault: Vault | None = VAULT) -> list[object]:
    with Archive(path, by=[IDENTITY]) as archive:
        found: list[object] = []
        for part in archive.parts():
            found += [part.content.text()] if isinstance(part, File) else part.rows
        archive.finish(vault)
    return found


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Rows of every kind, and files."""
    assert _read(PLAIN, tmp_path) == [*ROWS, b"content"]


def test_any_tar_program_reads_it() -> None:
    """Once decrypted it is a tar, so that nobody needs a hotline to look into their own backup."""
    with tarfile.open(fileobj=io.BytesIO(PLAIN)) as tar:
        names = tar.getnames()
        manifest = tar.extractfile("manifest.json")
        assert manifest
        assert json.loads(manifest.read())["format"] == "hotline-backup/1"
    assert names == [
        "manifest.json",
        "tables/cases/000001.jsonl",
        f"files/{FILE_ID}.sealed",
        "contents.json",
        "seal.json",
    ]


def test_every_byte_counts(tmp_path: Path) -> None:
    """Changed anywhere but in tar's padding, by somebody who can encrypt to the recipients: refused."""
    said = [place for place in range(len(PLAIN)) if PLAIN[place]]
    for place in said[::5]:
        with pytest.raises(ArchiveRefused):
            _read(PLAIN[:place] + bytes([PLAIN[place] ^ 1]) + PLAIN[place + 1 :], tmp_path)


def test_every_byte_of_the_file_counts(tmp_path: Path) -> None:
    """Changed or cut anywhere, or with something behind it, an archive is refused."""
    path = tmp_path / "archive.age"
    whole = pyrage.encrypt(PLAIN, [IDENTITY.to_public()])
    changed = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 29)]
    for bad in (*changed, *(whole[:cut] for cut in range(0, len(whole), 31)), whole + b"\0"):
        path.write_bytes(bad)
        with pytest.raises(ArchiveRefused):
            _all_of(path)


def test_made_up_by_somebody_without_the_keys(tmp_path: Path) -> None:
    """Whole, and encrypted to the right recipient; only its mark is none that the key file bears out."""
    mark = PLAIN.partition(b'"mark": "')[2][:32]
    forged = PLAIN.replace(mark, b"0" * len(mark))
    assert _read(forged, tmp_path, vault=None) == [*ROWS, b"content"]
    with pytest.raises(ArchiveRefused, match="not made by the hotline whose key file"):
        _read(forged, tmp_path)


@given(st.lists(rows_))
def test_rows_come_back_as_they_were(given_rows: list[Row]) -> None:
    """Whatever a database can hold."""
    assert list(read(written(given_rows), COLUMNS)) == given_rows


@given(st.binary(max_size=300))
def test_no_line_is_anything_but_rows_or_refused(lines: bytes) -> None:
    """Never another error: these bytes may come from anybody."""
    with contextlib.suppress(ArchiveRefused):
        list(read(lines, COLUMNS))


@pytest.mark.parametrize(
    "line",
    [
        b'["a",1,true]',
        b'["a",1,true,"AA==",1]',
        b'[1,1,true,"AA=="]',
        b'["a","1",true,"AA=="]',
        b'["a",true,true,"AA=="]',
        b'["a",1,1,"AA=="]',
        b'["a",1,true,"%"]',
        b'["a",1,true,"AA="]',
        b'["a",9223372036854775808,true,"AA=="]',
        b'["a\\u0000",1,true,"AA=="]',
        b'["\\ud800",1,true,"AA=="]',
        b'["a",1,true,"\\ud800"]',
        b'{"name":"a"}',
        b"[" * 100_000,
        b"1" * 10_000,
        b"\xff",
    ],
)
def test_what_no_database_holds_is_refused(line: bytes) -> None:
    """Wrong kinds, too many or too few values, numbers and texts that don't fit."""
    with pytest.raises(ArchiveRefused):
        list(read(line, COLUMNS))


@given(st.binary(max_size=2000))
def test_no_tar_is_anything_but_members_or_refused(plain: bytes) -> None:
    """The same for what should be a tar."""
    with contextlib.suppress(ArchiveRefused):
        for member in Reader(io.BytesIO(plain)):
            member.text()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(PLAIN)), cut=st.integers(0, 600), put=st.binary(max_size=600))
def test_no_archive_is_anything_but_whole_or_refused(
    tmp_path: Path, place: int, cut: int, put: bytes
) -> None:
    """Cut, changed, put in: what is read is what was written, or nothing is."""
    try:
        found = _read(PLAIN[:place] + put + PLAIN[place + cut :], tmp_path)
    except ArchiveRefused:
        return
    assert found == [*ROWS, b"content"]
