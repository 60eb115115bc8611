"""Keyboards: what Telegram refuses in them, and how a person finds a button."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from .refusals import Obj, bad_request

DATA_LIMIT = 64
"""The most bytes of UTF-8 that a button's callback data may have."""
BUTTONS_LIMIT = 100
ACTIONS = ("url", "callback_data", "switch_inline_query", "switch_inline_query_current_chat", "pay")


def rows(markup: Obj | None) -> list[list[Obj]]:
    """The rows of an inline keyboard, or of the keyboard that replaces the person's own."""
    if markup is None:
        return []
    return cast("list[list[Obj]]", markup.get("inline_keyboard") or markup.get("keyboard") or [])


def buttons(markup: Obj | None) -> list[Obj]:
    """All buttons, in reading order."""
    return [button for row in rows(markup) for button in row]


def verify(markup: Obj | None) -> None:
    """Refuse an inline keyboard that Telegram would not show."""
    for button in buttons(markup):
        if not str(button["text"]).strip():
            raise bad_request("can't parse keyboard button: text must be non-empty")
    if markup is None or "inline_keyboard" not in markup:
        return
    if len(buttons(markup)) > BUTTONS_LIMIT:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    for button in buttons(markup):
        _verify_inline(button)


def _verify_inline(button: Obj) -> None:
    actions = [name for name in ACTIONS if name in button]
    if len(actions) != 1:
        raise bad_request(
            "can't parse inline keyboard button: text buttons are unallowed in the inline keyboard"
        )
    if actions == ["callback_data"] and not 1 <= len(str(button["callback_data"]).encode()) <= DATA_LIMIT:
        raise bad_request("BUTTON_DATA_INVALID")
    if actions == ["url"] and urlsplit(str(button["url"])).scheme not in {"http", "https", "tg"}:
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: wrong HTTP URL")


def find(markup: Obj | None, wanted: str) -> Obj | None:
    """The button whose data, or else whose label, is `wanted`, or else whose label contains it."""
    candidates = buttons(markup)
    for matches in (
        lambda button: button.get("callback_data") == wanted,
        lambda button: button["text"] == wanted,
        lambda button: wanted in str(button["text"]),
    ):
        for button in candidates:
            if matches(button):
                return button
    return None
