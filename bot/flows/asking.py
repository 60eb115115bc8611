"""The open question of a report, and the steps from one question to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from bot.conversation.types import Choice, Context, Say, State, Turn
from bot.flows import draft, questions, summary
from bot.flows.flow import above
from bot.phrases import Phrase, phrase

IDLE = (
    (Choice("go_on", "button-go-on"),),
    (Choice("send", "button-send-now"),),
    (Choice("cancel", "button-drop"),),
)
ELSEWHERE = (Choice("none", "button-as-written"),)


def ask(state: State, context: Context) -> Say:
    """The question that is open at this state."""
    if state.note == "idle":
        return Say(phrase("report-idle"), choices=IDLE if questions.sendable(state) else (IDLE[0], IDLE[2]))
    own = _OTHERS.get(state.step)
    return own(state, context) if own else _ask_question(state)


def again(state: State, context: Context, note: Phrase) -> Turn:
    """A word first, then the same question."""
    return Turn(state, (above(note, ask(state, context)),))


def asked(state: State, context: Context, note: Phrase | None = None) -> Turn:
    """The question of a new step, below a word where there is one to say."""
    question = ask(state, context)
    return Turn(state, (above(note, question) if note else question,))


def forward(state: State, context: Context, note: Phrase | None = None) -> Turn:
    """The step after an answer: the next question still open, or back to the summary."""
    return asked(_after(state), context, note)


def _after(state: State) -> State:
    here = "region" if state.step == "region_pick" else state.step
    if not state.changing:
        return state.at(questions.following(here, state.answers))
    if here == "acts" and questions.held(state.answers) and "detention" not in state.answers:
        return state.at("detention")
    return replace(state.at("summary"), changing=False)


def _ask_question(state: State) -> Say:
    question = questions.BY_KEY[state.step]
    parts = (_as_it_is(state),) if state.changing and _worded(state) else ()
    return Say(_wording(question.key), parts, questions.rows(state, question))


def _worded(state: State) -> bool:
    return isinstance(state.answers.get(state.step), str) and not questions.BY_KEY[state.step].codes


def _as_it_is(state: State) -> Phrase:
    return phrase("report-as-it-is", answer=draft.brief(str(state.answers[state.step])))


@lru_cache(maxsize=64)
def _wording(key: str) -> Phrase:
    return phrase(f"report-{key}")


def candidates(state: State, context: Context) -> tuple[str, ...]:
    """The regions nearest to what was typed, by code."""
    return tuple(code for code, _ in context.nearest_regions(str(state.answers.get("place", ""))))


def _ask_region(state: State, context: Context) -> Say:
    found = tuple((Choice(code, f"region-{code}"),) for code in candidates(state, context))
    return Say(phrase("report-region_pick"), choices=(*found, ELSEWHERE, (questions.BACK,)))


def _sending(_state: State, _context: Context) -> Say:
    return Say(phrase("report-sending"))


_OTHERS: dict[str, Callable[[State, Context], Say]] = {
    "region_pick": _ask_region,
    "summary": summary.ask,
    "change": summary.ask_change,
    "sending": _sending,
}
