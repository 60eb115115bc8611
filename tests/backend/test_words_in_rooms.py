"""What reporters write appears in a staff room only where it is encrypted and holds colleagues alone."""

from __future__ import annotations

from backend.cases import records, reporting
from bot.channels.base import Say
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import HIGH, World

WORDS = "они у двери"


async def _written(world: World, channel: str, room: str) -> list[Say]:
    """What the staff room hears after a reporter on `channel` wrote."""
    await world.person("anna", "coordinator", channel=room)
    await world.room(channel=room)
    vera = await world.reporter("vera", channel)
    reference = await world.case(HIGH, vera)
    await world.take_out()
    async with world.backend.work() as work:
        case = await records.find(work, reference, for_change=True)
        await reporting.add_message(work, vera, case, WORDS)
    messenger = Messenger(room)
    async with delivering(world, messenger) as outbound:
        await all_sent(outbound)
    return [each for each in messenger.sent if isinstance(each, Say) and each.chat == "chat-room"]


async def test_words_appear_in_a_room_that_can_be_encrypted(world: World) -> None:
    """Reference and severity first; what is said instead, should anybody else be in there, holds nothing."""
    (said,) = await _written(world, "matrix", "matrix")
    head, _, rest = said.text.partition("\n")
    assert WORDS in rest
    assert WORDS not in head
    assert said.otherwise is not None
    assert WORDS not in said.otherwise


async def test_what_came_by_telegram_may_appear_there_too(world: World) -> None:
    """It is safer there than on its way."""
    (said,) = await _written(world, "telegram", "matrix")
    assert WORDS in said.text


async def test_words_never_appear_in_a_room_on_telegram(world: World) -> None:
    """Wherever they came from."""
    (said,) = await _written(world, "telegram", "telegram")
    assert WORDS not in said.text
    assert said.otherwise is None
