"""The words of a guided conversation: what happens to it, what it says, what it wants done.

Plain data, shared by every messenger. A conversation is a pure function of these (see `engine`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.phrases import Param, Phrase

Answer = str | list[str]
"""One answer as it is kept: a code or words, or several codes. JSON as it stands."""


# ── What happens to a conversation ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Text:
    """Typed words, stripped of nothing."""

    body: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice made: by a button, with the stamp of the question it stood under, or typed.

    `stamp` is None where it was typed: it can only mean the question that is open now.
    """

    code: str
    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """`/name argument`, the name in lower case."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that the vault will fetch and seal; `file` is our own id of it, never the messenger's."""

    file: str
    kind: str
    caption: str = ""
    album: str | None = None


@dataclass(frozen=True, slots=True)
class Located:
    """A place on the map, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Corrected:
    """A message sent earlier now reads otherwise."""

    body: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A sticker or the like: nothing to keep, but an answer is due."""


@dataclass(frozen=True, slots=True)
class Woke:
    """The time that the last turn asked to be woken after has passed in silence."""


# Results of effects, coming back as events.


@dataclass(frozen=True, slots=True)
class Submitted:
    """The report is a case and on disk. `within` is the time in which an officer should answer."""

    reference: str
    receipt: str
    within: timedelta


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """The reporter's words are in the case `reference`; `closed` says that it had been closed.

    `elsewhere`: the case goes on where it is safer, and no answer comes here.
    """

    reference: str
    closed: bool = False
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of what was said between reporter and hotline, for `/mycase CODE`."""

    at: datetime
    ours: bool
    body: str
    elsewhere: bool = False
    """True where this channel is weaker than the one it came by: the words stay there."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands, without a word of its content."""

    reference: str
    status: str
    opened_at: datetime
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class CaseShown:
    """`standing` is None where there is no case; `said` is empty unless the code was right.

    `sealed`: what was said earlier, and the consents not named here, can't be read by anybody now. `safer`:
    this is safer than where the case was so far.
    """

    standing: Standing | None
    code_given: bool = False
    code_right: bool = False
    said: tuple[Utterance, ...] = ()
    consents: Mapping[str, str] = field(default_factory=dict)
    sealed: bool = False
    safer: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """A receipt code was right (`standing`), or wrong (None). `safer`: than where the case was so far."""

    standing: Standing | None
    safer: bool = False


@dataclass(frozen=True, slots=True)
class LanguageSet:
    """From now on everything is said in this language."""

    language: str


@dataclass(frozen=True, slots=True)
class ConsentsSet:
    """The consents now hold as given, with today's date."""

    reference: str


@dataclass(frozen=True, slots=True)
class Erased:
    """`how`: destroyed `now`, hidden and destroyed `later` (in 24 hours), a `wrong_code`, `nothing` there."""

    how: Literal["now", "later", "wrong_code", "nothing"]


@dataclass(frozen=True, slots=True)
class TooSoon:
    """A code that came with the last effect was not looked at, nor will another one be for so long."""

    wait: timedelta


Event = (
    Text
    | Chosen
    | Command
    | Attached
    | Located
    | Corrected
    | Unreadable
    | Woke
    | Submitted
    | MessageAdded
    | CaseShown
    | Returned
    | LanguageSet
    | ConsentsSet
    | Erased
    | TooSoon
)


# ── What a conversation wants done ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """Open a case from these answers. Comes back as `Submitted`."""

    answers: Mapping[str, Answer]
    files: tuple[str, ...] = ()
    sos: bool = False


@dataclass(frozen=True, slots=True)
class AddMessage:
    """Add the reporter's words or files to the current case. Comes back as `MessageAdded`."""

    body: str = ""
    files: tuple[str, ...] = ()
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class ShowCase:
    """Look at the reporter's case, with its words if `code` is its receipt. Comes back as `CaseShown`."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class OpenReceipt:
    """Come back by receipt from anywhere. Comes back as `Returned`."""

    code: str


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Comes back as `LanguageSet`."""

    language: str


@dataclass(frozen=True, slots=True)
class SetConsents:
    """Change the consents of the current case. Comes back as `ConsentsSet`."""

    consents: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EraseEverything:
    """Hide all now and destroy it after 24 hours, or at once with the receipt. Comes back as `Erased`."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class DropFiles:
    """These files of a draft are not wanted any more. Nothing comes back."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BurnChat:
    """Everything said in this chat is taken back from it, and the case isn't touched. Nothing comes back."""


Effect = (
    SubmitReport
    | AddMessage
    | ShowCase
    | OpenReceipt
    | SetLanguage
    | SetConsents
    | EraseEverything
    | DropFiles
    | BurnChat
)


# ── What a conversation says and where it stands ────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Choice:
    """A button and its typed equivalents: `label` is a text key, `code` (≤ 40 ASCII characters) is kept."""

    code: str
    label: str
    ticked: bool = False
    params: Mapping[str, Param] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """One message to the person: a phrase, further phrases below it, and choices in rows.

    `in_place` asks that, where the turn was caused by a button, its message be edited instead.
    """

    phrase: Phrase
    parts: tuple[Phrase, ...] = ()
    choices: tuple[tuple[Choice, ...], ...] = ()
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where a person stands. `trail` is the way back; `stamp` marks the open question's buttons."""

    flow: str
    step: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    trail: tuple[str, ...] = ()
    stamp: str = ""
    files: tuple[str, ...] = ()
    album: str | None = None
    page: int = 0
    changing: bool = False
    """True while one answer is being changed from the summary."""
    asked_idle: bool = False
    """True once the person was asked whether to go on with an idle draft."""
    note: str = ""
    """What the flow needs to remember besides answers (a code, that the first words were said)."""
    resume: tuple[str, ...] = ()
    """The flows that this one interrupted, innermost last, each as `flow:step`; their draft is kept here."""

    def answered(self, key: str, answer: Answer) -> State:
        """The same, with one answer put down."""
        return replace(self, answers={**self.answers, key: answer})

    def at(self, step: str) -> State:
        """The same, one step further, with the way back noted."""
        trail = self.trail if self.changing else (*self.trail, self.step)
        return replace(self, step=step, trail=trail, page=0)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one event leads to. `state` None ends the conversation; `wake_after` asks for a `Woke`."""

    state: State | None
    say: tuple[Say, ...] = ()
    effects: tuple[Effect, ...] = ()
    wake_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a conversation may know of the world: all of it handed in, so that it stays a pure function.

    `token` becomes the stamp of the next question. `words` gives every language's wording of a text
    key, for typed equivalents. `case` is the reference of the reporter's current case, if there is one.
    `zone` is an IANA time zone. `nearest_regions` gives (code, sure) pairs for what was typed.
    """

    now: datetime
    language: str
    languages: tuple[str, ...]
    zone: str
    channel: str
    token: str
    case: str | None
    words: Callable[[str], tuple[str, ...]]
    nearest_regions: Callable[[str], tuple[tuple[str, bool], ...]]
    vanish: timedelta | None = None
    """How long after the last word everything goes from the chat; None: it stays."""
