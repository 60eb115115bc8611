"""What tests of delivery have sent, and what is seen of it in the outbox."""

from __future__ import annotations

from sqlalchemy import select

from backend.outbox import Item, OutboxRow, Party, Priority
from bot import intents
from bot.intents import Card
from bot.phrases import phrase
from tests.backend.world import World


def say(party: Party, text: str = "words", *, priority: Priority = Priority.CONVERSATION) -> Item:
    """These words, on their way to somebody."""
    return intents.say(party, Card((phrase("desk-name", name=text),)), priority=priority)


async def put(world: World, *items: Item) -> None:
    """Have these sent, as a unit of work of the hotline would."""
    async with world.backend.work() as work:
        work.put(*items)


async def rows(world: World) -> list[OutboxRow]:
    """All that is or was to be sent, oldest first."""
    async with world.backend.looking() as work:
        return list((await work.session.execute(select(OutboxRow).order_by(OutboxRow.number))).scalars())


async def states(world: World) -> list[str]:
    """How far each of them is, oldest first."""
    return [row.state for row in await rows(world)]
