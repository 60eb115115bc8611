"""Keys: wrapping keys, and a data key for every owner of sealed rows.

A case, a reporter, a staff member and a room each have a data key of their own, kept wrapped by a key
of the key file. Destroying the wrapped data key makes everything sealed with it unreadable, wherever
copies of the rows may be: that is what erasure rests on. Addresses and codes are looked up by keyed
hash; the hash key is separate, so that it doesn't change when the wrapping keys are rotated.

Formats (version 1), so that another program can read them:
  wrapped data key = 0x01 ‖ nonce(12) ‖ AES-256-GCM(wrapping key, data key(32), aad)
      aad = "hotline/data-key/1" ‖ 0x1f ‖ owner ‖ 0x1f ‖ epoch, as UTF-8
  sealed value     = 0x01 ‖ epoch(2, big-endian) ‖ nonce(12) ‖ AES-256-GCM(data key, plain, aad)
      aad = "hotline/value/1" ‖ 0x1f ‖ table ‖ 0x1f ‖ column ‖ 0x1f ‖ row id, as UTF-8
  keyed hash       = HMAC-SHA256(lookup key, purpose ‖ 0x1f ‖ part ‖ 0x1f ‖ …)[:16]
  mark of a key    = SHA-256("hotline/wrapping-key/mark/1" ‖ 0x1f ‖ key(32))[:16]
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.clock import steady_time
from backend.errors import KeysMissing, SealBroken

_VERSION = b"\x01"
_NONCE = 12
_KEY = 32
_SHORTEST = 16
"""A nonce and what stands before it: the cipher itself refuses whatever is cut behind that."""
_SEPARATOR = "\x1f"
_INNER_PAD, _OUTER_PAD = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
"""What a key of one block is masked with: RFC 2104, section 2."""


AGAIN_AFTER = 10.0
"""Seconds in which a key file that lacked a key isn't read once more for it."""


class Sealed(bytes):
    """Bytes that only a data key of the vault makes: plain text can't be mistaken for them."""

    __slots__ = ()


class DataKey:
    """Seals and opens the values of one owner, bound to table, column and row."""

    __slots__ = ("_cipher", "_prefix", "epoch", "owner")

    def __init__(self, owner: str, epoch: int, key: bytes) -> None:
        self.owner = owner
        self.epoch = epoch
        self._cipher = AESGCM(key)
        self._prefix = _VERSION + epoch.to_bytes(2, "big")

    def seal(self, table: str, column: str, row: str, plain: bytes) -> Sealed:
        """`plain` sealed for exactly this place."""
        nonce = os.urandom(_NONCE)
        return Sealed(self._prefix + nonce + self._cipher.encrypt(nonce, plain, _place(table, column, row)))

    def open(self, table: str, column: str, row: str, sealed: bytes) -> bytes:
        """What was sealed for exactly this place. Raises SealBroken if it wasn't, or was changed."""
        if sealed[:3] != self._prefix or len(sealed) < _SHORTEST:
            raise SealBroken("a sealed value of another version or key epoch, or cut short")
        try:
            return self._cipher.decrypt(sealed[3:15], sealed[15:], _place(table, column, row))
        except InvalidTag:
            raise SealBroken("a sealed value was changed or moved") from None


class CaseKey(DataKey):
    """The data key of one case."""

    __slots__ = ()


class ReporterKey(DataKey):
    """The data key of one reporter."""

    __slots__ = ()


class StaffKey(DataKey):
    """The data key of one staff member."""

    __slots__ = ()


class RoomKey(DataKey):
    """The data key of one room, or of the desk as a whole (invitations, parked updates)."""

    __slots__ = ()


def epoch_of(sealed: bytes) -> int:
    """The epoch of the key that sealed this value, which it says itself. Raises SealBroken."""
    if sealed[:1] != _VERSION or len(sealed) < _SHORTEST:
        raise SealBroken("a sealed value of another version, or cut short")
    return int.from_bytes(sealed[1:3], "big")


def _place(table: str, column: str, row: str) -> bytes:
    return _SEPARATOR.join(("hotline/value/1", table, column, row)).encode()


@dataclass(frozen=True, slots=True)
class Dates:
    """When a wrapping key was made, and since when nothing is wrapped by it any more; in UTC."""

    made: date | None = None
    retired: date | None = None


@dataclass(frozen=True)
class KeyFile:
    """The keys of the key file: wrapping keys by name, which of them is current, and the hash key."""

    current: str
    wrapping: dict[str, bytes]
    lookup: bytes
    dates: Mapping[str, Dates] = field(default_factory=dict)


WrappedRow: TypeAlias = tuple[str, int, str, bytes]
"""Owner, epoch, name of the wrapping key, and the data key as it is wrapped."""


class Vault:
    """Makes, wraps and unwraps data keys, and hashes addresses and codes for looking up."""

    def __init__(self, keys: KeyFile, *, reread: Callable[[], KeyFile] | None = None) -> None:
        """`reread`: reads the keys anew, wherever they are from. Raises KeysMissing."""
        self.current = keys.current
        self._take(keys)
        self._reread = reread
        self._reread_at = -AGAIN_AFTER
        self._lookup_mark = _mark("lookup", keys.lookup)
        # Keyed once and copied for every digest: setting the key up costs more than hashing does, and
        # copying a hash less than copying `hmac`'s object.
        block = keys.lookup.ljust(hashlib.sha256().block_size, b"\0")
        self._inner, self._outer = (hashlib.sha256(block.translate(pad)) for pad in (_INNER_PAD, _OUTER_PAD))

    def knows(self, name: str) -> bool:
        """Whether what this wrapping key has wrapped can be unwrapped."""
        return name in self._wrapping

    def mark(self, name: str) -> bytes:
        """16 bytes by which a wrapping key is told from another of the same name."""
        return self._marks[name]

    def use(self, name: str, mark: bytes) -> None:
        """Wrap by this key from now on. Raises KeysMissing where it isn't known, or is another one."""
        if not self.knows(name):
            raise KeysMissing(f"the key file lacks {name}, by which data is wrapped now: take a newer copy")
        if self._marks[name] != mark:
            raise KeysMissing(f"the key file's {name} isn't the one by which data is wrapped: take your copy")
        self.current = name

    def learn(self, keys: KeyFile) -> None:
        """Take over what is in the key file now. By which key is wrapped changes only if that one is gone.

        Raises KeysMissing for another hotline's keys: what is looked up by keyed hash would not be found.
        """
        if _mark("lookup", keys.lookup) != self._lookup_mark:
            raise KeysMissing("the key file has another look-up key than before: it is another hotline's")
        self._take(keys)
        if self.current not in self._wrapping:
            self.current = keys.current

    def _take(self, keys: KeyFile) -> None:
        self._wrapping = {name: AESGCM(key) for name, key in keys.wrapping.items()}
        self._marks = {name: _mark("wrapping", key) for name, key in keys.wrapping.items()}

    def read_again(self) -> KeyFile | None:
        """What is in the key file now, if it can be read again. Raises KeysMissing."""
        return self._reread() if self._reread else None

    def digest(self, purpose: str, *parts: str) -> bytes:
        """A keyed hash (16 bytes) by which a row is found without saying what it is about."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(_SEPARATOR.join((purpose, *parts)).encode())
        outer.update(inner.digest())
        return outer.digest()[:16]

    def wrap(self, owner: str, epoch: int, key: bytes) -> Sealed:
        """A data key wrapped by the current wrapping key."""
        nonce = os.urandom(_NONCE)
        return Sealed(
            _VERSION + nonce + self._wrapping[self.current].encrypt(nonce, key, _whose(owner, epoch))
        )

    def unwrap(self, owner: str, epoch: int, *, by: str, wrapped: bytes) -> bytes:
        """The data key. Raises KeysMissing without the wrapping key `by`, SealBroken if changed."""
        return self._opened(by, wrapped, _whose(owner, epoch))

    def wrapped_anew(self, rows: Sequence[WrappedRow]) -> list[tuple[str, int, bytes, bytes]]:
        """Data keys as the current key wraps them: owner, epoch, how it was wrapped, and how it is now.

        One that doesn't open is passed over.
        Raises KeysMissing. The same as `unwrap` and `wrap`, only quicker for many.
        """
        encrypt, random = self._wrapping[self.current].encrypt, os.urandom(_NONCE * len(rows))
        anew = []
        for number, (owner, epoch, by, wrapped) in enumerate(rows):
            nonce = random[number * _NONCE : (number + 1) * _NONCE]
            whose = _whose(owner, epoch)
            try:
                key = self._opened(by, wrapped, whose)
            except SealBroken:
                continue
            anew.append((owner, epoch, wrapped, _VERSION + nonce + encrypt(nonce, key, whose)))
        return anew

    def _opened(self, by: str, wrapped: bytes, whose: bytes) -> bytes:
        cipher = self._wrapping.get(by) or self._met(by)
        if wrapped[:1] != _VERSION or len(wrapped) < _SHORTEST:
            raise SealBroken("a wrapped data key of another version, or cut short")
        try:
            return cipher.decrypt(wrapped[1:13], wrapped[13:], whose)
        except InvalidTag:
            raise SealBroken("a wrapped data key was changed or moved") from None

    def _met(self, name: str) -> AESGCM:
        """A wrapping key that isn't known: somebody may have made it since the key file was read.

        It is read once, and then not again for a while, for there may be many rows like this one.
        """
        if steady_time() >= self._reread_at + AGAIN_AFTER:
            self._reread_at = steady_time()
            keys = self.read_again()
            if keys:
                self.learn(keys)
        if name not in self._wrapping:
            raise KeysMissing(f"the key file has no key {name!r}, which this data was sealed with")
        return self._wrapping[name]


def _mark(kind: str, key: bytes) -> bytes:
    """By which a key (32 random bytes) is known again; it says nothing about the key."""
    return hashlib.sha256(f"hotline/{kind}-key/mark/1{_SEPARATOR}".encode() + key).digest()[:16]


def _whose(owner: str, epoch: int) -> bytes:
    return _SEPARATOR.join(("hotline/data-key/1", owner, str(epoch))).encode()


def new_data_key() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(_KEY)


def new_id() -> str:
    """A random row id, 128 bits in hexadecimal. Made by us, for sealing binds a value to its row's id."""
    return os.urandom(16).hex()
