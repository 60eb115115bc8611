"""How long an SOS takes to the staff while Telegram's ceiling holds thousands of other messages back."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.hotline import CEILING, configure, hotline
from tests.bench.messenger import Messenger, NotAnswered, serving
from tests.bench.processes import ROOT
from tests.bench.table import Table

WAITING = 10_000
PARTIES = 2_000
CALLS, FEW_CALLS = 12, 3
SETTLED = 3.0
"""Seconds after `ready` until the ceiling is reached, and between two calls."""
PATIENCE = 30.0
HELP = "Ломятся в дверь, трое, в форме. Нужен адвокат."


def run(*, quick: bool, full: bool) -> Iterator[Table]:  # noqa: ARG001 - all benchmarks are asked in the same way
    """One table."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name, serving() as messenger:
        config = configure(Path(name), messenger, per_second=CEILING)
        officer, room = _prepare(messenger, config)
        callers = messenger.people(FEW_CALLS if quick else CALLS)
        with hotline(config):
            time.sleep(SETTLED)
            began, before = time.monotonic(), messenger.answered()
            waits = [_call(messenger, caller, officer, room) for caller in callers]
            rate = (messenger.answered() - before) / (time.monotonic() - began)
            left = WAITING - messenger.answered()
    yield Table(
        f"sos_latency: {CEILING} a second, {WAITING} waiting for {PARTIES} people, {len(waits)} calls",
        ("seconds from the words said to", "median", "max", "target"),
        (
            _row("the officer's notice", [officer for officer, _, _ in waits], "1"),
            _row("the room's notice", [room for _, room, _ in waits], ""),
            _row("the caller's receipt", [receipt for _, _, receipt in waits], ""),
        ),
        (f"meanwhile {rate:.1f} messages a second left, {left} were still waiting at the end",),
    )


def _row(name: str, waits: list[float], target: str) -> tuple[str, ...]:
    return (name, f"{median(waits):.2f}", f"{max(waits):.2f}", target and f"< {target}")


def _prepare(messenger: Messenger, config: Path) -> tuple[int, int]:
    """People whom the bot may write to and for whom messages wait; the officer's and the room's ids."""
    people = messenger.people(PARTIES + 1)
    messenger.say([(person, "/start") for person in people])
    room = messenger.group(people[-1:])
    messenger.forget_updates()
    order = {"people": people[:-1], "messages": WAITING, "officer": people[-1], "room": room}
    filling = [sys.executable, "-m", "tests.bench.backlog", str(config)]
    subprocess.run(
        filling, cwd=ROOT, input=json.dumps(order), check=True, text=True, stdout=subprocess.DEVNULL
    )
    return people[-1], room


def _call(messenger: Messenger, caller: int, officer: int, room: int) -> tuple[float, float, float]:
    """Seconds until the officer, the room and the caller have read of it."""
    messenger.say([(caller, "/sos")])
    _arrival(messenger, caller, after=0.0)
    time.sleep(SETTLED)
    said = time.monotonic()
    messenger.say([(caller, HELP)])
    return tuple(_arrival(messenger, chat, after=said) - said for chat in (officer, room, caller))  # type: ignore[return-value]


def _arrival(messenger: Messenger, chat: int, *, after: float) -> float:
    """When the first message after that moment was handed over, by the server's clock, which is this one."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for message in messenger.sent(chat):
            if message.at > after:
                return message.at
        time.sleep(0.05)
    raise NotAnswered(f"nothing within {PATIENCE:.0f} s")
