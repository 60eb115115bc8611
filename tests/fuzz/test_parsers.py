"""Every parser of outside bytes takes changed copies of real input without an error that it doesn't promise.

The corpus beside this file holds the real input, a JSON value a line; what once broke a parser is in `found`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.archive import contents, rows
from backend.cases import codes
from backend.errors import ArchiveRefused, ConfigurationInvalid, IdentityUnreadable, KeysMissing, SealBroken
from backend.places import regions
from backend.section import parse_duration
from backend.vault import keyfile, passphrase, recipients
from backend.vault.keys import DataKey
from bot import config
from bot.channels.matrix import mapping as matrix
from bot.channels.matrix.tree import table, text
from bot.channels.telegram.mapping import read_batch
from bot.conversation import codec, dates
from bot.staff import parse
from tests.fuzz.changing import FOUND, Json, blobs, kept, texts, trees

T = TypeVar("T")
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
KEY = DataKey("0" * 32, 1, b"k" * 32)
SEALED: list[bytes] = [KEY.seal("cases", "report", "1", plain) for plain in (b"", b"words", b"w" * 200)]
LINES = [b'["K7F-3QX",1,null,"AAAA"]\n', b'["words",-1,true,""]\n["x",2,false,"AA=="]\n']
COLUMNS: list[tuple[str, rows.Kind]] = [("a", "text"), ("b", "integer"), ("c", "boolean"), ("d", "bytes")]

kindly = settings(database=FOUND, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def refusal(read: Callable[[T], object], what: T, *promised: type[Exception]) -> str:
    """What a promised error says, empty where it was read. Any other error is a failure."""
    try:
        read(what)
    except promised as refused:
        return str(refused)
    return ""


def _file(read: Callable[[Path], object], content: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        read(Path(file.name))


def _event(event: Json) -> object:
    seen = matrix.Seen("!r", True, "$e", "@a", text(event, "type"), table(event, "content"))  # noqa: FBT003 - private
    return matrix.inbound(seen, now=NOW), seen.relation


TREES: dict[str, Callable[[Json], object]] = {
    "telegram": lambda update: read_batch([update, update], own_name="hotline_bot", now=NOW),
    "matrix": _event,
}
TEXTS: dict[str, tuple[Callable[[str], object], tuple[type[Exception], ...]]] = {
    "staff": (parse.parse, ()),
    "button": (parse.parse_button, ()),
    "reference": (codes.reference, ()),
    "region": (regions.nearest, ()),
    "date": (lambda words: dates.understand(words, now=NOW, zone="Europe/Moscow", language="ru"), ()),
    "duration": (parse_duration, (ValueError,)),
    "keyfile": (lambda words: keyfile.parse(words, where="keys"), (KeysMissing,)),
}
"""What reads it, and which errors it promises for what it can't read."""


@pytest.mark.parametrize("name", TREES)
@kindly
@given(data=st.data())
def test_no_update_or_event_breaks_the_reading(name: str, data: st.DataObject) -> None:
    """Whatever a messenger's servers, or people through them, send: it is read or passed over."""
    TREES[name](data.draw(trees(kept(name))))


@pytest.mark.parametrize("name", TEXTS)
@kindly
@given(data=st.data())
def test_no_text_breaks_the_reading(name: str, data: st.DataObject) -> None:
    """Whatever somebody types, presses or keeps in a file: it is read or refused as promised."""
    read, promised = TEXTS[name]
    typed = data.draw(texts(kept(name)))
    said = refusal(read, typed, *promised)
    assert "\n" not in said


@kindly
@given(texts([each for each in kept("keyfile") if "protected" in each]))
def test_no_wrapped_key_file_breaks_the_reading(changed: str) -> None:
    """It is whole, or refused in a sentence before any work is done on it."""
    said = refusal(lambda words: passphrase.parse(words, where="keys"), changed, KeysMissing)
    assert not said or said.startswith("keys ")


@kindly
@given(texts(kept("config")))
def test_no_configuration_breaks_the_reading(changed: str) -> None:
    """It is taken, or refused in one line."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        file.write_text(changed, errors="surrogatepass")
        said = refusal(lambda path: config.load(path, {}), file, ConfigurationInvalid)
    assert "\n" not in said


@kindly
@given(blobs(SEALED))
def test_a_changed_value_is_never_opened(changed: bytes) -> None:
    """What differs in any way from what was sealed is refused, whatever it looks like."""
    said = refusal(lambda sealed: KEY.open("cases", "report", "1", sealed), changed, SealBroken)
    assert bool(said) == (changed not in SEALED)


@kindly
@given(st.binary(max_size=60) | blobs([json.dumps([1, "report", "safety"]).encode()]))
def test_no_saved_conversation_breaks_the_reading(packed: bytes) -> None:
    """A state of another version, or garbage, is no state."""
    codec.decode(packed)


@kindly
@given(blobs(LINES))
def test_no_row_of_a_backup_breaks_the_reading(changed: bytes) -> None:
    """A line is a row, or the archive is refused."""
    said = refusal(lambda lines: list(rows.read(lines, COLUMNS)), changed, ArchiveRefused)
    assert not said or changed not in LINES


@kindly
@given(blobs([b'{"format":"hotline-backup/1"}', b'{"format":"hotline-backup/1","made_at":1,"tables":[]}']))
def test_no_manifest_breaks_the_reading(changed: bytes) -> None:
    """It is a manifest, or the archive is refused."""
    said = refusal(contents.manifest, changed, ArchiveRefused)
    assert "\n" not in said


@kindly
@given(blobs([b"# created: now\nAGE-SECRET-KEY-1" + b"Q" * 58 + b"\n", b"\xff\xfe", b"age1" + b"q" * 58]))
def test_no_identity_file_breaks_the_reading(changed: bytes) -> None:
    """Whatever an operator names as identities: opened, or refused without quoting any of it."""
    said = refusal(lambda content: _file(recipients.identities, content), changed, IdentityUnreadable)
    assert "QQQ" not in said
