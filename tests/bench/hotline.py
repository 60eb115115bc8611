"""The real `hotline run`, configured for a benchmark."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.messenger import TOKEN, Messenger
from tests.bench.processes import Process, running

UNLIMITED = 1000
"""Messages a second: the most that the configuration takes. One a second to a chat holds all the same."""
CEILING = 30
"""Messages a second that Telegram allows."""


def configure(folder: Path, messenger: Messenger, *, per_second: int = UNLIMITED, further: str = "") -> Path:
    """Write a configuration with a new SQLite database and key file in `folder`; its path.

    `further` are more sections of it.
    """
    path = folder / "config.toml"
    path.write_text(
        "[database]\n"
        'url = "sqlite:///hotline.db"\n'
        "[keys]\n"
        'file = "keys.toml"\n'
        "[files]\n"
        'folder = "files"\n'
        "[telegram]\n"
        f'token = "{TOKEN}"\n'
        f'api_url = "{messenger.url}"\n'
        f"messages_per_second = {per_second}\n"
        f"{further}"
    )
    return path


@contextlib.contextmanager
def hotline(config: Path, *, under: Sequence[str] = ()) -> Iterator[Process]:
    """`hotline run`, as a user starts it. `under`: a module that runs it, with its options (a profiler)."""
    wrapped = ["-m", *under] if under else []
    with running([*wrapped, "-m", "bot", "run", "--config", str(config)], cwd=config.parent) as process:
        yield process
