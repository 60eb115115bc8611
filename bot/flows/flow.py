"""What every conversation is made of, and how one interrupts another without losing its draft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.conversation.types import Choice, Context, Event, Say, State, Turn
from bot.phrases import Phrase, phrase

DRAFTS = frozenset({"report", "sos"})
"""The flows that hold something a person told us: they are resumed, never dropped unasked."""

LONG = 30
"""From this many characters on, typed words that answer no open question are an account, not a slip."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One conversation: the question open at a state (None where none is), and what an event leads to.

    `take` answers None where the event means nothing to this flow. `steps` are all it can stand at.
    """

    ask: Callable[[State, Context], Say | None]
    take: Callable[[State, Event, Context], Turn | None]
    steps: frozenset[str]


def choice(code: str, label: str) -> tuple[Choice, ...]:
    """A row of one."""
    return (Choice(code, label),)


YES_NO = ((Choice("yes", "answer-yes"), Choice("no", "answer-no")),)


def above(note: Phrase, question: Say) -> Say:
    """One message: the note first, the open question below it."""
    return replace(question, phrase=note, parts=(question.phrase, *question.parts))


def joined(first: Say, question: Say) -> Say:
    """One message: what was to be said, the open question below it."""
    return replace(question, phrase=first.phrase, parts=(*first.parts, question.phrase, *question.parts))


def stacked(*lines: Phrase) -> Phrase:
    """Phrases under each other in one paragraph. Halved and halved again, so that none nests deep."""
    if len(lines) == 1:
        return lines[0]
    middle = len(lines) // 2
    return phrase("text-lines", first=stacked(*lines[:middle]), rest=stacked(*lines[middle:]))


def interrupted(state: State | None, flow: str, *, step: str, note: str = "") -> State:
    """The same person at another conversation; a draft stays with them and is resumed after it."""
    if state is None or not (state.flow in DRAFTS or state.resume):
        return State(flow, step, note=note)
    below = (*state.resume, f"{state.flow}:{state.step}") if state.flow in DRAFTS else state.resume
    return replace(state, flow=flow, step=step, note=note, resume=below)


def resumed(state: State) -> State | None:
    """The draft that this conversation interrupted, where it stood, or None."""
    if not state.resume:
        return None
    flow, _, step = state.resume[-1].partition(":")
    return replace(state, flow=flow, step=step, note="", resume=state.resume[:-1])


def drafting(state: State | None) -> bool:
    """Whether the person has a draft, open or interrupted."""
    return state is not None and (state.flow in DRAFTS or bool(state.resume))


def draft_of(state: State) -> State:
    """The draft that is open, or that this conversation interrupted; the same state where there is none."""
    below: State | None = state
    while below is not None and below.flow not in DRAFTS:
        below = resumed(below)
    return below or state
