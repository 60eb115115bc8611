"""The command line, as an operator meets it: real processes, one line an error, never a traceback."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.people import rooms, staff
from backend.upgrade import head
from bot.cli import main
from bot.cli.commands import app
from bot.cli.opening import opened_backend
from bot.config import load
from tests.botapi import BotApi
from tests.postgresql import PostgresServer

CODE = re.compile(r"(?:[A-HJ-NP-Z2-9]{4}-){2}[A-HJ-NP-Z2-9]{4}")
PATIENCE = 60.0
TOKEN = "123456789:hush-token"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line, where a code stands alone."""
        return self.out.splitlines()[-1]

    def line(self) -> str:
        """The one line that a refused command says."""
        assert self.code != 0, self
        assert "Traceback" not in self.err
        (line,) = self.err.splitlines()
        assert line.startswith("hotline: ")
        return line


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody at a shell, in a folder of their own, with nothing about the hotline in the environment."""

    folder: Path

    @property
    def config(self) -> Path:
        """Where the commands look by themselves."""
        return self.folder / "config.toml"

    def types(self, *arguments: str, **environ: str) -> Done:
        """Run a command to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=_environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    async def types_meanwhile(self, *arguments: str, **environ: str) -> Done:
        """The same, while a server in this process answers."""
        return await asyncio.to_thread(self.types, *arguments, **environ)

    async def joins(self, code: str, *, sender: str) -> None:
        """Use a code, as the bot does for whoever sends it."""
        async with opened_backend(load(self.config, {})) as backend, backend.work() as work:
            await staff.join(work, code, channel="telegram", sender=sender, chat=sender, language="ru")

    async def binds_room(self) -> None:
        """Make a group the staff room, as the bot does for a coordinator."""
        async with opened_backend(load(self.config, {})) as backend, backend.work() as work:
            await rooms.bind(work, await rooms.note(work, "telegram", "-100"))


def _environment(more: dict[str, str]) -> dict[str, str]:
    """Ours without its settings; the code is found wherever the command is typed."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    return {**plain, "PYTHONPATH": str(Path(__file__).parents[2]), **more}


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Lend an operator in an empty folder."""
    return Operator(tmp_path)


@pytest.fixture(scope="session")
def settled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make once what `hotline init --yes` leaves behind."""
    folder = tmp_path_factory.mktemp("settled")
    assert Operator(folder).types("init", "--yes").code == 0
    return folder


@pytest.fixture
def settled(operator: Operator, settled_folder: Path) -> Operator:
    """Lend an operator who ran `hotline init --yes`."""
    shutil.copytree(settled_folder, operator.folder, dirs_exist_ok=True)
    return operator


Here = Callable[..., Done]
"""Runs a command of an operator in this process: quicker where only the words matter."""


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Lend the same entry point without a process of its own."""

    def types(operator: Operator, *arguments: str, **environ: str) -> Done:
        monkeypatch.chdir(operator.folder)
        for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
            monkeypatch.delenv(name)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["hotline", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return types


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
