"""The commands and their options; what they do is loaded once one of them is chosen."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from bot.config import Settings

CONFIG = Path("config.toml")

Config = Annotated[Path, typer.Option(metavar="FILE", help="The configuration file.")]
Name = Annotated[str, typer.Option(metavar="NAME", help="What the centre calls this person.")]

app = typer.Typer(
    help="The hotline of a rapid reaction centre for human rights defenders.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
staff = typer.Typer(help="Who has which role, on which messengers.", rich_markup_mode=None)
app.add_typer(staff, name="staff")
matrix = typer.Typer(help="The hotline's account on Matrix.", rich_markup_mode=None)
app.add_typer(matrix, name="matrix")


def _settings(config: Path) -> Settings:
    from bot.config import load  # noqa: PLC0415 - loads pydantic and SQLAlchemy

    return load(config, os.environ)


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page is served; 0: any.")] = 8080,
    *,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take the centre's name and times from here.")
    ] = None,
) -> None:
    """Serve the whole hotline on one page, without accounts or network."""
    like = _settings(config) if config else None
    from bot import app as program  # noqa: PLC0415 - loads everything

    asyncio.run(program.demo(port=port, open_browser=browser, like=like))


@app.command()
def init(
    config: Config = CONFIG,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing and take the defaults.")] = False,
) -> None:
    """Write configuration and keys, and invite the first coordinator."""
    from bot.cli.init import initialise  # noqa: PLC0415 - loads the database and Telegram

    initialise(config, os.environ, ask=not yes)


@app.command()
def run(config: Config = CONFIG) -> None:
    """Run every messenger that is configured, until stopped."""
    settings = _settings(config)
    from bot import app as program  # noqa: PLC0415 - loads everything

    if settings.telegram is None and settings.matrix is None:
        typer.echo("no messenger is configured, so nobody can write: fill in [telegram] or [matrix]")
    asyncio.run(program.run(settings))


@app.command()
def check(config: Config = CONFIG) -> None:
    """Say line by line what is right and what is wrong."""
    from bot.cli.checks import examine  # noqa: PLC0415 - loads the database and Telegram

    if not asyncio.run(examine(config, os.environ, say=typer.echo)):
        raise typer.Exit(1)


@app.command()
def invite(
    role: Annotated[Literal["officer", "coordinator", "council"], typer.Argument(help="What they will be.")],
    name: Name,
    config: Config = CONFIG,
) -> None:
    """Print a one-time code by which a person joins."""
    from bot.cli import people  # noqa: PLC0415 - loads the database

    for line in asyncio.run(people.invite(_settings(config), role, name)):
        typer.echo(line)


@staff.command("list")
def list_staff(config: Config = CONFIG) -> None:
    """Say who has which role, and on which messengers they can be reached."""
    from bot.cli import people  # noqa: PLC0415 - loads the database

    for line in asyncio.run(people.listed(_settings(config))):
        typer.echo(line)


@staff.command()
def revoke(name: Annotated[str, typer.Argument(metavar="NAME")], config: Config = CONFIG) -> None:
    """End a person's role and forget their accounts; their open cases are nobody's again."""
    from bot.cli import people  # noqa: PLC0415 - loads the database

    typer.echo(asyncio.run(people.revoke(_settings(config), name)))


@app.command()
def migrate(config: Config = CONFIG) -> None:
    """Bring the database up to date (SQLite: after a copy of it)."""
    from bot.cli.opening import bring_up_to_date  # noqa: PLC0415 - loads the database

    typer.echo(asyncio.run(bring_up_to_date(_settings(config))))


@matrix.command()
def fingerprint(config: Config = CONFIG) -> None:
    """Print the key by which people make sure that they write to the hotline."""
    from bot.cli import matrix as account  # noqa: PLC0415 - loads the database and Matrix

    for line in asyncio.run(account.fingerprint(_settings(config))):
        typer.echo(line)
