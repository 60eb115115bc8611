"""Hide, bring back, agree, refuse, wait: in whatever order, what was destroyed never comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
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
from sqlalchemy import select

from backend.cases import casework, erasure, records, reporting
from backend.cases.model import CaseRow, TombstoneRow
from backend.config import BackendSettings
from backend.database import Table
from backend.errors import CaseNotFound, HotlineError
from backend.outbox import Json
from backend.people import reporters
from backend.people.staff import Staff
from backend.retention import closed, erasures_list, requests
from backend.work import Work
from bot.conversation.types import EraseEverything, OpenReceipt
from bot.effects import carry_out
from bot.staff import commands, erase
from bot.staff.origin import Origin
from tests.backend.world import HIGH, World, new_world

T = TypeVar("T")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEPT = timedelta(days=30)
WORD: dict[str, Json] = {**HIGH, "account": "canaryBird"}
SPANS = st.sampled_from([HOUR, 23 * HOUR, DAY, 8 * DAY, 22 * DAY, 31 * DAY])


class Life(RuleBasedStateMachine):
    """One case after another, two coordinators, a reporter and time, against pencil and paper."""

    def __init__(self, database_url: str, folder: Path) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database_url, self.folder = database_url, folder
        self.world: World
        self.vera: Staff
        self.oleg: Staff
        self.opened: reporting.Opened
        self.gone: set[str] = set()
        self.hidden_at: datetime | None = None
        self.asked: tuple[str, datetime] | None = None

    def run(self, coroutine: Coroutine[None, None, T]) -> T:
        """In this machine's own loop."""
        return self.runner.run(coroutine)

    @initialize()
    def begin(self) -> None:
        """A desk with two coordinators and a case."""
        self.run(self._begin())

    async def _begin(self) -> None:
        listed = self.folder / "erasures.log"
        listed.unlink(missing_ok=True)
        given = {"retention": {"closed": "30d"}, "backup": {"erasures": listed}}
        self.world = new_world(self.database_url, self.folder, BackendSettings.model_validate(given))
        async with self.world.backend.work() as work:
            for table in reversed(Table.metadata.sorted_tables):
                await work.session.execute(table.delete())
        self.vera = await self.world.person("vera", "coordinator")
        self.oleg = await self.world.person("oleg", "coordinator")
        self.opened = await self.world.opened(WORD)

    def teardown(self) -> None:
        """Every erasure is in the list; the database is given back."""
        try:
            self.run(erasures_list.write(self.world.backend))
            assert set(erasures_list.read(self.folder / "erasures.log").erased) == self.gone
        finally:
            self.run(self.world.backend.database.close())
            self.runner.close()

    # ── What they know ──────────────────────────────────────────────────────────────────────────

    @property
    def reference(self) -> str:
        """The latest case's."""
        return self.opened.case.reference

    @property
    def is_gone(self) -> bool:
        """Whether the latest case was destroyed, as far as pencil and paper know."""
        return self.reference in self.gone

    @property
    def now(self) -> datetime:
        """The time."""
        return self.world.clock.now()

    def _destroyed(self) -> None:
        self.gone.add(self.reference)
        self.hidden_at = self.asked = None

    async def _compare(self) -> None:
        """What is gone is gone from every table; what isn't is there; hidden is nobody's to see."""
        async with self.world.backend.looking() as work:
            there = set((await work.session.execute(select(CaseRow.reference))).scalars())
            tombstones = set((await work.session.execute(select(TombstoneRow.reference))).scalars())
            assert there == ({self.reference} - self.gone)
            assert tombstones == self.gone
            assert await self._found(work) == (not self.is_gone and self.hidden_at is None)

    async def _found(self, work: Work) -> bool:
        try:
            await records.find(work, self.reference)
        except CaseNotFound:
            return False
        return True

    # ── What the reporter does ──────────────────────────────────────────────────────────────────

    async def _reporter(self, effect: EraseEverything | OpenReceipt) -> None:
        await self.world.reporter()
        async with self.world.backend.work() as work:
            (known,) = (await reporters.find(work, [("telegram", "reporter")])).values()
            await carry_out(work, known, effect)

    @rule(does=st.sampled_from(["hide", "bring back", "hide", "bring back", "destroy"]))
    def the_reporter(self, does: str) -> None:
        """`/delete`, `/receipt CODE` or `/delete CODE`; what is destroyed doesn't answer to any of them."""
        match does:
            case "hide":
                self.run(self._reporter(EraseEverything("")))
                if not self.is_gone and self.hidden_at is None:
                    self.hidden_at, self.asked = self.now, None
            case "bring back":
                self.run(self._reporter(OpenReceipt(self.opened.receipt)))
                self.hidden_at = None
            case _:
                self.run(self._reporter(EraseEverything(self.opened.receipt)))
                self._destroyed()
        self.run(self._compare())

    @precondition(lambda self: self.is_gone)
    @rule()
    def somebody_reports_anew(self) -> None:
        """Once one is gone, another one comes: from the same reporter, with a reference never used before."""
        self.opened = self.run(self._again())
        assert not self.is_gone
        self.run(self._compare())

    async def _again(self) -> reporting.Opened:
        return await self.world.opened(WORD, await self.world.reporter())

    # ── What coordinators do ────────────────────────────────────────────────────────────────────

    @precondition(lambda self: not self.is_gone)
    @rule(who=st.sampled_from(["vera", "oleg"]), word=st.sampled_from(["", "yes", "no"]))
    def a_coordinator_types_erase(self, who: str, word: str) -> None:
        """Two have to agree within a day."""
        self.run(self._types(who, word))
        if self.is_gone or self.hidden_at is not None:
            pass
        elif word == "no":
            self.asked = None
        elif self.asked is None or self.now >= self.asked[1] + DAY:
            self.asked = (who, self.now)
        elif self.asked[0] != who:
            self._destroyed()
        self.run(self._compare())

    async def _types(self, who: str, word: str) -> None:
        actor = self.vera if who == "vera" else self.oleg
        assert actor.party
        origin = Origin("telegram", f"chat-{who}", private=True, party=actor.party)
        command = commands.Erase(self.reference, confirmed=word == "yes", declined=word == "no")
        try:
            async with self.world.backend.work() as work:
                await erase.erase(work, actor, command, origin)
        except HotlineError:
            return

    @precondition(lambda self: not self.is_gone)
    @rule(closes=st.booleans())
    def it_is_closed_or_reopened(self, *, closes: bool) -> None:
        """Only what is closed grows too old."""
        self.run(self._worked(closes=closes))
        self.run(self._compare())

    async def _worked(self, *, closes: bool) -> None:
        async with self.world.backend.work() as work:
            try:
                case = await records.find(work, self.reference, for_change=True)
                if closes:
                    await casework.close(work, self.vera, case, "resolved")
                else:
                    await casework.reopen(work, self.vera, case)
            except HotlineError:
                return

    # ── What time does ──────────────────────────────────────────────────────────────────────────

    @rule(span=SPANS, looks=st.sampled_from([1, 2, 1, 0]))
    def time_passes(self, span: timedelta, looks: int) -> None:
        """However long; with none, one or two ticks at the end."""
        before = self.run(self._row())
        self.world.clock.advance(span)
        for _ in range(looks):
            self.run(self._tick())
        if looks and self.hidden_at is not None and self.now >= self.hidden_at + erasure.HIDDEN_FOR:
            self._destroyed()
        elif before is not None and self.run(self._row()) is None:
            self._grew_too_old(before)
        self.run(self._compare())

    def _grew_too_old(self, before: CaseRow) -> None:
        """Retention took it: it was closed, untouched for as long as is promised, and marked before."""
        assert before.status == "closed"
        assert before.hidden_at is None
        assert before.touched_at <= self.now - KEPT
        assert before.ends_at is not None
        assert before.ends_at <= self.now
        self._destroyed()

    async def _row(self) -> CaseRow | None:
        async with self.world.backend.looking() as work:
            query = select(CaseRow).where(CaseRow.reference == self.reference)
            return (await work.session.execute(query)).scalar_one_or_none()

    async def _tick(self) -> None:
        async with self.world.backend.work() as work:
            await erasure.destroy_hidden(work)
            await erasure.forget_idle_reporters(work)
            await requests.expire(work)
        async with self.world.backend.work() as work:
            await closed.mark(work)
            await closed.destroy_due(work)


@pytest.mark.timeout(400)
def test_random_lives_end_once(database_url: str, database_kind: str, tmp_path: Path) -> None:
    """Whatever people and time do, a case is destroyed when it was promised to be, and stays destroyed."""
    run_state_machine_as_test(
        lambda: Life(database_url, tmp_path),  # type: ignore[arg-type] # whatever makes a machine will do
        settings=settings(
            max_examples=20 if database_kind == "sqlite" else 8,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
