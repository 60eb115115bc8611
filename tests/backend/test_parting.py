"""Once a reporter's last case is destroyed their chat is left, where chats can be left; nothing before."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from backend.cases import erasure, records
from backend.people.model import ReporterRow
from backend.people.reporters import Reporter
from bot.channels.base import Leave, Remove, Say
from tests.backend.messenger import UNHURRIED, Messenger, all_sent, delivering
from tests.backend.world import HIGH, World


async def _tidied(world: World, *messengers: Messenger) -> None:
    """Everything is sent, and twice the minute passes after which idle reporters are looked for."""
    for _ in range(3):
        async with delivering(world, *messengers) as outbound:
            await all_sent(outbound)
        async with world.backend.work() as work:
            await erasure.destroy_hidden(work)
            await erasure.forget_idle_reporters(work)


async def _destroyed(world: World, reference: str) -> None:
    async with world.backend.work() as work:
        await erasure.destroy(work, await records.find(work, reference, for_change=True), by="reporter")


def _matrix() -> Messenger:
    return Messenger("matrix", replace(UNHURRIED, leaves=True))


def _left(messenger: Messenger) -> list[str]:
    return [each.chat for each in messenger.sent if isinstance(each, Leave)]


async def _reporters(world: World) -> int:
    async with world.backend.looking() as work:
        return (await work.session.execute(select(func.count()).select_from(ReporterRow))).scalar_one()


async def test_the_chat_is_left_after_all_else_is_said_there(world: World) -> None:
    """What stands there is taken back first; then the reporter is a stranger again."""
    vera, messenger = await world.reporter("vera", "matrix"), _matrix()
    reference = await world.case(HIGH, vera)
    await world.acknowledge(reference, await world.person("anna", channel="matrix"))
    await _tidied(world, messenger)
    assert _left(messenger) == []
    await _destroyed(world, reference)
    async with world.backend.work() as work:
        await erasure.clear_chat(work, vera)
    await _tidied(world, messenger)
    own = [each for each in messenger.sent if each.chat == vera.chat]
    assert [type(each) for each in own] == [Say, Remove, Leave]
    assert await _reporters(world) == 0


async def test_a_reporter_with_another_case_is_stayed_with(world: World) -> None:
    """Until that one is destroyed, too."""
    vera, messenger = await world.reporter("vera", "matrix"), _matrix()
    first, second = await world.case(HIGH, vera), await world.case(HIGH, vera)
    await _destroyed(world, first)
    await _tidied(world, messenger)
    assert _left(messenger) == []
    await _destroyed(world, second)
    await _tidied(world, messenger)
    assert _left(messenger) == [vera.chat]


async def test_a_hidden_case_can_still_be_brought_back(world: World) -> None:
    """Its reporter is stayed with for the day in which they may say that it wasn't them."""
    vera, messenger = await world.reporter("vera", "matrix"), _matrix()
    reference = await world.case(HIGH, vera)
    async with world.backend.work() as work:
        await erasure.hide(work, await records.find(work, reference, for_change=True))
    await _tidied(world, messenger)
    assert _left(messenger) == []
    world.clock.advance(erasure.HIDDEN_FOR)
    await _tidied(world, messenger)
    assert _left(messenger) == [vera.chat]


async def test_nobody_is_left_where_chats_are_not_rooms(world: World) -> None:
    """On Telegram there is nothing to leave; the reporter is forgotten all the same."""
    messenger = Messenger()
    await _destroyed(world, await world.case(HIGH, await world.reporter("vera")))
    await _tidied(world, messenger)
    assert (_left(messenger), await _reporters(world)) == ([], 0)


async def test_a_colleagues_chat_is_never_left(world: World) -> None:
    """Somebody of the staff who reported something themselves goes on working from that very chat."""
    messenger = _matrix()
    await world.person("anna", channel="matrix")
    anna: Reporter = await world.reporter("anna", "matrix")
    await _destroyed(world, await world.case(HIGH, anna))
    await _tidied(world, messenger)
    assert _left(messenger) == []
