"""In which language the hotline speaks to this person."""

from __future__ import annotations

from bot.conversation import choices
from bot.conversation.types import (
    Choice,
    Chosen,
    Context,
    Event,
    LanguageSet,
    Say,
    SetLanguage,
    State,
    Text,
    Turn,
)
from bot.flows.flow import Flow, interrupted, resumed
from bot.phrases import phrase

STEPS = frozenset({"ask"})


def begin(state: State | None, context: Context, wanted: str = "") -> Turn:
    """Ask for the language, or take the one named with the command."""
    opened = interrupted(state, "language", step="ask")
    question = ask(opened, context)
    code = choices.one(wanted, choices.offered(question), context.words) if wanted else None
    named = code or (wanted if wanted in context.languages else None)
    return _set(opened, named) if named else Turn(opened, (question,))


def ask(_state: State, context: Context) -> Say:
    """The languages, each under its own name."""
    offered = tuple((Choice(code, f"language-{code}"),) for code in context.languages)
    return Say(phrase("language-ask"), choices=offered)


def take(state: State, event: Event, context: Context) -> Turn | None:
    """A language chosen, by button, name or code."""
    match event:
        case Chosen(pressed):
            code: str | None = pressed
        case Text(body):
            code = choices.one(body, choices.offered(ask(state, context)), context.words)
        case _:
            return None
    return _set(state, code) if code in context.languages else None


def _set(state: State, code: str) -> Turn:
    return Turn(state, effects=(SetLanguage(code),))


def done(state: State | None, _result: LanguageSet) -> Turn:
    """Said in the new language, for that is how it is rendered from now on."""
    mine = state is not None and state.flow == "language"
    return Turn(resumed(state) if state and mine else state, (Say(phrase("language-set")),))


FLOW = Flow(ask, take, STEPS)
