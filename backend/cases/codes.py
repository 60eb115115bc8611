"""References and codes: read aloud, typed with shaking hands, and told apart all the same.

32 letters and digits that aren't mistaken for each other: 5 bits each.
"""

from __future__ import annotations

import re
import secrets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
REFERENCE_LENGTH = 6
RECEIPT_LENGTH = 16
"""16 characters are 80 bits: beyond guessing, over any channel, at any speed."""

_REFERENCE = re.compile(rf"[{ALPHABET}]{{3}}-?[{ALPHABET}]{{3}}", re.IGNORECASE)
# Letters of the Russian keyboard that look like those of the alphabet: an officer types what they see.
_LOOKALIKES = str.maketrans("АВЕКМНРСТУХавекмнрстух", "ABEKMHPCTYXABEKMHPCTYX")


def new_reference() -> str:
    """A random case reference such as `K7F-3QX` (30 bits: unique by the database, not secret)."""
    letters = _random(REFERENCE_LENGTH)
    return f"{letters[:3]}-{letters[3:]}"


def new_code(length: int = RECEIPT_LENGTH) -> str:
    """A random code in groups of four, five bits a character."""
    letters = _random(length)
    return "-".join(letters[start : start + 4] for start in range(0, length, 4))


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def reference(typed: str) -> str | None:
    """A typed reference as it is kept, in any case, with or without the hyphen; None if it isn't one."""
    text = typed.strip().strip(".,;:!?#«»\"'()").translate(_LOOKALIKES)
    if not _REFERENCE.fullmatch(text):
        return None
    letters = text.replace("-", "").upper()
    return f"{letters[:3]}-{letters[3:]}"


def dictated(typed: str) -> str:
    """A code as it is compared: capitals only, without spaces or hyphens."""
    return re.sub(r"[\s\-–—_.]+", "", typed.translate(_LOOKALIKES)).upper()
