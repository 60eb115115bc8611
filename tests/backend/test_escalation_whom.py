"""Whom a step tells: by role, by the rota, by name; and never nobody."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from backend.config import BackendSettings
from backend.escalation import whom
from backend.people import staff
from backend.rota.duty import Duty
from tests.backend.world import URGENT, World, new_world

MINUTE = timedelta(minutes=1)
STEPS = [
    {"after": "5m", "notify": "duty"},
    {"after": "10m", "notify": "Clara"},
    {"after": "15m", "notify": "Nobody By This Name"},
]


async def _present(world: World) -> whom.Present:
    async with world.backend.looking() as work:
        return await whom.present(work)


async def _meant(world: World, notify: str, *, assignee: str | None = None) -> list[str]:
    async with world.backend.looking() as work:
        return sorted(person.name for person in await whom.people(work, notify, assignee=assignee))


async def _staffed(world: World) -> dict[str, str]:
    people = [await world.person(name) for name in ("anna", "boris")]
    people += [await world.person("clara", "coordinator"), await world.person("maria", "council")]
    return {person.name: person.id for person in people}


async def test_each_word_means_its_people(world: World) -> None:
    """Roles mean everybody of the role, the assignee whoever is on the case, a name that person."""
    ids = await _staffed(world)
    assert await _meant(world, "officers") == ["anna", "boris"]
    assert await _meant(world, "coordinators") == ["clara"]
    assert await _meant(world, "assignee", assignee=ids["clara"]) == ["clara"]
    assert await _meant(world, "Boris") == ["boris"], "in any case of letters"
    assert await _meant(world, "duty") == ["anna", "boris"], "without a rota everybody is on duty"


@pytest.mark.parametrize("notify", ["backup", "assignee", "Zoya", "Maria"])
async def test_nobody_there_means_every_officer(world: World, notify: str) -> None:
    """No backup, nobody on the case, a name that left, one who sees no cases: all officers are told."""
    await _staffed(world)
    assert await _meant(world, notify) == ["anna", "boris"]


async def test_without_officers_coordinators_are_told(world: World) -> None:
    """Where the desk has no officer a step doesn't pass unheard either."""
    await world.person("clara", "coordinator")
    for notify in ("duty", "backup", "officers", "assignee", "Zoya"):
        assert await _meant(world, notify) == ["clara"]


async def test_whoever_has_no_account_cannot_be_meant(world: World) -> None:
    """A person who was invited and hasn't joined yet is nobody whom a step could tell."""
    await _staffed(world)
    there = await _present(world)
    silent = [dataclasses.replace(person, accounts=()) for person in there.everyone if person.name == "clara"]
    others = tuple(person for person in there.everyone if person.name != "clara")
    found = whom.Present((*others, *silent), there.duty).people("coordinators", assignee=None)
    assert sorted(person.name for person in found) == ["anna", "boris"]


async def test_duty_and_backup_are_the_rotas(world: World) -> None:
    """Who is on duty and who backs them up is the rota's word; revoked ones are nobody."""
    await _staffed(world)
    there = await _present(world)
    anna, boris = (person for person in there.everyone if person.name in ("anna", "boris"))
    on = whom.Present(there.everyone, Duty((anna,), (boris,), planned=True, until=None))
    assert on.people("duty", assignee=None) == [anna]
    assert on.people("backup", assignee=None) == [boris]


# ── As configured ───────────────────────────────────────────────────────────────────────────────


@pytest_asyncio.fixture
async def named(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Lend a hotline whose steps for urgent cases name people."""
    written = {"escalation": {"urgent": {"acknowledge": STEPS}}}
    made = new_world(database_url, tmp_path, BackendSettings.model_validate(written))
    yield made
    await made.backend.database.close()


async def _heard(world: World, span: timedelta) -> list[str]:
    await world.passes(span)
    return sorted(name for name, _ in await world.told("escalated"))


async def test_a_step_for_a_person(named: World) -> None:
    """They and the room are told; a name that nobody has, or that left, brings every officer."""
    await _staffed(named)
    await named.room()
    await named.person("dora", "coordinator")
    await named.case(URGENT)
    await named.told()
    assert await _heard(named, 5 * MINUTE) == ["anna", "boris", "room"]
    assert await _heard(named, 5 * MINUTE) == ["clara", "room"]
    assert await _heard(named, 5 * MINUTE) == ["anna", "boris", "room"]
    await named.case(URGENT, await named.reporter("another"))
    async with named.backend.work() as work:
        await staff.revoke(work, "clara")
    await named.passes(10 * MINUTE)
    assert {name for name, _ in await named.told("escalated")} == {"anna", "boris", "room"}


async def test_steps_that_nobody_would_hear_are_found(named: World) -> None:
    """`hotline check` can name each step that is for nobody as things stand."""
    await named.person("clara", "coordinator")
    async with named.backend.looking() as work:
        unheard = await whom.unheard(work)
    assert ("escalation.urgent.acknowledge[2].notify", "Nobody By This Name") in unheard
    assert ("escalation.high.acknowledge[1].notify", "officers") in unheard
    assert all(notify not in ("duty", "coordinators", "Clara") for _, notify in unheard)
    await named.person("anna")
    async with named.backend.looking() as work:
        assert await whom.unheard(work) == [
            ("escalation.urgent.acknowledge[2].notify", "Nobody By This Name")
        ]
