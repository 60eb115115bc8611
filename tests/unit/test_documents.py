"""What the README and the operator's page name is there: files, commands, targets of make."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from bot.cli.commands import app

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/operating.md")
PATH = re.compile(r"`((?:backend|bot|tests|setup|docs)/[^`\s]*|[a-z_]+/[^`\s]+\.py|[a-z_.]+\.example\.toml)`")
NEXT = re.compile(r"`(?P<folder>(?:backend|bot)/[^`]*/)[^`/]*`(?P<more>(?:(?: \([^)]*\))?, `[a-z_]+\.py`)+)")
LINK = re.compile(r"\]\((?!http)([^)#]+)")
COMMAND = re.compile(r"(?:^|`|/bin/)hotline ([a-z][a-z ]*)", re.MULTILINE)
TARGET = re.compile(r"(?:^|`|&& )make ([a-z]+)", re.MULTILINE)


def _text(page: str) -> str:
    return (ROOT / page).read_text()


@pytest.mark.parametrize("page", PAGES)
def test_every_named_file_is_there(page: str) -> None:
    """Whoever looks something up in the map finds it."""
    text = _text(page)
    named = [ROOT / path for path in PATH.findall(text)]
    for found in NEXT.finditer(text):
        named += [ROOT / found["folder"] / name for name in re.findall(r"[a-z_]+\.py", found["more"])]
    named += [(ROOT / page).parent / link for link in LINK.findall(text)]
    assert named
    assert [str(path) for path in named if not path.exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_named_command_is_there(page: str) -> None:
    """Whatever is to be typed can be typed: of `hotline`, and of `make`."""
    known = typer.main.get_command(app)
    commands = getattr(known, "commands", {})
    typed = {words.split()[0] for words in COMMAND.findall(_text(page)) if words.split()}
    assert typed
    assert typed - commands.keys() == set()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(TARGET.findall(_text(page))) <= targets
