"""Texts as Telegram reads them: HTML, UTF-16, marks; and the table that calls are checked against."""

import json

import pytest

from tests.botapi import derive, entities, formatting, schema
from tests.botapi.refusals import Refused


@pytest.mark.parametrize(
    ("markup", "text", "found"),
    [
        ("a <b>b</b>", "a b", [("bold", 2, 1)]),
        ("<b>b<i>i</i></b>", "bi", [("bold", 0, 2), ("italic", 1, 1)]),
        ("😀<code>&lt;c&gt;</code>", "😀<c>", [("code", 2, 3)]),
        ('<a href="https://example.org/?a=1&amp;b=2">x</a>', "x", [("text_link", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ('<pre><code class="language-python">x</code></pre>', "x", [("pre", 0, 1)]),
        ("<b></b>a > b &unknown;", "a > b &unknown;", []),
        ("&#1071;", "Я", []),
    ],
)
def test_html(markup: str, text: str, found: list[tuple[str, int, int]]) -> None:
    """Supported markup becomes text and entities, counted in UTF-16 units."""
    parsed, marks = formatting.parse(markup, "HTML")
    assert (parsed, [(m["type"], m["offset"], m["length"]) for m in marks]) == (text, found)


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("я<b>x</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("a <> b", 'Unsupported start tag "" at byte offset 2'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_wrong_html(markup: str, reason: str) -> None:
    """Markup that is unbalanced or unsupported is refused with its place in bytes."""
    with pytest.raises(Refused) as refused:
        formatting.parse(markup, "HTML")
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


def test_other_parse_modes() -> None:
    """Only HTML is read."""
    with pytest.raises(Refused, match="unsupported parse_mode"):
        formatting.parse("*x*", "MarkdownV2")


@pytest.mark.parametrize(("offset", "length"), [(0, 1), (1, 1), (1, 2), (-1, 1), (0, 0), (0, 4)])
def test_entities_within_bounds(offset: int, length: int) -> None:
    """An entity may not leave the text or cut a character of two units in half."""
    entities.verify("😀a", [{"type": "bold", "offset": 0, "length": 2}])
    with pytest.raises(Refused):
        entities.verify("😀a", [{"type": "bold", "offset": offset, "length": length}])


def test_white_space_is_trimmed() -> None:
    """White space around a text goes, and entities move with what is left."""
    marks = [{"type": "bold", "offset": 0, "length": 4}, {"type": "code", "offset": 5, "length": 1}]
    text, moved = entities.trim(" \na b ", [dict(mark) for mark in marks])
    assert (text, moved) == ("a b", [{"type": "bold", "offset": 0, "length": 2}])


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("/start", ["/start"]),
        ("/start@hotline_bot now", ["/start@hotline_bot"]),
        ("go /start, please", ["/start"]),
        ("and/or http://example.org/start", ["http://example.org/start"]),
        ("😀 @somebody #тег", ["@somebody", "#тег"]),
        ("nothing", []),
    ],
)
def test_marks_in_plain_text(text: str, marks: list[str]) -> None:
    """Commands, mentions, addresses and hashtags are found where Telegram finds them."""
    assert [entities.marked(text, mark) for mark in entities.detect(text)] == marks


def test_table_is_what_derive_makes() -> None:
    """The committed table has the methods and types that are named, complete, in the rendered form."""
    table = schema.TABLE
    assert list(table["methods"]) == derive.METHODS
    assert {*table["types"], *table["unions"]} == set(derive.TYPES)
    for shape in (*table["methods"].values(), *table["types"].values()):
        assert set(shape["required"]) <= set(shape["fields"])
    assert json.loads(derive.render(derive.Table(**table))) == table


def test_derive_keeps_what_is_used() -> None:
    """Fields of types that are not used are left out, and unions lose the members that are not used."""
    fields: list[derive.Field] = [
        {"name": "chat_id", "types": ["Integer", "String"], "required": True},
        {"name": "rows", "types": ["Array of Array of InlineKeyboardButton"], "required": False},
        {"name": "poll", "types": ["Poll"], "required": False},
    ]
    unions: dict[str, derive.Entry] = {
        "ReactionType": {"subtypes": ["ReactionTypeEmoji", "ReactionTypePaid"]}
    }
    table = derive.derive(
        {
            "version": "Bot API 0",
            "methods": {name: {"fields": fields} for name in derive.METHODS},
            "types": {name: unions.get(name, {}) for name in derive.TYPES},
        }
    )
    assert table["methods"]["getMe"] == {
        "required": ["chat_id"],
        "fields": {
            "chat_id": ["Integer", "String"],
            "rows": ["Array of Array of InlineKeyboardButton"],
        },
    }
    assert table["unions"] == {"ReactionType": ["ReactionTypeEmoji"]}
