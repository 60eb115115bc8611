"""What a person told so far, and how more is added to it: words, files, places, corrections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import SequenceMatcher

from backend.cases import lists
from bot.conversation.types import Answer, Attached, Located, State, SubmitReport

ROOM = 60_000
"""Characters that one draft may hold: some fifteen of the longest messages. Then it wants sending."""

FILES = 200
ALIKE = 0.6
BRIEF = 200
WORDED = (
    "account",
    "defender",
    "acts_words",
    "date",
    "place",
    "perpetrator_words",
    "detention",
    "needs_words",
    "contact",
    "evidence",
)
"""Answers in the person's own words."""


def size(answers: Mapping[str, Answer]) -> int:
    """How many characters the answers hold."""
    return sum(
        len(answer) if isinstance(answer, str) else sum(map(len, answer)) for answer in answers.values()
    )


def full(state: State, more: str = "") -> bool:
    """Whether `more` would not fit into the draft."""
    return size(state.answers) + len(more) > ROOM or len(state.files) >= FILES


def listed(state: State, key: str) -> list[str]:
    """An answer that is a list; empty where it isn't there."""
    answer = state.answers.get(key, ())
    return [answer] if isinstance(answer, str) else list(answer)


def told(state: State, words: str) -> State:
    """More of the account, below what there is."""
    if not words.strip():
        return state
    before = state.answers.get("account")
    return state.answered("account", f"{before}\n\n{words}" if isinstance(before, str) else words)


def without(state: State, *keys: str) -> State:
    """The same with these answers taken back."""
    return replace(state, answers={key: answer for key, answer in state.answers.items() if key not in keys})


def attached(state: State, event: Attached) -> State:
    """The file noted, its caption told."""
    return told(replace(state, files=(*state.files, event.file), album=event.album), event.caption)


def point(event: Located) -> str:
    """A place as a `geo:` URI (RFC 5870), metres exact: it reads the same in every language."""
    return f"geo:{event.latitude:.5f},{event.longitude:.5f}"


def located(state: State, event: Located) -> State:
    """One more place."""
    return state.answered("location", [*listed(state, "location"), point(event)])


def corrected(state: State, body: str) -> tuple[State, bool]:
    """An edited message put in the place of the answer that it changes; True if that could be told.

    A message's old wording is not known, only that people mostly edit a little: the one answer that
    reads alike is replaced. Anything else is kept as a correction, for the officer to judge.
    """
    key = _alike(state, body)
    if key:
        return state.answered(key, body), True
    return state.answered("corrections", [*listed(state, "corrections"), body]), False


def _alike(state: State, body: str) -> str | None:
    found = [key for key in WORDED if _likeness(state.answers.get(key), body) >= ALIKE]
    return found[0] if len(found) == 1 else None


def _likeness(answer: Answer | None, body: str) -> float:
    if not isinstance(answer, str):
        return 0.0
    matcher = SequenceMatcher(None, answer, body, autojunk=True)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()


def submission(state: State, *, sos: bool = False) -> SubmitReport:
    """The report as it stands. A consent that wasn't given is *no*."""
    refused = dict.fromkeys(lists.CONSENT_TOPICS, "no")
    return SubmitReport({**refused, **state.answers}, state.files, sos=sos)


def brief(words: str) -> str:
    """Words short enough to be read back."""
    return words if len(words) <= BRIEF else f"{words[:BRIEF].rstrip()}…"
