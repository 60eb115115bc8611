"""Words by which staff may mean a code, in Russian and English: the code, a word, or its first letters."""

from __future__ import annotations

import re
from collections.abc import Mapping

from backend.cases.rules import RESOLUTIONS

SEVERITIES: Mapping[str, tuple[str, ...]] = {
    "urgent": ("urgent", "срочно", "срочное", "срочный"),
    "high": ("high", "важно", "важное", "высокая", "высокий"),
    "normal": ("normal", "обычно", "обычное", "обычный", "обычная"),
}
ROLES: Mapping[str, tuple[str, ...]] = {
    "officer": ("officer", "дежурный", "дежурная"),
    "coordinator": ("coordinator", "координатор"),
    "council": ("council", "совет"),
}
LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "ru": ("ru", "русский", "по-русски", "russian"),
    "en": ("en", "english", "английский", "по-английски"),
}
_RESOLUTIONS: Mapping[str, tuple[str, ...]] = {
    "resolved": ("решено", "решён", "решен"),
    "referred": ("передано", "передано партнёрам", "передано партнерам", "referred to partners"),
    "published_only": ("огласка", "только огласка", "publicity", "published", "publicity only"),
    "out_of_mandate": ("не по профилю", "непрофильное", "outside the mandate", "out of mandate", "outside"),
    "duplicate": ("повтор", "дубликат"),
    "unreachable": ("связь потеряна", "недоступен", "нет связи", "contact lost"),
    "withdrawn": ("отозвано", "отказ"),
    "unfounded": ("не подтвердилось", "необоснованно", "not confirmed"),
}
RESOLUTION_WORDS: Mapping[str, tuple[str, ...]] = {
    code: (code, code.replace("_", "-"), *_RESOLUTIONS[code]) for code in RESOLUTIONS
}

_UNITS: Mapping[str, tuple[str, ...]] = {
    "m": ("m", "м", "min", "мин"),
    "h": ("h", "ч", "hour", "hr", "час"),
    "d": ("d", "д", "day", "дн", "ден", "сут"),
    "w": ("w", "week", "нед"),
}
_AHEAD: Mapping[str, int] = {
    **dict.fromkeys(("today", "сегодня"), 0),
    **dict.fromkeys(("tomorrow", "завтра"), 1),
    "послезавтра": 2,
}
_YES = frozenset({"yes", "да", "confirm", "подтверждаю"})
_NO = frozenset({"no", "нет", "keep", "оставить"})
_EVERYBODY = frozenset({"all", "everybody", "everyone", "все", "всем", "всех"})
_OURS = {
    *_YES,
    *_EVERYBODY,
    *("no", "нет", "off", "снять", "убрать", "next", "today", "tomorrow", "сегодня", "завтра"),
    *("duty", "backup", "primary", "officers", "coordinators", "assignee", "запас", "запасной"),
}
_DONE = frozenset({"done", "готово", "сделано"})
_STAFF_ROOM = frozenset({"", "staff", "дежурные", "дежурных"})
SHORTEST = 2
"""Letters by which a word may be abbreviated."""
SHORTEST_ENDING = 4
"""For what ends a case: a little word of the text behind it («по профилю») must not be taken for one."""


def plain(words: str) -> str:
    """Words as they are compared."""
    return " ".join(words.casefold().replace("ё", "е").strip(" .,;:!?«»\"'()").split())


def is_yes(word: str) -> bool:
    """Whether the word agrees."""
    return plain(word) in _YES


def is_no(word: str) -> bool:
    """Whether the word refuses."""
    return plain(word) in _NO


def is_done(word: str) -> bool:
    """Whether the word says that something is done."""
    return plain(word) in _DONE


def is_everybody(word: str) -> bool:
    """Whether everybody at the desk is meant."""
    return plain(word) in _EVERYBODY


def is_our_word(word: str) -> bool:
    """Whether commands read this word as something of their own, so that it can't begin a name."""
    return plain(word) in _OURS


def is_staff_room(word: str) -> bool:
    """Whether `/bind` was said of the staff room: there is no other kind."""
    return plain(word) in _STAFF_ROOM


def days_ahead(word: str) -> int | None:
    """How many days from today the word means, if it names such a day."""
    return _AHEAD.get(plain(word))


def unit(word: str) -> str | None:
    """`m`, `h`, `d` or `w` for a unit of time as people write it; a single letter must be the whole word."""
    wanted = plain(word)
    for letter, beginnings in _UNITS.items():
        if any(wanted == each or (len(each) > 1 and wanted.startswith(each)) for each in beginnings):
            return letter
    return None


def meant(word: str, vocabulary: Mapping[str, tuple[str, ...]], *, letters: int = SHORTEST) -> str | None:
    """The one code that the word means, or None if none or several may be meant."""
    wanted = plain(word)
    exact = [code for code, words in vocabulary.items() if wanted in map(plain, words)]
    if exact or len(wanted) < letters:
        return exact[0] if exact else None
    begun = [
        code for code, words in vocabulary.items() if any(plain(each).startswith(wanted) for each in words)
    ]
    return begun[0] if len(begun) == 1 else None


def resolution(words: str) -> tuple[str | None, str]:
    """The resolution that the words begin with, and the rest as written."""
    for count in (3, 2):
        head, rest = _split(words, count)
        found = [code for code, known in RESOLUTION_WORDS.items() if plain(head) in map(plain, known)]
        if found and head:
            return found[0], rest
    head, rest = _split(words, 1)
    return meant(head, RESOLUTION_WORDS, letters=SHORTEST_ENDING), rest


def _split(words: str, count: int) -> tuple[str, str]:
    """The first `count` words (nothing if there are fewer) and the rest as written."""
    found = re.match(rf"\s*(\S+(?:\s+\S+){{{count - 1}}})(?:\s+(.*))?\Z", words, re.DOTALL)
    return (found[1], (found[2] or "").strip()) if found else ("", words)
