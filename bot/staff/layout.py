"""How the desk's messages are put together: lines, ages, buttons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from backend.messengers import MESSENGERS
from bot.intents import Card, PhraseButton
from bot.phrases import Phrase, phrase

MINUTES_AN_HOUR = 60
TWO_DAYS = 48 * MINUTES_AN_HOUR


def lines(*parts: Phrase) -> Phrase:
    """Phrases under each other in one paragraph. Halved and halved again, so that no sentence nests deep."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return phrase("text-lines", first=lines(*parts[:middle]), rest=lines(*parts[middle:]))


def card(key: str, **facts: str | int) -> Card:
    """A message of one sentence."""
    return Card((phrase(key, **facts),))


def channel_name(channel: str) -> Phrase:
    """A messenger by the name that people know it by."""
    return phrase(f"desk-channel-{channel}" if channel in MESSENGERS else "desk-channel-other")


def stand(status: str) -> Phrase:
    """How a case stands, as colleagues say it."""
    return phrase(f"stand-{status}")


def age(length: timedelta) -> Phrase:
    """How long something has waited, short enough for the first line of a notice; never rounded up."""
    minutes = max(0, int(length.total_seconds()) // 60)
    if minutes < MINUTES_AN_HOUR:
        return phrase("age-minutes", minutes=str(minutes))
    hours, rest = divmod(minutes, MINUTES_AN_HOUR)
    if minutes >= TWO_DAYS:
        return phrase("age-days", days=str(hours // 24))
    if not rest:
        return phrase("age-hours", hours=str(hours))
    return phrase("age-hours-minutes", hours=str(hours), minutes=str(rest))


def case_button(verb: str, reference: str) -> PhraseButton:
    """A button that does `verb` to the case, labelled `desk-button-<verb>`."""
    return PhraseButton(phrase(f"desk-button-{verb}"), f"s:{verb}:{reference.replace('-', '')}")


def button(label: str, data: str) -> PhraseButton:
    """A button that is about no case."""
    return PhraseButton(phrase(f"desk-button-{label}"), data)


def case_rows(reference: str, *rows: Sequence[str]) -> tuple[tuple[PhraseButton, ...], ...]:
    """Rows of buttons that do these verbs to the case."""
    return tuple(tuple(case_button(verb, reference) for verb in row) for row in rows)
