"""What the desk reads of cases that are no more, or soon won't be: numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from backend.retention import closed, counts, erasures_list
from backend.retention.closed import Ending
from backend.work import Work
from bot.phrases import Listing, Phrase, phrase
from bot.staff.layout import lines

DAY = timedelta(days=1)
SHOWN = 10
"""How many regions, acts or outcomes one line names."""


def ending(work: Work, found: Ending) -> list[Phrase]:
    """Which number of closed cases goes soon, and which has gone: a paragraph, or nothing."""
    span = work.settings.retention.closed
    said = [phrase("now-ended", count=found.destroyed)] if found.destroyed else []
    if found.until is not None and span is not None:
        said.append(phrase("now-ending", count=found.count, span=span, until=found.until))
    return [lines(*said)] if said else []


async def standing(work: Work) -> list[Phrase]:
    """For `/status`: what goes soon, and what goes wrong."""
    late = await erasures_list.late(work)
    said = [phrase("now-unlisted", count=late)] if late else []
    return [*said, *ending(work, await closed.ending(work, since=work.now - DAY))]


async def counted(work: Work, span: timedelta, *, outside: bool) -> list[Phrase]:
    """For `/stats`: what became of cases in the months of this time, also of those that are gone."""
    found = await counts.ended(work, since=work.now - span, outside=outside)
    said = [
        *_figures("counts-regions", "region", found.regions, outside=outside),
        *_figures("counts-acts", "act", found.acts, outside=outside),
        *_figures("counts-outcomes", "resolution", found.outcomes, outside=outside),
    ]
    if not said:
        return []
    begin = phrase("counts-begin", first=found.months[0], last=found.months[-1])
    return [lines(begin, *said)]


def _figures(key: str, prefix: str, found: Mapping[str, int], *, outside: bool) -> list[Phrase]:
    figures = [
        phrase("counts-figure", what=_label(prefix, code), count=str(number))
        for code, number in counts.shown(found, outside=outside)[:SHOWN]
    ]
    return [phrase(key, figures=Listing(tuple(figures)))] if figures else []


def _label(prefix: str, code: str) -> Phrase:
    return phrase("counts-erased" if code == counts.ERASED else f"{prefix}-{code}")
