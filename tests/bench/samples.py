"""Reads what `sampling` wrote: processor time by part of the hotline, by its own lines, and by function."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import ROOT

MICRO = 1e6
TOP = 40
OWN = ("bot/", "backend/")
PARTS = (
    ("loading modules", "<frozen importlib._bootstrap>"),
    ("polling: getUpdates", "Polling._poll"),
    ("polling: reading updates", "Intake.read"),
    ("inbound: opening a case", "_submit"),
    ("inbound: conversation", "advance"),
    ("inbound: what was seen before", "take_new"),
    ("inbound: who and where", "Conversations.load"),
    ("inbound: who and where", "recognise"),
    ("inbound: saving", "Conversations.save"),
    ("inbound: saving", "Work.flush"),
    ("inbound: the rest, commit", "Reception._take"),
    ("outbox: claiming", "Delivery._claim"),
    ("outbox: putting into words", "Delivery._rendered"),
    ("outbox: settling", "Settling.settle"),
    ("outbox: the rest, commit", "Delivery.run"),
    ("sending", "Delivery._deliver"),
    ("schedule", "Schedule._safely"),
)
"""By the function that a stack goes through; the first that fits. Everything else is the event loop's."""

Stack = tuple[str, ...]


@dataclass(frozen=True)
class Samples:
    """Stacks (innermost first) with the seconds that each stands for, and the seconds of other threads."""

    stacks: tuple[tuple[Stack, float], ...]
    others: float


def read(path: Path) -> Samples:
    """What a sampled process wrote when it ended."""
    found = json.loads(path.read_text())
    times, seen = found["times"], found["stacks"]
    each = times["all"] / sum(count for _, count in seen)
    stacks = tuple((tuple(_short(name) for name in stack), count * each) for stack, count in seen)
    return Samples(stacks, times["all"] - times["main"])


def _short(name: str) -> str:
    return name.removeprefix(f"{ROOT}/").rpartition("site-packages/")[2].rpartition("lib/python3")[2]


def report(path: Path, title: str, *, per: int) -> str:
    """By part, by own line, by innermost function; in microseconds, divided by `per`."""
    samples = read(path)
    unit = MICRO / per
    lines = [title, f"  in all: {sum(seconds for _, seconds in samples.stacks) * unit:.0f},"]
    lines.append(
        f"  of it in the database's thread, which shows as anything below: {samples.others * unit:.0f}"
    )
    for heading, counted in _views(samples):
        lines += ["", f"  {heading}"]
        lines += [f"  {seconds * unit:7.0f}  {name}" for name, seconds in counted.most_common(TOP)]
    return "\n".join(lines)


def _views(samples: Samples) -> Iterator[tuple[str, Counter[str]]]:
    by_part, by_line, by_function = Counter[str](), Counter[str](), Counter[str]()
    for stack, seconds in samples.stacks:
        by_part[_part(stack)] += seconds  # type: ignore[assignment]
        by_line[_own_line(stack)] += seconds  # type: ignore[assignment]
        by_function[stack[0] if stack else "?"] += seconds  # type: ignore[assignment]
    yield "by part", by_part
    yield "by the hotline's own line, with all that it calls in libraries", by_line
    yield "by innermost line", by_function


def _part(stack: Stack) -> str:
    names = {name.rpartition(":")[2] for name in stack} | {name.partition(":")[0] for name in stack}
    return next((part for part, function in PARTS if function in names), "event loop, waiting")


def _own_line(stack: Stack) -> str:
    return next((name for name in stack if name.startswith(OWN)), "elsewhere")
