"""Finds the Chromium that the page tests drive; `python -m setup.chromium` fetches one if there is none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

DRIVER_LIBRARY = "libatomic1"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOADED = ("chromium-*/chrome-linux*/chrome", "chromium_headless_shell-*/chrome-*/*headless?shell")


def downloads() -> Path:
    """Say where Playwright keeps the browsers that it downloads."""
    return Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")


def candidates() -> Iterator[str]:
    """Yield every place where a browser may be, the operator's own choice first and alone if there is one."""
    if named := os.environ.get("HOTLINE_CHROMIUM"):
        yield named
        return
    yield from filter(None, map(shutil.which, NAMES))
    for pattern in DOWNLOADED:
        yield from map(str, sorted(downloads().glob(pattern), reverse=True))


def starts(path: str) -> bool:
    """Ask for its version: Ubuntu's package can be a stub that needs snap, a download can lack libraries."""
    try:
        answer = subprocess.run([path, "--version"], check=False, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def find() -> str | None:
    """Return the path of a Chromium that starts, or None."""
    return next(filter(starts, candidates()), None)


def arguments() -> list[str]:
    """Return what Chromium must be started with: its sandbox refuses to run as root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def driver_starts() -> bool:
    """Try Playwright's driver: it is linked to a library that a minimal Debian does not have."""
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def attempts() -> Iterator[list[str]]:
    """Yield what may bring the missing parts, Debian's own packages first; only root can have those."""
    playwright = [sys.executable, "-m", "playwright", "install"]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        yield [*playwright, "chromium"]
        return
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    yield ["apt-get", "update", "-qq"]
    if not driver_starts():
        yield [*install, DRIVER_LIBRARY]
    if not find():
        yield [*install, "chromium"]
    if not find():
        yield [*playwright, "--with-deps", "chromium"]


def fetch() -> None:
    """Make every attempt; what one of them could not bring shows when it is looked for afterwards."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in attempts():
        subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, env=quiet)


def main() -> None:
    """Make sure that a Chromium and its driver are there, or end with one line that says what to do."""
    if find() and driver_starts():
        return
    if (named := os.environ.get("HOTLINE_CHROMIUM")) and not starts(named):
        sys.exit(f"hotline: HOTLINE_CHROMIUM names {named}, which does not start.")
    fetch()
    if not driver_starts():
        sys.exit(
            f"hotline: the page tests' driver does not start; install {DRIVER_LIBRARY}, then run make again."
        )
    if not find():
        sys.exit("hotline: the page tests need Chromium; install it, or name one with HOTLINE_CHROMIUM=...")


if __name__ == "__main__":
    main()
