"""Whatever officers, reporter and time do to a case, in any order: it stands as the rules say, all noted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from backend.cases import casework, erasure, reporting, rules
from backend.cases.records import Case
from backend.cases.rules import Deed, Severity, Status
from backend.errors import HotlineError
from backend.outbox import OutboxRow
from backend.people.reporters import Reporter
from backend.people.staff import Staff
from backend.work import Work
from tests.backend.world import HIGH, World, new_world

BY_STAFF: tuple[Deed, ...] = (
    "acknowledge", "take", "release", "assign", "severity", "wait", "reply", "note", "close", "reopen"
)  # fmt: skip
WAIT = timedelta(hours=3)


async def _do(work: Work, case: Case, deed: Deed, *, actor: Staff, other: Staff) -> None:
    """One deed of an officer's; `other` is whom it is about, where it is about somebody."""
    another: Severity = "normal" if case.row.severity == "high" else "high"
    deeds: dict[str, Callable[[], Awaitable[object]]] = {
        "acknowledge": lambda: casework.acknowledge(work, actor, case),
        "take": lambda: casework.take(work, actor, case),
        "release": lambda: casework.release(work, actor, case),
        "assign": lambda: casework.assign(work, actor, case, other),
        "severity": lambda: casework.set_severity(work, actor, case, another),
        "wait": lambda: casework.wait(work, actor, case, WAIT),
        "reply": lambda: casework.reply(work, actor, case, "reply", channel="telegram"),
        "note": lambda: casework.note(work, actor, case, "note", channel="telegram"),
        "close": lambda: casework.close(work, actor, case, "resolved"),
        "reopen": lambda: casework.reopen(work, actor, case),
    }
    await deeds[deed]()


# ── Every deed from every status ────────────────────────────────────────────────────────────────

WAY_TO: dict[Status, tuple[Deed, ...]] = {
    "new": (),
    "acknowledged": ("acknowledge",),
    "in_progress": ("take", "note"),
    "waiting": ("wait",),
    "closed": ("acknowledge", "close"),
}


@pytest.mark.parametrize("status", get_args(Status))
async def test_every_deed_from_every_status(world: World, status: Status) -> None:
    """Each deed does from each status what the rules say, or is refused in a sentence and changes nothing."""
    clara, boris = await world.person("clara", "coordinator"), await world.person("boris")
    await world.room()
    for number, deed in enumerate(BY_STAFF):
        reference = await world.case(HIGH, await world.reporter(f"r{number}"))
        for step in WAY_TO[status]:
            await world.do(reference, _as(step, clara, boris))
        before, entries = await world.find(reference), await world.history(reference)
        assert before.row.status == status
        expected = rules.status_after(status, deed)
        if expected is None or (status, deed) == ("in_progress", "take"):
            with pytest.raises(HotlineError):
                await world.do(reference, _as(deed, clara, boris))
            assert await world.history(reference) == entries
        else:
            await world.do(reference, _as(deed, clara, boris))
            assert len(await world.history(reference)) > len(entries), deed
        assert (await world.find(reference)).row.status == (expected or status), deed


def _as(deed: Deed, actor: Staff, other: Staff) -> Callable[[Work, Case], Awaitable[None]]:
    return lambda work, case: _do(work, case, deed, actor=actor, other=other)


@pytest.mark.parametrize("deed", BY_STAFF)
async def test_the_council_does_nothing_to_cases(sqlite_world: World, deed: Deed) -> None:
    """A council member can't do anything to any case."""
    dora, boris = await sqlite_world.person("dora", "council"), await sqlite_world.person("boris")
    reference = await sqlite_world.case(HIGH)
    with pytest.raises(HotlineError):
        await sqlite_world.do(reference, _as(deed, dora, boris))
    assert [entry.kind for entry in await sqlite_world.history(reference)] == ["opened"]


# ── Any order ───────────────────────────────────────────────────────────────────────────────────


@dataclass
class Setting:
    """A world that all examples share: each has a case of its own in it."""

    world: World
    runner: asyncio.Runner
    staff: list[Staff] = field(default_factory=list)
    reporters: int = 0

    async def begin(self) -> None:
        """The people."""
        self.staff = [await self.world.person("clara", "coordinator"), await self.world.person("boris")]
        await self.world.room()

    async def new_case(self) -> tuple[str, Reporter]:
        """A case of somebody new."""
        self.reporters += 1
        reporter = await self.world.reporter(f"r{self.reporters}")
        return await self.world.case(HIGH, reporter), reporter


class Life(RuleBasedStateMachine):
    """One case under everything that can happen to it, beside the simplest idea of what it should be."""

    setting: Setting

    def __init__(self) -> None:
        super().__init__()
        self.status: Status = "new"
        self.assignee: str | None = None
        self.rounds = 0
        """How often the case became new: as many acknowledgements as there may be."""
        self.entries: list[str] = []

    def _run(self, doing: Awaitable[None]) -> None:
        async def it() -> None:
            await doing

        self.setting.runner.run(it())

    @initialize()
    def opened(self) -> None:
        """A new report."""
        self.reference, self.reporter = self.setting.runner.run(self.setting.new_case())
        self.rounds = 1

    @rule(deed=st.sampled_from(BY_STAFF), actor=st.integers(0, 1))
    def staff_does(self, deed: Deed, actor: int) -> None:
        """An officer or coordinator does something, allowed or not."""
        who, other = self.setting.staff[actor], self.setting.staff[1 - actor]
        after = rules.status_after(self.status, deed)
        acknowledges = rules.acknowledges(self.status, deed)
        try:
            self._run(self.setting.world.do(self.reference, _as(deed, who, other)))
        except HotlineError:
            assert after is None or self._refused(deed, who, other), deed
            return
        assert after is not None, deed
        self._moves(deed, after, who=who, other=other, acknowledges=acknowledges)

    def _refused(self, deed: Deed, who: Staff, other: Staff) -> bool:
        """What is refused although the status allows it."""
        return (
            (deed == "assign" and self.assignee == other.id)
            or (deed == "release" and not who.is_coordinator and self.assignee != who.id)
            or (deed == "take" and self.assignee == who.id and self.status == "in_progress")
        )

    def _moves(self, deed: Deed, after: Status, *, who: Staff, other: Staff, acknowledges: bool) -> None:
        match deed:
            case "take" | "reopen":
                self.assignee = who.id
            case "assign":
                self.assignee = other.id
            case "release":
                self.assignee, self.rounds = None, self.rounds + 1
            case "wait":
                self.assignee = self.assignee or who.id
            case "acknowledge" | "reply" | "note" if acknowledges:
                self.assignee = who.id
            case "reply" | "note" if self.status != "closed":
                self.assignee = self.assignee or who.id
            case _:
                pass
        self.status = after

    @rule()
    def reporter_writes(self) -> None:
        """The reporter says more."""
        self._run(
            self.setting.world.do(
                self.reference, lambda work, case: reporting.add_message(work, self.reporter, case, "more")
            )
        )
        self.status = rules.status_after(self.status, "message") or self.status

    @rule(minutes=st.sampled_from([1, 30, 60, 200, 1500]))
    def time_passes(self, minutes: int) -> None:
        """Time, and a tick."""
        waited = self.setting.world.clock.now() + timedelta(minutes=minutes)
        until = self.setting.runner.run(self.setting.world.find(self.reference)).row.waits_until
        over = self.status == "waiting" and until is not None and until <= waited
        self._run(self.setting.world.passes(timedelta(minutes=minutes)))
        if over and self.setting.runner.run(self.setting.world.find(self.reference)).row.status != "waiting":
            self.status = "in_progress"

    @invariant()
    def stands_as_it_should(self) -> None:
        """Status, officer, clock and history fit each other and the model."""
        if hasattr(self, "reference"):
            self._run(self._check())

    async def _check(self) -> None:
        world = self.setting.world
        row, clock = (await world.find(self.reference)).row, await world.running_clock(self.reference)
        assert (row.status, row.assignee) == (self.status, self.assignee)
        assert clock is not None
        assert (clock.next_at is None) == (row.status == "closed"), (
            "a clock runs on every open case, on no other"
        )
        kind = rules.clock_for(self.status, worked=row.worked_at is not None)
        assert clock.kind == (kind or "")
        assert (row.waits_until is not None) == (row.status == "waiting")
        assert row.status in ("new", "closed") or row.acknowledged_at is not None
        await self._check_history()
        await self._check_outbox(row.id)

    async def _check_history(self) -> None:
        entries = await self.setting.world.history(self.reference)
        assert [each.number for each in entries] == list(range(len(entries)))
        ids = [each.id for each in entries]
        assert ids[: len(self.entries)] == self.entries, "what was noted stays as it was"
        self.entries = ids
        acknowledged = [each for each in entries if each.kind == "acknowledged"]
        assert len(acknowledged) <= self.rounds, "one acknowledges, once, until it is given back"

    async def _check_outbox(self, case_id: str) -> None:
        async with self.setting.world.backend.looking() as work:
            once = select(OutboxRow.once).where(OutboxRow.case_id == case_id, OutboxRow.once.is_not(None))
            keys = (await work.session.execute(once)).scalars().all()
            numbers = select(func.count(OutboxRow.number)).where(OutboxRow.case_id == case_id)
            assert (await work.session.execute(numbers)).scalar_one() >= len(keys)
        assert len(keys) == len(set(keys)), "each step is decided once"

    def teardown(self) -> None:
        """The case goes, so that the next example's ticks find only its own."""
        if hasattr(self, "reference"):
            self._run(self.setting.world.do(self.reference, erasure.hide))


def test_any_order(database_url: str, tmp_path: Path) -> None:
    """After anything that people and time do, in any order, the case is as the simple model says."""
    with asyncio.Runner() as runner:
        world = new_world(database_url, tmp_path)
        setting = Setting(world, runner)
        runner.run(setting.begin())
        machine = type("Life", (Life,), {"setting": setting})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=12,
                stateful_step_count=12,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        runner.run(world.backend.database.close())
