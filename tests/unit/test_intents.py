"""Messages in phrases survive the outbox: whatever is put there comes out the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.outbox import Json, Party, Priority
from backend.vault.keys import RoomKey
from bot import intents
from bot.intents import Card, PhraseButton
from bot.phrases import Listing, Param, Phrase, phrase

KEYS = st.from_regex(r"[a-z]{1,8}(-[a-z]{1,8})?", fullmatch=True)
PLAIN = st.one_of(
    st.text(max_size=20),
    st.integers(-(2**40), 2**40),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware
    st.timedeltas(timedelta(0), timedelta(days=4000)).map(
        lambda span: timedelta(seconds=span.total_seconds())
    ),
)


def _phrases(params: st.SearchStrategy[Param]) -> st.SearchStrategy[Phrase]:
    return st.builds(Phrase, KEYS, st.dictionaries(KEYS, params, max_size=3))


PHRASES: st.SearchStrategy[Phrase] = st.recursive(
    _phrases(PLAIN),
    lambda inner: _phrases(st.one_of(inner, st.builds(Listing, st.lists(inner, max_size=2).map(tuple)))),
    max_leaves=5,
)
BUTTONS = st.builds(PhraseButton, PHRASES, st.text("abc:-", max_size=8), st.booleans())
CARDS = st.builds(
    Card,
    st.lists(PHRASES, max_size=3).map(tuple),
    st.lists(st.lists(BUTTONS, max_size=2).map(tuple), max_size=2).map(tuple),
)


@given(CARDS)
def test_a_card_comes_out_as_it_went_in(card: Card) -> None:
    """Any message with any buttons is the same after it was written down as JSON and read again."""
    assert intents.decode(json.loads(json.dumps(intents.encode(card)))) == card


@pytest.mark.parametrize("broken", [None, [], {"p": 1, "b": []}, {"p": [["key", []]], "b": []}, {"p": []}])
def test_what_is_no_card_is_refused(broken: Json) -> None:
    """A stored value that is no card is an error, never half a message."""
    with pytest.raises((ValueError, KeyError)):
        intents.decode(broken)


def test_say_keeps_only_what_matters() -> None:
    """An item that says a card names its edit, its answer and its being a receipt only where they are so."""
    party = Party("room", "r", "telegram", RoomKey("r", 1, bytes(32)))
    card = Card((phrase("hello"),))
    assert intents.say(party, card).params == {"card": intents.encode(card)}
    full = intents.say(
        party, card, priority=Priority.URGENT, case_id="c", edits="1", reply_to="2", receipt=True
    )
    assert full.params == {"card": intents.encode(card), "edits": "1", "reply_to": "2", "receipt": True}
    assert (full.priority, full.case_id) == (Priority.URGENT, "c")
