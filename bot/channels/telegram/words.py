"""Text as it may be kept."""

from __future__ import annotations


def words(value: object) -> str:
    """Text that can be encoded: JSON may bring half a surrogate pair, which no database takes."""
    text = value if isinstance(value, str) else ""
    return text if text.isascii() else text.encode(errors="replace").decode()
