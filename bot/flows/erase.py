"""Everything taken back: hidden now and destroyed in 24 hours, or at once with the receipt code."""

from __future__ import annotations

from bot.conversation import choices
from bot.conversation.types import Chosen, Context, Erased, EraseEverything, Event, Say, State, Text, Turn
from bot.flows.cancel import dropped
from bot.flows.flow import DRAFTS, YES_NO, Flow, interrupted, resumed
from bot.phrases import phrase

STEPS = frozenset({"confirm"})


def begin(state: State | None, code: str) -> Turn:
    """Ask once; a code is kept until the answer."""
    opened = interrupted(state, "erase", step="confirm", note=code)
    return Turn(opened, (_question(code),))


def ask(state: State, _context: Context) -> Say:
    """The one question, which says what is going to happen and when."""
    return _question(state.note)


def _question(code: str) -> Say:
    return Say(phrase("erase-ask-now" if code else "erase-ask-later"), choices=YES_NO)


def take(state: State, event: Event, context: Context) -> Turn | None:
    """*Yes* erases, *no* leaves everything as it was."""
    match event:
        case Text(body):
            code = choices.one(body, choices.offered(ask(state, context)), context.words)
        case Chosen(pressed):
            code = pressed
        case _:
            return None
    if code == "yes":
        return Turn(state, effects=(EraseEverything(state.note),))
    return Turn(resumed(state), (Say(phrase("erase-kept")),)) if code == "no" else None


ENDED = {
    "now": "erase-done-now",
    "later": "erase-done-later",
    "nothing": "erase-nothing",
}


def done(state: State | None, result: Erased) -> Turn:
    """What became of it. A draft goes with the rest, unless the code was wrong."""
    if result.how == "wrong_code":
        mine = state is not None and state.flow == "erase"
        return Turn(resumed(state) if state and mine else state, (Say(phrase("erase-wrong-code")),))
    drafted = state is not None and (state.flow in DRAFTS or state.resume)
    key = "erase-draft" if result.how == "nothing" and drafted else ENDED[result.how]
    return Turn(None, (Say(phrase(key)),), effects=dropped(state))


FLOW = Flow(ask, take, STEPS)
