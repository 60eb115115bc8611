"""What a report says so far, read back before it is sent, and the list from which an answer is changed."""

from __future__ import annotations

from bot.conversation.types import Choice, Context, Say, State
from bot.flows import draft, questions
from bot.flows.flow import stacked
from bot.phrases import Listing, Param, Phrase, phrase

CLOSING = (
    (Choice("send", "button-send"),),
    (Choice("change", "button-change"),),
    (Choice("cancel", "button-cancel"),),
)
WORDS_OF = {"acts": "acts_words", "perpetrator": "perpetrator_words", "needs": "needs_words"}
NOT_READ_BACK = frozenset({"safety", "evidence"})


def ask(state: State, _context: Context) -> Say:
    """The answers given, briefly, and what to do with them."""
    lines = tuple(
        phrase("summary-line", topic=phrase(f"topic-{question.key}"), answer=answer)
        for question in questions.asked_of(state.answers)
        if question.key not in NOT_READ_BACK
        for answer in (_answer(state, question),)
        if answer is not None
    )
    told = (*lines, *_sent_along(state))
    return Say(phrase("summary-begin"), (stacked(*told),) if told else (), CLOSING)


def ask_change(state: State, _context: Context) -> Say:
    """The questions that were put, each a choice."""
    topics = tuple(
        (Choice(question.key, f"topic-{question.key}"),)
        for question in questions.asked_of(state.answers)
        if question.key != "safety"
    )
    return Say(phrase("summary-change"), choices=(*topics, (questions.BACK,)))


def _answer(state: State, question: questions.Question) -> Param | None:
    answer = state.answers.get(question.key)
    match question.kind:
        case "one":
            return phrase(f"{question.prefix}-{answer}") if answer else None
        case "several":
            return _several(state, question)
        case "region":
            return _place(state)
        case _:
            return draft.brief(answer) if isinstance(answer, str) else None


def _several(state: State, question: questions.Question) -> Param | None:
    words = state.answers.get(WORDS_OF[question.key])
    own = (phrase("as-typed", words=draft.brief(words)),) if isinstance(words, str) else ()
    codes = draft.listed(state, question.key)
    if own and "other" in codes:
        codes.remove("other")
    items = (*(phrase(f"{question.prefix}-{code}") for code in codes), *own)
    return Listing(items) if items else None


def _place(state: State) -> Param | None:
    code, place = state.answers.get("region"), state.answers.get("place")
    if isinstance(place, str) and code in {None, "RU-unstated"}:
        return draft.brief(place)
    return phrase(f"region-{code}") if code else None


def _sent_along(state: State) -> tuple[Phrase, ...]:
    places = len(draft.listed(state, "location"))
    files = (phrase("summary-files", count=len(state.files)),) if state.files else ()
    return (*files, phrase("summary-places", count=places)) if places else files
