"""Where the key file is: a file, the environment, a systemd credential, or a command's output.

Only a file can be made or changed by the hotline. Any of them may be wrapped by a passphrase.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from backend.errors import KeysMissing
from backend.vault import keyfile, passphrase
from backend.vault.keys import KeyFile
from backend.vault.passphrase import Lock
from backend.vault.settings import KeysSettings

COMMAND_WITHIN = 20.0
"""Seconds for `keys.command`."""
LONGEST = 1 << 20
"""Bytes of a key file: more than that is something else."""

Ask = Callable[[str], str]
"""Asks a person for the passphrase of what is named. Raises KeysMissing where nobody can be asked."""


class KeySource:
    """Reads the keys, as often as somebody asks; knows the passphrase once it was told."""

    def __init__(
        self,
        where: str,
        fetch: Callable[[], str],
        *,
        file: Path | None = None,
        known: str = "",
    ) -> None:
        """`where`: how sentences begin that speak of it. `known`: the passphrase, where it is configured."""
        self.where = where
        self.file = file
        self._fetch = fetch
        self._known = known
        self._lock: Lock | None = None

    def read(self, ask: Ask | None = None) -> KeyFile:
        """The keys. Raises KeysMissing with a sentence if they aren't there, aren't whole, or don't open.

        Without `ask` nobody is asked: a passphrase must be configured, or have been told before.
        """
        return keyfile.parse(self.text(ask), where=self.where)

    def text(self, ask: Ask | None = None) -> str:
        """The text of the key file, unwrapped. Raises as `read`."""
        text = self._fetch()
        if not passphrase.is_protected(text):
            self._lock = None
            return text
        protected = passphrase.parse(text, where=self.where)
        lock = self._lock if self._lock and self._lock.fits(protected) else None
        lock = lock or passphrase.derive(self._told(ask), protected.salt, protected.cost)
        opened = passphrase.unwrap(protected, lock, where=self.where)
        self._lock = lock
        return opened

    def _told(self, ask: Ask | None) -> str:
        if self._known:
            return self._known
        if ask is None:
            raise KeysMissing(f"{self.where} is wrapped by a passphrase that nobody has typed here")
        return ask(self.where)

    @property
    def is_protected(self) -> bool:
        """Whether a passphrase wraps it, as it was read last."""
        return self._lock is not None

    @property
    def is_writable(self) -> bool:
        """Whether this process may put another key file in its place."""
        if self.file is None:
            return False
        real = self.file.resolve()
        return real.is_file() and os.access(real, os.W_OK) and os.access(real.parent, os.W_OK)

    def write(self, keys: KeyFile) -> bool:
        """Replace the file's keys, wrapped as before; whether the old content was overwritten."""
        return self._replace(keyfile.compose(keys))

    def protect(self, phrase: str) -> bool:
        """Wrap the file by this passphrase; whether the old content was overwritten."""
        text = self.text()
        self._lock = passphrase.new_lock(phrase)
        return self._replace(text)

    def unprotect(self, ask: Ask) -> bool:
        """Take the passphrase off; whether the old content was overwritten."""
        text = self.text(ask)
        self._lock = None
        return self._replace(text)

    def _replace(self, text: str) -> bool:
        if self.file is None:
            raise KeysMissing(f"{self.where} can't be changed from here")
        return keyfile.replace_durably(self.file, passphrase.wrap(text, self._lock) if self._lock else text)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else changes the file meanwhile. Raises KeysMissing if somebody is at it."""
        if self.file is None:
            yield
            return
        folder = os.open(self.file.resolve().parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise KeysMissing(f"{self.where} is being changed by another command") from None
        finally:
            os.close(folder)


def of_settings(settings: KeysSettings) -> KeySource:
    """The source that is configured: the same one each time, so that a passphrase is told once a process."""
    known, text = settings.passphrase.get_secret_value(), settings.text.get_secret_value()
    return _source(settings.file, text, settings.credential, tuple(settings.argv), known)


@functools.lru_cache(maxsize=4)
def _source(file: Path, text: str, credential: str, argv: tuple[str, ...], known: str) -> KeySource:
    if credential:
        return _of_credential(credential, known)
    if text:
        return KeySource("keys.text", lambda: text, known=known)
    if argv:
        return KeySource("keys.command", lambda: _printed(argv), known=known)
    return of_file(file, known=known)


def of_file(file: Path, *, known: str = "") -> KeySource:
    """A key file, there or still to be made."""
    where = f"the key file {file}"
    return KeySource(where, lambda: _content(file, where), file=file, known=known)


def _content(file: Path, where: str) -> str:
    try:
        return keyfile.read_whole(file)
    except OSError as error:
        raise KeysMissing(f"{where} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeysMissing(f"{where} is damaged: take your copy of it") from None


def _of_credential(name: str, known: str) -> KeySource:
    where = f"the credential {name}"
    return KeySource(where, lambda: _content(_credentials() / name, where), known=known)


def _credentials() -> Path:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise KeysMissing(
            "keys.credential: there is no $CREDENTIALS_DIRECTORY: systemd sets it for LoadCredential="
        )
    return Path(folder)


def _printed(argv: Sequence[str]) -> str:
    """What the command printed. What it says on its error output, the operator sees as it comes."""
    try:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
        )
    except OSError as error:
        raise KeysMissing(f"keys.command: {argv[0]} can't be run: {error.strerror}") from None
    with process:
        try:
            out, _ = process.communicate(timeout=COMMAND_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its children too: they may hold the pipe open
            raise KeysMissing(
                f"keys.command: {argv[0]} printed nothing within {COMMAND_WITHIN:.0f} seconds"
            ) from None
    if process.returncode:
        raise KeysMissing(f"keys.command: {argv[0]} ended with {process.returncode}")
    return _decoded(out, argv[0])


def _decoded(out: bytes, name: str) -> str:
    if not out.strip():
        raise KeysMissing(f"keys.command: {name} printed nothing")
    try:
        return out.decode() if len(out) <= LONGEST else ""
    except UnicodeDecodeError:
        raise KeysMissing(f"keys.command: what {name} printed is no text in UTF-8") from None
