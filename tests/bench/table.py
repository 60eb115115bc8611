"""What a benchmark prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Row: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows below a head; `notes` say what a reader must know of the figures."""

    title: str
    head: Row
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    def text(self) -> str:
        """The table in columns as wide as their longest entry."""
        widths = [
            max(len(row[column]) for row in (self.head, *self.rows)) for column in range(len(self.head))
        ]
        lines = [
            "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (self.head, *self.rows)
        ]
        return "\n".join(
            [self.title, *(f"  {line}" for line in lines), *(f"  {note}" for note in self.notes)]
        )
