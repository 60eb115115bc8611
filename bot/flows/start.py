"""The first words: who reads this, what the messenger protects, and the three doors."""

from __future__ import annotations

from bot.conversation import choices
from bot.conversation.types import Choice, Chosen, Context, Event, Say, State, Text, Turn
from bot.flows import language, report, sos
from bot.flows.flow import Flow
from bot.phrases import Phrase, phrase

STEPS = frozenset({"offer"})
DOORS = (
    (Choice("report", "button-report"),),
    (Choice("sos", "button-sos"),),
    (Choice("language", "button-language"),),
)
"""They stay good under any old message: going through one again can do no harm."""

PROTECTION = {
    "telegram": "start-telegram",
    "matrix": "start-matrix",
    "sandbox": "start-sandbox",
}


def begin(context: Context) -> Turn:
    """Who reads this, and what to do next."""
    known = (phrase("start-case", reference=context.case),) if context.case else ()
    weak = phrase(PROTECTION.get(context.channel, "start-other"))
    return _offer(context, phrase("start-begin"), weak, *known, phrase("start-offer"))


def menu(note: Phrase, context: Context) -> Turn:
    """The doors again, below a word."""
    return _offer(context, note, phrase("start-offer"))


def _offer(context: Context, first: Phrase, *parts: Phrase) -> Turn:
    return Turn(State("start", "offer"), (Say(first, parts, _doors(context)),))


def _doors(context: Context) -> tuple[tuple[Choice, ...], ...]:
    return DOORS if len(context.languages) > 1 else DOORS[:-1]


def ask(_state: State, context: Context) -> Say:
    """The doors alone."""
    return Say(phrase("start-offer"), choices=_doors(context))


def enter(state: State | None, code: str, context: Context) -> Turn | None:
    """Through one of the doors; None where the code is no door."""
    match code:
        case "report":
            return report.begin(context)
        case "sos":
            return sos.begin(state)
        case "language":
            return language.begin(state, context)
        case _:
            return None


def take(state: State, event: Event, context: Context) -> Turn | None:
    """A door, pressed or typed; None for anything else, which may be an account."""
    match event:
        case Chosen(code):
            return enter(state, code, context)
        case Text(body):
            door = choices.one(body, choices.offered(ask(state, context)), context.words)
            return enter(state, door, context) if door else None
        case _:
            return None


FLOW = Flow(ask, take, STEPS)
