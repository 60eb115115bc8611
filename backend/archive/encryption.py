"""Encrypting and decrypting as a stream, by age (https://age-encryption.org/v1) in a thread of its own.

age's library pulls what it encrypts and pushes what it decrypts; a pipe in between lets the hotline push
the one and pull the other, and holds back whoever is faster. Memory stays as it is, however much passes.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import IO, Self, TypeVar

import pyrage
from pyrage.x25519 import Identity, Recipient

from backend.archive.container import damaged
from backend.errors import ArchiveRefused

T = TypeVar("T")
_NO_MATCH = "No matching keys found"


class _Watched:
    """A file that the library reads or writes: the library says that this failed, and this how."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file = file
        self._path = path
        self.failure: OSError | None = None

    def read(self, size: int = -1, /) -> bytes:
        return self._tried(lambda: self._file.read(size))

    def write(self, content: bytes, /) -> int:
        return self._tried(lambda: self._file.write(content))

    def flush(self) -> None:
        self._tried(self._file.flush)

    def _tried(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except OSError as error:
            self.failure = OSError(error.errno, error.strerror, str(self._path))
            raise


class _Beside:
    """Something done in a thread, and what it failed with."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.failure: BaseException | None = None
        self._act = act
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._act()
        except BaseException as error:  # noqa: BLE001 - raised by whoever waits for the end
            self.failure = error

    def wait(self) -> None:
        self._thread.join()


class Encrypting:
    """`with Encrypting(...) as plain:` what is written there goes into `file`, for these recipients alone.

    Leaving the block ends the encryption. Raises OSError, with the file's name, if it can't be written.
    """

    def __init__(self, file: IO[bytes], path: Path, *, to: Sequence[Recipient]) -> None:
        self._file = _Watched(file, path)
        self._to = to

    def __enter__(self) -> Self:
        out, into = os.pipe()
        self._plain = os.fdopen(into, "wb")
        self._age = _Beside(lambda: self._encrypt(out))
        return self

    def write(self, content: bytes, /) -> None:
        """The next bytes to encrypt. Waits while the disk is slower."""
        self._plain.write(content)

    def _encrypt(self, out: int) -> None:
        with os.fdopen(out, "rb") as source:
            pyrage.encrypt_io(source, self._file, self._to)
            self._file.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(BrokenPipeError):  # the other end says why
            self._plain.close()
        self._age.wait()
        if self._file.failure is not None:
            raise self._file.failure from None
        if self._age.failure is not None and (error is None or isinstance(error, BrokenPipeError)):
            raise self._age.failure


class Decrypting:
    """`with Decrypting(...) as plain:` the archive's content, a piece at a time.

    What is read may be acted on for good only once `finish` has said that nothing was missing or changed.
    """

    def __init__(self, path: Path, *, by: Sequence[Identity]) -> None:
        self._path = path
        self._by = by

    def __enter__(self) -> Self:
        self._archive = self._path.open("rb")
        self._size = os.fstat(self._archive.fileno()).st_size
        self._file = _Watched(self._archive, self._path)
        out, into = os.pipe()
        self._plain = os.fdopen(out, "rb")
        self._age = _Beside(lambda: self._decrypt(into))
        return self

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; fewer than asked for only at the end. Raises as `finish` does."""
        found = self._plain.read(size)
        if len(found) < size:
            self._check()
        return found

    def far(self) -> tuple[int, int]:
        """How many bytes of the file have been read, and how many there are."""
        return self._archive.tell(), self._size

    def finish(self) -> None:
        """Read to the end. Raises ArchiveRefused for a wrong identity and for anything missing or changed."""
        while self._plain.read(1 << 16):
            pass
        self._check()

    def _check(self) -> None:
        self._age.wait()
        if self._file.failure is not None:
            raise self._file.failure from None
        if isinstance(self._age.failure, pyrage.DecryptError) and _NO_MATCH in str(self._age.failure):
            raise ArchiveRefused(
                f"the identity doesn't open {self._path}: it was encrypted to others, or its head is damaged"
            ) from None
        if self._age.failure is not None:
            raise damaged() from None

    def _decrypt(self, into: int) -> None:
        with os.fdopen(into, "wb") as sink:
            pyrage.decrypt_io(self._file, sink, self._by)

    def __exit__(self, *_: object) -> None:
        self._plain.close()
        self._age.wait()
        self._archive.close()
