"""A key file wrapped by a passphrase: Argon2id makes a key of it, AES-256-GCM seals the file with that.

    [protected]
    version = 1
    memory = 262144               # Argon2id (RFC 9106): KiB, passes, lanes
    passes = 3
    lanes = 4
    salt = "…"                    # 16 bytes in base64
    sealed = "…"                  # nonce(12) ‖ AES-256-GCM(key, text of the key file, aad), in base64

aad = "hotline/key-file/1" ‖ 0x1f ‖ memory ‖ 0x1f ‖ passes ‖ 0x1f ‖ lanes ‖ 0x1f ‖ salt in base64, as UTF-8
"""

from __future__ import annotations

import os
import tomllib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.errors import KeysMissing

VERSION = 1
SHORTEST = 12
"""Characters of a passphrase: whoever has the file can try as many as their machines can."""
_SALT, _NONCE, _TAG = 16, 12, 16
_MOST_MEMORY, _MOST_PASSES, _MOST_LANES = 4 << 20, 1000, 64
_FIELDS = {"version", "memory", "passes", "lanes", "salt", "sealed"}

HEAD = """\
# The hotline's encryption keys, wrapped by a passphrase: without it this file is worth nothing.
# `hotline keys unprotect` takes the passphrase off.
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one try of a passphrase costs: memory in KiB, passes over it, lanes at once."""

    memory: int = 256 << 10
    passes: int = 3
    lanes: int = 4


class PassphraseWrong(KeysMissing):
    """The passphrase doesn't open the key file."""


@dataclass(frozen=True)
class Lock:
    """What a passphrase comes to with one salt: opens the file again without asking again."""

    cost: Cost
    salt: bytes
    key: bytes

    def fits(self, protected: Protected) -> bool:
        """Whether the file was wrapped by the same passphrase, as far as its salt tells."""
        return (self.cost, self.salt) == (protected.cost, protected.salt)


@dataclass(frozen=True, slots=True)
class Protected:
    """A wrapped key file, read but not opened."""

    cost: Cost
    salt: bytes
    sealed: bytes


def is_protected(text: str) -> bool:
    """Whether the text is a wrapped key file, be it whole or not."""
    try:
        return "protected" in tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False


def parse(text: str, *, where: str) -> Protected:
    """The wrapped file. Raises KeysMissing with a sentence that begins with `where`."""
    try:
        table = tomllib.loads(text)["protected"]
        is_known = table["version"] == VERSION
        read = _read(table) if is_known else None
    except (ValueError, KeyError, TypeError, AttributeError):
        is_known, read = True, None
    if not is_known:
        raise KeysMissing(f"{where} was wrapped by another version than this one")
    if read is None:
        raise KeysMissing(f"{where} is damaged: take your copy of it")
    return read


def _read(table: Mapping[str, object]) -> Protected:
    """What the table holds. Raises ValueError, KeyError or TypeError for anything that isn't ours."""
    cost = Cost(*(_number(table[name]) for name in ("memory", "passes", "lanes")))
    salt, sealed = (_bytes(table[name]) for name in ("salt", "sealed"))
    is_whole = table.keys() == _FIELDS and len(salt) == _SALT and len(sealed) > _NONCE + _TAG
    if not is_whole or not _is_payable(cost):
        raise ValueError
    return Protected(cost, salt, sealed)


def _bytes(value: object) -> bytes:
    if not isinstance(value, str):
        raise TypeError
    return b64decode(value, validate=True)


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _is_payable(cost: Cost) -> bool:
    """Whether trying it can't take the machine down: numbers from outside are numbers from outside."""
    few = 1 <= cost.passes <= _MOST_PASSES and 1 <= cost.lanes <= _MOST_LANES
    return few and 8 * cost.lanes <= cost.memory <= _MOST_MEMORY


def derive(passphrase: str, salt: bytes, cost: Cost) -> Lock:
    """What the passphrase comes to. Takes as long and as much memory as `cost` says."""
    key = hash_secret_raw(
        passphrase.encode(),
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory,
        parallelism=cost.lanes,
        hash_len=32,
        type=Type.ID,
    )
    return Lock(cost, salt, key)


def new_lock(passphrase: str, *, cost: Cost | None = None) -> Lock:
    """A lock for a file to be wrapped, with a salt of its own."""
    return derive(passphrase, os.urandom(_SALT), cost or Cost())


def wrap(text: str, lock: Lock) -> str:
    """The text of a wrapped key file."""
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(lock.key).encrypt(nonce, text.encode(), _bound(lock.cost, lock.salt))
    lines = [
        "[protected]",
        f"version = {VERSION}",
        f"memory = {lock.cost.memory}",
        f"passes = {lock.cost.passes}",
        f"lanes = {lock.cost.lanes}",
        f'salt = "{b64encode(lock.salt).decode()}"',
        f'sealed = "{b64encode(sealed).decode()}"',
    ]
    return HEAD + "\n".join(lines) + "\n"


def unwrap(protected: Protected, lock: Lock, *, where: str) -> str:
    """The text of the key file. Raises PassphraseWrong: a changed file and a wrong passphrase look alike."""
    nonce, sealed = protected.sealed[:_NONCE], protected.sealed[_NONCE:]
    try:
        return AESGCM(lock.key).decrypt(nonce, sealed, _bound(protected.cost, protected.salt)).decode()
    except InvalidTag:
        raise PassphraseWrong(f"{where} doesn't open: the passphrase is wrong, or it was changed") from None


def _bound(cost: Cost, salt: bytes) -> bytes:
    numbers = (str(number) for number in (cost.memory, cost.passes, cost.lanes))
    return "\x1f".join(("hotline/key-file/1", *numbers, b64encode(salt).decode())).encode()
