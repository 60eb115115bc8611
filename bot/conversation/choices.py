"""A typed answer and the choices it may mean: by number, by word, by unambiguous first letters.

Every button has such an equivalent, in every language. Numbers count the choices in the order in
which they are offered, from 1, the ways to move on (*back*, *skip*, …) included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from bot.conversation.types import Choice, Say

MOVES = frozenset({"back", "skip", "send", "done", "more", "less", "cancel", "sos"})
"""Codes that move the conversation rather than answer it: an answer wins over them where letters fit both."""

LONGEST = 100
"""Characters from which on words can be no label: they are an account, and aren't searched for one."""

LONGEST_LIST = 400
SHORTEST_PART = 6
"""Letters, the spaces around them included, from which on part of a label may stand for it."""

_NUMBER = re.compile(r"(\d{1,2})\s*[.)]?")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_HEAD = re.compile(r"\s*[,.;:!?\n—–]")
_NUMBERS = re.compile(r"\d{1,2}(?:[\s,.;)]+\d{1,2})*[\s,.;)]*")

Spoken = Callable[[str], tuple[str, ...]]


def offered(say: Say) -> tuple[Choice, ...]:
    """The choices of a message in the order in which they are numbered."""
    return tuple(choice for row in say.choices for choice in row)


def plain(words: str) -> str:
    """Words reduced to what counts in a comparison: no case, no ё, no marks around, single spaces."""
    return " ".join(_EDGES.sub("", words).casefold().replace("ё", "е").split())


@lru_cache(maxsize=1024)
def _label(words: str) -> str:
    """`plain` for our own labels only: what people type is never kept in a cache."""
    return plain(words)


def _labels(choice: Choice, spoken: Spoken) -> tuple[str, ...]:
    return tuple(_label(words) for words in spoken(choice.label))


def exact(words: str, choices: Sequence[Choice], spoken: Spoken) -> str | None:
    """The code of the choice whose label was typed in full."""
    if len(words) > LONGEST:
        return None
    wanted = plain(words)
    if not wanted:
        return None
    return next((choice.code for choice in choices if wanted in _labels(choice, spoken)), None)


def pointed(words: str, choices: Sequence[Choice], spoken: Spoken) -> str | None:
    """The code of the choice whose number or whole label was typed, where own words are an answer too."""
    if len(words) > LONGEST:
        return None
    return _numbered(words, choices) or exact(words, choices, spoken)


def one(words: str, choices: Sequence[Choice], spoken: Spoken) -> str | None:
    """The code of the one choice that was meant, or None if none or several may have been.

    «Нет, за мной пришли» means *no*: what stands before the first stop is enough.
    """
    if len(words) > LONGEST:
        return exact(_head(words), choices, spoken)
    head = _head(words)
    return _single(words, choices, spoken) or exact(head, choices, spoken) or _held(words, choices, spoken)


def _head(words: str) -> str:
    return _HEAD.split(words[:LONGEST].strip(), maxsplit=1)[0]


def _single(words: str, choices: Sequence[Choice], spoken: Spoken) -> str | None:
    if _NUMBER.fullmatch(words.strip()):
        return _numbered(words, choices)
    return exact(words, choices, spoken) or _begun(plain(words), choices, spoken)


def _numbered(words: str, choices: Sequence[Choice]) -> str | None:
    number = _NUMBER.fullmatch(words.strip())
    place = int(number[1]) - 1 if number else -1
    return choices[place].code if 0 <= place < len(choices) else None


def _begun(wanted: str, choices: Sequence[Choice], spoken: Spoken) -> str | None:
    if not wanted:
        return None
    found = [
        choice.code
        for choice in choices
        if any(label.startswith(wanted) for label in _labels(choice, spoken))
    ]
    if len(found) > 1:
        found = [code for code in found if code not in MOVES]
    return found[0] if len(found) == 1 else None


def _held(words: str, choices: Sequence[Choice], spoken: Spoken) -> str | None:
    """«Без имени»: some whole words of one label and no other."""
    wanted = f" {plain(words)} "
    if len(wanted) < SHORTEST_PART:
        return None
    found = [c.code for c in choices if any(wanted in f" {label} " for label in _labels(c, spoken))]
    return found[0] if len(found) == 1 else None


def several(words: str, choices: Sequence[Choice], spoken: Spoken) -> tuple[str, ...]:
    """The codes of all choices that were meant, in the order typed; empty unless every part is one."""
    if len(words) > LONGEST_LIST:
        return ()
    whole = _single(words, choices, spoken) if len(words) <= LONGEST else None
    if whole:
        return (whole,)
    separator = r"[\s,.;)]+" if _NUMBERS.fullmatch(words.strip()) else r"[,;\n]"
    found = {}
    for part in filter(str.strip, re.split(separator, words)):
        code = _single(part, choices, spoken)
        if code is None:
            return ()
        found[code] = True
    return tuple(found)
