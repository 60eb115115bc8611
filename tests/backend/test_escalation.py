"""When nobody acknowledges, answers or goes on: who is told, exactly when, and never twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from backend.cases import casework, handing_back, notices
from backend.cases import reporting as reports
from backend.cases.rules import Severity
from backend.escalation.run_due import run_due
from backend.outbox import Json, OutboxRow
from backend.people import staff as people
from backend.people.staff import Staff
from backend.vault.keys import Sealed
from backend.vault.model import DataKeyRow
from tests.backend.world import HIGH, NORMAL, URGENT, World

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ALERTS = ("escalated", "nobody-yet")


async def _staffed(world: World) -> dict[str, Staff]:
    await world.room()
    return {
        "anna": await world.person("anna"),
        "boris": await world.person("boris"),
        "clara": await world.person("clara", "coordinator"),
    }


async def _told_at(world: World, *pauses: timedelta) -> list[list[str]]:
    """After each pause, a second before its end and at its end: who was alerted."""
    heard: list[list[str]] = []
    for pause in pauses:
        await world.passes(pause - SECOND)
        assert await world.told(*ALERTS) == Counter(), "nobody is told a second too soon"
        await world.passes(SECOND)
        heard.append(_names(await world.told(*ALERTS)))
    return heard


def _names(told: Counter[tuple[str, str]]) -> list[str]:
    assert all(count == 1 for count in told.values()), "nobody is told twice"
    return sorted(name for name, _ in told)


OFFICERS, COORDINATORS = ["anna", "boris", "room"], ["clara", "room"]


@pytest.mark.parametrize(
    ("answers", "minutes"),
    [(URGENT, (5, 10, 15, 15, 15)), (HIGH, (30, 30, 30, 60, 60)), (NORMAL, (120, 360, 960, 1440, 1440))],
)
async def test_steps_at_exactly_their_times(
    world: World, answers: dict[str, Json], minutes: tuple[int, ...]
) -> None:
    """Duty, then all officers, then coordinators, again and again; the reporter hears once, at the last."""
    await _staffed(world)
    await world.case(answers)
    await world.told()
    assert await _told_at(world, *(MINUTE * each for each in minutes)) == [
        OFFICERS,
        OFFICERS,
        ["clara", "reporter", "room"],
        COORDINATORS,
        COORDINATORS,
    ]


async def test_a_day_without_ticks_is_one_reminder(world: World) -> None:
    """After an outage there is one reminder, by the most severe step, and the next one comes in its time."""
    await _staffed(world)
    reference = await world.case(URGENT)
    await world.told()
    await world.passes(timedelta(days=1, minutes=7))
    assert _names(await world.told(*ALERTS)) == ["clara", "reporter", "room"]
    assert [entry.kind for entry in await world.history(reference)] == ["opened", "escalated"]
    assert await _told_at(world, 8 * MINUTE) == [COORDINATORS]


async def test_acknowledging_stops_it(world: World) -> None:
    """Once somebody acknowledged, nobody is called for that any more; what was not sent isn't wanted."""
    staff = await _staffed(world)
    reference = await world.case(URGENT)
    await world.passes(5 * MINUTE)
    marks = {row.while_ for row in await world.waiting() if row.while_}
    await world.acknowledge(reference, staff["anna"])
    clock = await world.running_clock(reference)
    assert clock is not None
    assert f"{clock.kind}:{clock.round}" not in marks
    await world.told()
    await world.passes(29 * MINUTE)
    assert await world.told(*ALERTS) == Counter()


async def test_acknowledged_is_not_done(world: World) -> None:
    """Without a reply or note in time the acknowledger alone is told first, then all as if nobody had."""
    staff = await _staffed(world)
    reference = await world.case(URGENT)
    await world.acknowledge(reference, staff["anna"])
    await world.told()
    steps = (30 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 15 * MINUTE)
    assert await _told_at(world, *steps) == [
        ["anna"],
        OFFICERS,
        OFFICERS,
        COORDINATORS,
        COORDINATORS,
    ]


@pytest.mark.parametrize("deed", ["reply", "note"])
async def test_a_reply_or_note_is_work(world: World, deed: str) -> None:
    """After the first reply or note only silence is remarked on: to the officer, again and again."""
    staff = await _staffed(world)
    reference = await world.case(HIGH)
    await world.acknowledge(reference, staff["anna"])
    done = casework.reply if deed == "reply" else casework.note
    await world.do(reference, lambda work, case: done(work, staff["anna"], case, "word", channel="telegram"))
    await world.told()
    assert await _told_at(world, 24 * HOUR, 24 * HOUR) == [["anna"], ["anna"]]


async def test_any_word_restarts_the_quiet_clock(world: World) -> None:
    """A note or a message puts the quiet reminder off: it counts from the last thing that happened."""
    staff = await _staffed(world)
    reporter = await world.reporter()
    reference = await world.case(URGENT, reporter)

    async def note() -> None:
        await world.do(
            reference, lambda work, case: casework.note(work, staff["anna"], case, "n", channel="telegram")
        )

    await note()
    await world.passes(3 * HOUR)
    await world.do(reference, lambda work, case: reports.add_message(work, reporter, case, "more"))
    await world.passes(3 * HOUR)
    await note()
    await world.told()
    assert await _told_at(world, 4 * HOUR) == [["anna"]]


async def test_a_wait_ends_by_itself(world: World) -> None:
    """When the wait is over the officer is told once, and the case goes on with its own clock."""
    staff = await _staffed(world)
    reference = await world.case(URGENT)
    await world.do(reference, lambda work, case: casework.wait(work, staff["boris"], case, 2 * HOUR))
    assert (await world.find(reference)).row.status == "waiting"
    await world.told()
    assert await _told_at(world, 2 * HOUR) == [["boris"]]
    found = await world.find(reference)
    assert (found.row.status, found.row.waits_until) == ("in_progress", None)
    assert await _told_at(world, 30 * MINUTE) == [["boris"]]


async def test_a_message_ends_the_wait(world: World) -> None:
    """The reporter's words end the wait at once."""
    staff, reporter = await _staffed(world), await world.reporter()
    reference = await world.case(HIGH, reporter)
    await world.do(reference, lambda work, case: casework.wait(work, staff["anna"], case, 48 * HOUR))
    await world.do(reference, lambda work, case: reports.add_message(work, reporter, case, "more"))
    clock = await world.running_clock(reference)
    assert clock is not None
    assert (clock.kind, (await world.find(reference)).row.status) == ("first_reply", "in_progress")


@pytest.mark.parametrize(("severity", "after"), [("urgent", timedelta(0)), ("normal", 100 * MINUTE)])
async def test_another_severity_at_once(world: World, severity: Severity, after: timedelta) -> None:
    """The steps of the new severity count from the same start: raised, what is due by now is said now."""
    staff = await _staffed(world)
    reference = await world.case(HIGH)
    await world.passes(20 * MINUTE)
    await world.do(reference, lambda work, case: casework.set_severity(work, staff["anna"], case, severity))
    await world.told()
    if after:
        assert await _told_at(world, after) == [OFFICERS]
    else:
        await world.tick()
        assert _names(await world.told(*ALERTS)) == OFFICERS
        assert await _told_at(world, 10 * MINUTE) == [["clara", "reporter", "room"]]


async def test_given_back_it_waits_anew(world: World) -> None:
    """A case that was given back is announced and escalates from then on."""
    staff = await _staffed(world)
    reference = await world.case(URGENT)
    await world.acknowledge(reference, staff["anna"])
    await world.passes(20 * MINUTE)
    await world.do(reference, lambda work, case: casework.release(work, staff["anna"], case))
    told = await world.told("notice")
    assert told["room", "notice"] == 2, "as it was opened, and as it was released"
    assert await _told_at(world, 5 * MINUTE) == [OFFICERS]


async def test_a_second_silence_is_told_too(world: World) -> None:
    """The reporter hears once in each silence that nobody came; another severity is the same silence."""
    staff = await _staffed(world)
    reference = await world.case(URGENT)
    await world.passes(30 * MINUTE)
    assert (await world.told("nobody-yet"))["reporter", "nobody-yet"] == 1
    await world.do(reference, lambda work, case: casework.set_severity(work, staff["anna"], case, "high"))
    await world.passes(2 * HOUR)
    assert await world.told("nobody-yet") == Counter()
    await world.acknowledge(reference, staff["anna"])
    await world.do(reference, lambda work, case: casework.release(work, staff["anna"], case))
    await world.passes(2 * HOUR)
    assert (await world.told("nobody-yet"))["reporter", "nobody-yet"] == 1


async def test_a_case_that_fails_holds_up_no_other(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A case that can't be read is logged by id and class, and tried again in a minute; others go on."""
    await _staffed(world)
    bad, good = await world.opened(URGENT), await world.case(URGENT, await world.reporter("another"))
    bad_id = bad.case.row.id
    async with world.backend.work() as work:
        key = update(DataKeyRow).where(DataKeyRow.owner == bad_id)
        await work.session.execute(key.values(wrapped=Sealed(b"?" * 60)))
    await world.told()
    await world.passes(5 * MINUTE)
    assert _names(await world.told(*ALERTS)) == OFFICERS
    assert [entry.kind for entry in await world.history(good)] == ["opened", "escalated"]
    said = capsys.readouterr().out
    assert (bad_id in said, "SealBroken" in said) == (True, True)
    assert await world.tick() == 0, "put off"
    world.clock.advance(MINUTE)
    assert await world.tick() == 1, "and tried again"


async def test_nothing_of_a_failed_step_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a step had written and put into the outbox before it failed is taken back with it."""
    await _staffed(world)
    reference = await world.case(URGENT)
    await world.told()

    async def failing(*_: object, **__: object) -> None:
        raise LookupError

    with monkeypatch.context() as patch:
        patch.setattr(notices, "tell_reporters", failing)
        await world.passes(30 * MINUTE)
    assert await world.told() == Counter()
    assert [entry.kind for entry in await world.history(reference)] == ["opened"]
    await world.passes(MINUTE)
    assert _names(await world.told(*ALERTS)) == ["clara", "reporter", "room"]


async def test_whoever_leaves_gives_back_their_cases(world: World) -> None:
    """Cases of somebody who leaves are announced again and wait for somebody; what others hold stays."""
    staff = await _staffed(world)
    left, kept = await world.case(URGENT), await world.case(URGENT, await world.reporter("another"))
    await world.acknowledge(left, staff["anna"])
    await world.acknowledge(kept, staff["boris"])
    await world.told()
    async with world.backend.work() as work:
        await handing_back.give_back_all(work, staff["anna"], by=staff["anna"])
        await people.revoke(work, "anna")
    found, other = await world.find(left), await world.find(kept)
    assert (found.row.status, found.row.assignee) == ("new", None)
    assert (other.row.status, other.row.assignee) == ("acknowledged", staff["boris"].id)
    clock = await world.running_clock(left)
    assert clock is not None
    assert clock.kind == "acknowledge"
    async with world.backend.work() as work:
        await work.session.execute(delete(OutboxRow).where(OutboxRow.party == staff["anna"].id))
    assert ("room", "notice") in await world.told("notice")


async def test_a_closed_case_is_left_alone(world: World) -> None:
    """No clock runs on a closed case; reopened it has its officer's first-reply clock."""
    staff = await _staffed(world)
    reference = await world.case(URGENT)
    await world.do(reference, lambda work, case: casework.close(work, staff["anna"], case, "resolved"))
    await world.told()
    await world.passes(timedelta(days=9))
    assert await world.told() == Counter()
    await world.do(reference, lambda work, case: casework.reopen(work, staff["anna"], case))
    await world.told()
    assert await _told_at(world, 30 * MINUTE) == [["anna"]]


async def test_a_step_for_nobody_is_for_everybody(world: World) -> None:
    """A step for a role that nobody has, or for an officer who left, goes to everyone who works cases."""
    anna = await world.person("anna")
    await world.person("council", "council")
    await world.case(URGENT)
    await world.told()
    assert await _told_at(world, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE) == [
        ["anna"],
        ["anna"],
        ["anna", "reporter"],
    ]
    reference = await world.case(URGENT, await world.reporter("another"))
    await world.acknowledge(reference, anna)
    await world.person("boris")
    async with world.backend.work() as work:
        await people.revoke(work, "anna")
    world.clock.advance(30 * MINUTE)
    await world.tick()
    told = await world.told("escalated")
    assert {name for name, _ in told} == {"boris"}


# ── The night ───────────────────────────────────────────────────────────────────────────────────

EVENING = datetime(2026, 3, 4, 19, 0, tzinfo=UTC)
"""22:00 in Moscow: an hour before the night."""
MORNING = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)


async def test_normal_cases_wait_for_the_morning(world: World) -> None:
    """What of a normal case falls into the night is said at seven in the morning, in one reminder."""
    await _staffed(world)
    world.clock.advance(EVENING - world.clock.now())
    await world.case(NORMAL)
    await world.told()
    for _ in range(9):
        await world.passes(HOUR - SECOND)
        assert await world.told(*ALERTS) == Counter()
        await world.passes(SECOND)
        if world.clock.now() < MORNING:
            assert await world.told(*ALERTS) == Counter()
    assert world.clock.now() == MORNING
    assert _names(await world.told(*ALERTS)) == OFFICERS


async def test_a_late_tick_keeps_the_night_too(world: World) -> None:
    """A step that fell due in the evening while the hotline was down is not made up for at night."""
    await _staffed(world)
    world.clock.advance(EVENING - world.clock.now() - 90 * MINUTE)
    await world.case(NORMAL)
    await world.told()
    await world.passes(5 * HOUR)
    assert await world.told(*ALERTS) == Counter()
    world.clock.advance(MORNING - world.clock.now())
    await world.tick()
    assert _names(await world.told(*ALERTS)) == OFFICERS


@pytest.mark.parametrize("answers", [URGENT, HIGH])
async def test_the_night_holds_back_nothing_else(world: World, answers: dict[str, Json]) -> None:
    """Urgent and high cases are escalated at night as by day."""
    await _staffed(world)
    world.clock.advance(EVENING - world.clock.now() + 4 * HOUR)
    await world.case(answers)
    await world.told()
    await world.passes(30 * MINUTE)
    assert await world.told("escalated")


async def test_raised_at_night_it_is_said_at_night(world: World) -> None:
    """A normal case that is raised to urgent at night waits no longer for the morning."""
    staff = await _staffed(world)
    world.clock.advance(EVENING - world.clock.now() + 4 * HOUR)
    reference = await world.case(NORMAL)
    await world.passes(20 * MINUTE)
    await world.do(reference, lambda work, case: casework.set_severity(work, staff["anna"], case, "urgent"))
    await world.tick()
    assert _names(await world.told(*ALERTS)) == OFFICERS


# ── Several at once ─────────────────────────────────────────────────────────────────────────────


async def test_two_nodes_decide_each_step_once(world: World) -> None:
    """Two ticks at the same time take each step once between them: one entry, one message a party."""
    await _staffed(world)
    references = [await world.case(URGENT, await world.reporter(f"r{number}")) for number in range(12)]
    await world.told()
    world.clock.advance(5 * MINUTE)
    ready = asyncio.Barrier(2) if not world.backend.database.is_sqlite else None

    async def node() -> int:
        async with world.backend.work() as work:
            if ready:
                await ready.wait()
            taken = await run_due(work, limit=8)
            if ready:
                await ready.wait()
            return taken

    counts = await asyncio.gather(node(), node())
    while await world.tick():
        pass
    assert max(counts) <= 8
    assert await world.told("escalated") == Counter(
        {("anna", "escalated"): 12, ("boris", "escalated"): 12, ("room", "escalated"): 12}
    )
    for reference in references:
        assert [entry.kind for entry in await world.history(reference)] == ["opened", "escalated"]
