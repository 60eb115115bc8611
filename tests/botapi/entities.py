"""Texts as Telegram counts and marks them: UTF-16 code units, entities within bounds, marks in plain text."""

from __future__ import annotations

import re
from typing import cast

from .refusals import Obj, bad_request

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024

_COMMAND = r"(?<![\w/@<>])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/])"
_EMAIL = r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,})"
_MENTION = r"(?<![\w@])(?P<mention>@[A-Za-z0-9_]{3,32})\b"
_HASHTAG = r"(?<![\w#])(?P<hashtag>#\w*[^\W\d]\w*)"
_URL = r"(?P<url>(?:https?://|www\.)[^\s<>\"]+[^\s<>\".,;:!?)])"
_MARKS = re.compile(f"{_URL}|{_EMAIL}|{_COMMAND}|{_MENTION}|{_HASHTAG}")
_HINTS = frozenset("/@#.")
_INVISIBLE = " \t\r\n\u00a0\u200b\u200c\u200d\u2060\ufeff\u2800\u3164"


def units(text: str) -> int:
    """The text's length in UTF-16 code units."""
    return (
        len(text) + sum(1 for character in text if ord(character) > 0xFFFF)
        if not text.isascii()
        else len(text)
    )


def detect(text: str) -> list[Obj]:
    """The commands, mentions, addresses and hashtags that Telegram marks by itself."""
    if _HINTS.isdisjoint(text):
        return []
    found = []
    for match in _MARKS.finditer(text):
        kind = match.lastgroup or ""
        start, mark = match.span(kind)[0], match.group(kind)
        found.append(_entity(kind, units(text[:start]), units(mark)))
    return found


def _entity(kind: str, offset: int, length: int) -> Obj:
    return {"type": kind, "offset": offset, "length": length}


def marked(text: str, entity: Obj) -> str:
    """The part of the text that an entity covers."""
    encoded = text.encode("utf-16-le")
    start = 2 * cast("int", entity["offset"])
    return encoded[start : start + 2 * cast("int", entity["length"])].decode("utf-16-le")


def verify(text: str, entities: list[Obj]) -> None:
    """Refuse entities that lie outside of the text or begin or end within a surrogate pair."""
    encoded = text.encode("utf-16-le")
    for entity in entities:
        offset, length = cast("int", entity["offset"]), cast("int", entity["length"])
        if offset < 0 or length <= 0 or 2 * (offset + length) > len(encoded):
            raise bad_request("can't parse entities: receive an entity with incorrect offset or length")
        if _within_pair(encoded, offset) or _within_pair(encoded, offset + length):
            raise bad_request(
                f"can't parse entities: entity at UTF-16 offset {offset} splits a UTF-16 symbol"
            )


def _within_pair(encoded: bytes, offset: int) -> bool:
    high = encoded[2 * offset + 1 : 2 * offset + 2]
    return bool(high) and 0xDC <= high[0] <= 0xDF


def trim(text: str, entities: list[Obj]) -> tuple[str, list[Obj]]:
    """The text without the white space around it, as Telegram stores it, its entities moved with it."""
    stripped = text.strip(_INVISIBLE)
    if stripped == text:
        return text, entities
    lead, size = units(text[: len(text) - len(text.lstrip(_INVISIBLE))]), units(stripped)
    moved = []
    for entity in entities:
        start = max(0, cast("int", entity["offset"]) - lead)
        end = min(size, cast("int", entity["offset"]) + cast("int", entity["length"]) - lead)
        if start < end:
            moved.append({**entity, "offset": start, "length": end - start})
    return stripped, moved


def merged(text: str, entities: list[Obj]) -> list[Obj]:
    """The given entities and those that are found in the text outside of them, in the text's order."""
    taken = [
        (cast("int", e["offset"]), cast("int", e["offset"]) + cast("int", e["length"])) for e in entities
    ]
    free = [
        entity
        for entity in detect(text)
        if not any(start <= cast("int", entity["offset"]) < end for start, end in taken)
    ]
    return sorted([*entities, *free], key=lambda e: cast("int", e["offset"])) if free else entities
