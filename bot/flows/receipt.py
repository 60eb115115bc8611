"""Coming back by receipt code, from anywhere."""

from __future__ import annotations

import re

from backend.people.wrong_codes_rules import as_told
from bot.conversation import choices
from bot.conversation.types import (
    Chosen,
    Context,
    Event,
    OpenReceipt,
    Returned,
    Say,
    State,
    Text,
    TooSoon,
    Turn,
)
from bot.flows.flow import Flow, interrupted, resumed
from bot.flows.questions import BACK
from bot.flows.standing import standing_line
from bot.phrases import phrase

STEPS = frozenset({"ask"})
LONGEST = 100
_CODELIKE = re.compile("[A-Za-z0-9]")
QUESTION = Say(phrase("receipt-ask"), choices=((BACK,),))


def begin(state: State | None, code: str) -> Turn:
    """Ask for the code, or try the one that came with the command."""
    opened = interrupted(state, "receipt", step="ask")
    return _tried(opened, code) if code else Turn(opened, (QUESTION,))


def ask(_state: State, _context: Context) -> Say:
    """The one question."""
    return QUESTION


def take(state: State, event: Event, context: Context) -> Turn | None:
    """Whatever may be a code is tried as one; an account in the wrong place is left to the report."""
    match event:
        case Chosen("back"):
            return _left(state)
        case Text(body) if choices.exact(body, (BACK,), context.words):
            return _left(state)
        case Text(body) if len(body.strip()) <= LONGEST and _CODELIKE.search(body):
            return _tried(state, body.strip())
        case _:
            return None


def _left(state: State) -> Turn:
    return Turn(resumed(state), (Say(phrase("said-left")),))


def _tried(state: State, code: str) -> Turn:
    return Turn(state, effects=(OpenReceipt(code),))


def done(state: State | None, result: Returned) -> Turn:
    """Back in the case, or told how a code is typed."""
    if result.standing is None:
        return Turn(state, (Say(phrase("receipt-wrong")),))
    mine = state is not None and state.flow == "receipt"
    left = resumed(state) if state and mine else state
    why = (phrase("receipt-safer"),) if result.safer else ()
    return Turn(left, (Say(phrase("receipt-right"), (standing_line(result.standing), *why)),))


def too_soon(state: State | None, result: TooSoon) -> Turn:
    """No code is looked at yet: what was to be erased stays, and all else is as it was."""
    asked = state is not None and state.flow == "erase"
    said = phrase("code-too-soon", within=as_told(result.wait))
    return Turn(resumed(state) if state and asked else state, (Say(said),))


FLOW = Flow(ask, take, STEPS)
