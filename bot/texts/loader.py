"""From a phrase to words: the `.ftl` files of `bot/texts/<language>/`, read once at start.

Whatever people typed comes out exactly as typed, whatever its length: Fluent refuses placeables over
2,500 characters (`fluent.runtime.resolver.MAX_PART_LENGTH`), so long ones go round it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

from bot.phrases import Listing, Param, Phrase
from bot.texts import times

PLACE = "region-RU-"
PREFIX = "region-"
LONGEST_PLACEABLE = 2000
MARK = "\ue000"  # private use: it stands for a long value until Fluent is done with the sentence
MARKED = re.compile(f"{MARK}(.*?){MARK}")

Names = Callable[[str, str], str]
Plain = dict[str, str | int]


class TextBroken(Exception):
    """A text is missing or doesn't fit its parameters: a mistake in the program. Carries the key alone."""


def _bundle(language: str, files: Iterable[Path]) -> FluentBundle:
    bundle = FluentBundle([language], use_isolating=False)
    for file in files:
        bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")))
    return bundle


class Texts:
    """The texts of every language under `folder`.

    `names` gives a place's name from its code and a language: keys `region-RU-…` are looked up there.
    """

    def __init__(self, names: Names, *, folder: Path | None = None) -> None:
        root = folder or Path(__file__).parent
        homes = sorted(path for path in root.iterdir() if path.is_dir() and any(path.glob("*.ftl")))
        self._names = names
        self._bundles = {home.name: _bundle(home.name, sorted(home.glob("*.ftl"))) for home in homes}
        self._labels: dict[tuple[str, str], str] = {}
        self._words: dict[str, tuple[str, ...]] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are texts in, by code, in alphabetical order."""
        return tuple(self._bundles)

    def render(self, phrase: Phrase, *, language: str, now: datetime, zone: str) -> str:
        """The phrase in words; moments are told relative to `now` (aware), in `zone` (an IANA name)."""
        if not phrase.params:
            return self.label(phrase.key, language)
        if phrase.key.startswith(PLACE):
            raise TextBroken(phrase.key)
        plain: Plain = {
            name: value
            if isinstance(value, str | int)
            else self._said(value, language=language, now=now, zone=zone)
            for name, value in phrase.params.items()
        }
        return self._format(phrase.key, language, plain)

    def label(self, key: str, language: str) -> str:
        """The words of a text without parameters."""
        known = self._labels.get((key, language))
        if known is None:
            known = self._names(key.removeprefix(PREFIX), language) if key.startswith(PLACE) else None
            known = self._labels[key, language] = known or self._format(key, language, {})
        return known

    def words(self, key: str) -> tuple[str, ...]:
        """A parameterless text in every language, so that an answer may be typed in any of them."""
        known = self._words.get(key)
        if known is None:
            known = self._words[key] = tuple(self.label(key, language) for language in self._bundles)
        return known

    def _said(
        self, value: datetime | timedelta | Phrase | Listing, *, language: str, now: datetime, zone: str
    ) -> str:
        if isinstance(value, datetime):
            value = times.moment(value, now=now, zone=zone)
        elif isinstance(value, timedelta):
            value = times.span(value)
        if isinstance(value, Phrase):
            return self.render(value, language=language, now=now, zone=zone)
        items = [self.render(item, language=language, now=now, zone=zone) for item in value.items]
        return self._joined(items, language)

    def _joined(self, items: list[str], language: str) -> str:
        if not items:
            return self.label("list-none", language)
        if len(items) == 1:
            return items[0]
        return self._format("list-and", language, {"others": ", ".join(items[:-1]), "last": items[-1]})

    def _format(self, key: str, language: str, params: Plain) -> str:
        bundle = self._bundles.get(language)
        if bundle is None or not bundle.has_message(key):
            raise TextBroken(key)
        pattern = bundle.get_message(key).value
        if pattern is None:
            raise TextBroken(key)
        long = _too_long(params)
        shown = {**params, **{name: f"{MARK}{name}{MARK}" for name in long}} if long else params
        words, errors = bundle.format_pattern(pattern, shown)
        if errors or not isinstance(words, str):
            raise TextBroken(key)
        return MARKED.sub(lambda found: long[found[1]], words) if long else words


def _too_long(params: Mapping[str, Param]) -> dict[str, str]:
    return {
        name: value
        for name, value in params.items()
        if isinstance(value, str) and (len(value) > LONGEST_PLACEABLE or MARK in value)
    }
