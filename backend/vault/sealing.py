"""Sealing a data key to people who aren't the server: only their identity, kept elsewhere, opens it again.

Stored format of `sealed_keys.wrapped`: one binary age file (https://age-encryption.org/v1), encrypted to
every recipient at once. What it holds:

  "hotline/sealed-key/1" ‖ 0x1f ‖ owner ‖ 0x1f ‖ epoch ‖ 0x1f ‖ data key (32 bytes)

`owner` is the id of the case (32 hexadecimal digits) and `epoch` a decimal number, as in the row that keeps
it: so a sealed key that was moved to another case, or to another epoch, is refused. The data key opens
the values whose second and third byte say the same epoch (see `backend.vault.keys`).
"""

from __future__ import annotations

from collections.abc import Sequence

import pyrage
from pyrage import DecryptError
from pyrage.x25519 import Identity, Recipient

from backend.errors import IdentityWrong, SealBroken
from backend.vault.keys import Sealed

_SEPARATOR = "\x1f"
_KEY = 32
_NOT_THEIRS = "No matching keys found"
"""What age's library says of a whole file that is encrypted to others."""


def seal_key(owner: str, epoch: int, key: bytes, recipients: Sequence[Recipient]) -> Sealed:
    """The data key, for these recipients alone."""
    return Sealed(pyrage.encrypt(_whose(owner, epoch) + key, recipients))


def open_key(owner: str, epoch: int, wrapped: bytes, identities: Sequence[Identity]) -> bytes:
    """The data key. Raises IdentityWrong if it was sealed to others, SealBroken if changed or moved."""
    try:
        plain: bytes = pyrage.decrypt(wrapped, identities)
    except DecryptError as error:
        if str(error) == _NOT_THEIRS:
            raise IdentityWrong from None
        raise SealBroken("a sealed key was changed, or cut short") from None
    head = _whose(owner, epoch)
    if not plain.startswith(head) or len(plain) != len(head) + _KEY:
        raise SealBroken("a sealed key was moved, or is of another version")
    return plain[len(head) :]


def _whose(owner: str, epoch: int) -> bytes:
    return _SEPARATOR.join(("hotline/sealed-key/1", owner, str(epoch), "")).encode()
