"""The report: one question a message, nothing refused for its form, a way back and out at every step."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import choices
from bot.conversation.types import (
    Attached,
    Chosen,
    Context,
    Corrected,
    Event,
    Located,
    State,
    Text,
    Turn,
    Unreadable,
    Woke,
)
from bot.flows import draft, questions
from bot.flows.answers import chosen, typed
from bot.flows.asking import again, ask, asked, forward
from bot.flows.flow import Flow
from bot.phrases import phrase

STEPS = frozenset({*questions.BY_KEY, "region_pick", "summary", "change", "sending"})


def begin(context: Context) -> Turn:
    """A new draft at its first question."""
    return asked(_new(), context)


def begin_with(event: Text | Attached | Located, context: Context) -> Turn:
    """A new draft whose account is what came out of the blue; SOS is offered with the first question."""
    return again(_with(_new(), event), context, phrase("report-begun"))


def _new() -> State:
    return State("report", "safety")


def _with(state: State, event: Text | Attached | Located) -> State:
    match event:
        case Text(body):
            return draft.told(state, body)
        case Attached():
            return draft.attached(state, event)
        case Located():
            return draft.located(state, event)


def take(state: State, event: Event, context: Context) -> Turn | None:
    """One event in an open report; None for what isn't a person's doing."""
    if isinstance(event, Woke):
        return _woken(state, context)
    if state.step == "sending":
        return Turn(state, (ask(state, context),))
    if state.note == "idle":
        event, state = _at_idle(state, event, context), replace(state, note="")
    match event:
        case Chosen(code):
            return chosen(state, code, context)
        case Text(body):
            return typed(state, body, context)
        case Attached():
            return _attached(state, event, context)
        case Located():
            return _located(state, event, context)
        case Corrected(body):
            return _corrected(state, body, context)
        case Unreadable():
            return again(state, context, phrase("said-unreadable"))
        case _:
            return None


def _woken(state: State, context: Context) -> Turn:
    if state.asked_idle or state.step == "sending":
        return Turn(state)
    return asked(replace(state, asked_idle=True, note="idle"), context)


def _at_idle(state: State, event: Event, context: Context) -> Event:
    """Words that answer «shall we go on» are that choice; all else answers the question before it."""
    if not isinstance(event, Text):
        return event
    code = choices.one(event.body, choices.offered(ask(state, context)), context.words)
    return Chosen(code) if code else event


def _attached(state: State, event: Attached, context: Context) -> Turn:
    if draft.full(state, event.caption):
        return again(state, context, phrase("report-full"))
    same_album = event.album is not None and event.album == state.album
    state = draft.attached(state, event)
    if same_album:
        return Turn(state)
    if state.step == "account" and event.caption.strip():
        return forward(state, context)
    return again(state, context, phrase("said-file"))


def _located(state: State, event: Located, context: Context) -> Turn:
    if draft.full(state, draft.point(event)):
        return again(state, context, phrase("report-full"))
    state = draft.located(state, event)
    if state.step in {"region", "region_pick"}:
        return forward(state.answered("region", "RU-unstated"), context, phrase("said-place"))
    return again(state, context, phrase("said-place"))


def _corrected(state: State, body: str, context: Context) -> Turn:
    if draft.full(state, body):
        return again(state, context, phrase("report-full"))
    state, replaced = draft.corrected(state, body)
    return again(state, context, phrase("said-replaced" if replaced else "said-correction"))


FLOW = Flow(ask, take, STEPS)
