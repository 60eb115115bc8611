"""Several names in one line, as people write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BETWEEN = re.compile(r"\s*[,;&]\s*|\s+(?:и|and)\s+", re.IGNORECASE)


def named(typed: str, known: Iterable[str]) -> tuple[list[str], str]:
    """Which of the `known` names are meant, each once, and the first word that begins none (else empty).

    Names may consist of several words; commas, «и» and "and" between them may be left out.
    """
    names = {tuple(name.casefold().split()): name for name in known}
    found: dict[str, None] = {}
    for part in _BETWEEN.split(typed):
        words = part.split()
        while words:
            length = _length(words, names)
            if not length:
                return list(found), words[0]
            found[names[_key(words, length)]] = None
            words = words[length:]
    return list(found), ""


def _length(words: list[str], names: dict[tuple[str, ...], str]) -> int:
    """How many of the words make the longest known name that they begin with."""
    return next((length for length in range(len(words), 0, -1) if _key(words, length) in names), 0)


def _key(words: list[str], length: int) -> tuple[str, ...]:
    return tuple(word.casefold() for word in words[:length])
