"""One event in, one turn out: the whole conversation as a pure function, the same for every messenger.

It is total: whatever comes in, wherever a person stands, there is an answer and no error. A draft is
never dropped unasked, and is sent at most once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.conversation.commands import command
from bot.conversation.types import (
    Attached,
    CaseShown,
    Chosen,
    Command,
    ConsentsSet,
    Context,
    Corrected,
    Erased,
    Event,
    LanguageSet,
    Located,
    MessageAdded,
    Returned,
    Say,
    State,
    Submitted,
    Text,
    TooSoon,
    Turn,
    Unreadable,
    Woke,
)
from bot.flows import cancel, draft, erase, follow_up, language, receipt, report, sos, start
from bot.flows.flow import DRAFTS, LONG, Flow, above, draft_of, drafting, joined
from bot.phrases import Phrase, phrase

FLOWS: Mapping[str, Flow] = {
    "report": report.FLOW,
    "sos": sos.FLOW,
    "cancel": cancel.FLOW,
    "erase": erase.FLOW,
    "follow_up": follow_up.FLOW,
    "language": language.FLOW,
    "receipt": receipt.FLOW,
    "start": start.FLOW,
}
IDLE = timedelta(minutes=10)
LOST = State("lost", "")
"""Hand this in where a saved state could not be read: the conversation starts anew, with a word about it."""

SOS_SIGN = "🆘"
"""The sign on the button calls for help when it is typed, too."""

_FIRST_WORD = re.compile(r"\W*(\w+)\W*(.*)", re.DOTALL)


def advance(state: State | None, event: Event, context: Context) -> Turn:
    """What `event` leads to for a person who stands at `state` (None: no conversation is open)."""
    lost = state is not None and not known(state)
    before = None if lost else state
    turn = _finished(before, _routed(before, event, context), context)
    if lost and turn.say:
        first, *rest = turn.say
        return replace(turn, say=(above(phrase("said-restarted"), first), *rest))
    return turn


def known(state: State) -> bool:
    """Whether this state is one that the conversation can be at."""
    below = (place.partition(":")[::2] for place in state.resume)
    return all(
        flow in FLOWS and step in FLOWS[flow].steps for flow, step in ((state.flow, state.step), *below)
    ) and all(flow.partition(":")[0] in DRAFTS for flow in state.resume)


def _routed(state: State | None, event: Event, context: Context) -> Turn:
    match event:
        case (
            Submitted()
            | MessageAdded()
            | CaseShown()
            | Returned()
            | LanguageSet()
            | ConsentsSet()
            | Erased()
            | TooSoon()
        ):
            return _result(state, event, context)
        case Woke():
            return _woken(state, context)
        case _ if state and state.step == "sending":
            return _own(state, event, context) or Turn(state)
        case Command("sos", argument):
            return _called(state, argument.strip(), context)
        case Command(name, argument):
            return command(state, name, argument, context=context)
        case Chosen(code, stamp):
            return _pressed(state, Chosen(code, stamp), context)
        case Text(body):
            return _typed(state, event, context) if body.strip() else _unclear(state, context, "said-empty")
        case _:
            return _sent(state, event, context)


# ── Results of effects ──────────────────────────────────────────────────────────────────────────


def _result(state: State | None, event: Event, context: Context) -> Turn:
    match event:
        case Submitted():
            return _submitted(state, event, context)
        case MessageAdded():
            return follow_up.added(state, event)
        case CaseShown():
            return follow_up.shown(state, event)
        case Returned():
            return receipt.done(state, event)
        case LanguageSet():
            turn = language.done(state, event)
            return turn if turn.state or context.case else start.menu(turn.say[0].phrase, context)
        case ConsentsSet():
            return follow_up.consents_set(state, event)
        case Erased():
            return erase.done(state, event)
        case TooSoon():
            return receipt.too_soon(state, event)
        case _:
            return Turn(state)


def _submitted(state: State | None, event: Submitted, context: Context) -> Turn:
    """The last words of a draft. What is left of an album sent with it belongs to the case, unsaid."""
    key = "sos-received" if state and state.flow == "sos" else "report-received"
    album = state.album if state else None
    left = State("follow_up", "talking", album=album) if album else None
    received = phrase(key, reference=event.reference, within=event.within)
    return Turn(left, (Say(received, (_receipt(event.receipt, context),)),))


def _receipt(code: str, context: Context) -> Phrase:
    """The code, with what becomes of this message."""
    if context.vanish is None:
        return phrase("receipt-keep", receipt=code)
    return phrase("receipt-vanishes", receipt=code, within=context.vanish)


# ── Silence ─────────────────────────────────────────────────────────────────────────────────────


def _woken(state: State | None, context: Context) -> Turn:
    if state is None or not drafting(state):
        return Turn(state)
    return _own(draft_of(state), Woke(), context) or Turn(state)


# ── What people do ──────────────────────────────────────────────────────────────────────────────


def _own(state: State | None, event: Event, context: Context) -> Turn | None:
    return FLOWS[state.flow].take(state, event, context) if state else None


def _pressed(state: State | None, event: Chosen, context: Context) -> Turn:
    if event.code == "sos":
        return _called(state, "", context)
    current = state is not None and event.stamp in {None, state.stamp}
    turn = _own(state, event, context) if current else None
    if turn is None and not drafting(state):
        turn = start.enter(state, event.code, context)
    return turn or _unclear(state, context, "said-stale")


def _typed(state: State | None, event: Text, context: Context) -> Turn:
    if event.body.strip().startswith(SOS_SIGN):
        return _called(state, event.body.strip().removeprefix(SOS_SIGN).strip(), context)
    found = _FIRST_WORD.match(event.body)
    if found and found[1].casefold() in context.words("word-sos"):
        return _called(state, found[2].strip() and event.body, context)
    return _sent(state, event, context)


def _called(state: State | None, words: str, context: Context) -> Turn:
    """SOS, from anywhere. A second call before the first has gone out is its answer, not another one."""
    if state is None or not ("sos:ask" in state.resume or state.flow == "sos"):
        return sos.begin(state, words)
    open_call = draft_of(state)
    return _own(open_call, Text(words) if words else Chosen("again"), context) or Turn(open_call)


def _sent(state: State | None, event: Event, context: Context) -> Turn:
    turn = _own(state, event, context)
    if turn:
        return turn
    if state and "sos:ask" in state.resume:
        return _own(draft_of(state), event, context) or Turn(state)
    if drafting(state) and state:
        return _into_draft(state, event, context)
    if state and isinstance(event, Text) and len(event.body.strip()) < LONG and _asks(state, context):
        return _unclear(state, context, "said-choose")
    return _out_of_the_blue(state, event, context)


def _asks(state: State, context: Context) -> bool:
    return state.flow != "start" and FLOWS[state.flow].ask(state, context) is not None


def _into_draft(state: State, event: Event, context: Context) -> Turn:
    """Something for the draft, sent while another question was open."""
    if draft.full(state, getattr(event, "body", "")):
        return _unclear(state, context, "report-full")
    match event:
        case Text(body) if len(body.strip()) >= LONG:
            return _unclear(draft.told(state, body), context, "report-noted")
        case Attached() if event.album is not None and event.album == state.album:
            return Turn(draft.attached(state, event))
        case Attached():
            return _unclear(draft.attached(state, event), context, "said-file")
        case Located():
            return _unclear(draft.located(state, event), context, "said-place")
        case Corrected(body):
            state, replaced = draft.corrected(state, body)
            return _unclear(state, context, "said-replaced" if replaced else "said-correction")
        case Unreadable():
            return _unclear(state, context, "said-unreadable")
        case _:
            return _unclear(state, context, "said-choose")


def _out_of_the_blue(state: State | None, event: Event, context: Context) -> Turn:
    match event:
        case Text() | Attached() | Located() if context.case is None:
            return report.begin_with(event, context)
        case Corrected(body) if context.case is None and body.strip():
            return report.begin_with(Text(body), context)
        case Text() | Attached() | Located() | Corrected() if context.case:
            return follow_up.add(state, event)
        case _:
            return _unclear(state, context, "said-unreadable")


def _unclear(state: State | None, context: Context, key: str) -> Turn:
    """A sentence about what came, then the open question, or what can be done where none is open."""
    if state and FLOWS[state.flow].ask(state, context):
        return Turn(state, (Say(phrase(key)),))
    if context.case:
        return Turn(state, (Say(phrase(key), (phrase("said-case-open"),)),))
    return start.menu(phrase(key), context)


# ── What every turn has in common ───────────────────────────────────────────────────────────────


def _finished(before: State | None, turn: Turn, context: Context) -> Turn:
    after = turn.state
    if after is None:
        return turn
    new = before is None or (before.flow, before.step, before.resume) != (
        after.flow,
        after.step,
        after.resume,
    )
    if new or not after.stamp:
        after = replace(after, stamp=context.token)
    return Turn(after, _with_question(after, turn, context), turn.effects, _wake_after(after))


def _with_question(state: State, turn: Turn, context: Context) -> tuple[Say, ...]:
    """What is said, and below its last message the question that stays open, unless it's there already."""
    if not turn.say or turn.say[-1].choices:
        return turn.say
    question = FLOWS[state.flow].ask(state, context)
    if question is None or not question.choices:
        return turn.say
    return (*turn.say[:-1], joined(turn.say[-1], question))


def calls_for_help(state: State) -> bool:
    """Whether a call for help stands unsent, open or under another question."""
    return state.flow == "sos" or "sos:ask" in state.resume


def _wake_after(state: State) -> timedelta | None:
    if state.step == "sending" or not drafting(state):
        return None
    if calls_for_help(state):
        return sos.SILENCE
    return None if state.asked_idle else IDLE
