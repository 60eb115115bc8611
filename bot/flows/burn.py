"""The chat emptied at once: somebody is at the door, so nothing is asked and nothing is said afterwards.

An emptied chat is its own answer, and a last word would show on the lock screen. The case goes on, and so
does a draft: it is kept for its day, `/report` opens it where it was, and it doesn't ask by itself.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.types import BurnChat, State, Turn
from bot.flows.flow import drafting


def now(state: State | None) -> Turn:
    """Take everything back, wherever the person stands."""
    quiet = replace(state, asked_idle=True) if state is not None and drafting(state) else state
    return Turn(quiet, effects=(BurnChat(),))
