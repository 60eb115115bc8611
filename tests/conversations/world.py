"""A world just big enough for a conversation: it answers effects as the backend would, from memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from backend import places
from bot.conversation import codec, engine
from bot.conversation.types import (
    AddMessage,
    Attached,
    CaseShown,
    Chosen,
    Command,
    ConsentsSet,
    Context,
    Effect,
    Erased,
    EraseEverything,
    Event,
    LanguageSet,
    MessageAdded,
    OpenReceipt,
    Returned,
    SetConsents,
    SetLanguage,
    ShowCase,
    Standing,
    State,
    SubmitReport,
    Submitted,
    Text,
    TooSoon,
    Turn,
    Utterance,
)
from bot.texts import Texts

TEXTS = Texts(places.name)
NOW = datetime(2026, 5, 13, 11, 5, tzinfo=UTC)
REFERENCE = "K7F-3QX"
CODE = "RIGHT-CODE"


def nearest(typed: str) -> tuple[tuple[str, bool], ...]:
    """The real regions."""
    return tuple((match.region.code, match.sure) for match in places.nearest(typed))


_FORWARD: dict[str, tuple[Event, ...]] = {
    "defender": (Text("Экология, Химки"),),
    "account": (Text("Задержали у дома"),),
    "date": (Text("вчера вечером"),),
    "region": (Text("алтай"),),
    "detention": (Text("ОВД, адвоката не пускают"),),
    "contact": (Text("Здесь"),),
    "evidence": (Attached("f", "photo"), Text("готово")),
    "summary": (Chosen("change"),),
}


@dataclass
class World:
    """One person, at most one case, and everything said so far."""

    case: str | None = None
    closed: bool = False
    language: str = "ru"
    channel: str = "telegram"
    state: State | None = None
    stamps: list[str] = field(default_factory=list)
    turns: int = 0
    vanish: timedelta | None = None
    too_soon: bool = False

    def context(self) -> Context:
        """What the conversation may know now."""
        return Context(
            now=NOW,
            language=self.language,
            languages=("ru", "en"),
            zone="Europe/Moscow",
            channel=self.channel,
            token=f"t{self.turns}",
            case=self.case,
            words=TEXTS.words,
            nearest_regions=nearest,
            vanish=self.vanish,
        )

    def tell(self, event: Event) -> Iterator[Turn]:
        """The turns that an event leads to: its own, and those of its effects' results."""
        self.turns += 1
        turn = engine.advance(self.state, event, self.context())
        self._keep(turn)
        yield turn
        for effect in turn.effects:
            result = self.result(effect)
            if result:
                yield from self.tell(result)

    def walk_to(self, step: str) -> None:
        """A report with every question answered, up to this step."""
        list(self.tell(Command("report")))
        while self.state and self.state.step != step:
            for event in _FORWARD.get(self.state.step, (Text("1"),)):
                list(self.tell(event))

    def _keep(self, turn: Turn) -> None:
        self.state = turn.state and codec.decode(codec.encode(turn.state))
        assert self.state == turn.state, "a state survives being written down"
        if self.state and self.state.stamp not in self.stamps:
            self.stamps.append(self.state.stamp)

    def result(self, effect: Effect) -> Event | None:
        """What the backend would answer."""
        if self.too_soon and getattr(effect, "code", False):
            return TooSoon(timedelta(seconds=30))
        match effect:
            case SubmitReport():
                self.case = REFERENCE
                return Submitted(REFERENCE, CODE, timedelta(minutes=30))
            case AddMessage():
                return MessageAdded(self.case or REFERENCE, self.closed)
            case ShowCase(code):
                return self._shown(code)
            case OpenReceipt(code):
                right = code == CODE
                self.case = REFERENCE if right else self.case
                return Returned(self._standing() if right else None)
            case SetLanguage(language):
                self.language = language
                return LanguageSet(language)
            case SetConsents():
                return ConsentsSet(self.case or REFERENCE)
            case EraseEverything(code):
                return self._erased(code)
            case _:
                return None

    def _standing(self) -> Standing:
        return Standing(
            REFERENCE, "closed" if self.closed else "new", NOW - timedelta(hours=1), acknowledged=False
        )

    def _shown(self, code: str) -> CaseShown:
        if self.case is None:
            return CaseShown(None, code_given=bool(code))
        said = (Utterance(NOW, ours=False, body="одно"), Utterance(NOW, ours=True, body="", elsewhere=True))
        right = code == CODE
        return CaseShown(self._standing(), bool(code), right, said if right else ())

    def _erased(self, code: str) -> Erased:
        if self.case is None:
            return Erased("nothing")
        if code and code != CODE:
            return Erased("wrong_code")
        self.case = None
        return Erased("now" if code else "later")
