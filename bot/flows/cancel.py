"""A draft given up: asked once, for what was told is gone then."""

from __future__ import annotations

from bot.conversation import choices
from bot.conversation.types import Chosen, Context, DropFiles, Event, Say, State, Text, Turn
from bot.flows.flow import YES_NO, Flow, interrupted, resumed
from bot.phrases import phrase

STEPS = frozenset({"confirm"})
QUESTION = Say(phrase("cancel-ask"), choices=YES_NO)


def begin(state: State) -> Turn:
    """Ask whether the draft may go."""
    return Turn(interrupted(state, "cancel", step="confirm"), (QUESTION,))


def ask(_state: State, _context: Context) -> Say:
    """The one question."""
    return QUESTION


def take(state: State, event: Event, context: Context) -> Turn | None:
    """*Yes* drops the draft and its files, *no* goes on with it."""
    match event:
        case Text(body):
            code = choices.one(body, choices.offered(QUESTION), context.words)
        case Chosen(pressed):
            code = pressed
        case _:
            return None
    if code == "yes":
        return Turn(None, (Say(phrase("cancel-done")),), effects=dropped(state))
    return Turn(resumed(state), (Say(phrase("cancel-kept")),)) if code == "no" else None


def dropped(state: State | None) -> tuple[DropFiles, ...]:
    """What is to be done about a draft's files once the draft is gone."""
    return (DropFiles(state.files),) if state and state.files else ()


FLOW = Flow(ask, take, STEPS)
