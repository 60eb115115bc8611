"""Asking for the passphrase of the keys, at start."""

from __future__ import annotations

import getpass
import sys

from backend.errors import KeysMissing


def ask(where: str) -> str:
    """What a person types at the terminal, unseen. Raises KeysMissing without one, or if nothing is typed.

    A service has no terminal, and systemd lets only root ask at another: its passphrase comes in a file.
    """
    if not sys.stdin.isatty():
        raise KeysMissing(
            f"{where} is wrapped by a passphrase: there is no terminal, so give keys.passphrase_file"
        )
    try:
        return getpass.getpass(f"Passphrase of {where}: ")
    except EOFError:
        raise KeysMissing("no passphrase was typed") from None
