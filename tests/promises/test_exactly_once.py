"""Every step is decided once, in order, whatever people do, however time jumps and whoever is killed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from backend.cases import casework, records, reporting, snoozing
from backend.cases.records import Case
from backend.config import BackendSettings
from backend.database import Table
from backend.errors import HotlineError
from backend.escalation.run_due import run_due
from backend.outbox import Json, OutboxRow
from backend.people import reporters
from backend.people.staff import Staff
from backend.vault.keys import DataKey, Sealed
from backend.work import Work
from tests.backend.world import World, new_backend, new_world
from tests.promises.reference import HOUR, MINUTE, ModelCase
from tests.promises.scene import ACCOUNTS

T = TypeVar("T")
Deed = Callable[[Work, Case], Awaitable[object]]
DEEDS = ["acknowledge", "reply", "note", "hear", "wait", "snooze", "release", "close", "reopen"]
SEVERITIES = st.sampled_from(["urgent", "high", "normal"])
SPANS = st.one_of(
    st.integers(1, 59).map(lambda seconds: timedelta(seconds=seconds)),
    st.sampled_from([5, 10, 15, 25, 30, 60, 90, 119, 120, 239, 240]).map(lambda minutes: minutes * MINUTE),
    st.integers(1, 80).map(lambda hours: hours * HOUR),
)
NIGHTLESS = BackendSettings.model_validate({"escalation": {"quiet_hours": ""}})
"""What the night does to normal cases is promised elsewhere; here it would only blur the model."""


def _body(row: OutboxRow, key: DataKey) -> dict[str, Json]:
    content: dict[str, Json] = json.loads(key.open("outbox", "body", row.id, row.body or Sealed(b"")))
    return content


class Killed(Exception):
    """The process ends here, before it could commit."""


class Desk(RuleBasedStateMachine):
    """Random cases, deeds, jumps of time, outages, kills and a second node, against the reference."""

    def __init__(self, database_url: str, folder: Path) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database_url, self.folder = database_url, folder
        self.cases: dict[str, ModelCase] = {}
        self.world: World
        self.anna: Staff

    def run(self, coroutine: Coroutine[None, None, T]) -> T:
        """In this machine's own loop."""
        return self.runner.run(coroutine)

    @initialize()
    def begin(self) -> None:
        """A desk with an officer, a room and a case of each severity: without cases nothing is tried."""
        self.run(self._begin())
        for severity in ("urgent", "high", "normal"):
            self._report(severity)

    async def _begin(self) -> None:
        self.world = new_world(self.database_url, self.folder, NIGHTLESS)
        async with self.world.backend.work() as work:
            for table in reversed(Table.metadata.sorted_tables):
                await work.session.execute(table.delete())
        self.anna = await self.world.person("anna", "coordinator")
        await self.world.room()

    def teardown(self) -> None:
        """Nothing was enqueued twice; the database is given back."""
        try:
            self.run(self._nothing_twice())
        finally:
            self.run(self.world.backend.database.close())
            self.runner.close()

    async def _nothing_twice(self) -> None:
        async with self.world.backend.looking() as work:
            keys = await self.world.parties(work)
            rows = (
                await work.session.execute(select(OutboxRow).where(OutboxRow.body.is_not(None)))
            ).scalars()
            said = [(row, _body(row, keys[row.party].key)) for row in rows]
        steps = Counter(
            (row.case_id, row.party, row.while_, body["step"])
            for row, body in said
            if body["intent"] == "escalated" and body["kind"] != "wait"
        )
        assert [each for each, count in steps.items() if count > 1] == []

    # ── What people do ──────────────────────────────────────────────────────────────────────────

    @rule(severity=SEVERITIES)
    def somebody_reports(self, severity: str) -> None:
        """A new case."""
        self._report(severity)

    def _report(self, severity: str) -> None:
        answers: dict[str, Json] = ACCOUNTS[severity]
        reference = self.run(self.world.case(answers))
        self.cases[reference] = ModelCase(severity, self.world.clock.now())

    @precondition(lambda self: self.cases)
    @rule(
        data=st.data(),
        deed=st.sampled_from(DEEDS),
        span=SPANS,
        killed=st.booleans(),
    )
    def somebody_acts(self, data: st.DataObject, deed: str, span: timedelta, *, killed: bool) -> None:
        """Something is done to a case; a process that dies before its commit did nothing."""
        reference = data.draw(st.sampled_from(sorted(self.cases)))
        case = self.cases[reference]
        real, expected = self._deed(deed, case, span)
        if killed:
            self.run(self._dies(reference, real))
            return
        assert self.run(self._done(reference, real)) == expected()

    def _deed(self, deed: str, case: ModelCase, span: timedelta) -> tuple[Deed, Callable[[], bool]]:
        anna = self.anna
        deeds: dict[str, tuple[Deed, Callable[[], bool]]] = {
            "acknowledge": (lambda work, real: casework.acknowledge(work, anna, real), case.acknowledge),
            "reply": (
                lambda work, real: casework.reply(work, anna, real, "words", channel="telegram"),
                case.work,
            ),
            "note": (
                lambda work, real: casework.note(work, anna, real, "words", channel="telegram"),
                case.work,
            ),
            "hear": (self._hear, case.hear),
            "wait": (lambda work, real: casework.wait(work, anna, real, span), lambda: case.wait(span)),
            "snooze": (
                lambda work, real: snoozing.snooze(work, anna, real, span),
                lambda: case.snooze(span),
            ),
            "release": (lambda work, real: casework.release(work, anna, real), case.release),
            "close": (lambda work, real: casework.close(work, anna, real, "resolved"), case.close),
            "reopen": (lambda work, real: casework.reopen(work, anna, real), case.reopen),
        }
        return deeds[deed]

    async def _hear(self, work: Work, case: Case) -> None:
        found = await reporters.find(work, [("telegram", "reporter")])
        await reporting.add_message(work, found["telegram", "reporter"].reporter, case, "words")

    @precondition(lambda self: self.cases)
    @rule(data=st.data(), severity=SEVERITIES)
    def somebody_thinks_again(self, data: st.DataObject, severity: str) -> None:
        """Another severity."""
        reference = data.draw(st.sampled_from(sorted(self.cases)))
        done = self.run(
            self._done(
                reference,
                lambda work, case: casework.set_severity(work, self.anna, case, severity),  # type: ignore[arg-type]
            )
        )
        assert done == self.cases[reference].change(severity)

    async def _done(self, reference: str, deed: Deed) -> bool:
        try:
            await self.world.do(reference, deed)
        except HotlineError:
            return False
        return True

    async def _dies(self, reference: str, deed: Deed) -> None:
        async def doomed(work: Work, case: Case) -> None:
            await deed(work, case)
            await work.flush()
            raise Killed

        try:
            await self.world.do(reference, doomed)
        except (Killed, HotlineError):
            return

    # ── What time does ──────────────────────────────────────────────────────────────────────────

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        """However long: an outage is no different from a night in which nothing was due."""
        self._move(span)
        self.run(self._ticks(self.world))
        self._compare()

    @rule(span=SPANS)
    def nobody_looks(self, span: timedelta) -> None:
        """Time passes and the hotline is down."""
        self._move(span)

    @rule(span=SPANS)
    def the_clock_is_set_back(self, span: timedelta) -> None:
        """What was decided stays decided; what was to come comes as long after now as it was to come."""
        self._move(-span)
        self.run(self._ticks(self.world))
        self._compare()

    @rule(span=SPANS)
    def a_tick_dies(self, span: timedelta) -> None:
        """A process is killed after it decided and before it committed; the next one decides it all."""
        self._move(span)
        self.run(self._tick_dies())
        self.run(self._ticks(self.world))
        self._compare()

    @rule(span=SPANS)
    def two_nodes_look_at_once(self, span: timedelta) -> None:
        """Of two nodes each due clock is one's."""
        self._move(span)
        self.run(self._two_nodes())
        self._compare()

    def _move(self, span: timedelta) -> None:
        self.world.clock.advance(span)
        for case in self.cases.values():
            case.now = self.world.clock.now()

    async def _ticks(self, world: World) -> None:
        while await world.tick():
            pass

    async def _tick_dies(self) -> None:
        try:
            async with self.world.backend.work() as work:
                await run_due(work)
                await work.flush()
                raise Killed  # noqa: TRY301 - there is nothing to abstract: the process ends here
        except Killed:
            return

    async def _two_nodes(self) -> None:
        second = World(
            new_backend(self.database_url, self.folder, self.world.clock, settings=NIGHTLESS),
            self.world.clock,
        )
        try:
            await asyncio.gather(self._ticks(self.world), self._ticks(second))
        finally:
            await second.backend.database.close()

    def _compare(self) -> None:
        """After a look, what was decided is what the reference decided."""
        for model in self.cases.values():
            model.look()
        assert self.run(self._told()) == {reference: case.told for reference, case in self.cases.items()}

    async def _told(self) -> dict[str, list[tuple[str, int]]]:
        async with self.world.backend.looking() as work:
            return {reference: await self._told_of(work, reference) for reference in self.cases}

    async def _told_of(self, work: Work, reference: str) -> list[tuple[str, int]]:
        return [
            (str(entry.facts["clock"]), int(str(entry.facts["step"])))
            for entry in await records.entries(work, await records.find(work, reference))
            if entry.kind in ("escalated", "reminded")
        ]


@pytest.mark.timeout(400)
def test_random_lives_agree_with_the_reference(database_url: str, database_kind: str, tmp_path: Path) -> None:
    """Random cases, deeds, kills, outages and nodes: history and outbox hold what pencil and paper say."""

    def desk() -> Desk:
        return Desk(database_url, tmp_path)

    run_state_machine_as_test(
        desk,  # type: ignore[arg-type] # whatever makes a machine will do
        settings=settings(
            max_examples=20 if database_kind == "sqlite" else 10,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
