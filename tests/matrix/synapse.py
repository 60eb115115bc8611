"""A real Synapse for the tests: SQLite in a throw-away folder, a free port on the loopback, no federation.

with synapse.running() as server:
    account = await server.register("boris", "secret")     # exactly this name
    anna = await server.person("anna")                     # a name that nobody has yet
    await server.restart()                                 # SIGKILL, then the same database and port
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVER_NAME = "matrix.test"
PASSWORD = "nobody else's"
READY_SECONDS = 60.0
STOP_SECONDS = 30.0
LOOK_SECONDS = 0.02
PORT_ATTEMPTS = 5
UPLOAD_LIMIT = "50M"
UNLIMITED = {"per_second": 1_000_000, "burst_count": 1_000_000}
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Past any proxy of this machine's: that one doesn't know our loopback."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in: the whole Matrix id, and the password."""

    user_id: str
    password: str


class Synapse:
    """A homeserver whose process comes and goes; its folder and its port stay."""

    def __init__(self, home: Path) -> None:
        """`home` gets the configuration, the database, the media and the log."""
        self.home = home
        self.port = _free_port()
        self._secret = secrets.token_hex(16)
        self._signing_key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that runs, or ran last."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers; on another port if somebody took this one before its first."""
        for _ in range(PORT_ATTEMPTS):
            self.launch()
            if self.answers():
                return
            self.port = _free_port()
        raise RuntimeError("Synapse did not start:\n" + self.log())

    def launch(self) -> None:
        """Start the process without waiting for it, on the port that it had.

        It dies with the thread that calls this: that must be one that lives as long as the tests.
        """
        self._configure()
        command = (
            sys.executable,
            "-m",
            "synapse.app.homeserver",
            f"--config-path={self.home}/homeserver.yaml",
        )
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ("setpriv", "--pdeathsig=KILL", *command),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def answers(self) -> bool:
        """Wait until it takes requests; False when it has ended instead. Raises TimeoutError."""
        assert self._process is not None
        deadline = time.monotonic() + READY_SECONDS
        while self._process.poll() is None:
            if _healthy(self.url):
                return True
            if time.monotonic() > deadline:
                raise TimeoutError(self.log())
            time.sleep(LOOK_SECONDS)
        return False

    def kill(self) -> None:
        """SIGKILL, at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Let it finish what it does; SIGKILL if it takes too long for that."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    async def restart(self) -> None:
        """Kill it and start it again, with everybody's event loop going on."""
        self.kill()
        await self.revive()

    async def revive(self) -> None:
        """Start it again after `kill` or `stop`, on the same port, with everybody's event loop going on."""
        self.launch()
        if not await asyncio.to_thread(self.answers):
            raise RuntimeError("Synapse did not come back:\n" + self.log())

    async def register(self, name: str, password: str = PASSWORD, *, admin: bool = False) -> Account:
        """Make the account `@name:matrix.test`. Raises HTTPError if there is one already."""
        await asyncio.to_thread(self._register, name, password, admin=admin)
        return Account(f"@{name}:{SERVER_NAME}", password)

    async def person(self, name: str) -> Account:
        """Make an account under a name that begins so and that no other test has."""
        return await self.register(f"{name}-{next(self._numbers)}")

    def log(self) -> str:
        """What it wrote: warnings and errors."""
        return (self.home / "log").read_text(errors="replace")

    def _register(self, name: str, password: str, *, admin: bool) -> None:
        address = f"{self.url}/_synapse/admin/v1/register"
        nonce = _ask(address)["nonce"]
        parts = (str(nonce), name, password, "admin" if admin else "notadmin")
        mac = hmac.new(self._secret.encode(), "\x00".join(parts).encode(), hashlib.sha1).hexdigest()
        _ask(address, {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac})

    def _configure(self) -> None:
        (self.home / "signing.key").write_text(f"ed25519 a_test {self._signing_key}\n", encoding="ascii")
        (self.home / "log.yaml").write_text(json.dumps(_logging()), encoding="ascii")
        settings = {
            **_settings(self.home),
            "listeners": [_listener(self.port)],
            "registration_shared_secret": self._secret,
        }
        (self.home / "homeserver.yaml").write_text(json.dumps(settings, indent=1), encoding="utf-8")


@contextmanager
def running() -> Iterator[Synapse]:
    """Start a homeserver without people or rooms; it stops, and its files go, when the block ends."""
    home = Path(tempfile.mkdtemp(prefix="hotline-synapse-"))
    server = Synapse(home)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(home)


def _settings(home: Path) -> dict[str, object]:
    """Everything but where it listens and its secret for registering people.

    Identical syncs are answered from a cache for two minutes unless that is switched off; the limits on rates
    are for strangers; nobody else's server is asked for anything; few rounds make passwords quick to check.
    """
    return {
        "server_name": SERVER_NAME,
        "signing_key_path": f"{home}/signing.key",
        "log_config": f"{home}/log.yaml",
        "database": {"name": "sqlite3", "args": {"database": f"{home}/homeserver.db"}},
        "media_store_path": f"{home}/media",
        "max_upload_size": UPLOAD_LIMIT,
        "report_stats": False,
        "macaroon_secret_key": "macaroons of a throw-away server",
        "form_secret": "forms of a throw-away server",
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "caches": {"sync_response_cache_duration": "0s"},
        "bcrypt_rounds": 4,
        **_limits(),
    }


def _limits() -> dict[str, object]:
    """Lift every limit on rates that a test could run into."""
    single = ("message", "registration", "admin_redaction", "joins_per_room", "room_creation", "key_requests")
    several = {
        "login": ("address", "account", "failed_attempts"),
        "joins": ("local", "remote"),
        "invites": ("per_room", "per_user", "per_issuer"),
        "presence": ("per_user",),
    }
    lifted: dict[str, object] = {f"rc_{name}": UNLIMITED for name in single}
    lifted |= {f"rc_{name}": dict.fromkeys(parts, UNLIMITED) for name, parts in several.items()}
    return lifted


def _listener(port: int) -> Mapping[str, object]:
    return {
        "port": port,
        "type": "http",
        "bind_addresses": ["127.0.0.1"],
        "resources": [{"names": ["client", "media"]}],
    }


def _logging() -> Mapping[str, object]:
    return {
        "version": 1,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"level": "WARNING", "handlers": ["console"]},
        "disable_existing_loggers": False,
    }


def _ask(address: str, body: object = None) -> Mapping[str, object]:
    """GET, or POST with a body; raises HTTPError when it is refused."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})  # noqa: S310 - http
    with DIRECT.open(request, timeout=STOP_SECONDS) as response:
        answer: Mapping[str, object] = json.load(response)
    return answer


def _healthy(url: str) -> bool:
    try:
        with DIRECT.open(f"{url}/health", timeout=STOP_SECONDS):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
