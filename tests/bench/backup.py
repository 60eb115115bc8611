"""A backup of a gigabyte: how much memory it takes beside what the command has anyway, and how long.

Against age alone, which encrypts as many bytes from one file and decrypts them again: that is the least
that writing a backup and reading it back can cost.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pyrage
from pyrage.x25519 import Identity
from sqlalchemy import Table as SqlTable

from backend.archive import making
from backend.cases.model import CaseRow, EntryRow
from backend.config import BackendSettings
from backend.database import Database
from backend.upgrade import upgrade
from backend.vault.keys import Sealed, new_id
from backend.vault.model import FileRow
from tests import postgresql
from tests.backend.world import NOON, new_backend, new_world
from tests.bench.processes import ROOT
from tests.bench.table import Row, Table

FILES, FEW_FILES = 43, 4
FILE = 20_000_000
"""Bytes: the largest that a messenger gives to a bot."""
CASES, FEW_CASES = 60_000, 6_000
REPORT, ENTRY = 1_200, 600
"""Bytes, sealed."""
AT_ONCE = 5_000
MEGABYTE = 1e6
KILO = 1024
LIMIT = "promised: a backup of 1 GB takes less than 64 MB more"


def run(*, quick: bool, full: bool) -> Iterator[Table]:  # noqa: ARG001 - the whole gigabyte is usual
    """One table: both kinds of database, and age alone."""
    files, cases = (FEW_FILES, FEW_CASES) if quick else (FILES, CASES)
    rows: list[Row] = []
    with _folder() as folder:
        _write_files(folder, files)
        alone = _age_alone(folder)
        for kind, url in _databases(folder):
            asyncio.run(_fill(url, folder, cases))
            rows.append(_row(kind, _measured(url, folder), alone))
    size = f"{files * FILE / 1e9:.2f} GB of files, {cases} cases"
    head = ("database", "archive", "seconds", "age alone", "ratio", "memory more")
    yield Table(f"backup: {size}", head, rows, (LIMIT,))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        yield Path(folder)


def _databases(folder: Path) -> Iterator[tuple[str, str]]:
    yield "SQLite", f"sqlite:///{folder / 'hotline.db'}"
    with postgresql.running() as server:
        yield "PostgreSQL", server.url(server.create())


def _row(kind: str, found: dict[str, float], alone: float) -> Row:
    seconds = found["seconds"]
    size, more = (f"{found[key] / MEGABYTE:.0f} MB" for key in ("size", "more"))
    return kind, size, f"{seconds:.1f}", f"{alone:.1f}", f"{seconds / alone:.2f}", more


def _write_files(folder: Path, number: int) -> None:
    (folder / "files").mkdir()
    for name in range(number):
        (folder / "files" / f"{name:032x}.sealed").write_bytes(os.urandom(FILE))


def _age_alone(folder: Path) -> float:
    """Seconds in which age encrypts the files' bytes, the disk has them, and they are decrypted again."""
    reader, sealed = Identity.generate(), folder / "alone.age"
    began = time.perf_counter()
    for file in sorted((folder / "files").iterdir()):
        pyrage.encrypt_file(str(file), str(sealed), [reader.to_public()])
        with sealed.open("rb") as written:
            os.fsync(written.fileno())
        pyrage.decrypt_file(str(sealed), os.devnull, [reader])
    sealed.unlink()
    return time.perf_counter() - began


async def _fill(url: str, folder: Path, cases: int) -> None:
    world = new_world(url, folder)
    await upgrade(world.backend.database)
    await world.case({"account": "one for the keys"})
    names = sorted(path.stem for path in (folder / "files").iterdir())
    await _insert(world.backend.database, FileRow, [_file(name) for name in names])
    for start in range(0, cases, AT_ONCE):
        made = [_case(number) for number in range(start, min(start + AT_ONCE, cases))]
        await _insert(world.backend.database, CaseRow, made)
        await _insert(world.backend.database, EntryRow, [_entry(str(case["id"])) for case in made])
    await world.backend.database.close()


async def _insert(database: Database, table: Any, rows: list[dict[str, object]]) -> None:  # noqa: ANN401 - any model
    async with database.transaction() as session:
        await session.execute(cast("SqlTable", table.__table__).insert(), rows)


def _file(name: str) -> dict[str, object]:
    whose = {"id": name, "owner": new_id(), "reporter_id": new_id(), "channel": "telegram"}
    return {**whose, "state": "stored", "at": NOON, "tries": 1, "about": Sealed(os.urandom(ENTRY))}


def _case(number: int) -> dict[str, object]:
    clear = {"severity": "normal", "status": "closed", "channel": "telegram", "entries": 1}
    times = {"opened_at": NOON, "touched_at": NOON}
    return {
        **clear,
        **times,
        "id": new_id(),
        "reference": f"{number:07}",
        "report": Sealed(os.urandom(REPORT)),
    }


def _entry(case_id: str) -> dict[str, object]:
    place = {"id": new_id(), "case_id": case_id, "number": 0, "at": NOON, "channel": "telegram"}
    return {**place, "body": Sealed(os.urandom(ENTRY))}


def _measured(url: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.backup", url, str(folder)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


# ── In a process of its own ─────────────────────────────────────────────────────────────────────


async def _back_up(url: str, folder: Path) -> dict[str, float]:
    whom = str(Identity.generate().to_public())
    settings = BackendSettings.model_validate(
        {"backup": {"recipients": [whom], "folder": folder / "backups"}}
    )
    backend = new_backend(url, folder, new_world(url, folder).clock, settings=settings)
    async with backend.looking() as work:
        await work.session.connection()
    before, began = _peak(), time.perf_counter()
    made = await making.make(backend, [pyrage.x25519.Recipient.from_str(whom)])
    seconds = time.perf_counter() - began
    made.path.unlink()
    await backend.database.close()
    return {"seconds": seconds, "size": made.size, "more": _peak() - before}


def _peak() -> int:
    """The most memory that this process ever had, in bytes: proc_pid_status(5)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * KILO


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_back_up(sys.argv[1], Path(sys.argv[2])))))
