"""One row of the outbox on its way to words: the recipient's language, their messenger's limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from backend.claims import Claimed
from backend.outbox import Json
from backend.people.posted import Posted
from backend.work import Work
from bot import intents
from bot.channels.base import Button, Edit, Limits, Outgoing, Say
from bot.intents import Card
from bot.parcels import Parcel, Purpose
from bot.phrases import phrase
from bot.recipients import Recipient
from bot.texts import Texts

CONTENT = frozenset({"reply", "details", "reporter-wrote"})
"""Intents whose messages hold what people wrote about a case."""


@dataclass(frozen=True)
class Job:
    """One row being put into words."""

    work: Work
    row: Claimed
    recipient: Recipient
    params: dict[str, Json]
    texts: Texts
    limits: Limits

    def words(self, card: Card) -> str:
        """What the card says, in the recipient's language."""
        zone, now = self.work.settings.centre.timezone, self.work.now
        said = (
            self.texts.render(each, language=self.recipient.language, now=now, zone=zone)
            for each in card.paragraphs
        )
        return "\n\n".join(text for text in said if text)

    def buttons(self, card: Card) -> tuple[tuple[Button, ...], ...]:
        """The card's buttons, labelled."""
        return tuple(tuple(self._button(each) for each in row) for row in card.buttons)

    def _button(self, button: intents.PhraseButton) -> Button:
        label = self.texts.render(
            button.label,
            language=self.recipient.language,
            now=self.work.now,
            zone=self.work.settings.centre.timezone,
        )
        return Button(f"✓ {label}" if button.ticked else label, button.data)

    def parcel(self, card: Card, purpose: Purpose, *, reply_to: str | None = None) -> Parcel:
        """New messages, as many as the length limit makes of the text; the buttons are under the last."""
        text = self.words(self._marked(card))
        parts = list(pieces(text, self.limits.text))
        say = [
            Say(
                self.recipient.chat,
                piece,
                self.tx(index),
                reply_to=reply_to,
                private=not self.recipient.is_group,
                sealed=self.params["intent"] in CONTENT,
            )
            for index, piece in enumerate(parts)
        ]
        say[-1] = replace(say[-1], buttons=self.buttons(card))
        return self.done(tuple(say), purpose)

    def tx(self, index: int = 0) -> str:
        """What a messenger knows a repeat by: each message of one row has its own."""
        return f"{self.row.id}.{index}"

    def _marked(self, card: Card) -> Card:
        """Say that it may be a repeat, where reading it twice could mislead."""
        matters = (
            self.recipient.party.kind != "reporter"
            or "receipt" in self.params
            or self.params["intent"] == "reply"
        )
        repeat = self.row.repeat or "again" in self.params
        if not (repeat and matters):
            return card
        return replace(card, paragraphs=(*card.paragraphs, phrase("may-be-repeat")))

    def edit(self, found: Posted, card: Card) -> Parcel:
        """A message that stands in a chat, said anew."""
        text = next(pieces(self.words(card), self.limits.text))
        return self.done((Edit(found.chat, found.message, text, self.tx(), self.buttons(card)),))

    def done(
        self, outgoing: tuple[Outgoing, ...], purpose: Purpose | None = None, forgets: tuple[str, ...] = ()
    ) -> Parcel:
        """What the row became. `forgets`: rows of messages that are gone once it is sent."""
        intent = str(self.params["intent"])
        return Parcel(
            self.row,
            self.recipient,
            intent,
            self.params,
            outgoing,
            self.work.now,
            purpose=purpose,
            forgets=forgets,
        )


def pieces(text: str, limit: int) -> Iterator[str]:
    """The text in pieces of at most `limit` UTF-16 units, cut at line ends or spaces where there are any.

    No piece but a text's only one is empty: messengers refuse that.
    """
    text = text.rstrip()
    while len(text.encode("utf-16-le")) // 2 > limit:
        head = text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", "ignore")
        cut = max(head.rfind("\n"), head.rfind(" ") if head.rfind("\n") < limit // 2 else -1)
        cut = cut if cut > limit // 2 else len(head)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip("\n ")
    yield text
