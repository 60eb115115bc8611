"""Processes under measurement: started, waited for, read from `/proc`, stopped."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
READY_WITHIN = 30.0
STOP_WITHIN = 15.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class NotReady(Exception):
    """A process ended, or said nothing, before it served."""


@dataclass(frozen=True)
class Process:
    """A Python process of ours that has said that it is ready."""

    popen: subprocess.Popen[bytes]
    said: str
    """What followed the word `ready`."""
    seconds: float
    """From start to ready."""

    def cpu(self) -> float:
        """Processor seconds so far, user and system, of all its threads."""
        fields = Path(f"/proc/{self.popen.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident(self) -> int:
        """Resident memory in bytes."""
        return int(Path(f"/proc/{self.popen.pid}/statm").read_text().split()[1]) * _PAGE


@contextlib.contextmanager
def running(
    arguments: Sequence[str], *, cwd: Path = ROOT, environment: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """Run `python ARGUMENTS` until the block ends; the block begins when it has printed `ready`."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
    )
    try:
        said = _until_ready(process, began + READY_WITHIN)
        yield Process(process, said, time.perf_counter() - began)
    finally:
        _stop(process)


def _until_ready(process: subprocess.Popen[bytes], deadline: float) -> str:
    """The rest of the line that begins with `ready`. Raises NotReady."""
    written = process.stdout
    while written and select.select([written], [], [], max(0.0, deadline - time.perf_counter()))[0]:
        line = written.readline().decode()
        if line.startswith("ready"):
            return line.removeprefix("ready").strip()
        if not line:
            break
    raise NotReady(f"{process.args!r} was not ready within {READY_WITHIN:.0f} s")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
