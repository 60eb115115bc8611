"""`hotline keys` as an operator meets it: a list, a passphrase at a terminal, one line for what is wrong."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.vault import passphrase
from tests.system.hotline_process import command, environment

PHRASE = "шесть совсем случайных слов"
PATIENCE = 60.0


@dataclass(frozen=True)
class Operator:
    """Somebody at a shell, in a folder of their own."""

    folder: Path

    @property
    def keys(self) -> Path:
        """The key file."""
        return self.folder / "keys.toml"

    def types(self, *arguments: str, fails: bool = False, **environ: str) -> str:
        """Run a command without a terminal; what it printed, or the one line by which it failed."""
        done = subprocess.run(
            command(*arguments),
            cwd=self.folder,
            env={**environment(), **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert bool(done.returncode) is fails, done
        if fails:
            (line,) = done.stderr.splitlines()
            assert line.startswith("hotline: ")
            return line
        return done.stdout

    def types_at_terminal(self, *arguments: str, answers: tuple[str, ...]) -> tuple[int, str]:
        """Run a command at a terminal, where these are typed; its exit code, and what stood there."""
        with _terminal() as (ours, theirs):
            process = subprocess.Popen(
                command(*arguments),
                cwd=self.folder,
                env=environment(),
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
            os.close(theirs)
            seen = b""
            for answer in answers:
                seen += _until(ours, b": ")
                os.write(ours, answer.encode() + b"\n")
            seen += _rest(ours)
            return process.wait(PATIENCE), seen.decode()


@contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def _until(terminal: int, end: bytes) -> bytes:
    seen = b""
    while not seen.endswith(end):
        seen += os.read(terminal, 1)
    return seen


def _rest(terminal: int) -> bytes:
    seen = b""
    try:
        while more := os.read(terminal, 1024):
            seen += more
    except OSError:  # Linux says so when the other end is closed
        pass
    return seen


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Lend an operator who ran `hotline init --yes`."""
    operator = Operator(tmp_path)
    operator.types("init", "--yes")
    return operator


def test_keys_are_listed_and_rotated(operator: Operator) -> None:
    """What there is, when it was made, what it wraps and until when it is kept; `check` agrees."""
    today = datetime.now(UTC)
    first = f"k{today:%Y%m%d}"
    assert operator.types("keys").splitlines()[1].split() == [first, f"{today:%Y-%m-%d}", "-", "1", "current"]
    assert f"{first} isn't older than keys.period" in operator.types("keys", "rotate")
    assert "1 data key was wrapped anew" in operator.types("keys", "rotate", "--now")
    current, retired = operator.types("keys").splitlines()[1:]
    assert current.split() == [f"{first}-2", f"{today:%Y-%m-%d}", "-", "1", "current"]
    assert retired.startswith(first)
    assert "kept for backups until" in retired
    operator.types("staff", "list")


def test_a_key_that_has_had_its_time_is_complained_of(operator: Operator) -> None:
    """`hotline check` says what to do; one rotation later all is right."""
    text = operator.keys.read_text()
    operator.keys.write_text(text.replace("made = 20", "made = 19"))
    assert "days old: `hotline keys rotate`" in _checked(operator)
    operator.types("keys", "rotate")
    assert "ok    key file: private, and opens the database" in _checked(operator)


def _checked(operator: Operator) -> str:
    done = subprocess.run(
        command("check"), cwd=operator.folder, env=environment(), capture_output=True, text=True, check=False
    )
    return done.stdout


def test_a_lost_current_key_is_an_error_and_no_new_key(operator: Operator) -> None:
    """Without the file, or with one that lacks the current key, nothing starts, and nothing is made."""
    operator.types("keys", "rotate", "--now")
    whole = operator.keys.read_text()
    operator.keys.unlink()
    assert "isn't there, and this database can't be read without it" in operator.types(
        "staff", "list", fails=True
    )
    assert "keys.toml can't be read: No such file" in operator.types("keys", "rotate", fails=True)
    assert not operator.keys.exists()
    head, _, old = whole.partition("[wrapping.")
    name = head.partition('current = "')[2].partition('"')[0]
    operator.keys.touch(0o600)
    operator.keys.write_text(head + "[wrapping." + old.partition("[wrapping.")[2])
    assert f"names '{name}' as current but doesn't hold it" in operator.types("run", fails=True)
    lacking = operator.keys.read_text().replace(f'"{name}"', f'"{name.removesuffix("-2")}"')
    operator.keys.write_text(lacking)
    assert f"lacks {name}" in operator.types("staff", "list", fails=True)
    operator.keys.write_text(whole)
    operator.types("staff", "list")


def test_another_machine_makes_no_keys_of_its_own(
    empty_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On a database that another one began on no command makes a key file: it says to copy that one's."""
    here, there = (Operator(tmp_path_factory.mktemp(name)) for name in ("here", "there"))
    here.types("init", "--yes", HOTLINE_DATABASE__URL=empty_database_url)
    refused = there.types("init", "--yes", fails=True, HOTLINE_DATABASE__URL=empty_database_url)
    assert "copy it from the other node" in refused
    (there.folder / "config.toml").write_bytes((here.folder / "config.toml").read_bytes())
    for arguments in (("run",), ("invite", "officer", "--name", "Anna")):
        assert "copy it from the other node" in there.types(*arguments, fails=True)
    assert not there.keys.exists()
    there.keys.write_bytes(here.keys.read_bytes())
    there.keys.chmod(0o600)
    there.types("invite", "officer", "--name", "Anna")


def test_a_passphrase_is_typed_at_a_terminal(operator: Operator) -> None:
    """Put around the file, asked for by every command, wrong at first, taken off again."""
    code, seen = operator.types_at_terminal("keys", "protect", answers=(PHRASE, PHRASE))
    assert code == 0, seen
    assert "is wrapped by the passphrase" in seen
    assert PHRASE not in seen
    assert passphrase.is_protected(operator.keys.read_text())
    said = operator.types("staff", "list", fails=True)
    assert "there is no terminal, so give keys.passphrase_file" in said
    code, seen = operator.types_at_terminal("keys", answers=(PHRASE,))
    assert (code, "current" in seen) == (0, True)
    code, seen = operator.types_at_terminal("keys", answers=(f"{PHRASE} нет",))
    assert code == 1
    assert "the passphrase is wrong" in seen
    code, seen = operator.types_at_terminal("keys", "unprotect", answers=(PHRASE,))
    assert code == 0, seen
    operator.types("staff", "list")


def test_a_passphrase_can_be_kept_in_a_file(operator: Operator) -> None:
    """For a machine at which nobody sits: then commands ask nobody, and rotation keeps it around the file."""
    (operator.folder / "passphrase").write_text(f"{PHRASE}\n")
    for arguments in (("keys", "protect"), ("keys", "rotate", "--now"), ("staff", "list")):
        operator.types(*arguments, HOTLINE_KEYS__PASSPHRASE_FILE="passphrase")
        assert passphrase.is_protected(operator.keys.read_text())


@pytest.mark.parametrize(
    ("answers", "said"),
    [(("short",), "needs 12 characters or more"), ((PHRASE, f"{PHRASE}!"), "the two weren't the same")],
)
def test_a_passphrase_that_does_not_do_changes_nothing(
    operator: Operator, answers: tuple[str, ...], said: str
) -> None:
    """Too short, or mistyped: the file stays as it was."""
    before = operator.keys.read_bytes()
    code, seen = operator.types_at_terminal("keys", "protect", answers=answers)
    assert code == 1
    assert said in seen
    assert operator.keys.read_bytes() == before


def test_keys_of_the_environment(operator: Operator) -> None:
    """All works with the key file in HOTLINE_KEYS__TEXT, but that nothing there can be rotated from here."""
    text = operator.keys.read_text()
    operator.keys.unlink()
    config = (operator.folder / "config.toml").read_text()
    assert "file and text are both given" in operator.types("keys", fails=True, HOTLINE_KEYS__TEXT=text)
    (operator.folder / "config.toml").write_text(config.replace('file = "keys.toml"', ""))
    assert "current" in operator.types("keys", HOTLINE_KEYS__TEXT=text)
    operator.types("keys", "rotate", HOTLINE_KEYS__TEXT=text)
    said = operator.types("keys", "rotate", "--now", fails=True, HOTLINE_KEYS__TEXT=text)
    assert "keys.text can't be changed from here: add a key made by `openssl rand -base64 32`" in said
    assert not operator.keys.exists()


def test_a_key_made_elsewhere_is_taken_over(operator: Operator) -> None:
    """Where a command prints the keys, somebody else puts the new one there: everything is wrapped by it."""
    name = operator.keys.read_text().partition('current = "')[2].partition('"')[0]
    elsewhere = operator.folder / "elsewhere.toml"
    operator.keys.rename(elsewhere)
    config = operator.folder / "config.toml"
    config.write_text(config.read_text().replace('file = "keys.toml"', 'command = "cat elsewhere.toml"'))
    assert "nothing is left to do" in operator.types("keys", "rotate")
    key = subprocess.run(["openssl", "rand", "-base64", "32"], check=True, capture_output=True, text=True)
    text = elsewhere.read_text().replace(f'current = "{name}"', 'current = "mine"')
    elsewhere.write_text(f'{text}\n[wrapping.mine]\nkey = "{key.stdout.strip()}"\nmade = 2026-03-04\n')
    said = operator.types("keys", "rotate").splitlines()
    assert said[0] == "going on with mine, which is new"
    assert said[1] == "1 data key was wrapped anew by mine"
    assert f"to {name}" in said[2]
    operator.types("staff", "list")


def test_init_with_keys_from_elsewhere_writes_none(
    operator: Operator, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The keys of the environment are used, and come neither into a file nor into the configuration."""
    text, folder = operator.keys.read_text(), tmp_path_factory.mktemp("fresh")
    fresh = Operator(folder)
    fresh.types("init", "--yes", HOTLINE_KEYS__TEXT=text)
    assert not fresh.keys.exists()
    assert "[keys]" not in (folder / "config.toml").read_text()
    assert "nobody yet" in fresh.types("staff", "list", HOTLINE_KEYS__TEXT=text)
