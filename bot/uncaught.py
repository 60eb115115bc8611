"""An error that nobody caught is told by classes and places only: its text may quote what a person wrote."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterator
from types import TracebackType


def install() -> None:
    """From now on, in this process, however such an error comes to light."""
    sys.excepthook = lambda _kind, error, _trace: tell(error)
    sys.unraisablehook = lambda found: tell(found.exc_value)
    threading.excepthook = lambda found: tell(found.exc_value)


def tell(error: BaseException | None) -> None:
    """Print what there is to tell of it, to standard error."""
    if error is not None:
        print(*report(error), sep="\n", file=sys.stderr, flush=True)  # noqa: T201 - the last word of a process


def report(error: BaseException) -> Iterator[str]:
    """The error and what led to it, the last first: class, then where it went through."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield f"hotline: {type(cause).__module__}.{type(cause).__qualname__} (its text is withheld)"
        yield from _places(cause.__traceback__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _places(trace: TracebackType | None) -> Iterator[str]:
    for frame, line in traceback.walk_tb(trace):
        yield f"  {frame.f_globals.get('__name__', '?')}, line {line}, in {frame.f_code.co_name}"
