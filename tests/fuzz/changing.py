"""Changed copies of good examples: nearer to what a parser accepts than anything made from nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase

HERE = Path(__file__).parent
FOUND = DirectoryBasedExampleDatabase(HERE / "found")
"""What once broke a parser is kept here, and tried first ever after."""

Json: TypeAlias = Any
T = TypeVar("T", str, bytes)

NASTY: st.SearchStrategy[Json] = st.sampled_from(
    [None, True, -1, 0, 2**63, 1e308, "", "\x00", "\ud800", "9" * 400, "\u202e", [], {}, [[[[]]]], {"": None}]
)
LEAVES = NASTY | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)


def kept(name: str) -> list[Json]:
    """The corpus of one parser: a JSON value a line."""
    return [json.loads(line) for line in (HERE / "corpus" / f"{name}.jsonl").read_text().splitlines()]


@st.composite
def spliced(draw: st.DrawFn, examples: list[T], more: st.SearchStrategy[T]) -> T:
    """An example with up to four pieces cut out, doubled or put in."""
    value = draw(st.sampled_from(examples))
    for _ in range(draw(st.integers(0, 4))):
        begin = draw(st.integers(0, len(value)))
        end = draw(st.integers(begin, min(len(value), begin + 40)))
        value = value[:begin] + draw(more | st.just(value[begin:end] * 2)) + value[end:]
    return value


def texts(examples: list[str]) -> st.SearchStrategy[str]:
    """Changed texts."""
    return spliced(examples, st.text(max_size=20))


def blobs(examples: list[bytes]) -> st.SearchStrategy[bytes]:
    """Changed bytes."""
    return spliced(examples, st.binary(max_size=20))


@st.composite
def trees(draw: st.DrawFn, examples: list[Json]) -> Json:
    """An example in which up to four places hold something else, or nothing."""
    value = draw(st.sampled_from(examples))
    for _ in range(draw(st.integers(0, 4))):
        value = _changed(draw, value)
    return value


def _changed(draw: st.DrawFn, value: Json) -> Json:
    """The tree with one place changed: the deeper, the rarer."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(value)))
        rest = {name: inner for name, inner in value.items() if name != key}
        return rest if not draw(st.integers(0, 5)) else {**rest, key: _changed(draw, value[key])}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], _changed(draw, value[place]), *value[place + draw(st.integers(0, 1)) :]]
    return draw(LEAVES)
