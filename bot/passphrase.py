"""Asking for the passphrase of the keys, at start: on a terminal, or by systemd's own way of asking."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys

from backend.errors import KeysMissing

ASKER = "systemd-ask-password"
ANSWERED_WITHIN = 300.0
"""Seconds that a person at another terminal has, before the start is given up."""


def ask(where: str) -> str:
    """What a person types, unseen. Raises KeysMissing where nobody can be asked, or nobody answers."""
    question = f"Passphrase of {where}: "
    if sys.stdin.isatty():
        return _typed(question)
    program = shutil.which(ASKER)
    if program and os.environ.get("INVOCATION_ID"):
        return _from_systemd(program, question)
    raise KeysMissing(
        f"{where} is wrapped by a passphrase: there is no terminal, so give keys.passphrase_file"
    )


def _typed(question: str) -> str:
    try:
        return getpass.getpass(question)
    except EOFError:
        raise KeysMissing("no passphrase was typed") from None


def _from_systemd(program: str, question: str) -> str:
    """A service has no terminal, but systemd asks whoever is at one: systemd-ask-password(1)."""
    argv = [program, f"--timeout={ANSWERED_WITHIN:.0f}", "--no-tty", question]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    if done.returncode or not done.stdout.strip():
        raise KeysMissing("nobody answered systemd-ask-password: no passphrase, no start")
    return done.stdout.decode(errors="replace").rstrip("\n")
