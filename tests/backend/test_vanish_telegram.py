"""Chats that vanish and that are burnt, on a strict Bot API: with its batches, its 48 hours, its refusals."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from backend.people import posted
from backend.retention import vanish
from backend.retention.settings import PrivacySettings
from bot.channels.telegram.channel import TelegramChannel
from bot.inbound import Reception
from bot.outbound import Outbound
from tests.backend.messenger import all_sent
from tests.backend.world import TEXTS, World
from tests.botapi import BotApi, User
from tests.botapi.messages import Message
from tests.channels.telegram import channel_to

PATIENCE = 60.0
HOUR = timedelta(hours=1)


@dataclass
class Phone:
    """Somebody's Telegram, and a hotline that answers there."""

    world: World
    api: BotApi
    person: User
    outbound: Outbound

    def chat(self) -> list[Message]:
        """What stands in the chat with the bot, both sides."""
        return [each for each in self.person.chat.history.values() if not each.deleted]

    async def answered(self) -> None:
        """Until everything that was sent is answered."""
        async with asyncio.timeout(PATIENCE):
            await self.api.until(lambda: not self.api.updates.pending)
        await all_sent(self.outbound)

    async def passes(self, span: timedelta) -> None:
        """Time, here and at Telegram, and a tick at its end."""
        self.world.clock.advance(span)
        self.api.advance(span.total_seconds())
        async with self.world.backend.work() as work:
            await vanish.run_due(work)
        async with self.world.backend.work() as work:
            await vanish.heed_age(work)
            await posted.forget_old(work)
        await all_sent(self.outbound)


@pytest.fixture
async def phone(world: World) -> AsyncIterator[Phone]:
    """Lend a person's Telegram with a hotline whose chats vanish after an hour."""
    privacy = PrivacySettings(vanish=HOUR)
    world.backend.settings = world.backend.settings.model_copy(update={"privacy": privacy})
    async with BotApi() as api, channel_to(api) as channel, _hotline(world, channel) as outbound:
        yield Phone(world, api, api.user(language_code="en"), outbound)


@contextlib.asynccontextmanager
async def _hotline(world: World, channel: TelegramChannel) -> AsyncIterator[Outbound]:
    outbound = Outbound(world.backend, {"telegram": channel}, TEXTS)
    reception = Reception(world.backend, TEXTS, outbound)
    running = [asyncio.create_task(channel.listen(reception.receive)), asyncio.create_task(outbound.run())]
    try:
        yield outbound
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _reports(phone: Phone) -> None:
    await phone.person.says("/sos")
    await phone.answered()
    await phone.person.sends_photo(caption="here", album="1")
    await phone.person.sends_photo(album="1")
    await phone.person.sends_sticker()
    message = await phone.person.says("they are at the dor")
    await phone.person.edits(message, "they are at the door")
    await phone.answered()
    assert len(phone.chat()) > 6


async def test_a_report_vanishes(phone: Phone) -> None:
    """An hour after the last word there is nothing in the chat, of either side."""
    await _reports(phone)
    await phone.passes(HOUR - timedelta(seconds=2))
    assert len(phone.chat()) > 6
    await phone.passes(timedelta(seconds=3))
    assert phone.chat() == []


async def test_burn(phone: Phone) -> None:
    """All of it, the command too, and nothing comes after it."""
    await _reports(phone)
    await phone.person.says("/burn")
    await phone.answered()
    assert phone.chat() == []


async def test_after_two_days_without_a_hotline(phone: Phone) -> None:
    """Telegram won't any more: everything stays, and one message says how to clear the chat."""
    await _reports(phone)
    before = len(phone.chat())
    await phone.passes(timedelta(hours=49))
    last = phone.chat()[-1]
    assert len(phone.chat()) == before + 1
    assert "Delete chat" in last.text
    await phone.passes(HOUR)
    assert last.deleted
    assert len(phone.chat()) == before


async def test_clocks_that_differ(phone: Phone) -> None:
    """Where Telegram says sooner than we thought that something is too old, the rest goes all the same."""
    await _reports(phone)
    before = len(phone.chat())
    phone.api.advance(49 * 3600)
    await phone.person.says("still here")
    await phone.answered()
    await phone.person.says("/burn")
    await phone.answered()
    assert len(phone.chat()) == before + 1
    assert "Delete chat" in phone.chat()[-1].text
