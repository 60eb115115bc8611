"""Everything that can be said can be said in every language, and people's own words come out untouched."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from fluent.runtime import FluentResource
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from backend import places
from backend.cases import lists, rules
from bot.conversation.commands import REPORTER_COMMANDS
from bot.flows.questions import QUESTIONS
from bot.phrases import Listing, Param, Phrase, phrase
from bot.texts import TextBroken, Texts

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "bot" / "texts"
LANGUAGES = sorted(home.name for home in FOLDER.iterdir() if any(home.glob("*.ftl")))
NOW = datetime(2026, 5, 13, 11, 5, tzinfo=UTC)
TEXTS = Texts(places.name)
FAMILIES = {
    "act": lists.ACTS,
    "perpetrator": lists.PERPETRATORS,
    "need": lists.NEEDS,
    "about": lists.ABOUT,
    "timing": lists.TIMINGS,
    "consent": lists.CONSENTS,
    "severity": rules.SEVERITIES,
    "standing": rules.STATUSES,
    "resolution": rules.RESOLUTIONS,
    "topic": [question.key for question in QUESTIONS if question.key != "safety"],
    "report": [question.key for question in QUESTIONS],
    "command": REPORTER_COMMANDS,
    "language": LANGUAGES,
    "answer": ["yes", "no"],
    "time-month": [str(month) for month in range(1, 13)],
}
"""Keys that are put together from a prefix and a code."""


class _Variables(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802 -- Fluent's name
        self.names.add(node.id.name)


def _variables(message: ftl.Message) -> frozenset[str]:
    visitor = _Variables()
    visitor.visit(message)
    return frozenset(visitor.names)


@lru_cache
def messages(language: str) -> dict[str, frozenset[str]]:
    """Every key of a language with the variables that its text takes."""
    found: dict[str, frozenset[str]] = {}
    for file in sorted((FOLDER / language).glob("*.ftl")):
        for entry in FluentResource(file.read_text(encoding="utf-8")).body:
            assert not isinstance(entry, ftl.Junk), f"{file.name}: {entry.content}"
            if isinstance(entry, ftl.Message):
                assert entry.id.name not in found, f"{entry.id.name} is there twice"
                found[entry.id.name] = _variables(entry)
    return found


@lru_cache
def program() -> tuple[ast.AST, ...]:
    """Every syntax node of the program."""
    files = [*sorted((ROOT / "bot").rglob("*.py")), *sorted((ROOT / "backend").rglob("*.py"))]
    return tuple(node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def _said_literally() -> Iterator[tuple[str, frozenset[str]]]:
    for node in program():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "phrase":
            key = node.args[0] if node.args else None
            names = frozenset(keyword.arg or "" for keyword in node.keywords)  # "" stands for **facts
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, names


def _labels() -> Iterator[str]:
    for node in program():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Choice":
            yield from (
                label.value
                for label in node.args[1:2]
                if isinstance(label, ast.Constant) and isinstance(label.value, str)
            )


def _spellings(node: ast.JoinedStr, constants: set[str]) -> Iterator[re.Pattern[str]]:
    """What an f-string may come to: its first words are its own, or a key of the program with an ending."""
    words = [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
    if words[0]:
        yield re.compile("".join(r"[\w-]+" if word is None else re.escape(word) for word in words))
    elif len(words) == 2 and (words[1] or "").startswith("-"):
        yield from (re.compile(re.escape(f"{key}{words[1]}")) for key in constants)


def _keys_in_use() -> tuple[set[str], list[re.Pattern[str]]]:
    said = {
        node.value for node in program() if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    known = said & messages(LANGUAGES[0]).keys()
    made = [
        found for node in program() if isinstance(node, ast.JoinedStr) for found in _spellings(node, known)
    ]
    return known | {f"{prefix}-{code}" for prefix, codes in FAMILIES.items() for code in codes}, made


def test_languages_say_the_same() -> None:
    """Every key is there in every language, with the same variables."""
    first, *others = (messages(language) for language in LANGUAGES)
    for other in others:
        assert first == other


def test_what_the_program_says_exists() -> None:
    """Each phrase named in the program has a text, and brings every variable that the text takes."""
    known = messages(LANGUAGES[0])
    said = list(_said_literally())
    assert said
    for key, names in said:
        assert key in known, key
        assert "" in names or known[key] <= names, key
    for label in _labels():
        assert known[label] == frozenset(), label


def test_every_key_kept_as_a_fact_exists() -> None:
    """A key that travels as a plain string (in the outbox, in an error) has a text too."""
    pattern = re.compile(r'"((?:told|error|said)-[a-z][a-z-]+)"')
    files = [path for root in ("backend", "bot") for path in (ROOT / root).rglob("*.py")]
    kept = {key for path in files for key in pattern.findall(path.read_text(encoding="utf-8"))}
    assert "told-parked" in kept
    assert kept - messages(LANGUAGES[0]).keys() == set()


@pytest.mark.parametrize("prefix", FAMILIES)
def test_every_code_has_its_words(prefix: str) -> None:
    """Each code of each list has a text."""
    for code in FAMILIES[prefix]:
        assert f"{prefix}-{code}" in messages(LANGUAGES[0])


def test_no_text_is_left_unused() -> None:
    """A text that nothing says is not kept."""
    used, made = _keys_in_use()
    unused = messages(LANGUAGES[0]).keys() - used
    assert [key for key in sorted(unused) if not any(found.fullmatch(key) for found in made)] == []


def _said(key: str, language: str = "ru", **params: Param) -> str:
    return TEXTS.render(phrase(key, **params), language=language, now=NOW, zone="Europe/Moscow")


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 файл"), (2, "2 файла"), (5, "5 файлов"), (11, "11 файлов"), (21, "21 файл"), (104, "104 файла")],
)
def test_russian_numbers_agree(count: int, words: str) -> None:
    """1 файл, 2 файла, 5 файлов."""
    assert _said("summary-files", count=count).endswith(words)


@pytest.mark.parametrize(
    ("minutes", "russian", "english"),
    [
        (0, "меньше минуты", "under a minute"),
        (1, "1 минуту", "1 minute"),
        (30, "30 минут", "30 minutes"),
        (60, "1 час", "1 hour"),
        (90, "1 час 30 минут", "1 hour 30 minutes"),
        (24 * 60, "24 часа", "24 hours"),
        (3 * 24 * 60, "3 дня", "3 days"),
    ],
)
def test_spans(minutes: int, russian: str, english: str) -> None:
    """Spans are said in the largest unit that keeps them exact, in the case that «через» asks for."""
    length = timedelta(minutes=minutes)
    assert f"чем через {russian} " in _said("report-received", reference="K7F-3QX", within=length) or (
        f"чем через {russian}." in _said("report-received", reference="K7F-3QX", within=length)
    )
    assert english in _said("report-received", "en", reference="K7F-3QX", within=length)


@pytest.mark.parametrize(
    ("at", "russian", "english"),
    [
        (NOW, "сегодня в 14:05", "today 14:05"),
        (NOW - timedelta(days=1), "вчера в 14:05", "yesterday 14:05"),
        (NOW + timedelta(hours=10), "завтра в 00:05", "tomorrow 00:05"),
        (NOW - timedelta(days=3), "10 мая, 14:05", "10 May, 14:05"),
        (NOW.replace(year=2024), "13 мая 2024, 14:05", "13 May 2024, 14:05"),
    ],
)
def test_moments(at: datetime, russian: str, english: str) -> None:
    """The day is named as near as it is, by the clock of the person's zone."""
    assert _said("date-taken", at=at) == f"Поняли так: {russian}."
    assert _said("date-taken", "en", at=at) == f"We read that as {english}."


def test_several_are_joined_as_the_language_joins_them() -> None:
    """One, two and three of a list; none is a dash."""
    items = tuple(phrase(key) for key in ("act-search", "act-threat", "region-RU-MOW"))
    for number, words in enumerate(("—", "Обыск", "Обыск, Угрозы", "Обыск, Угрозы, Москва")):
        line = _said("summary-line", topic="Итого", answer=Listing(items[:number]))
        assert line == f"Итого: {words}"
    assert _said("summary-line", "en", topic="All", answer=Listing(items)) == (
        "All: Search of home or office, Threats and Moscow"
    )


@pytest.mark.parametrize(
    "words",
    [
        "x" * 5000,
        "{ $at }",
        "  края  ",
        "\ue000at\ue000",
        "\u2068знак\u2069",
        "строка\nещё\n\n[one] *[two] .x",
        '\\u0041 {""}',
    ],
)
@pytest.mark.parametrize("more", ["коротко", "y" * 4096, "\ue000body\ue000"])
def test_typed_words_come_out_as_typed(words: str, more: str) -> None:
    """No length, mark or Fluent syntax in what people typed changes a letter of it."""
    assert _said("summary-line", topic=more, answer=words) == f"{more}: {words}"


def test_no_invisible_marks_surround_what_is_put_in() -> None:
    """Fluent's isolating characters would break codes that people copy."""
    assert _said("report-as-it-is", "en", answer="x") == "It reads now:\nx"


@pytest.mark.parametrize(
    ("key", "params"),
    [
        ("no-such-key", {}),
        ("summary-line", {}),
        ("summary-line", {"topic": "x"}),
        ("region-RU-MOW", {"x": "y"}),
    ],
)
def test_a_text_that_does_not_fit_is_an_error(key: str, params: dict[str, Param]) -> None:
    """A gap is never shown to people; the error names the key and nothing that was to go in."""
    with pytest.raises(TextBroken) as caught:
        TEXTS.render(Phrase(key, params), language="ru", now=NOW, zone="Europe/Moscow")
    assert str(caught.value) == key


def test_an_unknown_language_is_an_error() -> None:
    """There is no silent second-best language here: choosing one is the caller's."""
    with pytest.raises(TextBroken):
        _said("act-search", "de")


def test_words_are_every_languages() -> None:
    """An answer may be typed in any language."""
    assert set(TEXTS.words("answer-yes")) == {"Да", "Yes"}
    assert TEXTS.languages == ("en", "ru")
    assert TEXTS.words("region-RU-MOW") == ("Moscow", "Москва")


def test_the_voice() -> None:
    """No exclamation marks, no «ты», no emoji but those that mean something."""
    for language in LANGUAGES:
        for file in (FOLDER / language).glob("*.ftl"):
            words = file.read_text(encoding="utf-8")
            assert "!" not in re.sub(r"^#.*$", "", words, flags=re.MULTILINE), file.name
            assert not re.search(r"\b(ты|тебе|тебя|твой)\b", words, re.IGNORECASE), file.name
            assert not set(re.findall(r"[\U0001F000-\U0001FAFF\u2600-\u27BF]", words)) - {"🆘", "✅"}, (
                file.name
            )


GIVEN_AWAY = re.compile(
    r"ООН|правозащит|орган|партн|публичн|опасн|задерж|вызов|вызва|стереть|стёр|уничтож|скры"
    r"|\bUN\b|defender|authorit|partner|public|danger|detain|called off|wipe|erase|destroy|hidden",
    re.IGNORECASE,
)
FOR_REPORTERS = ("conversation.ftl", "notices.ftl", "report.ftl")


def _first_line(message: ftl.Message) -> str:
    elements = message.value.elements if message.value else ()
    return "".join(str(each.value) if isinstance(each, ftl.TextElement) else "…" for each in elements).split(
        "\n"
    )[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FOR_REPORTERS)
def test_first_lines_give_nothing_away(name: str, language: str) -> None:
    """What a lock screen shows of a message names no help, no danger and no erasing."""
    for entry in FluentResource((FOLDER / language / name).read_text(encoding="utf-8")).body:
        if not isinstance(entry, ftl.Message) or entry.id.name.startswith(("command-", "topic-")):
            continue
        assert not GIVEN_AWAY.search(_first_line(entry)), entry.id.name


def test_choices_of_one_list_differ() -> None:
    """Within a list no two labels read alike, in any language, so that a typed one is never ambiguous."""
    for prefix in ("act", "perpetrator", "need", "about", "timing", "consent"):
        for language in LANGUAGES:
            words = [TEXTS.label(f"{prefix}-{code}", language).casefold() for code in FAMILIES[prefix]]
            assert len(set(words)) == len(words)
