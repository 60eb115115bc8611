"""The threat model names mechanisms by their tests: whatever it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "threat-model.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", TEXT)))
ADVERSARIES = (
    "phone, seized and unlocked",
    "disk, copied",
    "machine, seized",
    "stolen backup",
    "database account",
    "staff phone",
    "rogue officer",
    "court order",
    "network observer",
    "flooder",
    "Supply chain",
)


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_is_named_is_there(named: str) -> None:
    """A mechanism without its test would be a claim."""
    path, _, name = named.partition("::")
    file = ROOT / path
    assert file.exists()
    if name:
        tree = ast.parse(file.read_text())
        assert name in {
            each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        }


@pytest.mark.parametrize("adversary", ADVERSARIES)
def test_every_adversary_is_spoken_of(adversary: str) -> None:
    """Each has a section of its own, with a table."""
    sections = TEXT.split("\n## ")[1:]
    (section,) = (each for each in sections if adversary in each.partition("\n")[0])
    assert section.count("\n| ") >= 3
