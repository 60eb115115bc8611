"""The subjects of the Federation by name, alias or town, however inexactly they were typed.

Codes are ISO 3166-2:RU; time zones are IANA's. The list itself is `regions.toml`, read when first asked for.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from backend.places import spelling

OUTSIDE = "RU-outside"
UNSTATED = "RU-unstated"

_UNLISTED = ""
"""Stands for places that are known but are no region of this list."""

_EXACT, _SAME_STEM, _IN_A_SENTENCE, _ADJECTIVE, _LIKELY, _WEAKEST = 100.0, 98.0, 90.0, 88.0, 85.0, 74.0
_SHORTEST = 4
"""Letters; anything shorter counts only when it is the whole answer and spelt right."""
_LONGEST = 50
"""Letters; no name is as long, so nothing longer is a misspelt one."""
_GAP, _WIDE_GAP = 8.0, 12.0
"""Points by which a good and a likely match must lead to be sure."""
_SENTENCE = 6
"""With more words than this a name may be there by chance: offered, never taken as sure."""


@dataclass(frozen=True, slots=True)
class Region:
    """A subject of the Federation, or one of the two answers that stand for none."""

    code: str
    """ISO 3166-2:RU, or `OUTSIDE` or `UNSTATED`."""
    ru: str
    en: str
    zone: str
    """IANA time zone; the capital's where the subject spans several."""
    also: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A region that the typed words may mean."""

    region: Region
    score: float
    """0 to 100; 100 is a name of this list, letter for letter."""
    sure: bool
    """No other region is meant nearly as well: it may be taken without asking. Only a first match can be."""


class _Regions(Mapping[str, Region]):
    """The list by code; read from its file at the first look, not at import."""

    def __getitem__(self, code: str) -> Region:
        return _read().regions[code]

    def __iter__(self) -> Iterator[str]:
        return iter(_read().regions)

    def __len__(self) -> int:
        return len(_read().regions)


REGIONS: Mapping[str, Region] = _Regions()
"""Every region by its code, subjects first."""


class _Listed(NamedTuple):
    regions: dict[str, Region]
    unlisted: tuple[str, ...]


class _Names(NamedTuple):
    """Everything people may type; the lists run side by side."""

    folded: list[str]
    stems: list[str]
    wholes: list[str]
    owners: list[tuple[str, str]]
    """Code and kind of subject."""
    by_folded: Mapping[str, list[int]]
    by_stem: Mapping[str, list[int]]


def name(code: str, language: str) -> str:
    """The region's name to show; English unless *language* is Russian. KeyError: there is no such code."""
    region = REGIONS[code]
    return region.ru if language.startswith("ru") else region.en


def nearest(typed: str, limit: int = 4) -> tuple[Match, ...]:
    """Up to *limit* regions that *typed* may mean, likeliest first; empty when it resembles none.

    Takes names, aliases and towns with typing errors, in any case form, in either alphabet or keyboard
    layout, alone or in a short sentence. Places that ISO 3166-2 does not list under RU have no match.
    """
    parts = spelling.words(typed)
    scores = _as_a_name(parts)
    if _best(scores) < _IN_A_SENTENCE:
        _lift(scores, _on_the_other_layout(typed))
    if _best(scores) < _IN_A_SENTENCE:
        _lift(scores, _in_a_sentence(parts))
    return _ranked(scores, long=len(parts) > _SENTENCE)[: max(limit, 0)]


def _ranked(scores: dict[str, float], *, long: bool) -> tuple[Match, ...]:
    """Matches in order; none when a place outside the list is what was meant."""
    unlisted = scores.pop(_UNLISTED, 0.0)
    if not scores or _meant(unlisted, _best(scores)):
        return ()
    found = sorted(scores.items(), key=lambda pair: -pair[1])
    second = max(unlisted, found[1][1] if len(found) > 1 else 0.0)
    sure = not long and _clear(found[0][1], second)
    return tuple(Match(REGIONS[code], score, sure and at == 0) for at, (code, score) in enumerate(found))


def _meant(unlisted: float, best: float) -> bool:
    """Whether a place outside the list fits best; a nearly perfect name in it is still worth asking about."""
    return unlisted == _EXACT or (unlisted >= best and best <= _IN_A_SENTENCE)


def _clear(first: float, second: float) -> bool:
    """Whether the best score leaves no doubt beside the next region's."""
    if first == _EXACT:
        return second < _EXACT
    return first >= _LIKELY and first - second >= (_GAP if first >= _IN_A_SENTENCE else _WIDE_GAP)


def _best(scores: Mapping[str, float]) -> float:
    return max(scores.values(), default=0.0)


def _lift(scores: dict[str, float], others: Mapping[str, float]) -> None:
    for code, score in others.items():
        scores[code] = max(score, scores.get(code, 0.0))


def _as_a_name(parts: list[str]) -> dict[str, float]:
    """Scores by code, taking all the words together as one name."""
    asked = spelling.spell(parts)
    scores: dict[str, float] = {}
    if asked.folded:
        for at, score in _candidates(asked):
            code, kind = _names().owners[at]
            _lift(scores, {code: score - _mismatch(asked.kind, kind)})
    return {code: score for code, score in scores.items() if score >= _WEAKEST}


def _on_the_other_layout(typed: str) -> dict[str, float]:
    """Scores by code as if the keyboard had been switched; faint resemblances are chance there."""
    scores = _as_a_name(spelling.words(spelling.other_layout(typed)))
    return {code: score for code, score in scores.items() if score >= _LIKELY}


def _in_a_sentence(parts: list[str]) -> dict[str, float]:
    """Scores by code of the names that stand among other words, as they are or in another case."""
    scores: dict[str, float] = {}
    for phrase in spelling.phrases(parts):
        asked = spelling.spell(phrase)
        if len(asked.folded) >= _SHORTEST:
            for at in _names().by_stem.get(asked.stem, ()):
                code, kind = _names().owners[at]
                _lift(scores, {code: _IN_A_SENTENCE - _mismatch(asked.kind, kind)})
    return scores


def _mismatch(asked: str, kind: str) -> float:
    """What it costs when an oblast was asked for and the name is a town's, or a krai's."""
    if asked == kind:
        return 0.0
    return 8.0 if asked and kind else 3.0


def _candidates(asked: spelling.Spelling) -> Iterator[tuple[int, float]]:
    names = _names()
    yield from ((at, _EXACT) for at in names.by_folded.get(asked.folded, ()))
    yield from ((at, _SAME_STEM) for at in names.by_stem.get(asked.stem, ()))
    if asked.kind:
        yield from ((at, _ADJECTIVE) for at in names.by_stem.get(asked.stem.removesuffix("ск"), ()))
    yield from _misspelt(asked.folded, names.folded, most=3)
    yield from _misspelt(asked.stem, names.stems, most=3)
    yield from _misspelt(asked.whole, names.wholes, most=1)
    yield from _begun(asked.folded, names.folded)


def _misspelt(asked: str, known: list[str], *, most: int) -> Iterator[tuple[int, float]]:
    """Names within *most* slips, fewer where short. Neighbouring letters swapped count as one slip."""
    if not _SHORTEST <= len(asked) <= _LONGEST:
        return
    slips = min(1 + (len(asked) - 1) // 5, most)
    for key, distance, at in process.extract(
        asked, known, scorer=OSA.distance, score_cutoff=slips, limit=None
    ):
        yield at, 100.0 * (1 - distance / max(len(key), len(asked))) if distance else _SAME_STEM


def _begun(asked: str, known: list[str]) -> Iterator[tuple[int, float]]:
    """Names of which only the beginning was typed."""
    if len(asked) >= _SHORTEST:
        for at, key in enumerate(known):
            if key.startswith(asked):
                yield at, _WEAKEST + 16.0 * len(asked) / len(key)


@cache
def _read() -> _Listed:
    content = tomllib.loads(files(__package__).joinpath("regions.toml").read_text(encoding="utf-8"))
    unlisted = tuple(content.pop("unlisted"))
    return _Listed({code: _region(code, entry) for code, entry in content.items()}, unlisted)


def _region(code: str, entry: dict[str, str | list[str]]) -> Region:
    ru, en, zone = (str(entry[key]) for key in ("ru", "en", "zone"))
    return Region(code, ru, en, zone, also=tuple(entry["also"]), towns=tuple(entry["towns"]))


@cache
def _names() -> _Names:
    names = _Names([], [], [], [], defaultdict(list), defaultdict(list))
    for code, typed in _everything():
        form = spelling.spell(spelling.words(typed))
        names.by_folded[form.folded].append(len(names.owners))
        names.by_stem[form.stem].append(len(names.owners))
        names.folded.append(form.folded)
        names.stems.append(form.stem)
        names.wholes.append(form.whole)
        names.owners.append((code, form.kind))
    return names


def _everything() -> Iterator[tuple[str, str]]:
    """Code and name of all that can be typed."""
    for region in REGIONS.values():
        yield from ((region.code, typed) for typed in (region.ru, region.en, *region.also, *region.towns))
    yield from ((_UNLISTED, typed) for typed in _read().unlisted)
