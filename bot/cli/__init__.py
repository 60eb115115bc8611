"""The command line. Whatever an operator can cause ends in one line and a non-zero exit, never a traceback.

Nothing heavy is loaded before a command is chosen: `hotline --help` answers at once.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from bot import machine, uncaught
from bot.cli.commands import app

INTERRUPTED = 130
"""What shells expect of a program that was stopped by Ctrl-C."""


def main() -> None:
    """Run the command that was typed, and exit."""
    machine.harden()
    uncaught.install()
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], prog_name="hotline", standalone_mode=False))
    except TyperException as error:
        _end(f"{error.format_message().rstrip('.')}; `--help` says what there is", code=error.exit_code)
    except typer.Abort:
        _end("stopped; nothing more was done", code=1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last one to see it
        from bot.cli.sentences import sentence  # noqa: PLC0415 - loads the database

        said = sentence(error)
        if said is None:
            # Not raised on: the library that reads the arguments would print it with its text.
            uncaught.tell(error)
            sys.exit(1)
        _end(said, code=1)


def _end(text: str, *, code: int) -> NoReturn:
    said = " ".join(text.replace("Value error, ", "").replace("Input should be", "must be").split())
    typer.echo(f"hotline: {said}", err=True)
    sys.exit(code)
