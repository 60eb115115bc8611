"""After the report: what the reporter adds, how the case stands, and the consents taken back or given."""

from __future__ import annotations

from backend.cases import lists
from bot.conversation import choices
from bot.conversation.types import (
    AddMessage,
    Attached,
    CaseShown,
    Choice,
    Chosen,
    ConsentsSet,
    Context,
    Corrected,
    Event,
    Located,
    MessageAdded,
    Say,
    SetConsents,
    ShowCase,
    State,
    Text,
    Turn,
    Utterance,
)
from bot.flows.draft import point
from bot.flows.flow import Flow, interrupted, resumed, stacked
from bot.flows.questions import BACK
from bot.flows.standing import standing_line
from bot.phrases import Phrase, phrase

STEPS = frozenset({"talking", "adding", "adding_quietly", "consents", *lists.CONSENT_TOPICS})
REVOKE = (Choice("revoke", "button-revoke"),)
TOPICS = (*((Choice(topic, f"topic-{topic}"),) for topic in lists.CONSENT_TOPICS), REVOKE, (BACK,))
VALUES = (*((Choice(value, f"consent-{value}"),) for value in lists.CONSENTS), (BACK,))
TOLD = "told"


# ── Messages to the officer ─────────────────────────────────────────────────────────────────────


def add(state: State | None, event: Text | Attached | Located | Corrected) -> Turn:
    """Whatever the reporter writes after the report goes to the case."""
    talking = state if state and state.flow == "follow_up" else None
    album = event.album if isinstance(event, Attached) else None
    quietly = album is not None and talking is not None and talking.album == album
    step, note = "adding_quietly" if quietly else "adding", talking.note if talking else ""
    return Turn(State("follow_up", step, album=album, note=note), effects=(_message(event),))


def _message(event: Text | Attached | Located | Corrected) -> AddMessage:
    match event:
        case Text(body):
            return AddMessage(body)
        case Corrected(body):
            return AddMessage(body, corrected=True)
        case Attached():
            return AddMessage(event.caption, (event.file,))
        case Located():
            return AddMessage(point(event))


def added(state: State | None, result: MessageAdded) -> Turn:
    """Acknowledged in words the first time, briefly from then on, once an album."""
    if state is None or state.flow != "follow_up":
        return Turn(state, (Say(phrase("follow-added")),))
    talking = State("follow_up", "talking", album=state.album, note=TOLD)
    if state.step == "adding_quietly":
        return Turn(talking)
    return Turn(talking, (Say(_acknowledgement(result, first=state.note != TOLD)),))


def _acknowledgement(result: MessageAdded, *, first: bool) -> Phrase:
    if result.elsewhere:
        return phrase("follow-elsewhere")
    if result.closed:
        return phrase("follow-closed", reference=result.reference)
    return phrase("follow-first" if first else "follow-added")


# ── How the case stands ─────────────────────────────────────────────────────────────────────────


def look(state: State | None, code: str) -> Turn:
    """`/mycase`, with what was said if the code is right."""
    return Turn(state, effects=(ShowCase(code),))


def shown(state: State | None, result: CaseShown) -> Turn:
    """How the case stands; its words and consents only for whoever has the code."""
    if result.standing is None:
        return Turn(state, (Say(phrase("mycase-code-wrong" if result.code_given else "mycase-none")),))
    line = standing_line(result.standing)
    if not result.code_right:
        hint = phrase("mycase-code-wrong" if result.code_given else "mycase-hint")
        return Turn(state, (Say(line, (hint,)),))
    opened = interrupted(state, "follow_up", step="consents")
    before = (phrase("mycase-sealed"),) if result.sealed else ()
    why = (phrase("receipt-safer"),) if result.safer else ()
    parts = (*why, *before, *(_said(one) for one in result.said), _consents(result), phrase("consents-ask"))
    return Turn(opened, (Say(line, parts, TOPICS),))


def _said(one: Utterance) -> Phrase:
    whose = "ours" if one.ours else "yours"
    if one.elsewhere:
        return phrase(f"mycase-{whose}-elsewhere", at=one.at)
    return phrase(f"mycase-{whose}", at=one.at, body=one.body)


def _consents(result: CaseShown) -> Phrase:
    lines = (
        phrase(
            "summary-line",
            topic=phrase(f"topic-{topic}"),
            answer=phrase(f"consent-{_known(result.consents.get(topic), sealed=result.sealed)}"),
        )
        for topic in lists.CONSENT_TOPICS
    )
    return stacked(*lines)


def _known(value: str | None, *, sealed: bool) -> str:
    if value in lists.CONSENTS:
        return value
    return "sealed" if sealed and value is None else "no"


# ── Consents ────────────────────────────────────────────────────────────────────────────────────


def ask(state: State, _context: Context) -> Say | None:
    """Which consent, or what it shall be; nothing is asked while people just talk."""
    if state.step == "consents":
        return Say(phrase("consents-ask"), choices=TOPICS)
    if state.step in lists.CONSENT_TOPICS:
        return Say(phrase(f"report-{state.step}"), choices=VALUES)
    return None


def take(state: State, event: Event, context: Context) -> Turn | None:
    """A consent chosen and changed; None for what is meant for the officer."""
    question = ask(state, context)
    if question is None:
        return None
    match event:
        case Chosen(pressed):
            code: str | None = pressed
        case Text(body):
            code = choices.one(body, choices.offered(question), context.words)
        case _:
            return None
    return _changed(state, code) if code else None


def _changed(state: State, code: str) -> Turn | None:
    if code == "back":
        return _left(state)
    if state.step == "consents" and code == "revoke":
        return Turn(state, effects=(SetConsents(dict.fromkeys(lists.CONSENT_TOPICS, "no")),))
    if state.step == "consents" and code in lists.CONSENT_TOPICS:
        return Turn(
            interrupted(state, "follow_up", step=code), (Say(phrase(f"report-{code}"), choices=VALUES),)
        )
    if state.step in lists.CONSENT_TOPICS and code in lists.CONSENTS:
        return Turn(state, effects=(SetConsents({state.step: code}),))
    return None


def _left(state: State) -> Turn:
    if state.step == "consents":
        return Turn(resumed(state), (Say(phrase("said-left")),))
    return Turn(
        interrupted(state, "follow_up", step="consents"), (Say(phrase("consents-ask"), choices=TOPICS),)
    )


def consents_set(state: State | None, _result: ConsentsSet) -> Turn:
    """From today on."""
    asking = state is not None and state.flow == "follow_up" and state.step not in {"talking", "adding"}
    return Turn(resumed(state) if state and asking else state, (Say(phrase("consents-set")),))


FLOW = Flow(ask, take, STEPS)
