"""Sealed keys: opened by a recipient's identity, at their own place, unchanged, and in no other way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pyrage.x25519 import Identity

from backend.cases import rules
from backend.cases.records import Entry, EntryKind
from backend.cases.sealed import caught_up
from backend.errors import IdentityUnreadable, IdentityWrong, SealBroken
from backend.outbox import Json
from backend.vault import sealing
from backend.vault.keys import CaseKey, Sealed, epoch_of
from backend.vault.recipients import identities
from backend.vault.settings import SealingSettings

OWNER = "0123456789abcdef" * 2
KEY = bytes(range(32))
ANN, BEN, EVE = (Identity.generate() for _ in range(3))
SEALED = sealing.seal_key(OWNER, 3, KEY, [ANN.to_public(), BEN.to_public()])
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("identity", [ANN, BEN])
def test_every_recipient_opens_it(identity: Identity) -> None:
    """Each by themselves, also among identities that don't fit."""
    assert sealing.open_key(OWNER, 3, SEALED, [EVE, identity]) == KEY


def test_nobody_else_opens_it() -> None:
    """Not even with all that the server has."""
    with pytest.raises(IdentityWrong):
        sealing.open_key(OWNER, 3, SEALED, [EVE])
    assert SEALED.find(KEY) < 0


@pytest.mark.parametrize(("owner", "epoch"), [("f" * 32, 3), (OWNER, 2), (OWNER, 31), (OWNER + "\x1f3", 3)])
def test_it_belongs_to_one_epoch_of_one_case(owner: str, epoch: int) -> None:
    """Moved to another row it is refused, even by its own identity."""
    with pytest.raises(SealBroken):
        sealing.open_key(owner, epoch, SEALED, [ANN])


def test_every_byte_counts() -> None:
    """Changed anywhere, or cut anywhere, it opens to nothing."""
    for place in range(len(SEALED)):
        changed = bytes([*SEALED[:place], SEALED[place] ^ 1, *SEALED[place + 1 :]])
        for broken in (changed, SEALED[:place]):
            with pytest.raises((SealBroken, IdentityWrong)):
                sealing.open_key(OWNER, 3, broken, [ANN])


@given(content=st.binary(max_size=80))
def test_only_our_own_structure_is_a_key(content: bytes) -> None:
    """Whatever else is encrypted to the right people isn't taken for a key."""
    with pytest.raises(SealBroken):
        sealing.open_key(OWNER, 3, pyrage.encrypt(content, [ANN.to_public()]), [ANN])


@given(content=st.binary(max_size=300))
def test_garbage_is_refused(content: bytes) -> None:
    """Bytes that are no age file at all."""
    with pytest.raises((SealBroken, IdentityWrong)):
        sealing.open_key(OWNER, 3, content, [ANN])


@given(epoch=st.integers(0, 65535))
def test_a_value_says_its_epoch(epoch: int) -> None:
    """By which the right key is found."""
    assert epoch_of(CaseKey(OWNER, epoch, KEY).seal("cases", "report", OWNER, b"words")) == epoch


@given(content=st.binary(max_size=40))
def test_what_is_no_value_has_no_epoch(content: bytes) -> None:
    """Cut short, or of another version."""
    if content[:1] != b"\x01" or len(content) < 16:
        with pytest.raises(SealBroken):
            epoch_of(Sealed(content))


# ── Configuration ───────────────────────────────────────────────────────────────────────────────


def test_recipients_are_checked_when_the_configuration_is_read() -> None:
    """Each has to be one; the sentence says which isn't, and nothing of it."""
    good = str(ANN.to_public())
    assert SealingSettings(recipients=[f" {good} "]).recipients == [good]
    for bad in ("age1nobody", "", good[:-1], str(ANN), "ssh-ed25519 AAAA"):
        with pytest.raises(ValidationError) as caught:
            SealingSettings(recipients=[good, bad])
        (error,) = caught.value.errors()
        assert error["loc"] == ("recipients",)
        assert "number 2 is no age recipient" in error["msg"]
        assert not bad or bad not in error["msg"]


def test_nobody_is_named_twice() -> None:
    """A slip that would seal to fewer people than somebody believes."""
    with pytest.raises(ValidationError, match="twice"):
        SealingSettings(recipients=[str(ANN.to_public())] * 2)


def test_identity_files(tmp_path: Path) -> None:
    """As `age-keygen` writes them, or several in one."""
    file = tmp_path / "key.txt"
    file.write_text(f"# created: today\n# public key: {ANN.to_public()}\n{ANN}\n\n{BEN}\n")
    assert [str(each) for each in identities(file)] == [str(ANN), str(BEN)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no identity"),
        (b"# nothing but words\n", "holds no identity"),
        (b"AGE-SECRET-KEY-1NOTQUITE\n", "no identity: copy it anew"),
        (b"age-encryption.org/v1\n-> scrypt", "decrypt it first"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n", "decrypt it first"),
        (b"\xff\x00\x12", "is no identity file"),
        (b"A" * 200_000, "is no identity file"),
    ],
)
def test_other_files_are_no_identity_files(tmp_path: Path, content: bytes, said: str) -> None:
    """One sentence, with the file's name and nothing of what is in it."""
    file = tmp_path / "key.txt"
    file.write_bytes(content)
    with pytest.raises(IdentityUnreadable, match=said) as caught:
        identities(file)
    assert "NOTQUITE" not in str(caught.value)


def test_an_identity_file_that_is_not_there(tmp_path: Path) -> None:
    """Nor is a folder one."""
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(IdentityUnreadable, match="can't be read"):
            identities(path)


# ── Decisions ───────────────────────────────────────────────────────────────────────────────────


@given(
    touched=st.integers(-100, 100).map(lambda hours: timedelta(hours=hours)),
    after=st.integers(1, 1000).map(lambda hours: timedelta(hours=hours)),
    unfinished=st.booleans(),
)
def test_when_a_case_is_sealed(touched: timedelta, after: timedelta, *, unfinished: bool) -> None:
    """`after` the last thing that happened on it, a day later at most if something is under way."""
    at = rules.seals_at(closed_at=NOW, touched_at=NOW + touched, after=after, unfinished=unfinished)
    assert at >= NOW + after
    assert at >= NOW + touched + after
    assert at - max(NOW, NOW + touched) - after == (DAY if unfinished else timedelta())


def _entry(number: int, kind: EntryKind, facts: dict[str, Json], body: str = "") -> Entry:
    at = NOW + number * DAY
    return Entry(str(number), number, at, "telegram", kind, "staff", "staff", body, facts=facts)


def test_a_report_catches_up() -> None:
    """The latest consent and the latest resolution count; nothing else of the report changes."""
    before: dict[str, Json] = {
        "answers": {"account": "words"},
        "consents": {
            "consent_un": {"value": "no", "at": "then"},
            "consent_public": {"value": "no", "at": ""},
        },
        "resolution": "resolved",
    }
    since = [
        _entry(1, "consent_changed", {"consent_un": "named"}),
        _entry(2, "status_changed", {"to": "in_progress"}),
        _entry(3, "message", {}, "words"),
        _entry(4, "consent_changed", {"consent_un": "unnamed"}),
        _entry(5, "status_changed", {"to": "closed", "resolution": "referred"}, "to friends"),
    ]
    assert caught_up(before, since) == {
        "answers": {"account": "words"},
        "consents": {
            "consent_un": {"value": "unnamed", "at": (NOW + 4 * DAY).isoformat()},
            "consent_public": {"value": "no", "at": ""},
        },
        "resolution": "referred",
        "resolution_text": "to friends",
    }
    assert caught_up(before, []) == before
