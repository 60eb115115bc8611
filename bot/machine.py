"""What the machine is told before any secret is in memory: no dumps of it, and nothing readable by others."""

from __future__ import annotations

import ctypes
import os
import resource
import stat
from collections.abc import Iterable
from pathlib import Path

from backend.errors import ConfigurationInvalid

PR_SET_DUMPABLE = 4
"""prctl(2). Off, the kernel writes no core, not even into a pipe, for which the limit on a core's size counts
for nothing; and no other process of the same user may read this one's memory."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def harden() -> None:
    """No core dumps, no reading of our memory by our user's other programs, new files for us alone."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.umask(OTHERS)


def open_to_others(paths: Iterable[Path]) -> list[Path]:
    """Those of these files and folders that are there and that other users of the machine may use."""
    return [path for path in paths if path.exists() and path.stat().st_mode & OTHERS]


def require_private(key_file: Path) -> None:
    """Raises ConfigurationInvalid if others may read the keys: then the database is open to them as well."""
    if open_to_others([key_file]):
        raise ConfigurationInvalid(f"keys.file: others may read {key_file}: `chmod 600` it, then start again")
