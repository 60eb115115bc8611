"""Whatever an operator mistypes or breaks is one line that says what, never a traceback."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.upgrade import head
from tests.postgresql import PostgresServer
from tests.system.shell import Here, Operator


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("invite boss --name x", "'boss' is not one of 'officer', 'coordinator', 'council'"),
        ("invite officer", "Missing option '--name'"),
        ("invite officer --name=", "the name must have letters in it"),
        (f"invite officer --name {'x' * 65}", "the name must not be longer than 64 letters"),
        ("staff", "Missing command"),
        ("alert", "No such command 'alert'"),
        ("open x --identity y --zone Moscow", "it must be a time zone such as Europe/Moscow"),
        ("run --fast", "No such option: --fast"),
        ("demo --port 70000", "'--port': must be less than or equal to 65535"),
        ("run --config absent.toml", "absent.toml isn't there"),
        ("run --config data", "data can't be read: Is a directory"),
        ("init --config absent/config.toml", "absent/config.toml: No such file or directory"),
    ],
)
def test_a_mistyped_command_is_one_line(settled: Operator, here: Here, arguments: str, sentence: str) -> None:
    """What was typed wrong is said in one line, and nothing is done."""
    extra = ["--yes"] if arguments.startswith("init") else []
    assert sentence in here(settled, *arguments.split(" "), *extra).line()


def test_a_fingerprint_that_is_none_is_refused(settled: Operator, here: Here) -> None:
    """What a script would compare is never a sentence: without Matrix or its first start, it fails."""
    assert "Matrix isn't configured" in here(settled, "matrix", "fingerprint").line()
    there = {"HOMESERVER": "https://matrix.example.org", "USER": "@h:example.org", "PASSWORD": "x"}
    environ = {f"HOTLINE_MATRIX__{name}": value for name, value in there.items()}
    assert "no fingerprint yet" in here(settled, "matrix", "fingerprint", **environ).line()


@pytest.mark.parametrize("command", ["run", "check", "migrate", "staff list", "invite officer --name x"])
def test_a_broken_configuration_is_one_line_for_every_command(
    operator: Operator, here: Here, command: str
) -> None:
    """Whichever command meets it, the line names the key."""
    operator.config.write_text("[escalation]\nurgent.repeat = 'soon'")
    done = here(operator, *command.split())
    assert done.code == 1
    assert "escalation.urgent.repeat: must be a duration" in (done.out or done.line())
    assert "Traceback" not in done.err


def _no_keys(folder: Path) -> None:
    (folder / "keys.toml").unlink()


def _damaged_keys(folder: Path) -> None:
    (folder / "keys.toml").write_text("current = ")


def _other_keys(folder: Path) -> None:
    there = folder / "keys.toml"
    name = re.findall(r'current = "(\w+)"', there.read_text())[0]
    key = "A" * 43 + "="
    there.write_text(f'current = "{name}"\nlookup = "{key}"\n[wrapping]\n{name} = "{key}"\n')


def _older_keys(folder: Path) -> None:
    there = folder / "keys.toml"
    there.write_text(re.sub(r"k20\d+", "k2011", there.read_text()))


def _keys_elsewhere(folder: Path) -> None:
    _no_keys(folder)
    (folder / "keys.toml").symlink_to("/nonexistent/disk/keys.toml")


def _garbage(folder: Path) -> None:
    (folder / "data" / "hotline.db").write_text("this was never a database " * 100)


def _folder_in_place_of_the_database(folder: Path) -> None:
    (folder / "data" / "hotline.db").rename(folder / "data" / "moved.db")
    (folder / "data" / "hotline.db").mkdir()


def _file_in_place_of_the_folder(folder: Path) -> None:
    (folder / "data").rename(folder / "moved")
    (folder / "data").write_text("in the way")


def _newer_database(folder: Path) -> None:
    database = sqlite3.connect(folder / "data" / "hotline.db")
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_no_keys, "keys.toml isn't there, and this database can't be read without it"),
        (_damaged_keys, "keys.toml is damaged"),
        (_other_keys, "the key file is another hotline's"),
        (_older_keys, "the key file lacks k20"),
        (_keys_elsewhere, "keys.toml can't be read"),
        (_garbage, "hotline.db is not an SQLite database"),
        (_folder_in_place_of_the_database, "hotline.db is not an SQLite database"),
        (_file_in_place_of_the_folder, "data: File exists"),
        (_newer_database, f"a newer version has changed the database (9999; this one knows {head()})"),
    ],
)
def test_what_an_operator_can_break_is_one_line(
    settled: Operator, here: Here, damage: Callable[[Path], None], sentence: str
) -> None:
    """Keys and database are refused with a sentence, and never answered with new keys."""
    keys = (settled.folder / "keys.toml").read_text()
    damage(settled.folder)
    assert sentence in here(settled, "staff", "list").line()
    if damage is _no_keys:
        assert not (settled.folder / "keys.toml").exists()
        (settled.folder / "keys.toml").write_text(keys)
        assert here(settled, "staff", "list").code == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda url: url.replace("hotline:", "hotline:x"), "it refuses the user or the password"),
        (lambda url: url + "_absent", "it has no database of that name"),
        (lambda _: "postgresql://hotline:hush@name.invalid/hotline", "the database doesn't answer"),
        (
            lambda _: "postgresql://hotline:hush@127.0.0.1:9/hotline",
            "the database doesn't answer: Connection refused",
        ),
    ],
)
def test_a_postgresql_that_refuses_is_one_line(
    operator: Operator,
    here: Here,
    postgres_server: PostgresServer,
    *,
    change: Callable[[str], str],
    sentence: str,
) -> None:
    """The line says why, and shows no password."""
    url = change(postgres_server.url("postgres"))
    line = here(operator, "migrate", HOTLINE_DATABASE__URL=url).line()
    assert sentence in line
    assert "hush" not in line
    assert postgres_server.password not in line
