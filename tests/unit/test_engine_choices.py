"""What is typed means the choice that it names, and never one that it doesn't."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import places
from bot.conversation import choices
from bot.conversation.types import Choice
from bot.flows import questions
from bot.flows.flow import YES_NO
from bot.texts import Texts

SPOKEN = Texts(places.name).words
ACTS = questions.every(questions.BY_KEY["acts"])
CONSENTS = questions.every(questions.BY_KEY["consent_un"])
YESES = (*YES_NO[0], questions.BACK, questions.SEND)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("1", "yes"),
        (" 2. ", "no"),
        ("3)", "back"),
        ("0", None),
        ("9", None),
        ("Да", "yes"),
        ("ДА.", "yes"),
        ("д", "yes"),
        ("y", "yes"),
        ("No…", "no"),
        ("нет, за мной пришли", "no"),
        ("Yes, I am fine", "yes"),
        ("наверное", None),
        ("nobody knows", None),
        ("назад", "back"),
        ("", None),
        ("?!", None),
    ],
)
def test_one(words: str, code: str | None) -> None:
    """Numbers, words, first letters, and what stands before the first stop."""
    assert choices.one(words, YESES, SPOKEN) == code


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("1,3", ("detention", "threat")),
        ("1 3", ("detention", "threat")),
        ("3, 1, 3.", ("threat", "detention")),
        ("обыск", ("search",)),
        ("Обыск, слежка", ("search", "surveillance")),
        ("угрозы; взлом", ("threat", "hacking")),
        ("Похищение, исчезновение", ("abduction",)),
        ("search, Hacking", ("search", "hacking")),
        ("обыск и что-то ещё", ()),
        ("обыск, подожгли машину", ()),
        ("1, 99", ()),
        ("у", ()),
    ],
)
def test_several(words: str, codes: tuple[str, ...]) -> None:
    """Several at once, in the order typed; one part that is no choice makes it all the person's own words."""
    assert choices.several(words, ACTS, SPOKEN) == codes


def test_yes_alone_is_no_consent() -> None:
    """«Да» could be with or without the name: nobody's name is given away by a guess."""
    assert choices.one("да", CONSENTS, SPOKEN) is None
    assert choices.one("yes", CONSENTS, SPOKEN) is None
    assert choices.one("да, конечно", CONSENTS, SPOKEN) is None
    assert choices.one("да, с именем", CONSENTS, SPOKEN) == "named"
    assert choices.one("с именем", CONSENTS, SPOKEN) == "named"
    assert choices.one("без имени", CONSENTS, SPOKEN) == "unnamed"
    assert choices.one("нет", CONSENTS, SPOKEN) == "no"


def test_letters_are_compared_as_people_mean_them() -> None:
    """Case and ё don't count."""
    assert choices.one("ЕЩЁ варианты", questions.TURN_ON, SPOKEN) == "more"
    assert choices.one("еще варианты", questions.TURN_ON, SPOKEN) == "more"


def test_an_answer_wins_over_a_way_to_move_on() -> None:
    """Where first letters fit both an answer and *back*, the answer was meant."""
    offered = (Choice("other", "act-hacking"), Choice("send", "word-sos"), Choice("back", "act-hacking"))
    assert choices.one("взл", offered, SPOKEN) == "other"


@pytest.mark.parametrize(
    "words", ["1" * 5000, "обыск," * 700, "!" * 4095 + "a", " " * 4095 + "a", "Да " * 1300]
)
def test_an_account_is_no_choice(words: str) -> None:
    """The longest message is never searched for labels; only a bare answer at its very beginning counts."""
    assert choices.one(words, YESES, SPOKEN) is None
    assert choices.several(words, ACTS, SPOKEN) == ()
    assert choices.pointed(words, YESES, SPOKEN) is None
    assert choices.one(f"Нет, {words}", YESES, SPOKEN) == "no"


@given(st.text(max_size=40))
def test_only_what_is_offered_is_ever_meant(words: str) -> None:
    """Whatever is typed, no code comes out that wasn't offered."""
    codes = {choice.code for choice in ACTS}
    assert choices.one(words, ACTS, SPOKEN) in {None, *codes}
    assert set(choices.several(words, ACTS, SPOKEN)) <= codes


def test_every_label_means_its_own_choice() -> None:
    """Each choice of each question can be typed in full, in every language."""
    for question in questions.QUESTIONS:
        offered = questions.every(question)
        for choice in offered:
            for words in SPOKEN(choice.label):
                assert choices.one(words, offered, SPOKEN) == choice.code
