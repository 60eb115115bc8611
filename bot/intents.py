"""Phrases as the outbox keeps them, and the messages that are put there as phrases.

An intent is a name with JSON parameters. `say` is a message already put into phrases (a question, a
command's answer); the other intents (see `bot.rendering`) name a case and get their words at sending.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backend.outbox import Item, Json, Party, Priority
from bot.phrases import Listing, Param, Phrase


@dataclass(frozen=True, slots=True)
class PhraseButton:
    """A button whose label is a phrase. `data`: at most 64 bytes of ASCII; `ticked` puts a mark before it."""

    label: Phrase
    data: str
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A message in phrases: paragraphs, then buttons in rows."""

    paragraphs: tuple[Phrase, ...]
    buttons: tuple[tuple[PhraseButton, ...], ...] = ()


def say(
    party: Party,
    card: Card,
    *,
    priority: Priority = Priority.CONVERSATION,
    case_id: str | None = None,
    edits: str | None = None,
    reply_to: str | None = None,
    receipt: bool = False,
) -> Item:
    """An outbox item that says this card.

    `edits` names the messenger's message to put it into instead; `receipt` marks what must be said to be a
    repeat if it may have been said before.
    """
    params: dict[str, Json] = {"card": encode(card)}
    if edits:
        params["edits"] = edits
    if reply_to:
        params["reply_to"] = reply_to
    if receipt:
        params["receipt"] = True
    return Item(party, "say", params, priority, case_id)


def with_content(item: Item) -> Item:
    """The same, marked as holding words of its case: only those who may read it get it."""
    return replace(item, params={**item.params, "content": True})


def encode(card: Card) -> Json:
    """A card as JSON."""
    rows: list[Json] = [[_encode_button(button) for button in row] for row in card.buttons]
    return {"p": [_encode_phrase(each) for each in card.paragraphs], "b": rows}


def decode(json: Json) -> Card:
    """A card from JSON that `encode` made."""
    content = _mapping(json)
    rows = tuple(tuple(_decode_button(each) for each in _list(row)) for row in _list(content["b"]))
    return Card(tuple(_decode_phrase(each) for each in _list(content["p"])), rows)


def _encode_button(button: PhraseButton) -> Json:
    return [_encode_phrase(button.label), button.data, button.ticked]


def _decode_button(json: Json) -> PhraseButton:
    label, data, ticked = _list(json)
    return PhraseButton(_decode_phrase(label), str(data), bool(ticked))


def _encode_phrase(phrase: Phrase) -> Json:
    return [phrase.key, {name: _encode_param(value) for name, value in phrase.params.items()}]


def _decode_phrase(json: Json) -> Phrase:
    key, params = _list(json)
    return Phrase(str(key), {name: _decode_param(value) for name, value in _mapping(params).items()})


def _encode_param(param: Param) -> Json:
    match param:
        case str() | int():
            return param
        case datetime():
            return {"at": param.isoformat()}
        case timedelta():
            return {"span": param.total_seconds()}
        case Phrase():
            return {"phrase": _encode_phrase(param)}
        case Listing():
            return {"list": [_encode_phrase(each) for each in param.items]}


def _decode_param(json: Json) -> Param:
    match json:
        case str() | int():
            return json
        case {"at": str(text)}:
            return datetime.fromisoformat(text)
        case {"span": float(seconds) | int(seconds)}:
            return timedelta(seconds=seconds)
        case {"phrase": inner}:
            return _decode_phrase(inner)
        case {"list": list(items)}:
            return Listing(tuple(_decode_phrase(each) for each in items))
        case _:
            raise ValueError("not a parameter of a phrase")


def _mapping(json: Json) -> Mapping[str, Json]:
    if not isinstance(json, dict):
        raise ValueError("not a mapping")  # noqa: TRY004 - what is wrong is the stored value
    return json


def _list(json: Json) -> list[Json]:
    if not isinstance(json, list):
        raise ValueError("not a list")  # noqa: TRY004 - what is wrong is the stored value
    return json
