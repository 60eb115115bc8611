"""What an archive is made of: members one after the other, in a tar that any tar program reads.

They are written and read as a stream, a piece at a time. The last member seals the others: it holds

  SHA-256( name ‖ 0x00 ‖ size(8, big-endian) ‖ content ‖ name ‖ … )

over all members before it, names in UTF-8.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator
from typing import Protocol

from backend.errors import ArchiveRefused

BLOCK = tarfile.BLOCKSIZE
PIECE = 64 * 1024
LARGEST = 1 << 62
"""Bytes of any member: more than a disk holds."""
LARGEST_TEXT = 256 * 1024 * 1024
"""Bytes of a member that is read in one piece: rows of a table are written by far fewer."""


class Source(Protocol):
    """What bytes come from."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes, none at the end."""


class Sink(Protocol):
    """What bytes go to."""

    def write(self, content: bytes, /) -> object:
        """All of it."""


class Tally:
    """The digest over members as they pass."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def begin(self, name: str, size: int) -> None:
        """A member begins."""
        self._digest.update(name.encode() + b"\0" + size.to_bytes(8, "big"))

    def add(self, piece: bytes) -> None:
        """The next bytes of its content."""
        self._digest.update(piece)

    def hex(self) -> str:
        """The digest over all so far."""
        return self._digest.hexdigest()


class Writer:
    """Writes members to `sink`; `tally` runs along."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.tally = Tally()

    def add(self, name: str, content: bytes) -> None:
        """A member whose content is at hand."""
        self._begin(name, len(content))
        self._put(content)
        self._end(len(content))

    def copy(self, name: str, source: Source, *, size: int) -> None:
        """A member of exactly `size` bytes. Raises ArchiveRefused if `source` ends before."""
        self._begin(name, size)
        left = size
        while left:
            piece = source.read(min(left, PIECE))
            if not piece:
                raise ArchiveRefused("a file became shorter while it was copied: try again")
            self._put(piece)
            left -= len(piece)
        self._end(size)

    def close(self) -> None:
        """What a tar ends with. The sink stays open."""
        self._sink.write(bytes(2 * BLOCK))

    def _begin(self, name: str, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._sink.write(member.tobuf(tarfile.USTAR_FORMAT))
        self.tally.begin(name, size)

    def _put(self, piece: bytes) -> None:
        self._sink.write(piece)
        self.tally.add(piece)

    def _end(self, size: int) -> None:
        self._sink.write(bytes(-size % BLOCK))


class Member:
    """A member that is being read: `read` gives its content, a piece at a time or at once."""

    def __init__(self, name: str, size: int, source: Source, tally: Tally) -> None:
        self.name = name
        self.size = size
        self._source = source
        self._tally = tally
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes. Raises ArchiveRefused if the archive ends before the member does."""
        wanted = self._left if size < 0 else min(size, self._left)
        piece = exactly(self._source, wanted)
        self._tally.add(piece)
        self._left -= wanted
        return piece

    def text(self) -> bytes:
        """The whole content. Raises ArchiveRefused for one that no hotline wrote so large."""
        if self.size > LARGEST_TEXT:
            raise damaged()
        return self.read()

    def pass_over(self) -> None:
        """What wasn't read, so that the next member begins where it does."""
        while self._left:
            self.read(PIECE)
        exactly(self._source, -self.size % BLOCK)


class Reader:
    """Reads members from `source`; `tally` runs along."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.tally = Tally()

    def __iter__(self) -> Iterator[Member]:
        """One member after the other; of each, what wasn't read is passed over."""
        while (head := exactly(self._source, BLOCK)) != bytes(BLOCK):
            member = self._begun(head)
            yield member
            member.pass_over()

    def _begun(self, head: bytes) -> Member:
        try:
            found = tarfile.TarInfo.frombuf(head, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeError):
            raise damaged() from None
        if not found.isreg() or not 0 <= found.size <= LARGEST:
            raise damaged()
        self.tally.begin(found.name, found.size)
        return Member(found.name, found.size, self._source, self.tally)


def exactly(source: Source, size: int) -> bytes:
    """The next `size` bytes. Raises ArchiveRefused if there are fewer."""
    pieces, left = [], size
    while left:
        piece = source.read(left)
        if not piece:
            raise damaged()
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def damaged() -> ArchiveRefused:
    """The archive is not as a hotline wrote it."""
    return ArchiveRefused("the archive is damaged or cut short: nothing was taken from it")
