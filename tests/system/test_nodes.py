"""Two nodes on one PostgreSQL: whatever becomes of one, nobody waits long, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.botapi import BotApi, User
from tests.postgresql import PostgresServer
from tests.system.hotline_process import is_received
from tests.system.several import (
    LIVING,
    PATIENCE,
    TAKES_OVER_WITHIN,
    Pair,
    Staffed,
    pause,
    resume,
    roles_taken,
    staff_it,
    two_nodes,
)

pytestmark = [pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]

REPEAT = "Возможно, это сообщение уже приходило"
MINUTE = 60_000_000
"""A minute, as moments are kept."""
STEPS_AFTER = (6, 10, 15)
"""Minutes that pass until each of the three steps of an urgent case is due."""


@pytest.fixture(scope="module")
def staffed_postgresql(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Staffed:
    """Return a PostgreSQL database with people in it."""
    return asyncio.run(staff_it(postgres_server, tmp_path_factory.mktemp("staffed-postgresql")))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(staffed_postgresql: Staffed) -> AsyncIterator[Pair]:
    """Lend two nodes to all tests of this module; each finds both of them at work."""
    async with BotApi() as api, two_nodes(api, staffed_postgresql) as made:
        yield made


async def test_killed_in_mid_report(pair: Pair) -> None:
    """Killed while somebody tells: the other node goes on within fifteen seconds, as if it were the same."""
    polling, other = await pair.roles()
    before, taken = await pair.cases(), roles_taken(other)
    reporter = await pair.begun()
    await polling.kill()
    await reporter.says("Они у двери")
    await other.until(lambda: roles_taken(other) - taken, TAKES_OVER_WITHIN)
    reference = await pair.told_once(reporter)
    assert await pair.cases() - before == {reference}


async def test_killed_with_a_message_on_its_way(pair: Pair) -> None:
    """What a killed node had handed over without an answer goes out again in fifteen seconds and says so."""
    polling, other = await pair.roles()
    reporter = await pair.begun()
    await pair.quiet()
    pause(other)
    held = pair.desk.api.faults.add("sendMessage", "hold_after", chat=reporter.chat)
    await reporter.says("Они у двери")
    await held.met(PATIENCE)
    resume(other)
    await polling.kill()
    await reporter.next_message(PATIENCE, is_received)
    repeated = await reporter.next_message(TAKES_OVER_WITHIN, is_received)
    assert REPEAT in repeated.text
    held.release()
    await pair.quiet()
    assert len([each for each in reporter.messages if is_received(each)]) == 2


async def test_paused_for_longer_than_its_term(pair: Pair) -> None:
    """SIGSTOP: the other one takes over. Resumed, the first one does no harm, and goes on by itself."""
    polling, other = await pair.roles()
    before, taken = await pair.cases(), roles_taken(other)
    reporter = await pair.begun()
    pause(polling)
    await reporter.says("Они у двери")
    await other.until(lambda: roles_taken(other) - taken, TAKES_OVER_WITHIN)
    references = {await pair.told_once(reporter)}
    resume(polling)
    await polling.said("role lost", PATIENCE)
    for _ in range(2):
        references.add(await pair.told_once(await begun_and_told(pair)))
    assert await pair.cases() - before == references
    assert len(await pair.roles()) == 2


async def begun_and_told(pair: Pair) -> User:
    """Somebody whose SOS was sent."""
    reporter = await pair.begun()
    await reporter.says("Они у двери")
    return reporter


async def test_connections_that_break(pair: Pair) -> None:
    """PostgreSQL ends every connection of every node in the middle of things: all goes on by itself."""
    await pair.roles()
    before = await pair.cases()
    people = [await pair.begun() for _ in range(3)]
    for reporter in people:
        await reporter.says("Они у двери")
        await pair.looks.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    references = {await pair.told_once(reporter) for reporter in people}
    assert await pair.cases() - before == references


async def test_a_clean_stop_hands_over_at_once(pair: Pair) -> None:
    """Stopped in an orderly way, a node leaves its role to the other one without any delay."""
    polling, other = await pair.roles()
    taken = roles_taken(other)
    assert await polling.stop() == 0
    assert await pair.looks.rows(LIVING) == [(1,)]
    await other.until(lambda: roles_taken(other) - taken)
    await pair.told_once(await begun_and_told(pair))


async def test_steps_that_both_see_are_taken_once(pair: Pair) -> None:
    """Both nodes look for the same due clocks every second: each step is decided once.

    The room hears of them at the pace that the messenger allows.
    """
    await pair.roles()
    people = [await begun_and_told(pair) for _ in range(4)]
    references = [await pair.told_once(reporter) for reporter in people]
    for step, minutes in enumerate(STEPS_AFTER, 1):
        passed = minutes * MINUTE
        await pair.looks.change(
            f"UPDATE case_clocks SET started_at = started_at - {passed}, next_at = next_at - {passed}"  # noqa: S608
        )
        await pair.looks.until(entries_of(references), [(1 + step,)])
    assert {len(pair.in_room(each)) for each in references} <= set(range(1, 2 + len(STEPS_AFTER)))


def entries_of(references: list[str]) -> str:
    """A query for how many entries these cases have: one row if all have as many."""
    listed = ", ".join(f"'{each}'" for each in references)
    return (
        "SELECT DISTINCT (SELECT count(*) FROM case_entries WHERE case_id = cases.id)"  # noqa: S608
        f" FROM cases WHERE reference IN ({listed})"
    )
