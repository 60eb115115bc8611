"""An operator at a shell, and how what they type ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backend.people import rooms, staff
from bot.cli.opening import opened_backend
from bot.config import load

PATIENCE = 60.0


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


Here = Callable[..., Done]
"""Runs a command of an operator in this process: quicker where only the words matter."""
