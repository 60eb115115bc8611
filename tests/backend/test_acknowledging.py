"""Two officers at once: one of them has the case, and the other is told who."""

from __future__ import annotations

import asyncio

import pytest

from backend.cases import casework, records
from backend.errors import AlreadyAcknowledged, HotlineError
from backend.people.staff import Staff
from tests.backend.world import URGENT, World


async def _at_once(world: World, reference: str, people: list[Staff], deed: str) -> list[HotlineError]:
    """Everybody does it in a transaction of their own, all of which are open when the first one acts."""
    ready = asyncio.Barrier(len(people)) if not world.backend.database.is_sqlite else None

    async def one(person: Staff) -> None:
        async with world.backend.work() as work:
            if ready:
                await work.session.connection()
                await ready.wait()
            case = await records.find(work, reference, for_change=True)
            await getattr(casework, deed)(work, person, case)

    ended = await asyncio.gather(*(one(person) for person in people), return_exceptions=True)
    for each in ended:
        assert each is None or isinstance(each, HotlineError), each
    return [each for each in ended if isinstance(each, HotlineError)]


async def test_one_wins(world: World) -> None:
    """Of officers who acknowledge at the same moment one has the case, the others hear that one's name."""
    people = [await world.person(name) for name in ("anna", "boris", "vera")]
    reference = await world.case(URGENT)
    refused = await _at_once(world, reference, people, "acknowledge")
    case = await world.find(reference)
    (winner,) = [person for person in people if person.id == case.row.assignee]
    assert [type(each) for each in refused] == [AlreadyAcknowledged] * 2
    assert [each.facts for each in refused] == [{"reference": reference, "name": winner.name}] * 2
    acknowledged = [each for each in await world.history(reference) if each.kind == "acknowledged"]
    assert [each.author_id for each in acknowledged] == [winner.id]
    assert (await world.told("told"))["reporter", "told"] == 1


async def test_taking_at_once(world: World) -> None:
    """Of officers who take it at once the last one has it, in an unbroken history of one acknowledgement."""
    people = [await world.person(name) for name in ("anna", "boris")]
    reference = await world.case(URGENT)
    assert await _at_once(world, reference, people, "take") == []
    entries = await world.history(reference)
    assert [each.number for each in entries] == list(range(len(entries)))
    assert [each.kind for each in entries].count("acknowledged") == 1
    assert entries[-1].author_id == (await world.find(reference)).row.assignee


async def test_too_late(world: World) -> None:
    """Whoever acknowledges a second later hears who was faster, and nothing changes."""
    anna, boris = await world.person("anna"), await world.person("boris")
    reference = await world.case(URGENT)
    await world.acknowledge(reference, anna)
    with pytest.raises(AlreadyAcknowledged) as caught:
        await world.acknowledge(reference, boris)
    assert caught.value.facts["name"] == "anna"
    assert (await world.find(reference)).row.assignee == anna.id
