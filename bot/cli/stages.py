"""How far work has come that goes through several stages, a line each."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from bot.cli.progress import Progress


class Stages:
    """`with Stages() as progress: progress("rows", 20, 100)`: what is counted, how far, and how many."""

    def __init__(self) -> None:
        self._stage = ""
        self._done = 0
        self._line: Progress | None = None
        self._lines = ExitStack()

    def __enter__(self) -> Self:
        """Nothing is said before something was done."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The last line is left standing."""
        self._lines.close()

    def __call__(self, stage: str, done: int, whole: int) -> None:
        """So far the stage has come; another one than before begins a line of its own."""
        if stage != self._stage or self._line is None:
            self._lines.close()
            self._stage, self._done = stage, 0
            self._line = self._lines.enter_context(Progress(stage, whole))
        self._line.advance(done - self._done)
        self._done = done
