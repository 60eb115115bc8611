"""`hotline audit verify`, as an operator types it: one line says what is wrong, and the exit code too."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.system.shell import Operator


@pytest.fixture
def audited(tmp_path: Path) -> Operator:
    """Lend an operator whose log has three lines."""
    operator = Operator(tmp_path)
    assert operator.types("init", "--yes").code == 0
    for name in ("Anna", "Boris"):
        assert operator.types("invite", "officer", "--name", name).code == 0
    return operator


def change(operator: Operator, statement: str) -> None:
    """Somebody with the disk changes the database."""
    with sqlite3.connect(operator.folder / "data" / "hotline.db") as connection:
        connection.execute(statement)
    connection.close()


def test_a_whole_log(audited: Operator) -> None:
    """It says how long it is and its head; against that head it fits, and against another it doesn't."""
    found = audited.types("audit", "verify")
    assert found.code == 0, found.err
    assert "whole: 3 lines, head 3:" in found.out
    head = next(word for word in found.out.split() if word.startswith("3:"))
    assert audited.types("audit", "verify", "--head", head.lower()).code == 0
    other = audited.types("audit", "verify", "--head", head, "--head", "2:AAAA-AAAA-AAAA-AAAA")
    assert "line 2 is not what it was" in other.line()
    assert "it ends before line 4" in audited.types("audit", "verify", "--head", f"9{head}").line()
    assert "1234:ABCD-EFGH-JKLM-NPQR" in audited.types("audit", "verify", "--head", "3:ABC").line()


def test_a_log_that_was_changed(audited: Operator) -> None:
    """The first line that doesn't fit is named, whatever stands there now."""
    change(audited, "UPDATE audit SET at = 'noon', link = 'x', actor = x'00' WHERE number = 2")
    assert "line 2 was changed" in audited.types("audit", "verify").line()
    change(audited, "DELETE FROM audit WHERE number = 2")
    assert "line 2 is missing" in audited.types("audit", "verify").line()
    change(audited, "DELETE FROM audit WHERE number > 1")
    assert "line 2 or more were cut off" in audited.types("audit", "verify").line()
    change(audited, "INSERT INTO audit SELECT 'last', at, actor, action, reference, about, link FROM audit")
    assert "line 2 was not written by the hotline" in audited.types("audit", "verify").line()
