"""Where a person stands survives being written down, and nothing else is taken for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import codec
from bot.conversation.types import State

WORDS = st.text(st.characters(), max_size=20)
SEVERAL = st.lists(WORDS, max_size=3).map(tuple)
STATES = st.builds(
    State,
    flow=WORDS,
    step=WORDS,
    answers=st.dictionaries(WORDS, st.one_of(WORDS, st.lists(WORDS, max_size=3)), max_size=4),
    trail=SEVERAL,
    stamp=WORDS,
    files=SEVERAL,
    album=st.none() | WORDS,
    page=st.integers(0, 5),
    changing=st.booleans(),
    asked_idle=st.booleans(),
    note=WORDS,
    resume=SEVERAL,
)


@given(STATES)
def test_there_and_back(state: State) -> None:
    """Any state comes back as it was, broken surrogates included."""
    assert codec.decode(codec.encode(state)) == state


@given(st.binary(max_size=60))
def test_garbage_is_nothing(packed: bytes) -> None:
    """Bytes that aren't a state are None, never an error."""
    assert codec.decode(packed) is None


@pytest.mark.parametrize(
    "change",
    [
        {0: 2},
        {1: 7},
        {3: []},
        {3: {"a": 1}},
        {4: "x"},
        {6: [1]},
        {7: 1},
        {8: True},
        {8: "1"},
        {9: 0},
        {12: None},
    ],
)
def test_another_shape_is_nothing(change: dict[int, object]) -> None:
    """Another version, or a field of another kind, is not half understood."""
    parts = json.loads(codec.encode(State("report", "acts")))
    for place, value in change.items():
        parts[place] = value
    assert codec.decode(json.dumps(parts).encode()) is None


@pytest.mark.parametrize("packed", [b"", b"null", b"{}", b"[1]", b"[" * 100_000])
def test_other_json_is_nothing(packed: bytes) -> None:
    """Not even where it is too deep to read."""
    assert codec.decode(packed) is None
