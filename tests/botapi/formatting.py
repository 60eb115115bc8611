"""The HTML that Telegram reads with `parse_mode=HTML`, as strictly as it does.

Source: https://core.telegram.org/bots/api#html-style. Other parse modes are refused: the hotline uses none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

from .entities import units
from .refusals import Obj, Refused, bad_request

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z0-9-]*)(?P<attributes>[^<>]*)(?P<end>>?)")
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")


@dataclass(slots=True)
class _Open:
    """A tag that waits for its end, and where in the plain text it began."""

    name: str
    attributes: dict[str, str]
    offset: int


@dataclass(slots=True)
class _Reading:
    """The plain text so far, its length in UTF-16 units, and the entities that are complete."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Obj] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)

    def add(self, markup: str) -> None:
        text = _REFERENCE.sub(lambda match: unescape(match.group()), markup)
        self.parts.append(text)
        self.length += units(text)


def parse(text: str, mode: str) -> tuple[str, list[Obj]]:
    """The plain text and its entities.

    Raises:
        Refused: the mode is not HTML, or the markup is not well-formed or not supported.

    """
    if mode.lower() != "html":
        raise bad_request("unsupported parse_mode")
    reading, position = _Reading(), 0
    for tag in _TAG.finditer(text):
        reading.add(text[position : tag.start()])
        position = tag.end()
        (_close if tag["close"] else _open)(reading, tag, len(text[: tag.start()].encode()))
    reading.add(text[position:])
    if reading.stack:
        raise _wrong(f'Can\'t find end tag corresponding to start tag "{reading.stack[-1].name}"')
    reading.entities.sort(key=lambda entity: (str(entity["offset"]).zfill(6), -int(str(entity["length"]))))
    return "".join(reading.parts), reading.entities


def _wrong(what: str) -> Refused:
    return bad_request(f"can't parse entities: {what}")


def _open(reading: _Reading, tag: re.Match[str], at: int) -> None:
    name = tag["name"].lower()
    if not tag["end"]:
        raise _wrong(f"Unclosed start tag at byte offset {at}")
    if name not in _KINDS:
        raise _wrong(f'Unsupported start tag "{name}" at byte offset {at}')
    attributes = {
        key.lower(): unescape(value.strip("\"'")) for key, value in _ATTRIBUTE.findall(tag["attributes"])
    }
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise _wrong(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    reading.stack.append(_Open(name, attributes, reading.length))


def _close(reading: _Reading, tag: re.Match[str], at: int) -> None:
    name = tag["name"].lower()
    if not reading.stack:
        raise _wrong(f"Unexpected end tag at byte offset {at}")
    opened = reading.stack.pop()
    if name not in {opened.name, ""} or not tag["end"]:
        raise _wrong(f'Unmatched end tag at byte offset {at}, expected "</{opened.name}>", found "</{name}>"')
    entity = _entity(opened, reading)
    if entity is not None:
        reading.entities.append(entity)


def _entity(opened: _Open, reading: _Reading) -> Obj | None:
    kind, length = _KINDS[opened.name], reading.length - opened.offset
    entity: Obj = {"type": kind, "offset": opened.offset, "length": length}
    if kind == "text_link":
        href = opened.attributes.get("href") or "".join(reading.parts)[-length:]
        entity["url"] = href
    if kind == "custom_emoji":
        entity["custom_emoji_id"] = opened.attributes.get("emoji-id", "")
    if kind == "blockquote" and "expandable" in opened.attributes:
        entity["type"] = "expandable_blockquote"
    if opened.name == "code" and opened.attributes.get("class", "").startswith("language-"):
        return None
    return entity if length else None
