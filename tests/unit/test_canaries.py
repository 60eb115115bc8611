"""The search for leaks finds what it has to find: a promise that nothing leaks is worth as much as that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import canaries

WORDS = ("Канарейка", "canaryBird")


@pytest.mark.parametrize("word", WORDS)
def test_every_disguise_is_seen_through(word: str) -> None:
    """In any usual encoding, in base64 and hexadecimal, escaped, and packed."""
    missed = [form for form, sample in canaries.disguised_samples(word) if not canaries.found([word], sample)]
    assert missed == []


def test_random_bytes_hold_no_canary() -> None:
    """What is well sealed raises no alarm."""
    assert canaries.leaks(WORDS, {"random": os.urandom(1 << 20)}) == {}


def test_a_file_and_its_name_are_searched(tmp_path: Path) -> None:
    """A word in the name of a file leaks as much as one inside."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / f"{WORDS[1]}.pdf").write_bytes(b"sealed")
    (tmp_path / "plain").write_text(WORDS[0])
    places = canaries.leaks(WORDS, canaries.on_disk(tmp_path))
    assert set(places) == {"names of files", str(tmp_path / "plain")}
