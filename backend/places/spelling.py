"""How one place is written in many ways: both alphabets, case endings, the wrong keyboard layout.

Every spelling is brought to one folded form in Cyrillic letters, so that a single slip of the finger is a
single letter's difference in either alphabet. Folding loses letters on purpose: what comes of it is compared,
never shown.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

LONGEST = 200
"""Characters that are looked at; a place's name is shorter, and work stays bounded."""
_MOST_WORDS = 20

_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"shch|sch|sh|zh|kh|ch|ph|ts|tz|ck|ya|ja|ia|yu|ju|iu|ye|je|yo|jo|[a-z]")
_SOUNDS = {
    "щ": ("shch", "sch"),
    "ш": ("sh",),
    "ж": ("zh",),
    "х": ("kh",),
    "ч": ("ch",),
    "ф": ("ph",),
    "ц": ("ts", "tz"),
    "к": ("ck",),
    "я": ("ya", "ja", "ia"),
    "ю": ("yu", "ju", "iu"),
    "е": ("ye", "je", "yo", "jo"),
    "кс": ("x",),
}
_CYRILLIC_OF = dict(zip("abcdefghijklmnopqrstuvwyz", "абкдефгхииклмнопкрстуввиз", strict=True))
_CYRILLIC_OF |= {latin: letter for letter, spelt in _SOUNDS.items() for latin in spelt}
_ALIKE = str.maketrans({"ы": "и", "э": "е", "ь": None, "ъ": None})
_ENDING = re.compile(r"(?<=...)(?:ого|его|ому|ему|ами|ями|ими|им|их|ом|ем|ам|ям|ах|ях)$")
_VOWELS = re.compile(r"(?<=..)[аеиоуюя]+$")
_DOUBLED = re.compile(r"(.)\1+")
_ABBREVIATION = 2
"""Letters; in «НН» the doubled letter is the name."""

_PASSED_OVER = frozenset(
    re.findall(
        r"\w+",
        """
        в во на под подо из около возле рядом недалеко от с со у г гор город городе города городом пос
        посёлок посёлке деревня деревне станица район районе р н автономный автономная автономном автономной
        автономного in at near from the of city town v na on nad around district raion autonomous
        """,
    )
)
_KIND_OF = {
    "oblast": ("область", "области", "областью", "обл", "oblast", "region", "регион", "регионе", "региона"),
    "krai": ("край", "края", "крае", "краю", "краем", "krai", "kray", "territory"),
    "republic": ("республика", "республике", "республики", "республику", "респ", "republic", "respublika"),
    "okrug": ("округ", "округе", "округа", "ао", "okrug"),
}
_KINDS = {word: kind for kind, spelt in _KIND_OF.items() for word in spelt}

_LATIN_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_CYRILLIC_KEYS = "йцукенгшщзхъфывапролджэячсмитьбюё"
_OTHER_LAYOUT = str.maketrans(_LATIN_KEYS + _CYRILLIC_KEYS, _CYRILLIC_KEYS + _LATIN_KEYS)


class Spelling(NamedTuple):
    """A name in comparable form; two spellings of one name share at least the stem."""

    folded: str
    stem: str
    kind: str
    """Which kind of subject was named with it (oblast, krai …), or nothing."""
    whole: str
    """Every word as typed, run together: a slip anywhere, be it in «область», is one letter's difference."""


def words(text: str) -> list[str]:
    """Lower-case words, letters only, from the first characters of any text."""
    return _WORD.findall(text[:LONGEST].casefold())[:_MOST_WORDS]


def spell(parts: Sequence[str]) -> Spelling:
    """The comparable form of a name given as lower-case words; its folded form may be empty."""
    kinds = [_KINDS[part] for part in parts if part in _KINDS]
    names = [fold(part) for part in parts if part not in _KINDS and part not in _PASSED_OVER]
    return Spelling(
        " ".join(names), " ".join(map(stem, names)), kinds[-1] if kinds else "", whole="".join(parts)
    )


def fold(word: str) -> str:
    """One lower-case word in the few letters that spellings agree on."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    letters = _LATIN.sub(lambda found: _CYRILLIC_OF[found[0]], plain.translate(_ALIKE))
    if letters.startswith("ио"):
        letters = "е" + letters[2:]
    letters = letters.replace("ия", "я")
    return _DOUBLED.sub(r"\1", letters) if len(letters) > _ABBREVIATION else letters


def stem(folded: str) -> str:
    """A folded word without its case ending; at least two letters stay."""
    return _VOWELS.sub("", _ENDING.sub("", folded))


def other_layout(text: str) -> str:
    """What would stand there had the other keyboard layout been on («rfpfym» was meant as «казань»)."""
    return text[:LONGEST].casefold().translate(_OTHER_LAYOUT)


def phrases(parts: list[str], longest: int = 3) -> Iterator[list[str]]:
    """Every run of up to *longest* neighbouring words, shorter than the whole."""
    for size in range(1, min(longest, len(parts) - 1) + 1):
        for start in range(len(parts) - size + 1):
            yield parts[start : start + size]
