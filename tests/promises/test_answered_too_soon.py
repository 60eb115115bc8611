"""Whoever answers a notice before it was noted as sent is told what became of the words, and what to do."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.base import TextSent
from tests.promises.scene import Person, Scene

UNNOTED = "4711"
"""A message of which nothing is noted."""


async def _answers_while_it_is_sent(scene: Scene, anna: Person, room: Person | None) -> None:
    """A case's notices are with the messenger, which hasn't said yet that it took them; anna answers one."""
    messenger = scene.messengers["telegram"]
    await scene.nothing_leaves()
    await scene.report("urgent")
    messenger.held = asyncio.Event()
    messenger.handed_over.clear()
    sending = asyncio.create_task(scene.hotline.outbound.run())
    await asyncio.wait_for(messenger.handed_over.wait(), 60)
    await scene.comes_in(anna, TextSent("on my way"), in_room=room, reply_to=UNNOTED)
    messenger.held.set()
    await scene.settled()
    scene.delivering = sending


@pytest.mark.parametrize("where", ["in private", "in the room"])
async def test_answered_before_it_was_noted(scene: Scene, where: str) -> None:
    """It says that the words went to nobody, why, and asks for them once more; also in a room."""
    anna = await scene.coordinator("anna")
    room = await scene.room(anna) if where == "in the room" else None
    await _answers_while_it_is_sent(scene, anna, room)
    chat = room or anna
    chat.hears("has only just arrived", "went to nobody", "once more")
    notice = next(each for each in chat.messages if "a new report" in each.text.casefold())
    await scene.comes_in(anna, TextSent("on my way"), in_room=room, reply_to=notice.id)
    chat.hears("who are these words for" if room else "on its way to the person")


async def test_chatter_stays_chatter(scene: Scene) -> None:
    """Where nothing is being sent, an answer to a colleague meets silence, and in private the usual."""
    anna = await scene.coordinator("anna")
    room = await scene.room(anna)
    await scene.report("urgent")
    scene.everybody_has_read()
    await scene.comes_in(anna, TextSent("tea?"), in_room=room, reply_to=UNNOTED)
    room.hears_nothing()
    await scene.comes_in(anna, TextSent("tea?"), reply_to=UNNOTED)
    anna.hears("these words went to nobody")
