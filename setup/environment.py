"""Builds .venv from a lock file: `python setup/environment.py run|dev`.

Runs on the bare interpreter, before anything is installed, so it imports the standard library only.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}


def run(*command: str, quiet: bool = False) -> None:
    """Run a command from the project's root; raises CalledProcessError when it fails."""
    output = subprocess.DEVNULL if quiet else None
    subprocess.run(command, check=True, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output)


def venv_package() -> str:
    """Name the Debian package that brings `venv` and `ensurepip` for this interpreter."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


def can_make_environments() -> bool:
    """Debian splits `ensurepip` off: `venv` imports there and then fails halfway."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def install_venv_package() -> None:
    """Fetch the missing package as root on Debian or Ubuntu; anybody else is told its name and stopped."""
    wanted = venv_package()
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(f"hotline: this Python lacks its venv module; install {wanted}, then run make again.")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    try:
        run("apt-get", "update", "-qq", quiet=True)
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", wanted, quiet=True)
    except subprocess.CalledProcessError:
        sys.exit(f"hotline: apt-get could not install {wanted}; install it, then run make again.")


def usable(directory: Path) -> bool:
    """Tell whether an environment has a working pip; a half-made or moved one has not."""
    python = directory / "bin" / "python"
    if not python.exists():
        return False
    probe = "import pip, sys; sys.exit(sys.prefix != sys.argv[1])"
    answer = subprocess.run([python, "-c", probe, directory], check=False, capture_output=True)
    return answer.returncode == 0


def create_if_missing(directory: Path) -> None:
    """Make an environment in the directory, unless a usable one is there."""
    if usable(directory):
        return
    if not can_make_environments():
        install_venv_package()
    run(sys.executable, "-m", "venv", "--clear", str(directory))


def install(kind: str) -> None:
    """Install what the lock names, by hash, then the project itself in place, built with what came."""
    pip = (str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input")
    run(*pip, "install", "--quiet", "--require-hashes", "--requirement", LOCKS[kind])
    run(*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ".")


def main(kind: str) -> None:
    """Bring .venv up to date for `run` or `dev`; two at once take turns."""
    with (ROOT / ".venv.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            create_if_missing(ENVIRONMENT)
            install(kind)
        except subprocess.CalledProcessError as error:
            sys.exit(f"hotline: set-up failed; its last step was: {' '.join(error.cmd)}")
        for done in {"run", kind}:  # the development lock holds all of the other
            (ENVIRONMENT / f".{done}").touch()


if __name__ == "__main__":
    main(sys.argv[1])
