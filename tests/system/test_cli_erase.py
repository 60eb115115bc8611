"""`hotline erase`, as an operator types it: it asks for the reference again, and says what it can't reach."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from backend.cases import erasure, records, reporting
from backend.people import reporters
from backend.retention import erasures_list
from backend.vault.keys import new_id
from bot.cli.opening import opened_backend
from bot.config import load
from tests.canaries import leaks, on_disk
from tests.system.shell import PATIENCE, Done, Operator

WORD = "canaryBird"


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Lend an operator with a hotline that nobody runs at the moment."""
    lent = Operator(tmp_path)
    assert lent.types("init", "--yes").code == 0
    return lent


async def _case(operator: Operator, *, hidden: bool = False) -> str:
    async with opened_backend(load(operator.config, {})) as backend, backend.work() as work:
        sender = f"{WORD} {new_id()}"
        known = reporters.make(work, channel="telegram", sender=sender, chat=WORD, language="ru")
        await work.session.flush()
        opened = await reporting.open_case(work, known.reporter, {"account": WORD}, files=())
        if hidden:
            await work.session.flush()
            await erasure.hide(work, await records.find(work, opened.case.reference, for_change=True))
        return opened.case.reference


def _listed(operator: Operator) -> set[str]:
    return set(erasures_list.read(operator.folder / "erasures.log").erased)


def _answers(operator: Operator, answer: str, *arguments: str) -> Done:
    """The command, with what is typed when it asks."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "erase", *arguments],
        cwd=operator.folder,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
        input=answer,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("hidden", [False, True])
def test_destroyed_once_the_reference_was_typed_again(operator: Operator, *, hidden: bool) -> None:
    """The reference again, in any case of letters, destroys it; list and disk are as they should be."""
    reference = asyncio.run(_case(operator, hidden=hidden))
    for answer in ("", "yes\n"):
        refused = _answers(operator, answer, reference)
        assert "nothing more was done" in refused.err
        assert refused.code == 1
    done = _answers(operator, f"{reference.lower()}\n", reference)
    assert (done.code, done.err) == (0, "")
    assert "is destroyed" in done.out
    assert _listed(operator) == {reference}
    assert (operator.folder / "erasures.log").stat().st_mode & 0o777 == 0o600
    assert leaks([WORD], on_disk(operator.folder)) == {}
    again = operator.types("erase", reference, "--yes")
    assert f"there is no case {reference}" in again.line()


def test_without_asking(operator: Operator) -> None:
    """`--yes` asks nothing: for whoever has a list of them."""
    reference = asyncio.run(_case(operator))
    assert operator.types("erase", reference, "--yes").code == 0
    assert _listed(operator) == {reference}


@pytest.mark.parametrize("typed", ["AAA-AAA", "nonsense", ""])
def test_no_such_case(operator: Operator, typed: str) -> None:
    """One line, and a code that says that it failed."""
    assert "there is no case" in operator.types("erase", typed, "--yes").line()


def test_a_list_that_can_not_be_written_is_said(operator: Operator) -> None:
    """The case is destroyed all the same; the command fails and says why, and `hotline check` says it too."""
    reference = asyncio.run(_case(operator))
    folder = str(operator.folder / "erasures.log")
    (operator.folder / "erasures.log").mkdir(mode=0o700)
    failed = operator.types("erase", reference, "--yes")
    assert "is destroyed" in failed.out
    assert folder in failed.line()
    assert "there is no case" in operator.types("erase", reference, "--yes").line()
    checked = operator.types("check")
    assert f"wrong backup.erasures: {folder} is no file" in checked.out
    (operator.folder / "erasures.log").rmdir()
    other = asyncio.run(_case(operator))
    assert operator.types("erase", other, "--yes").code == 0
    assert _listed(operator) == {reference, other}, "what could not be written then is written now"
