"""What `hotline check` finds: one line each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    right: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok' if self.right else 'wrong':<6}{self.text}"


def right(text: str) -> Finding:
    """As it should be."""
    return Finding(right=True, text=text)


def wrong(text: str) -> Finding:
    """Not as it should be."""
    return Finding(right=False, text=text)
