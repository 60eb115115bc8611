"""`hotline init`: from nothing to a hotline that `hotline run` starts, and its first coordinator's code."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import typer

from backend.clock import SystemClock
from backend.config import CentreSettings, DatabaseSettings
from backend.errors import ConfigurationInvalid
from backend.people import staff
from backend.upgrade import upgrade
from backend.vault import sources
from backend.vault.files import FileStore
from backend.vault.opening import open_vault
from backend.vault.settings import KeysSettings
from backend.work import Backend
from bot import config as configuration
from bot import passphrase
from bot.cli import people, telegram
from bot.cli.opening import opened_database
from bot.cli.refusals import AlreadyThere, NameUnfit, TokenRefused
from bot.config import Settings, Tree

COORDINATOR = "Coordinator"
SECTIONS = ("centre", "database", "keys", "files", "telegram", "matrix")

HEAD = """\
# The hotline's configuration. What is left out keeps its default; config.example.toml explains every key.
"""
WITHOUT = {
    "telegram": """
# [telegram]
# token = ""    # what BotFather gave
""",
    "matrix": """
# [matrix]
# homeserver = "https://matrix.example.org"
# user = "@hotline:example.org"
# password = ""
""",
}


@dataclass(frozen=True, slots=True)
class Start:
    """Everything that is needed to write the files."""

    written: Tree
    settings: Settings
    coordinator: str


def initialise(config: Path, environ: Mapping[str, str], *, ask: bool) -> None:
    """Ask (or take the defaults), write both files, make the tables, and print the first invitation.

    Raises AlreadyThere, TokenRefused, ConfigurationInvalid and whatever the database raises; then no
    configuration is left behind, so that it can simply be tried again.
    """
    _refuse_existing(config)
    overrides = configuration.environment(environ)
    start = _start(overrides, config.parent, ask=ask)
    source = sources.of_settings(start.settings.keys)
    if source.file is not None:
        _refuse_existing(source.file)
    write_private(config, document(start.written))
    try:
        code = asyncio.run(_make(start))
    except BaseException:
        config.unlink()
        raise
    typer.echo(f"wrote {config}")
    if source.file is not None:
        typer.echo(f"wrote {source.file}: keep a copy of it, and never beside one of the database")
    typer.echo(people.how_to_join(start.coordinator, "coordinator"))
    typer.echo(code)


def _refuse_existing(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise AlreadyThere(
            f"{path} is there already and was left alone; `hotline check` says whether all is well"
        )


def _start(overrides: Tree, base: Path, *, ask: bool) -> Start:
    written = _defaults(overrides)
    coordinator = COORDINATOR
    if ask:
        coordinator = _ask_all(written, base)
    settings = configuration.settings(written, overrides, base=base)
    _check_token(settings, ask=ask)
    _check_account(settings, ask=ask)
    return Start(written, settings, coordinator)


def _defaults(overrides: Tree) -> Tree:
    """What is written without asking: the defaults, and what the environment says now.

    The environment of `hotline run` may be another one, so what is known here is written down.
    """
    centre = CentreSettings()
    tree: Tree = {
        "centre": {"name": centre.name, "languages": list(centre.languages), "timezone": centre.timezone},
        "database": {} if "url_file" in _section(overrides, "database") else {"url": DatabaseSettings().url},
        "keys": {} if _keys_are_elsewhere(overrides) else {"file": str(KeysSettings().file)},
    }
    given = {section: _section(tree, section) | _section(overrides, section) for section in SECTIONS}
    # Whoever keeps the keys out of files doesn't want them in this one.
    given["keys"] = {key: value for key, value in given["keys"].items() if key not in {"text", "passphrase"}}
    return {section: table for section, table in given.items() if table}


def _keys_are_elsewhere(overrides: Tree) -> bool:
    return any(_section(overrides, "keys").get(key) for key in ("text", "text_file", "credential", "command"))


def _section(tree: Tree, name: str) -> Tree:
    found = tree.get(name, {})
    return cast("Tree", found) if isinstance(found, dict) else {}


def _ask_all(written: Tree, base: Path) -> str:
    """Ask for what only a person knows, each answer checked at once; the coordinator's name."""

    def ask(question: str, section: str, key: str, read: Callable[[str], object] = str.strip) -> None:
        table = _section(written, section)
        shown = table[key]
        default = ", ".join(shown) if isinstance(shown, list) else str(shown)
        table[key] = typer.prompt(question, default=default, value_proc=_checked(section, key, base, read))

    ask("Name of the centre", "centre", "name")
    ask("Languages, the default one first", "centre", "languages", _list)
    ask("Time zone", "centre", "timezone")
    if "url" in _section(written, "database"):
        ask("Database", "database", "url")
    _ask_token(written, base)
    _ask_account(written, base)
    name: str = typer.prompt("Name of the first coordinator", default=COORDINATOR, value_proc=_name)
    return name


def _checked(section: str, key: str, base: Path, read: Callable[[str], object]) -> Callable[[str], object]:
    """Reads an answer, and has it asked again where the configuration would refuse it."""

    def value(typed: str) -> object:
        answer = read(typed)
        try:
            configuration.settings({section: {key: answer}}, {}, base=base)
        except ConfigurationInvalid as error:
            raise typer.BadParameter(str(error)) from None
        return answer

    return value


def _list(typed: str) -> list[str]:
    return typed.replace(",", " ").split()


def _name(typed: str) -> str:
    try:
        return people.fit_name(typed)
    except NameUnfit as error:
        raise typer.BadParameter(str(error)) from None


def _ask_token(written: Tree, base: Path) -> None:
    """Asked only where the environment doesn't bring it; nothing typed means: without Telegram."""
    table = _section(written, "telegram")
    if "token" in table or "token_file" in table:
        return
    checked = _checked("telegram", "token", base, str.strip)
    while token := _typed_token():
        try:
            written["telegram"] = {**table, "token": checked(token)}
        except typer.BadParameter as error:
            typer.echo(f"Error: {error.message}")
        else:
            return


def _typed_token() -> str:
    """The prompt's own check would hide why a hidden answer doesn't fit."""
    question = "Telegram token from BotFather (it isn't shown; Enter: without Telegram)"
    token: str = typer.prompt(question, default="", show_default=False, hide_input=True)
    return token.strip()


def _ask_account(written: Tree, base: Path) -> None:
    """Asked only where the environment says nothing of Matrix; nothing typed means: without it."""
    if _section(written, "matrix"):
        return
    question = "Matrix account (@name:server; Enter: without Matrix)"
    while user := typer.prompt(question, default="", show_default=False):
        server = f"https://{str(user).partition(':')[2]}"
        home = typer.prompt("Its homeserver", default=server)
        password = typer.prompt("Its password (it isn't shown)", hide_input=True)
        given: Tree = {"homeserver": home, "user": user.strip(), "password": password}
        try:
            configuration.settings({"matrix": given}, {}, base=base)
        except ConfigurationInvalid as error:
            typer.echo(f"Error: {error}")
        else:
            written["matrix"] = given
            return


def _check_account(settings: Settings, *, ask: bool) -> None:
    """Say what the homeserver says. Raises TokenRefused; unreachable is no reason to stop."""
    if settings.matrix is None:
        typer.echo("Matrix: left out")
        return
    from bot.cli import matrix  # noqa: PLC0415 - loads the Matrix library

    answer = asyncio.run(matrix.ask(settings.matrix))
    match answer.kind:
        case "known":
            typer.echo(f"Matrix: the account is {answer.text}")
        case "unreachable":
            typer.echo(f"Matrix: can't be reached from here now ({answer.text}): the password wasn't tried")
        case "refused":
            again = ", try again" if ask else ""
            raise TokenRefused(f"matrix.password: {answer.text}; nothing was written{again}")


def _check_token(settings: Settings, *, ask: bool) -> None:
    """Say what Telegram says. Raises TokenRefused; unreachable is no reason to stop."""
    if settings.telegram is None:
        typer.echo("Telegram: left out; fill in [telegram] before `hotline run`")
        return
    answer = asyncio.run(telegram.ask(settings.telegram))
    match answer.kind:
        case "known":
            typer.echo(f"Telegram: the bot is @{answer.text}")
        case "unreachable":
            typer.echo(f"Telegram: can't be reached from here now ({answer.text}), so the token wasn't tried")
        case "refused":
            raise TokenRefused(
                f"telegram.token: {answer.text}; nothing was written{', try again' if ask else ''}"
            )


def document(tree: Tree) -> str:
    """A configuration file. Strings and lists are written as JSON, which TOML reads alike."""
    sections = [f"\n[{section}]\n{_lines(_section(tree, section))}" for section in tree]
    left_out = "".join(WITHOUT[section] for section in WITHOUT if section not in tree)
    return HEAD + "".join(sections) + left_out


def _lines(table: Tree) -> str:
    return "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner may read. Raises FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


async def _make(start: Start) -> str:
    """Tables, keys, and the first invitation's code."""
    settings, clock = start.settings, SystemClock()
    async with opened_database(settings) as database:
        typer.echo(f"Database: {(await upgrade(database)).sentence}")
        source = sources.of_settings(settings.keys)
        opened = await open_vault(database, source, now=clock.now(), ask=passphrase.ask)
        backend = Backend(database, opened.vault, FileStore(settings.files.folder), settings, clock)
        async with backend.work() as work:
            return await staff.invite(work, "coordinator", start.coordinator)
