"""Keys: the key file, and a data key for every owner of sealed rows.

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
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tomllib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.errors import KeysMissing, SealBroken

_VERSION = b"\x01"
_NONCE = 12
_KEY = 32
_SHORTEST = 16
"""A nonce and what stands before it: the cipher itself refuses whatever is cut behind that."""
_SEPARATOR = "\x1f"
_INNER_PAD, _OUTER_PAD = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
"""What a key of one block is masked with: RFC 2104, section 2."""


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


def _place(table: str, column: str, row: str) -> bytes:
    return _SEPARATOR.join(("hotline/value/1", table, column, row)).encode()


@dataclass(frozen=True)
class KeyFile:
    """The keys of the key file: wrapping keys by name, which of them is current, and the hash key."""

    current: str
    wrapping: dict[str, bytes]
    lookup: bytes


class Vault:
    """Makes, wraps and unwraps data keys, and hashes addresses and codes for looking up."""

    def __init__(self, keys: KeyFile) -> None:
        self.current = keys.current
        self._wrapping = {name: AESGCM(key) for name, key in keys.wrapping.items()}
        # Keyed once and copied for every digest: setting the key up costs more than hashing does, and
        # copying a hash less than copying `hmac`'s object.
        block = keys.lookup.ljust(hashlib.sha256().block_size, b"\0")
        self._inner, self._outer = (hashlib.sha256(block.translate(pad)) for pad in (_INNER_PAD, _OUTER_PAD))

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
        cipher = self._wrapping.get(by)
        if cipher is None:
            raise KeysMissing(f"the key file has no key {by!r}, which this data was sealed with")
        if wrapped[:1] != _VERSION or len(wrapped) < _SHORTEST:
            raise SealBroken("a wrapped data key of another version, or cut short")
        try:
            return cipher.decrypt(wrapped[1:13], wrapped[13:], _whose(owner, epoch))
        except InvalidTag:
            raise SealBroken("a wrapped data key was changed or moved") from None


def _whose(owner: str, epoch: int) -> bytes:
    return _SEPARATOR.join(("hotline/data-key/1", owner, str(epoch))).encode()


def new_data_key() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(_KEY)


def new_id() -> str:
    """A random row id, 128 bits in hexadecimal. Made by us, for sealing binds a value to its row's id."""
    return os.urandom(16).hex()


def create_key_file(path: Path, *, now: datetime) -> KeyFile:
    """Make new keys and write them, readable by the owner only. Raises FileExistsError, never overwrites."""
    name = f"k{now:%Y%m%d}"
    keys = KeyFile(current=name, wrapping={name: new_data_key()}, lookup=new_data_key())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(_key_file_text(keys))
        file.flush()
        # Data sealed by a key that a power cut took away is lost for good: wait until it is on disk.
        os.fsync(file.fileno())
    _sync_folder(path.parent)
    return keys


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _key_file_text(keys: KeyFile) -> str:
    lines = [
        "# The hotline's encryption keys. Whoever has this file and the database can read everything;",
        "# without it nobody can, not even you. Keep a copy, and never beside a copy of the database.",
        f'current = "{keys.current}"',
        f'lookup = "{b64encode(keys.lookup).decode()}"',
        "",
        "[wrapping]",
        *(f'{name} = "{b64encode(key).decode()}"' for name, key in keys.wrapping.items()),
    ]
    return "\n".join(lines) + "\n"


def load_key_file(path: Path) -> KeyFile:
    """Read the key file. Raises KeysMissing with a sentence if it isn't there or isn't whole."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        wrapping = {str(name): _key(value) for name, value in data["wrapping"].items()}
        keys = KeyFile(current=str(data["current"]), wrapping=wrapping, lookup=_key(data["lookup"]))
    except OSError as error:
        raise KeysMissing(f"the key file {path} can't be read: {error.strerror}") from None
    except (ValueError, KeyError, AttributeError, TypeError):
        raise KeysMissing(f"the key file {path} is damaged: take your copy of it") from None
    if keys.current not in keys.wrapping:
        raise KeysMissing(f"the key file {path} names {keys.current!r} as current but doesn't hold it")
    return keys


def _key(text: str) -> bytes:
    key = b64decode(text, validate=True)
    if len(key) != _KEY:
        raise ValueError
    return key


def is_private(path: Path) -> bool:
    """Whether nobody but its owner may read the file."""
    return not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
