"""A conversation's state as bytes, ready to be sealed: compact JSON behind a version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import cast

from bot.conversation.types import Answer, State

VERSION = 1

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def encode(state: State) -> bytes:
    """The state as bytes. Broken surrogates in what was typed survive the way there and back."""
    return _encoder.encode(
        [
            VERSION,
            state.flow,
            state.step,
            dict(state.answers),
            state.trail,
            state.stamp,
            state.files,
            state.album,
            state.page,
            state.changing,
            state.asked_idle,
            state.note,
            state.resume,
        ]
    ).encode("utf-8", "surrogatepass")


def decode(packed: bytes) -> State | None:
    """The state again, or None for anything else: another version, garbage, nothing."""
    try:
        parts = json.loads(packed)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parts, list) or len(parts) != len(fields(State)) + 1 or parts[0] != VERSION:
        return None
    return _state(parts[1:])


def _state(parts: list[object]) -> State | None:
    flow, step, answers, trail, stamp, files, album, page, changing, asked_idle, note, resume = parts
    whole = (
        all(isinstance(words, str) for words in (flow, step, stamp, note))
        and all(_words(several) for several in (trail, files, resume))
        and (album is None or isinstance(album, str))
        and type(page) is int
        and isinstance(changing, bool)
        and isinstance(asked_idle, bool)
        and _answers(answers)
    )
    if not whole:
        return None
    return State(
        flow=cast("str", flow),
        step=cast("str", step),
        answers=cast("Mapping[str, Answer]", answers),
        trail=tuple(cast("list[str]", trail)),
        stamp=cast("str", stamp),
        files=tuple(cast("list[str]", files)),
        album=cast("str | None", album),
        page=cast("int", page),
        changing=cast("bool", changing),
        asked_idle=cast("bool", asked_idle),
        note=cast("str", note),
        resume=tuple(cast("list[str]", resume)),
    )


def _words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _answers(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) or _words(item) for item in value.values())
