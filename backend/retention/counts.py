"""Monthly counts of cases that ended, by region, act and outcome: what is left to count when cases are gone.

A case is counted when it is closed, or when it is erased without ever having been. Which rows it was counted
in stands in its own sealed report, so that reopening within the month takes it out again; a month that is
over doesn't change any more, and a case that ends twice is counted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Table as SqlTable
from sqlalchemy import and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backend.cases.lists import ACTS
from backend.cases.records import Case
from backend.outbox import Json
from backend.places.regions import REGIONS, UNSTATED
from backend.retention.model import MonthlyCountRow
from backend.work import Work

ANY = "any"
"""Under this act every case is counted once."""
ERASED = "erased"
COUNTED = "counted"
FEW = 5
"""A figure below this could name somebody: outside the desk it is not shown, nor can it be worked out."""

_TABLE = cast("SqlTable", MonthlyCountRow.__table__)
_WHICH = ("month", "region", "act", "outcome")


# ── When a case ends ────────────────────────────────────────────────────────────────────────────


async def closed(work: Work, case: Case, resolution: str) -> None:
    """The case ends with this resolution; noted in its report, which is written anew."""
    report = case.report()
    if report is None or COUNTED in report:
        return
    which = _places(report, month=_month(work), outcome=resolution)
    await _add(work, which)
    case.write_report({**report, COUNTED: which})


async def reopened(work: Work, case: Case) -> None:
    """It didn't end after all: within its month it is taken out again."""
    report = case.report()
    which = report.get(COUNTED) if report else None
    if report is None or not isinstance(which, dict) or which.get("month") != _month(work):
        return
    await _take_out(work, which)
    case.write_report({key: value for key, value in report.items() if key != COUNTED})


async def erased(work: Work, report: Mapping[str, Json]) -> None:
    """A case of this report is destroyed: counted now, if it never was before."""
    if COUNTED not in report:
        outcome = str(report.get("resolution") or ERASED)
        await _add(work, _places(report, month=_month(work), outcome=outcome))


def _month(work: Work) -> str:
    return month_of(work.now, work.settings.centre.timezone)


def month_of(moment: datetime, timezone: str) -> str:
    """`2026-03`, as the calendar hangs there."""
    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m}"


def _places(report: Mapping[str, Json], *, month: str, outcome: str) -> dict[str, Json]:
    answers = report.get("answers")
    known = answers if isinstance(answers, dict) else {}
    region, acts = known.get("region"), known.get("acts")
    chosen = sorted({str(act) for act in acts} & set(ACTS)) if isinstance(acts, list) else []
    return {
        "month": month,
        "region": region if region in REGIONS else UNSTATED,
        "acts": [ANY, *chosen],
        "outcome": outcome,
    }


def _rows(which: Mapping[str, Json]) -> list[dict[str, Json]]:
    """In one order always, so that two cases that end at once don't wait for each other."""
    acts = which["acts"]
    shared = {key: which[key] for key in ("month", "region", "outcome")}
    return [{**shared, "act": act} for act in sorted(map(str, acts))] if isinstance(acts, list) else []


def _counting(insert: Any) -> Any:  # noqa: ANN401 - either dialect's own
    statement = insert(_TABLE)
    return statement.on_conflict_do_update(
        index_elements=list(_WHICH), set_={"cases": _TABLE.c.cases + statement.excluded.cases}
    )


_COUNT = {"sqlite": _counting(sqlite.insert), "postgresql": _counting(postgresql.insert)}
_ONE_LESS = (
    update(_TABLE)
    .where(and_(*(_TABLE.c[name] == bindparam(f"of_{name}") for name in _WHICH)))
    .values(cases=_TABLE.c.cases - 1)
)


async def _add(work: Work, which: Mapping[str, Json]) -> None:
    statement = _COUNT[work.session.get_bind().dialect.name]
    await work.session.execute(statement, [{**row, "cases": 1} for row in _rows(which)])


async def _take_out(work: Work, which: Mapping[str, Json]) -> None:
    connection = await work.session.connection()
    rows = [{f"of_{name}": row[name] for name in _WHICH} for row in _rows(which)]
    await connection.execute(_ONE_LESS, rows)
    await work.session.execute(delete(MonthlyCountRow).where(MonthlyCountRow.cases <= 0))


# ── Figures ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cases ended in these months, by each of the three. One case may have several acts."""

    months: tuple[str, ...]
    regions: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)


async def ended(work: Work, *, since: datetime, outside: bool) -> Counts:
    """The months from `since` on.

    `outside` the desk only those that are over: the figures of a month that goes on would tell, from one day
    to the next, of a single case.
    """
    zone = work.settings.centre.timezone
    first, current = month_of(since, zone), month_of(work.now, zone)
    query = select(MonthlyCountRow).where(MonthlyCountRow.month >= first)
    query = query.where(MonthlyCountRow.month < current) if outside else query
    rows = list((await work.session.execute(query)).scalars())
    counts = Counts(tuple(sorted({row.month for row in rows})))
    for row in rows:
        if row.act == ANY:
            counts.regions[row.region] += row.cases
            counts.outcomes[row.outcome] += row.cases
        else:
            counts.acts[row.act] += row.cases
    return counts


def shown(counts: Mapping[str, int], *, outside: bool) -> list[tuple[str, int]]:
    """The most frequent first. `outside`: none below FEW, and what is left out isn't few altogether. Pure."""
    ordered = _ordered(counts.items())
    if not outside:
        return ordered
    kept = [each for each in ordered if each[1] >= FEW]
    while kept and 0 < sum(counts.values()) - sum(number for _, number in kept) < FEW:
        kept.pop()
    return kept


def _ordered(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(counts, key=lambda each: (-each[1], each[0]))
