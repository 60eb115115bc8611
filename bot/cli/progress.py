"""How far long work has come, on one line that is written over, where a person watches."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from backend.clock import steady_time

SAY_EVERY = 0.2
"""Seconds between two times that the line is written."""


class Progress:
    """Counts towards `total`; silent unless the error output is a terminal."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._said_at = 0.0
        self._is_watched = sys.stderr.isatty()

    def __enter__(self) -> Self:
        """Nothing is said before something was done."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last count standing on a line of its own."""
        if self._is_watched and self._done:
            self._say()
            sys.stderr.write("\n")

    def advance(self, number: int) -> None:
        """So many more are done."""
        self._done += number
        if self._is_watched and steady_time() >= self._said_at + SAY_EVERY:
            self._say()

    def _say(self) -> None:
        self._said_at = steady_time()
        total = max(self._total, self._done)
        sys.stderr.write(f"\r{self._done} of {total} {self._what} ({100 * self._done // max(total, 1)} %)")
        sys.stderr.flush()
