"""age recipients of the configuration, and identity files: whom something is encrypted to, and who opens it.

Recipients and identities are those of the age format (https://age-encryption.org/v1), type X25519:
`age1…` and `AGE-SECRET-KEY-1…`, one a line in an identity file, where `#` begins a comment.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pyrage import IdentityError, RecipientError
from pyrage.x25519 import Identity, Recipient

from backend.errors import IdentityUnreadable

_MOST = 100_000
"""Bytes. Whatever is longer holds no identities."""


def _each_valid(recipients: list[str]) -> list[str]:
    """Without blanks around them. Raises ValueError with the place of the first that isn't one."""
    stripped = [each.strip() for each in recipients]
    for place, each in enumerate(stripped, start=1):
        try:
            Recipient.from_str(each)
        except RecipientError:
            raise ValueError(f"number {place} is no age recipient: these begin with age1") from None
    if len(set(stripped)) < len(stripped):
        raise ValueError("must name nobody twice")
    return stripped


Recipients = Annotated[list[str], AfterValidator(_each_valid)]
"""A list of `age1…`, each of them valid."""


def recipients(names: Iterable[str]) -> list[Recipient]:
    """These `age1…`, ready to be encrypted to. Raises RecipientError for what isn't one."""
    return [Recipient.from_str(each) for each in names]


def identities(file: Path) -> list[Identity]:
    """The identities in a file. Raises IdentityUnreadable with a sentence that holds nothing of them."""
    found = [_identity(file, line) for line in _lines(file)]
    if not found:
        raise IdentityUnreadable(f"{file} holds no identity: a line of it begins with AGE-SECRET-KEY-1")
    return found


def _lines(file: Path) -> list[str]:
    try:
        with file.open("rb") as source:
            content = source.read(_MOST + 1)
    except OSError as error:
        raise IdentityUnreadable(f"{file} can't be read: {error.strerror}") from None
    if content.startswith((b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE")):
        raise IdentityUnreadable(f"{file} is encrypted itself: decrypt it first, with `age --decrypt`")
    if len(content) > _MOST or not content.isascii():
        raise IdentityUnreadable(f"{file} is no identity file: a line of one begins with AGE-SECRET-KEY-1")
    lines = (line.strip() for line in content.decode("ascii").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _identity(file: Path, line: str) -> Identity:
    try:
        return Identity.from_str(line)
    except IdentityError:
        raise IdentityUnreadable(f"{file} holds a line that is no identity: copy it anew") from None
