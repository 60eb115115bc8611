"""The commands and their options; what they do is loaded once one of them is chosen."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

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
keys = typer.Typer(
    help="The wrapping keys: which there are, rotating them, a passphrase around their file.",
    rich_markup_mode=None,
    invoke_without_command=True,
)
app.add_typer(keys, name="keys")
audit = typer.Typer(help="The log of who read what, and whose rights changed.", rich_markup_mode=None)
app.add_typer(audit, name="audit")


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


Identities = Annotated[
    list[Path],
    typer.Option("--identity", metavar="FILE", help="An age identity file; several may be given."),
]


@app.command()
def unseal(
    reference: Annotated[str, typer.Argument(metavar="REF", help="A case's reference.")],
    identity: Identities,
    config: Config = CONFIG,
) -> None:
    """Make a sealed case readable again, while the hotline goes on."""
    from bot.cli.unseal import unseal as bring_back  # noqa: PLC0415 - loads the database

    typer.echo(asyncio.run(bring_back(_settings(config), reference, identities=identity)))


@app.command()
def backup(config: Config = CONFIG) -> None:
    """Write everything into one encrypted file, while the hotline goes on."""
    from bot.cli.backup import back_up  # noqa: PLC0415 - loads the database

    for line in asyncio.run(back_up(_settings(config))):
        typer.echo(line)


@app.command()
def restore(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    identity: Identities,
    config: Config = CONFIG,
    *,
    erasures: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What was erased; else as configured.")
    ] = None,
    without_erasures: Annotated[
        bool, typer.Option("--without-erasures", help="Let erased cases come back.")
    ] = False,
) -> None:
    """Bring a backup into an empty database, without what was erased since."""
    from bot.cli import restore as restoring  # noqa: PLC0415 - loads the database

    settings = _settings(config)
    listed = None if without_erasures else erasures or settings.backup.erasures
    for line in asyncio.run(restoring.restore(settings, archive, identities=identity, erasures=listed)):
        typer.echo(line)


@app.command()
def erase(
    reference: Annotated[str, typer.Argument(metavar="REF", help="A case's reference.")],
    config: Config = CONFIG,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask for the reference again.")] = False,
) -> None:
    """Destroy a case for good, while the hotline goes on."""
    from bot.cli.erase import erase as destroy  # noqa: PLC0415 - loads the database

    asyncio.run(destroy(_settings(config), reference, sure=yes, say=typer.echo))


@keys.callback()
def list_keys(context: typer.Context, config: Config = CONFIG) -> None:
    """Say which wrapping keys there are, what they wrap, and how long they are kept."""
    if context.invoked_subcommand is not None:
        return
    from bot.cli import keys as listing  # noqa: PLC0415 - loads the database

    for line in asyncio.run(listing.listed(_settings(config))):
        typer.echo(line)


@keys.command()
def rotate(
    config: Config = CONFIG,
    *,
    now: Annotated[bool, typer.Option("--now", help="Make a new key in any case.")] = False,
) -> None:
    """Make a new key when it is time, wrap everything by it, and destroy keys that nothing needs."""
    from bot.cli import rotation  # noqa: PLC0415 - loads the database

    asyncio.run(rotation.rotate(_settings(config), now=now, say=typer.echo))


@keys.command()
def protect(config: Config = CONFIG) -> None:
    """Wrap the key file by a passphrase, which every start then asks for."""
    from bot.cli import keys as listing  # noqa: PLC0415 - loads the database

    for line in listing.protect(_settings(config)):
        typer.echo(line)


@keys.command()
def unprotect(config: Config = CONFIG) -> None:
    """Take the passphrase off the key file."""
    from bot.cli import keys as listing  # noqa: PLC0415 - loads the database

    for line in listing.unprotect(_settings(config)):
        typer.echo(line)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise typer.BadParameter("it must be a time zone such as Europe/Moscow") from None
    return name


@app.command("open")
def open_archive(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    reference: Annotated[
        str | None, typer.Argument(metavar="REF", help="The case to read; none: list them.")
    ] = None,
    *,
    identity: Identities,
    files: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the case's files there.")
    ] = None,
    language: Annotated[Literal["en", "ru"], typer.Option(help="The language of labels.")] = "en",
    zone: Annotated[
        str, typer.Option(metavar="ZONE", help="The time zone of times.", callback=_zone)
    ] = "UTC",
) -> None:
    """Read sealed cases out of a backup, on a machine that runs no hotline."""
    from bot.cli import open_archive as opening  # noqa: PLC0415 - loads the texts

    lines = (
        opening.listed(archive, identities=identity)
        if reference is None
        else opening.shown(
            archive, reference, identities=identity, folder=files, language=language, zone=zone
        )
    )
    for line in lines:
        typer.echo(line)


@matrix.command()
def fingerprint(config: Config = CONFIG) -> None:
    """Print the key by which people make sure that they write to the hotline."""
    from bot.cli import matrix as account  # noqa: PLC0415 - loads the database and Matrix

    for line in asyncio.run(account.fingerprint(_settings(config))):
        typer.echo(line)


@audit.command()
def verify(
    config: Config = CONFIG,
    *,
    head: Annotated[
        list[str], typer.Option(metavar="HEAD", help="A head as it was posted; several may be given.")
    ] = [],  # noqa: B006 - read, never changed
) -> None:
    """Say whether the log is whole, and whether it is still the one whose heads were posted."""
    from bot.cli import audit as checking  # noqa: PLC0415 - loads the database

    for line in asyncio.run(checking.verify(_settings(config), head)):
        typer.echo(line)
