"""SOS: one question at most, then the staff are called; silence counts as an answer.

An open draft goes along with it. Nothing here waits for a well-formed answer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.conversation import choices
from bot.conversation.types import (
    Attached,
    Choice,
    Chosen,
    Context,
    Corrected,
    Event,
    Located,
    Say,
    State,
    Text,
    Turn,
    Unreadable,
    Woke,
)
from bot.flows import draft
from bot.flows.flow import Flow, above, interrupted, resumed
from bot.phrases import phrase

SILENCE = timedelta(seconds=60)
STEPS = frozenset({"ask", "sending"})
WAYS = ((Choice("send", "button-sos-now"),), (Choice("cancel", "button-sos-mistake"),))


def begin(state: State | None, words: str = "") -> Turn:
    """The one question; none at all where there is an account already."""
    opened = draft.told(interrupted(state, "sos", step="ask"), words)
    if "account" in opened.answers:
        return _send(opened)
    return Turn(opened, (_question(),))


def ask(state: State, _context: Context) -> Say:
    """What is going on, and where."""
    return _question() if state.step == "ask" else Say(phrase("sos-sending"))


def take(state: State, event: Event, context: Context) -> Turn | None:
    """Whatever comes, or nothing within `SILENCE`, sends the call."""
    if state.step == "sending":
        return Turn(state, (ask(state, context),))
    match event:
        case Text(body) | Corrected(body):
            code = choices.exact(body, choices.offered(_question()), context.words)
            return _chosen(state, code) if code else _send(draft.told(state, body))
        case Attached():
            return _send(draft.attached(state, event))
        case Located():
            return _send(draft.located(state, event))
        case Chosen(code):
            return _chosen(state, code)
        case Woke():
            return _send(state)
        case Unreadable():
            return Turn(state, (above(phrase("said-unreadable"), _question()),))
        case _:
            return None


def called_off(state: State) -> Turn:
    """Nobody was called; the draft that SOS interrupted is open again."""
    return Turn(resumed(state), (Say(phrase("sos-cancelled")),))


def _chosen(state: State, code: str) -> Turn:
    match code:
        case "send":
            return _send(state)
        case "cancel":
            return called_off(state)
        case _:
            return Turn(state, (_question(),))


def _send(state: State) -> Turn:
    return Turn(replace(state, step="sending"), effects=(draft.submission(state, sos=True),))


def _question() -> Say:
    return Say(phrase("sos-ask"), choices=WAYS)


FLOW = Flow(ask, take, STEPS)
