"""How a case stands, in plain words and without its content."""

from __future__ import annotations

from bot.conversation.types import Standing
from bot.phrases import Phrase, phrase


def standing_line(standing: Standing) -> Phrase:
    """The reference, since when, and how it stands."""
    return phrase(f"standing-{_stage(standing)}", reference=standing.reference, at=standing.opened_at)


def _stage(standing: Standing) -> str:
    if standing.status == "new" and standing.acknowledged:
        return "acknowledged"
    return standing.status
