"""What a report asks: the questions in their order, who is asked them, and the choices below each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from backend.cases import lists
from bot.conversation.types import Answer, Choice, State

Kind = Literal["one", "several", "words", "date", "region", "files"]
Rows = tuple[tuple[Choice, ...], ...]

FIRST_PAGE = 10
ONE_PAGE = 12
IN_ONE_ROW = 2


@dataclass(frozen=True, slots=True)
class Question:
    """`codes` are the answers offered, each labelled by the text `<prefix>-<code>`."""

    key: str
    kind: Kind
    codes: tuple[str, ...] = ()
    prefix: str = ""
    skippable: bool = False


QUESTIONS = (
    Question("safety", "one", ("yes", "no"), "answer"),
    Question("about", "one", lists.ABOUT, "about"),
    Question("defender", "words", skippable=True),
    Question("acts", "several", lists.ACTS, "act"),
    Question("account", "words"),
    Question("timing", "one", lists.TIMINGS, "timing"),
    Question("date", "date", skippable=True),
    Question("region", "region", ("RU-outside",), "region", skippable=True),
    Question("perpetrator", "several", lists.PERPETRATORS, "perpetrator", skippable=True),
    Question("detention", "words", skippable=True),
    Question("needs", "several", lists.NEEDS, "need", skippable=True),
    Question("contact", "words", skippable=True),
    Question("evidence", "files", skippable=True),
    *(Question(topic, "one", lists.CONSENTS, "consent") for topic in lists.CONSENT_TOPICS),
)
BY_KEY: Mapping[str, Question] = {question.key: question for question in QUESTIONS}
PLACES: Mapping[str, int] = {question.key: place for place, question in enumerate(QUESTIONS)}


def held(answers: Mapping[str, Answer]) -> bool:
    """Whether someone is held, as far as the answers say."""
    return not lists.HELD.isdisjoint(answers.get("acts", ()))


def asked_of(answers: Mapping[str, Answer]) -> Iterator[Question]:
    """The questions that concern whoever gave these answers."""
    return (question for question in QUESTIONS if question.key != "detention" or held(answers))


def following(step: str, answers: Mapping[str, Answer]) -> str:
    """The next step after `step`: the first question still unanswered, else the summary."""
    for question in QUESTIONS[PLACES[step] + 1 :]:
        if not _answered(question, answers) and (question.key != "detention" or held(answers)):
            return question.key
    return "summary"


def _answered(question: Question, answers: Mapping[str, Answer]) -> bool:
    return question.key in answers or (question.kind == "several" and f"{question.key}_words" in answers)


def sendable(state: State) -> bool:
    """Whether there is anything to send yet: any answer that says something."""
    return bool(state.files) or not state.answers.keys() <= {"safety"}


def rows(state: State, question: Question) -> Rows:
    """The choices below a question: its answers, then the ways to move on."""
    return (*_answers(state, question), *_moves(state, question))


def _answers(state: State, question: Question) -> Rows:
    if question.kind == "one":
        return _plain_rows(question.key)
    if question.kind == "several":
        return _list_rows(question, frozenset(state.answers.get(question.key, ())), page=state.page)
    if question.kind == "region":
        return _plain_rows(question.key)
    return ()


@lru_cache(maxsize=64)
def _plain_rows(key: str) -> Rows:
    question = BY_KEY[key]
    row = tuple(Choice(code, f"{question.prefix}-{code}") for code in question.codes)
    return (row,) if len(row) <= IN_ONE_ROW else tuple((choice,) for choice in row)


@lru_cache(maxsize=16)
def every(question: Question) -> tuple[Choice, ...]:
    """All answers of a list, both pages of it."""
    return tuple(_tick(question.prefix, code, ticked=False) for code in question.codes)


def _list_rows(question: Question, ticked: frozenset[str], *, page: int) -> Rows:
    if len(question.codes) <= ONE_PAGE:
        return _ticks(question, question.codes, ticked)
    codes = question.codes[FIRST_PAGE:] if page else question.codes[:FIRST_PAGE]
    return (*_ticks(question, codes, ticked), TURN_BACK if page else TURN_ON)


def _ticks(question: Question, codes: tuple[str, ...], ticked: frozenset[str]) -> Rows:
    return tuple((_tick(question.prefix, code, ticked=code in ticked),) for code in codes)


@lru_cache(maxsize=256)
def _tick(prefix: str, code: str, *, ticked: bool) -> Choice:
    return Choice(code, f"{prefix}-{code}", ticked=ticked)


TURN_ON = (Choice("more", "button-more"),)
TURN_BACK = (Choice("less", "button-less"),)
DONE = (Choice("done", "button-done"),)
BACK = Choice("back", "button-back")
SKIP = Choice("skip", "button-skip")
SEND = Choice("send", "button-send-now")
SOS = (Choice("sos", "button-sos"),)


def _moves(state: State, question: Question) -> Rows:
    ready = done(state, question)
    can_go_back, can_skip = bool(state.trail) or state.changing, question.skippable and not ready
    can_send = sendable(state) and not state.changing
    moves = tuple(
        move for move, offered in ((BACK, can_go_back), (SKIP, can_skip), (SEND, can_send)) if offered
    )
    first = (SOS,) if question.key == "safety" and sendable(state) else ()
    return (*first, *((DONE,) if ready else ()), *((moves,) if moves else ()))


def done(state: State, question: Question) -> bool:
    """Whether what is there already may stand as the answer: ticks, or files and places sent."""
    if question.kind == "several":
        return _answered(question, state.answers)
    if question.key == "account":
        return bool(state.files) or "account" in state.answers or "location" in state.answers
    return question.kind == "files" and bool(state.files)
