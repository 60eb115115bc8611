"""Everything the desk says exists in every language, and every role's menu is explained."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax.ast import Message

import bot.texts
from backend.cases.rules import RESOLUTIONS
from backend.errors import HotlineError
from backend.places import regions
from bot.phrases import phrase
from bot.staff import held, origin, parse, vocabulary
from bot.staff.help import menu
from bot.texts import Texts

FOLDER = Path(bot.texts.__file__).parent
TEXTS = Texts(regions.name)
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
ROLES = ("officer", "coordinator", "council")


def _keys(language: str) -> set[str]:
    parsed = FluentParser().parse((FOLDER / language / "staff.ftl").read_text(encoding="utf-8"))
    return {entry.id.name for entry in parsed.body if isinstance(entry, Message)}


def _errors(kind: type[HotlineError] = HotlineError) -> Iterator[type[HotlineError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _errors(each)


def test_both_languages_say_the_same_things() -> None:
    """A staff text that is in one language is in the other."""
    assert _keys("ru") == _keys("en")


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_error_has_its_sentence(language: str) -> None:
    """Whatever is refused, there are words for why."""
    facts: dict[str, str | int] = {
        "reference": "K7F-3QX",
        "name": "Анна",
        "command": "/link",
        "number": 1,
        "most": 20,
    }
    facts |= {"day": "25.11.2026", "hour": "09:00", "when": "25.11 09:00–21:00", "hours": "48"}
    facts |= {"shifts": "09:00–21:00 Анна", "names": "Анна", "example": "Анна"}
    errors = list(_errors())
    assert {held.AlreadyDecided, held.NothingToSend, origin.NoPrivateChat} <= set(errors)
    for error in errors:
        assert TEXTS.render(phrase(error.key, **facts), language=language, now=NOW, zone="UTC")


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("role", [*ROLES, "reporter"])
def test_every_menu_is_described(role: str, language: str) -> None:
    """Each command of each menu has its description, short enough for a messenger's menu."""
    for name in menu(role):
        assert 3 <= len(TEXTS.label(f"command-{name.replace('_', '-')}", language)) <= 60


@pytest.mark.parametrize("role", ROLES)
def test_menus_offer_only_what_is_understood(role: str) -> None:
    """What a staff menu offers, the desk takes: bare, it is a command or a sentence on how to write it."""
    for name in menu(role):
        assert parse.parse(f"/{name}") is not None


def test_resolutions_are_understood_as_they_are_shown() -> None:
    """A resolution may be typed as its label reads, in either language, or by its code."""
    for code in RESOLUTIONS:
        for words in (code, *TEXTS.words(f"resolution-{code}")):
            assert vocabulary.resolution(words)[0] == code, words
