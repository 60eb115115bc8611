"""What a person told is kept whole, and what was corrected is found or noted."""

from __future__ import annotations

from bot.conversation.types import Attached, Located, State
from bot.flows import draft

DRAFT = State(
    "report",
    "needs",
    answers={
        "account": "Вчера вечером ко мне приходили двое в штатском, спрашивали про коллегу.",
        "defender": "Правовая помощь, Тверь",
        "acts": ["interrogation"],
    },
)


def test_an_edit_replaces_the_answer_that_it_resembles() -> None:
    """People mostly edit a little: a word added to the account is still the account."""
    body = "Вчера вечером ко мне приходили трое в штатском, спрашивали про коллегу и её мужа."
    state, replaced = draft.corrected(DRAFT, body)
    assert replaced
    assert state.answers == {**DRAFT.answers, "account": body}


def test_an_edit_like_nothing_is_noted() -> None:
    """What can't be placed is kept beside, and nothing is overwritten."""
    state, replaced = draft.corrected(DRAFT, "нет, в среду")
    state, _ = draft.corrected(state, "или в четверг")
    assert not replaced
    assert state.answers == {**DRAFT.answers, "corrections": ["нет, в среду", "или в четверг"]}


def test_an_edit_like_two_answers_is_noted() -> None:
    """Where it can't be told which one is meant, neither is touched."""
    twice = DRAFT.answered("contact", "Правовая помощь, Тверь")
    state, replaced = draft.corrected(twice, "Правовая помощь, Тула")
    assert not replaced
    assert state.answers["defender"] == state.answers["contact"] == "Правовая помощь, Тверь"


def test_more_is_told_below() -> None:
    """Words, captions, files and places only add."""
    state = draft.attached(draft.told(DRAFT, "И ещё."), Attached("f1", "photo", "На лестнице", "album"))
    state = draft.located(draft.located(state, Located(55.75583, 37.6173)), Located(-1.0, 2.0))
    assert state.answers["account"] == f"{DRAFT.answers['account']}\n\nИ ещё.\n\nНа лестнице"
    assert state.files == ("f1",)
    assert state.album == "album"
    assert state.answers["location"] == ["geo:55.75583,37.61730", "geo:-1.00000,2.00000"]


def test_unanswered_consents_are_no() -> None:
    """A report sent early gives nothing away that wasn't given."""
    sent = draft.submission(DRAFT.answered("consent_un", "named"))
    consents = {key: answer for key, answer in sent.answers.items() if key.startswith("consent_")}
    assert consents == {
        "consent_partners": "no",
        "consent_authorities": "no",
        "consent_un": "named",
        "consent_public": "no",
    }


def test_what_is_read_back_is_short() -> None:
    """A long account is cut in the summary, and only there."""
    assert draft.brief("x" * draft.BRIEF) == "x" * draft.BRIEF
    assert draft.brief("x" * 4096) == "x" * draft.BRIEF + "…"
