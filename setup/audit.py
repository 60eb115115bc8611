"""Known vulnerabilities in what is locked: asks the advisories by way of pip-audit, and fails on any.

Where the advisories can't be reached nothing was audited: that is said, and fails too with --strict.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

LOCKS = ("requirements.lock", "requirements-dev.lock")


@dataclass(frozen=True, slots=True)
class Audited:
    """One lock's outcome: what is vulnerable (`name version: advisory`), and how many were looked up."""

    vulnerable: list[str]
    asked: int
    unknown: int


def read(answer: str) -> Audited:
    """What pip-audit's JSON says."""
    found = json.loads(answer)["dependencies"]
    known = [each for each in found if "vulns" in each]
    vulnerable = [
        f"{each['name']} {each['version']}: {advisory['id']}" for each in known for advisory in each["vulns"]
    ]
    return Audited(vulnerable, asked=len(known), unknown=len(found) - len(known))


def ask(lock: str) -> Audited:
    """What the advisories know of one lock. Nothing is asked of anything else than that file."""
    asked = [sys.executable, "-m", "pip_audit", "--requirement", lock, "--disable-pip", "--format", "json"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return read(done.stdout) if done.stdout.strip() else Audited([], asked=0, unknown=1)


def sentence(lock: str, audited: Audited) -> str:
    """How it went with one lock, in a line."""
    said = f"{lock}: {audited.asked} audited, {len(audited.vulnerable)} known to be vulnerable"
    return f"{said}; {audited.unknown} NOT audited: no advisories could be had" if audited.unknown else said


def main(*, strict: bool) -> int:
    """Ask about each lock and say what came of it; the exit code."""
    failed = False
    for lock in LOCKS:
        audited = ask(lock)
        print(*audited.vulnerable, sentence(lock, audited), sep="\n")
        failed = failed or bool(audited.vulnerable) or (strict and bool(audited.unknown))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(strict="--strict" in sys.argv[1:]))
