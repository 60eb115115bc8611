"""Monthly counts: written when cases end, linked to none, outlasting all, never shown when they are few."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from backend.cases import casework, erasure, records
from backend.cases.records import Case
from backend.outbox import Json
from backend.people.staff import Staff
from backend.retention import counts
from backend.retention.counts import ANY, ERASED, FEW
from backend.retention.model import MonthlyCountRow
from backend.work import Work
from bot.staff import retention
from tests.backend.world import HIGH, TEXTS, World

DAY = timedelta(days=1)
MARCH, APRIL = "2026-03", "2026-04"
OBLAST: dict[str, Json] = {**HIGH, "region": "RU-MOS", "acts": ["threat", "search"]}


async def _rows(world: World) -> dict[tuple[str, str, str, str], int]:
    async with world.backend.looking() as work:
        rows = (await work.session.execute(select(MonthlyCountRow))).scalars()
        return {(row.month, row.region, row.act, row.outcome): row.cases for row in rows}


async def _close(world: World, anna: Staff, reference: str, resolution: str = "resolved") -> None:
    await world.do(reference, lambda work, case: casework.close(work, anna, case, resolution))


async def _reopen(world: World, anna: Staff, reference: str) -> None:
    await world.do(reference, lambda work, case: casework.reopen(work, anna, case))


async def _destroy(work: Work, case: Case) -> None:
    await erasure.destroy(work, case, by="reporter")


def _march(outcome: str, number: int = 1) -> dict[tuple[str, str, str, str], int]:
    return {(MARCH, "RU-MOS", act, outcome): number for act in (ANY, "threat", "search")}


async def test_a_case_is_counted_when_it_is_closed(world: World) -> None:
    """Once under each of its acts and once under any, with region and outcome; erasing changes nothing."""
    anna = await world.person("anna")
    first, second = await world.case(OBLAST), await world.case(OBLAST)
    assert await _rows(world) == {}
    await _close(world, anna, first)
    assert await _rows(world) == _march("resolved")
    await _close(world, anna, second)
    for reference in (first, second):
        await world.do(reference, _destroy)
    assert await _rows(world) == _march("resolved", 2)


async def test_a_case_erased_open_is_counted_as_that(world: World) -> None:
    """What was destroyed before anybody closed it counts too, or the centre would never know of it."""
    await world.do(await world.case(OBLAST), _destroy)
    assert await _rows(world) == _march(ERASED)


async def test_reopened_within_the_month_it_counts_anew(world: World) -> None:
    """The outcome is the last one of the month; nothing is counted twice."""
    anna, reference = await world.person("anna"), await world.case(OBLAST)
    await _close(world, anna, reference, "referred")
    await _reopen(world, anna, reference)
    assert await _rows(world) == {}
    await _close(world, anna, reference)
    assert await _rows(world) == _march("resolved")


async def test_a_month_that_is_over_does_not_change(world: World) -> None:
    """Reopened and closed again in April, erased in May: it is March's case, once."""
    anna, reference = await world.person("anna"), await world.case(OBLAST)
    await _close(world, anna, reference)
    world.clock.advance(DAY * 30)
    await _reopen(world, anna, reference)
    await _close(world, anna, reference, "referred")
    assert await _rows(world) == _march("resolved")
    world.clock.advance(DAY * 30)
    await _reopen(world, anna, reference)
    await world.do(reference, _destroy)
    assert await _rows(world) == _march("resolved")


async def test_the_month_is_the_centre_s(world: World) -> None:
    """An hour before midnight in UTC it is April in Moscow already."""
    anna, reference = await world.person("anna"), await world.case(OBLAST)
    world.clock.advance(DAY * 27 + timedelta(hours=14))
    await _close(world, anna, reference)
    assert {month for month, *_ in await _rows(world)} == {APRIL}


@pytest.mark.parametrize(
    "answers", [{}, {"region": "nowhere", "acts": ["invented"]}, {"region": 7, "acts": 7}]
)
async def test_what_is_unknown_is_unstated(world: World, answers: dict[str, Json]) -> None:
    """A call for help of which nothing is known, or answers of an older version, still make one case."""
    await world.do(await world.case(answers), _destroy)
    assert await _rows(world) == {(MARCH, "RU-unstated", ANY, ERASED): 1}


async def test_no_row_says_which_case(world: World) -> None:
    """Counts hold no reference, id or time, so none of them leads to a case."""
    reference = await world.case(OBLAST)
    case_id = (await world.find(reference)).row.id
    await world.do(reference, _destroy)
    assert {column.name for column in MonthlyCountRow.__table__.columns} == {
        "month", "region", "act", "outcome", "cases"
    }  # fmt: skip
    assert not {reference, case_id} & {str(value) for row in await _rows(world) for value in row}


async def _filled(world: World, *, moscow: int, oblast: int) -> None:
    anna = await world.person("anna")
    for number in range(moscow + oblast):
        region = "RU-MOW" if number < moscow else "RU-MOS"
        reference = await world.case({**HIGH, "region": region}, await world.reporter(f"r{number}"))
        await _close(world, anna, reference)


async def _read(world: World, *, outside: bool) -> str:
    async with world.backend.looking() as work:
        found = await retention.counted(work, DAY * 30, outside=outside)
        return "".join(TEXTS.render(each, language="en", now=work.now, zone="UTC") for each in found)


async def test_the_desk_sees_all_of_it(world: World) -> None:
    """At the desk every figure is shown, of the current month too."""
    await _filled(world, moscow=6, oblast=1)
    read = await _read(world, outside=False)
    assert "Moscow 6" in read
    assert "Moscow Oblast 1" in read
    assert "resolved 7" in read


async def test_outside_the_desk_few_are_nobody(world: World) -> None:
    """The council sees months that are over, no figure below five, nor can one be worked out."""
    await _filled(world, moscow=6, oblast=1)
    assert await _read(world, outside=True) == ""
    world.clock.advance(DAY * 28)
    read = await _read(world, outside=True)
    assert "Moscow" not in read, "seven less six would be one"
    assert "resolved 7" in read
    await world.backend.database.forget_pages()


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 12)))
def test_few_can_not_be_worked_out(found: Mapping[str, int]) -> None:
    """What is shown outside is at least five each, and so is all that is left out together."""
    kept = counts.shown(found, outside=True)
    left = sum(found.values()) - sum(number for _, number in kept)
    assert all(number >= FEW for _, number in kept)
    assert left == 0 or left >= FEW or not kept
    assert counts.shown(found, outside=False) == sorted(found.items(), key=lambda each: (-each[1], each[0]))


async def test_a_broken_report_is_erased_uncounted(world: World) -> None:
    """A case that somebody tampered with can't be counted, and is destroyed all the same."""
    reference, other = await world.case(OBLAST), await world.case(OBLAST)
    async with world.backend.work() as work:
        case = await records.find(work, reference, for_change=True)
        case.row.report = (await records.find(work, other)).row.report
    await world.do(reference, _destroy)
    assert await _rows(world) == {}
