"""A text by its key, with what goes into it: how everything is kept until the moment it is said.

The outbox holds phrases, never words, so the language is the person's at the moment of sending, and
what a phrase refers to can still be erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text key of the `.ftl` files and its parameters."""

    key: str
    params: Mapping[str, Param] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """Several phrases in one sentence, joined as the language joins them."""

    items: tuple[Phrase, ...]


Param = str | int | datetime | timedelta | Phrase | Listing
"""Words as they are, a number, an aware time, a span, a text by key, or several."""


def phrase(key: str, **params: Param) -> Phrase:
    """`phrase("staff.notice", reference="K7F-3QX")`."""
    return Phrase(key, params)
