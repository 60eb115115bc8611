"""Set-up on machines that lack a part: the part is fetched, or one line names it."""

import importlib.util
import json
import os
import shutil
from pathlib import Path

import pytest

from setup import audit, chromium, environment


@pytest.fixture
def bare_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this interpreter one that Debian split `ensurepip` off from."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "venv" or None)


@pytest.mark.usefixtures("bare_python")
def test_an_ordinary_user_is_told_which_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `ensurepip` and without root, set-up ends with one line that names Debian's package."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit) as stopped:
        environment.create_if_missing(Path("/nonexistent"))
    assert isinstance(stopped.value.code, str)
    assert environment.venv_package() in stopped.value.code
    assert "\n" not in stopped.value.code


@pytest.mark.usefixtures("bare_python")
def test_root_gets_the_missing_package_by_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `ensurepip` but as root on Debian, set-up installs the package and goes on to make .venv."""
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(environment, "run", lambda *command, **_: commands.append(command))
    environment.create_if_missing(Path("/nonexistent"))
    update, install, create = commands
    assert update[:2] == ("apt-get", "update")
    assert install[:2] == ("apt-get", "install")
    assert install[-1] == environment.venv_package()
    assert create[-1] == "/nonexistent"


def test_the_chromium_that_is_named_is_the_only_one_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong HOTLINE_CHROMIUM is not papered over with another browser."""
    monkeypatch.setenv("HOTLINE_CHROMIUM", "/nonexistent/chromium")
    assert chromium.find() is None
    with pytest.raises(SystemExit, match="HOTLINE_CHROMIUM names /nonexistent/chromium"):
        chromium.main()


def test_a_browser_that_does_not_start_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Ubuntu's stub fails when it is run; the next candidate is taken."""
    for name, code in (("chromium", 1), ("google-chrome", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.delenv("HOTLINE_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.find() == str(tmp_path / "google-chrome")


def test_a_driver_that_does_not_start_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Playwright's driver lacks its library and nothing brings it, one line names the package."""
    monkeypatch.setattr(chromium, "driver_starts", lambda: False)
    monkeypatch.setattr(chromium, "attempts", lambda: iter(()))
    monkeypatch.setattr(chromium, "find", lambda: "/usr/bin/chromium")
    monkeypatch.delenv("HOTLINE_CHROMIUM", raising=False)
    with pytest.raises(SystemExit, match=r"install libatomic1"):
        chromium.main()


def test_a_known_vulnerability_is_found_and_what_was_not_asked_about_is_counted() -> None:
    """The auditor's answer is read so that neither a finding nor a gap can pass for all being well."""
    advisory = {"id": "PYSEC-2023-1", "fix_versions": ["2"], "aliases": []}
    answer = {
        "dependencies": [
            {"name": "one", "version": "1", "vulns": [advisory]},
            {"name": "two", "version": "1", "vulns": []},
            {"name": "three", "skip_reason": "not found"},
        ]
    }
    found = audit.read(json.dumps(answer))
    assert found.vulnerable == ["one 1: PYSEC-2023-1"]
    assert (found.asked, found.unknown) == (2, 1)
    assert "1 NOT audited" in audit.sentence("some.lock", found)


@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 1)])
def test_an_audit_that_reached_nobody_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, strict: bool, code: int
) -> None:
    """Without advisories nothing is known to be well; whoever asked strictly is failed."""
    monkeypatch.setattr(audit, "ask", lambda _lock: audit.Audited([], asked=0, unknown=7))
    assert audit.main(strict=strict) == code
    assert "7 NOT audited" in capsys.readouterr().out
