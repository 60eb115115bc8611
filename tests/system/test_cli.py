"""The command line, as an operator meets it: real processes, one line an error, never a traceback."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.upgrade import head
from bot.cli.commands import app
from bot.config import load
from tests.botapi import BotApi
from tests.system.shell import Here, Operator

CODE = re.compile(r"(?:[A-HJ-NP-Z2-9]{4}-){2}[A-HJ-NP-Z2-9]{4}")
TOKEN = "123456789:hush-token"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_help_comes_at_once(operator: Operator, record_property: Callable[[str, object], None]) -> None:
    """Help names every command; how long it took is written down, not judged."""
    began = time.monotonic()
    done = operator.types("--help")
    record_property("seconds until --help", round(time.monotonic() - began, 2))
    for command in ("demo", "init", "run", "check", "invite", "staff", "migrate"):
        assert f"\n  {command} " in done.out
    assert operator.types().out == done.out


def test_help_loads_nothing_heavy(operator: Operator) -> None:
    """What makes a start slow (database, Telegram, dates) is not loaded for the list of commands."""
    heavy = "{'sqlalchemy', 'telegram', 'pydantic', 'alembic', 'dateparser', 'rich', 'asyncpg'}"
    code = f"import sys, bot.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert operator.types("--help").err == ""


@pytest.mark.parametrize(
    "command", ["init", "run", "check", "invite", "staff list", "staff revoke", "migrate"]
)
def test_every_command_takes_a_configuration(operator: Operator, here: Here, command: str) -> None:
    """`--config` is understood everywhere, with `config.toml` as its default."""
    assert re.search(
        r"--config FILE .*\[default: config\.toml\]", here(operator, *command.split(), "--help").out
    )


def test_init_takes_the_defaults(operator: Operator) -> None:
    """One command writes both files, for their owner alone, makes the tables, and ends with a code."""
    done = operator.types("init", "--yes")
    assert (done.code, done.err) == (0, "")
    assert CODE.fullmatch(done.last)
    assert _mode(operator.config) == 0o600
    assert _mode(operator.folder / "keys.toml") == 0o600
    assert _mode(operator.folder / "data" / "hotline.db") == 0o600
    assert load(operator.config, {}).centre.name == "Rapid Reaction Centre"
    assert "nobody yet" in operator.types("staff", "list").out


def test_init_never_overwrites(settled: Operator) -> None:
    """A second init says so and leaves configuration and keys as they were."""
    before = [(settled.folder / name).read_bytes() for name in ("config.toml", "keys.toml")]
    assert "config.toml is there already" in settled.types("init", "--yes").line()
    settled.config.rename(settled.folder / "other.toml")
    assert "keys.toml is there already" in settled.types("init", "--yes").line()
    assert not settled.config.exists()
    assert before == [(settled.folder / name).read_bytes() for name in ("other.toml", "keys.toml")]


def test_init_elsewhere(operator: Operator) -> None:
    """With --config, everything lies beside that file, wherever the command was typed."""
    (operator.folder / "etc").mkdir()
    assert operator.types("init", "--yes", "--config", "etc/hotline.toml").code == 0
    assert sorted(path.name for path in (operator.folder / "etc").iterdir()) == [
        "data",
        "hotline.toml",
        "keys.toml",
    ]
    assert operator.types("staff", "list", "--config", "etc/hotline.toml").code == 0


async def test_init_asks_telegram(operator: Operator) -> None:
    """A token that Telegram knows is said with the bot's name, and written down with its server."""
    async with BotApi(TOKEN) as api:
        environ = {"HOTLINE_TELEGRAM__TOKEN": TOKEN, "HOTLINE_TELEGRAM__API_URL": api.url}
        done = await operator.types_meanwhile("init", "--yes", **environ)
        assert "the bot is @hotline_bot" in done.out
        assert CODE.fullmatch(done.last)
        written = load(operator.config, {}).telegram
        assert written is not None
        assert (written.token.get_secret_value(), written.api_url) == (TOKEN, api.url)


async def test_init_with_a_refused_token_writes_nothing(operator: Operator) -> None:
    """A mistyped token is said at once, without showing it, and init can simply be repeated."""
    async with BotApi() as api:
        environ = {"HOTLINE_TELEGRAM__TOKEN": TOKEN, "HOTLINE_TELEGRAM__API_URL": api.url}
        done = await operator.types_meanwhile("init", "--yes", **environ)
    assert "telegram.token: the token is not one that Telegram knows" in done.line()
    assert TOKEN not in done.err + done.out
    assert list(operator.folder.iterdir()) == []


def test_init_without_reaching_telegram_goes_on(operator: Operator) -> None:
    """No network is no reason to stop: the token is written down untried, and that is said."""
    environ = {"HOTLINE_TELEGRAM__TOKEN": TOKEN, "HOTLINE_TELEGRAM__API_URL": "http://127.0.0.1:9"}
    done = operator.types("init", "--yes", **environ)
    assert "can't be reached" in done.out
    assert CODE.fullmatch(done.last)
    assert TOKEN not in done.out


def test_init_without_its_database_leaves_nothing(operator: Operator) -> None:
    """A database that doesn't answer is one line, and init can be repeated when it does."""
    done = operator.types(
        "init", "--yes", HOTLINE_DATABASE__URL="postgresql://hotline:hush@127.0.0.1:9/hotline"
    )
    assert "database.url: the database doesn't answer: Connection refused" in done.line()
    assert "hush" not in done.err + done.out
    assert list(operator.folder.iterdir()) == []


def test_init_asks_until_the_answers_fit(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong answer is explained and asked again; Enter takes the default; nothing typed: no Telegram."""
    monkeypatch.chdir(operator.folder)
    answers = ["Приют", "de", "en, ru", "Mars/Olympus", "Asia/Tomsk", "", "hush", "", "", " Анна  Б "]
    done = CliRunner().invoke(app, ["init"], input="\n".join(answers) + "\n", catch_exceptions=False)
    assert done.exit_code == 0
    assert "must be a time zone" in done.output
    assert "telegram.token: must be what BotFather gave" in done.output
    assert "hush" not in done.output
    assert "Анна Б becomes coordinator" in done.output
    assert CODE.fullmatch(done.output.splitlines()[-1])
    settings = load(operator.config, {})
    assert (settings.centre.name, settings.centre.languages) == ("Приют", ["en", "ru"])
    assert (settings.centre.timezone, settings.telegram) == ("Asia/Tomsk", None)


def test_init_that_is_broken_off_writes_nothing(operator: Operator) -> None:
    """The end of the input in the middle of the questions leaves no file behind."""
    assert "stopped" in operator.types("init").err
    assert list(operator.folder.iterdir()) == []


def test_a_name_may_hold_whatever_people_are_called(operator: Operator) -> None:
    """Quotes, backslashes and control characters come out of the written file as they went in."""
    name = 'Центр "Щит" \\ \x7f 🕊'
    assert operator.types("init", "--yes", HOTLINE_CENTRE__NAME=name).code == 0
    assert load(operator.config, {}).centre.name == name


async def test_an_invitation_makes_a_staff_member(settled: Operator) -> None:
    """The code on the last line is the one the bot takes; then the list shows who, what and where."""
    for role, name, sender in (
        ("coordinator", "Анна", "1"),
        ("officer", "Борис", "2"),
        ("council", "Вера", "3"),
    ):
        done = settled.types("invite", role, "--name", name)
        assert name in done.out
        await settled.joins(done.last, sender=sender)
    assert settled.types("staff", "list").out.splitlines() == [
        "Анна   coordinator  telegram",
        "Борис  officer      telegram",
        "Вера   council      telegram",
    ]
    assert "called анна already" in settled.types("invite", "officer", "--name", " анна ").line()


async def test_revoking_ends_a_role(settled: Operator) -> None:
    """Whoever is revoked is gone from the list; the last coordinator stays; a stranger's name is said."""
    for role, name in (("coordinator", "Анна"), ("officer", "Борис")):
        await settled.joins(settled.types("invite", role, "--name", name).last, sender=name)
    assert settled.types("staff", "revoke", "борис").out == "Борис is no longer officer\n"
    assert settled.types("staff", "list").out.splitlines() == ["Анна  coordinator  telegram"]
    assert "the only coordinator can't be revoked" in settled.types("staff", "revoke", "Анна").line()
    assert "nobody on the staff is called Борис" in settled.types("staff", "revoke", "Борис").line()


def test_migrate_makes_the_tables_once(operator: Operator, here: Here, empty_database_url: str) -> None:
    """Before it, other commands say what to do; after it they work, and it has nothing left to do."""
    operator.config.write_text(f'[database]\nurl = "{empty_database_url}"\n')
    assert "`hotline migrate` makes them" in here(operator, "staff", "list").line()
    assert operator.types("migrate").out == f"the database has its tables ({head()})\n"
    assert here(operator, "migrate").out == f"the database is up to date ({head()})\n"
    assert CODE.fullmatch(operator.types("invite", "officer", "--name", "Анна").last)


def test_the_first_command_after_migrate_makes_the_key_file(operator: Operator) -> None:
    """An empty database has nothing that new keys could lose."""
    operator.config.write_text("")
    operator.types("migrate")
    done = operator.types("invite", "officer", "--name", "Анна")
    assert "made a key file: " in done.err
    assert CODE.fullmatch(done.last)
    assert _mode(operator.folder / "keys.toml") == 0o600


async def test_check_finds_everything_right(settled: Operator) -> None:
    """With staff, a room and a token that Telegram knows, every line is ok and the exit code 0."""
    for role in ("coordinator", "officer"):
        await settled.joins(settled.types("invite", role, "--name", role).last, sender=role)
    await settled.binds_room()
    async with BotApi(TOKEN) as api:
        environ = {"HOTLINE_TELEGRAM__TOKEN": TOKEN, "HOTLINE_TELEGRAM__API_URL": api.url}
        done = await settled.types_meanwhile("check", **environ)
    assert done.code == 0
    assert [line for line in done.out.splitlines() if not line.startswith("ok ")] == []
    assert TOKEN not in done.out


def test_check_says_each_thing_that_is_wrong(settled: Operator) -> None:
    """Each wrong thing has a line that says what to do, and the exit code is 1."""
    (settled.folder / "keys.toml").chmod(0o644)
    (settled.folder / "data" / "files").write_text("in the way")
    (settled.folder / "data" / "files").chmod(0o600)
    done = settled.types(
        "check", HOTLINE_TELEGRAM__TOKEN=TOKEN, HOTLINE_TELEGRAM__API_URL="http://127.0.0.1:9"
    )
    assert done.code == 1
    wrong = [line.removeprefix("wrong ") for line in done.out.splitlines() if line.startswith("wrong ")]
    assert [line.partition(":")[0] for line in wrong] == [
        "key file",
        "files.folder",
        "telegram",
        "telegram",
    ]
    (settled.folder / "keys.toml").chmod(0o600)
    said = settled.types("check").out
    for sentence in (
        "no coordinator has joined",
        "nobody is on duty",
        "staff room: none",
        "none is configured",
    ):
        assert sentence in said


def test_check_of_an_unreadable_configuration(operator: Operator) -> None:
    """The one line of every other command stands in the report, and nothing else can be looked at."""
    operator.config.write_text("[centre]\ntimezone = 'Mars'")
    done = operator.types("check")
    assert (done.code, done.out.count("\n")) == (1, 1)
    assert done.out.startswith("wrong centre.timezone: must be a time zone")
