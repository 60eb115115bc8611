"""What officers read of a case that is sealed: that it is, what is known all the same, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from backend.cases.records import Case, Entry
from bot.phrases import Phrase, phrase
from bot.staff.layout import channel_name, lines


def paragraphs(case: Case) -> tuple[Phrase, ...]:
    """In the place of the report. Nothing if that can be read."""
    if not case.is_sealed:
        return ()
    row = case.row
    what = phrase("sealed-all", at=row.sealed_at) if row.sealed_at else phrase("sealed-earlier")
    known = phrase(
        "sealed-known", opened=row.opened_at, channel=channel_name(row.channel), entries=row.entries
    )
    return what, known, phrase("sealed-how", reference=case.reference)


def how_to_go_on(case: Case) -> tuple[Phrase, ...]:
    """What can be done with a closed one as it is."""
    if not case.is_sealed or case.row.status != "closed":
        return ()
    return (
        lines(
            phrase("sealed-writing", reference=case.reference),
            phrase("sealed-reopened", reference=case.reference),
        ),
    )


def entries(sealed: Sequence[Entry]) -> Phrase:
    """Entries that follow each other and are sealed, in one line."""
    first, last = sealed[0], sealed[-1]
    if first is last:
        return phrase("entry-sealed", **{"from": first.at})
    return phrase("entries-sealed", **{"from": first.at}, until=last.at, count=len(sealed))


def files(count: int) -> list[Phrase]:
    """How many files are sealed with the case."""
    return [phrase("sealed-files", count=count)] if count else []
