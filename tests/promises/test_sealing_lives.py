"""Whatever is done to cases, in whatever order, each of their words is readable or sealed, as on paper."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
from pyrage.x25519 import Identity

from backend.cases import casework, erasure, reporting, sealed
from backend.cases.records import Case
from backend.database import Table
from backend.errors import CaseNotFound, CaseNotSealed, IdentityWrong
from backend.people import reporters
from backend.work import Work
from tests.backend.sealing_world import AFTER, Sealing, sealing_hotline
from tests.backend.world import HIGH, new_world

T = TypeVar("T")
SPANS = st.sampled_from([1, 12, 23, 24, 25, 48]).map(lambda hours: timedelta(hours=hours))
KILLED = st.sampled_from([False, False, False, False, True])
DEEDS = ["write", "note", "reply", "close", "reopen", "consent"]


@dataclass
class Model:
    """A case on paper: its words, which of them are sealed, and whether the server could read any."""

    touched: datetime
    is_closed: bool = False
    sealed: list[bool] = field(default_factory=list)
    bodies: dict[int, str] = field(default_factory=dict)
    report_sealed: bool = False
    consent: str = "no"
    told_consent: str = "no"

    def seals(self, now: datetime) -> bool:
        """Whether it is sealed by now; then nothing of it can be read."""
        if not self.is_closed or now < self.touched + AFTER or all([self.report_sealed, *self.sealed]):
            return False
        self.sealed, self.report_sealed = [True] * len(self.sealed), True
        return True

    @property
    def is_sealed(self) -> bool:
        """Whether anything is sealed."""
        return self.report_sealed or any(self.sealed)

    def opens(self, now: datetime) -> None:
        """All of it is readable, with one line more that says so."""
        self.sealed = [*(False for _ in self.sealed), False]
        self.report_sealed, self.touched, self.consent = False, now, self.told_consent


class Killed(Exception):
    """The process ends here, before it could commit."""


class Lives(RuleBasedStateMachine):
    """The hotline beside the paper."""

    def __init__(self, database_url: str, folder: Path) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.run(_emptied(database_url, folder))
        self.made = sealing_hotline(database_url, folder)
        self.sealing: Sealing = self.run(self.made.__aenter__())
        self.models: dict[str, Model] = {}
        self.said = 0

    def run(self, going: Coroutine[None, None, T]) -> T:
        """In the one loop that the connections belong to."""
        return self.runner.run(going)

    def teardown(self) -> None:
        """The database is given back."""
        self.run(self.made.__aexit__(None, None, None))
        self.runner.close()

    @property
    def now(self) -> datetime:
        """The one clock."""
        return self.sealing.world.clock.now()

    # ── What people do ──────────────────────────────────────────────────────────────────────────

    @initialize()
    def begin(self) -> None:
        """A case that is closed and sealed: what comes after that is what matters most."""
        self.somebody_reports()
        (reference,) = self.models
        self.run(self.sealing.close(reference))
        self.models[reference].is_closed = True
        self._compare(reference, "went home")
        self.time_passes(AFTER, killed=False)
        self._act(reference, "consent", killed=False)

    @rule()
    def somebody_reports(self) -> None:
        """A new case."""
        if len(self.models) < 2:
            reference = self.run(self.sealing.world.case(HIGH))
            self.models[reference] = Model(self.now)
            self._compare(reference)

    @precondition(lambda self: self.models)
    @rule(data=st.data(), deed=st.sampled_from(DEEDS), killed=KILLED)
    def somebody_acts(self, data: st.DataObject, deed: str, *, killed: bool) -> None:
        """Something is said or done; what dies before its commit leaves nothing."""
        self._act(data.draw(st.sampled_from(sorted(self.models))), deed, killed=killed)

    def _act(self, reference: str, deed: str, *, killed: bool) -> None:
        model = self.models[reference]
        if (deed, model.is_closed) in {("close", True), ("reopen", False)}:
            return
        self.said += 1
        words = f"words {self.said}"
        if self.run(self._does(reference, self._deed(deed, words), killed=killed)):
            model.touched = self.now
            model.is_closed = {"close": True, "reopen": False}.get(deed, model.is_closed)
            if deed == "consent":
                model.told_consent = words
                model.consent = model.consent if model.report_sealed else words
            self._compare(reference, words if deed in ("write", "note", "reply") else "")

    def _deed(self, deed: str, words: str) -> Callable[[Work, Case], Awaitable[object]]:
        anna = self.sealing.anna

        async def write(work: Work, case: Case) -> None:
            (reporter,) = await reporters.of_case(work, case.row.id)
            await reporting.add_message(work, reporter, case, words)

        deeds: dict[str, Callable[[Work, Case], Awaitable[object]]] = {
            "write": write,
            "note": lambda work, case: casework.note(work, anna, case, words, channel="telegram"),
            "reply": lambda work, case: casework.reply(work, anna, case, words, channel="telegram"),
            "close": lambda work, case: casework.close(work, anna, case, "resolved"),
            "reopen": lambda work, case: casework.reopen(work, anna, case),
            "consent": lambda work, case: reporting.set_consents(work, case, {"consent_un": words}),
        }
        return deeds[deed]

    async def _does(
        self, reference: str, deed: Callable[[Work, Case], Awaitable[object]], *, killed: bool
    ) -> bool:
        async def doing(work: Work, case: Case) -> None:
            await deed(work, case)
            await work.flush()
            if killed:
                raise Killed

        try:
            await self.sealing.world.do(reference, doing)
        except Killed:
            return False
        await self.sealing.world.take_out()
        return True

    @precondition(lambda self: self.models)
    @rule(data=st.data(), right=st.sampled_from([True, True, False]), killed=KILLED)
    def somebody_unseals(self, data: st.DataObject, *, right: bool, killed: bool) -> None:
        """With the identity, or with one that doesn't fit."""
        reference = data.draw(st.sampled_from(sorted(self.models)))
        model = self.models[reference]
        identity = self.sealing.identity if right else Identity.generate()
        outcome = self.run(self._unseals(reference, identity, killed=killed))
        if not model.is_sealed:
            assert outcome is CaseNotSealed
        elif not right:
            assert outcome is IdentityWrong
        elif not killed:
            assert outcome is None
            model.opens(self.now)
        self._compare(reference)

    async def _unseals(self, reference: str, identity: Identity, *, killed: bool) -> type[Exception] | None:
        try:
            async with self.sealing.world.backend.work() as work:
                await sealed.unseal(work, reference, [identity])
                if killed:
                    raise Killed  # noqa: TRY301 - there is nothing to abstract: the process ends here
        except (Killed, CaseNotSealed, IdentityWrong) as error:
            return type(error)
        return None

    @precondition(lambda self: self.models)
    @rule(data=st.data())
    def somebody_erases(self, data: st.DataObject) -> None:
        """Nothing remains, sealed or not."""
        reference = data.draw(st.sampled_from(sorted(self.models)))
        del self.models[reference]
        self.run(self.sealing.world.do(reference, _erase))
        with pytest.raises(CaseNotFound):
            self.run(self.sealing.world.find(reference))

    # ── What time does ──────────────────────────────────────────────────────────────────────────

    @rule(span=SPANS, killed=KILLED)
    def time_passes(self, span: timedelta, *, killed: bool) -> None:
        """What is due is sealed; a process that dies while it seals leaves the case as it was."""
        if killed:
            self.sealing.world.clock.advance(span)
            self.run(self._dies_sealing())
            span = timedelta(0)
        count = self.run(self.sealing.time_passes(span))
        assert count == sum(model.seals(self.now) for model in self.models.values())
        for reference in self.models:
            self._compare(reference)

    async def _dies_sealing(self) -> None:
        async with self.sealing.world.backend.looking() as work:
            ids = await sealed.due(work)
        for case_id in ids[:1]:
            with pytest.raises(Killed):
                await self._dies(case_id)

    async def _dies(self, case_id: str) -> None:
        async with self.sealing.world.backend.work() as work:
            await sealed.seal(work, case_id)
            await work.session.flush()
            raise Killed

    # ── Paper and hotline ───────────────────────────────────────────────────────────────────────

    def _compare(self, reference: str, words: str = "") -> None:
        """Every entry reads, or is sealed, as on paper; each epoch's key is in one place."""
        model, history = self.models[reference], self.run(self.sealing.world.history(reference))
        model.sealed += [False] * (len(history) - len(model.sealed))
        if words:
            (number,) = (entry.number for entry in history if entry.body == words)
            model.bodies[number] = words
        assert [entry.kind == "sealed" for entry in history] == model.sealed
        for entry in history:
            expected = "" if model.sealed[entry.number] else model.bodies.get(entry.number, "")
            assert entry.body == expected
        case = self.run(self.sealing.world.find(reference))
        report = case.report()
        assert (report is None) == case.is_sealed == model.report_sealed
        if report is not None:
            assert isinstance(report["consents"], dict)
            assert isinstance(report["consents"]["consent_un"], dict)
            assert report["consents"]["consent_un"]["value"] == model.consent
        here, away = self.run(self.sealing.epochs(reference))
        assert not here & away
        assert here | away == set(range(1, max(here | away) + 1))
        assert (case.row.sealed_at is None) == bool(here)


async def _emptied(database_url: str, folder: Path) -> None:
    """What the last life left behind is of no concern to this one."""
    world = new_world(database_url, folder)
    async with world.backend.work() as work:
        for table in reversed(Table.metadata.sorted_tables):
            await work.session.execute(table.delete())
    await world.backend.database.close()


async def _erase(work: Work, case: Case) -> None:
    await erasure.destroy(work, case, by="reporter")


@pytest.mark.timeout(400)
def test_random_lives_agree_with_the_paper(database_url: str, database_kind: str, tmp_path: Path) -> None:
    """Closing, sealing, writing, reopening, unsealing, erasing and dying in any order."""

    def lives() -> Lives:
        return Lives(database_url, tmp_path)

    run_state_machine_as_test(
        lives,  # type: ignore[arg-type] # whatever makes a machine will do
        settings=settings(
            max_examples=20 if database_kind == "sqlite" else 8,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
