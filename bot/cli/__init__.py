"""The command line. Whatever an operator can cause ends in one line and a non-zero exit, never a traceback.

Nothing heavy is loaded before a command is chosen: `hotline --help` answers at once.
"""

from __future__ import annotations

import sys

import typer
from typer.exceptions import TyperException

from bot.cli.commands import app

INTERRUPTED = 130
"""What shells expect of a program that was stopped by Ctrl-C."""


def main() -> None:
    """Run the command that was typed, and exit."""
    try:
        code = app(prog_name="hotline", standalone_mode=False)
    except TyperException as error:
        _end(error.format_message(), code=error.exit_code)
    except typer.Abort:
        _end("stopped; nothing more was done", code=1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        from bot.cli.sentences import sentence  # noqa: PLC0415 - knows the database's errors, which take long to load

        said = sentence(error)
        if said is None:
            raise
        _end(said, code=1)
    sys.exit(code if isinstance(code, int) else 0)


def _end(text: str, *, code: int) -> None:
    typer.echo(f"hotline: {' '.join(text.split())}", err=True)
    sys.exit(code)
