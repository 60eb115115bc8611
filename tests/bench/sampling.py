"""Runs a module under a sampling profiler that counts processor time, not waiting.

`python -m tests.bench.sampling OUT -m bot run --config …`. A traced profile would be mostly about
tracing; a signal every few milliseconds of processor time costs next to nothing.
"""

from __future__ import annotations

import json
import runpy
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

import greenlet  # type: ignore[import-untyped]

EVERY = 0.004
"""Seconds of the process's own processor time between two samples."""

_seen: Counter[tuple[str, ...]] = Counter()


def _sample(_number: int, frame: FrameType | None) -> None:
    _seen[tuple(_stack(frame))] += 1


def _stack(frame: FrameType | None) -> list[str]:
    """Function names, innermost first; SQLAlchemy's greenlets are followed to who started them."""
    names: list[str] = []
    current: greenlet.greenlet | None = greenlet.getcurrent()
    while current is not None:
        while frame is not None:
            names.append(f"{frame.f_code.co_filename}:{frame.f_lineno}:{frame.f_code.co_qualname}")
            frame = frame.f_back
        current = current.parent
        frame = current.gr_frame if current else None
    return names


def main(out: Path, module: str, arguments: list[str]) -> None:
    """Run the module; write down samples, processor time of the main thread and of the whole process."""
    sys.argv = [module, *arguments]
    signal.signal(signal.SIGPROF, _sample)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        stacks = [[list(stack), count] for stack, count in _seen.items()]
        times = {"main": time.thread_time(), "all": time.process_time()}
        out.write_text(json.dumps({"stacks": stacks, "times": times}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[3], sys.argv[4:])
