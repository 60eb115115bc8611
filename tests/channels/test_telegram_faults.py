"""Telegram's failures in the channel's four words: what is known of a message that failed is said exactly."""

from __future__ import annotations

import asyncio
import socket
import traceback
from collections.abc import AsyncIterator

import pytest
from telegram.error import BadRequest, NetworkError, TelegramError

from bot.channels.base import Channel, ChannelError, Gone, Permanent, Receipt, Say, Temporary, Throttled
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.connection import Timings
from bot.channels.telegram.faults import channel_error
from tests.botapi import BotApi, User
from tests.botapi.faults import Kind
from tests.channels.telegram import channel_to

HASTY = Timings(connect=0.2, read=0.3, call=5.0)
TEXT = "words that nobody else may read"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server."""
    async with BotApi() as server:
        yield server


@pytest.fixture
async def channel(api: BotApi) -> AsyncIterator[TelegramChannel]:
    """A channel to it that doesn't wait long."""
    async with channel_to(api, timings=HASTY) as made:
        yield made


@pytest.fixture
async def person(api: BotApi) -> User:
    """Somebody who has written to the bot."""
    somebody = api.user()
    await somebody.says("/start")
    return somebody


async def failing(channel: TelegramChannel, chat: object) -> ChannelError:
    """The error of a text that can't be sent. It tells no secret, and carries nothing along."""
    with pytest.raises(ChannelError) as caught:
        await channel.send(Say(str(chat), TEXT, tx="1"))
    told = "".join(traceback.format_exception(caught.value))
    assert not [secret for secret in ("test-token", str(chat), TEXT) if secret in told]
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize("kind", ["500", "502_html", "not_json", "cut_before", "cut_after"])
async def test_a_failure_after_sending_is_unknown(
    channel: TelegramChannel, api: BotApi, person: User, kind: Kind
) -> None:
    """Whatever fails once the request has left may have had its effect: only Telegram knows."""
    api.faults.add("sendMessage", kind)
    error = await failing(channel, person.id)
    assert isinstance(error, Temporary)
    assert error.unknown


async def test_an_answer_that_does_not_come_is_unknown(
    channel: TelegramChannel, api: BotApi, person: User
) -> None:
    """A message whose answer we no longer wait for may have arrived."""
    held = api.faults.add("sendMessage", "hold_after")
    error = await failing(channel, person.id)
    assert isinstance(error, Temporary)
    assert error.unknown
    assert (await person.next_message()).text == TEXT
    held.release()


async def test_a_call_ends_in_any_case(api: BotApi, person: User) -> None:
    """However long single waits may be, a call as a whole has its end."""
    held = api.faults.add("sendMessage", "hold_before")
    async with channel_to(api, timings=Timings(call=0.3)) as channel:
        error = await failing(channel, person.id)
    assert isinstance(error, Temporary)
    assert error.unknown
    held.release()


async def test_nobody_listening_is_known_not_to_have_heard(api: BotApi) -> None:
    """A refused connection is no unknown outcome."""
    async with channel_to(api, others={"api_url": "http://127.0.0.1:9"}) as channel:
        error = await failing(channel, 5551234)
    assert isinstance(error, Temporary)
    assert not error.unknown


async def test_a_handshake_that_does_not_end_is_known(api: BotApi) -> None:
    """Without a secured connection nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}"
        async with channel_to(api, timings=HASTY, others={"api_url": address}) as channel:
            error = await failing(channel, 5551234)
    assert isinstance(error, Temporary)
    assert not error.unknown


async def test_a_crowd_before_the_door_is_known(api: BotApi, person: User) -> None:
    """A message that got no connection was not sent, and the ones before it still are."""
    held = api.faults.add("sendMessage", "hold_before", times=64)
    async with channel_to(api, timings=Timings(connect=0.5)) as channel:
        crowd = [asyncio.create_task(channel.send(Say(str(person.id), "x", tx="1"))) for _ in range(64)]
        await held.met(times=64)
        error = await failing(channel, person.id)
        assert isinstance(error, Temporary)
        assert not error.unknown
        held.release()
        assert all(isinstance(done, Receipt) for done in await asyncio.gather(*crowd))


async def test_too_fast_says_for_how_long(channel: TelegramChannel, api: BotApi, person: User) -> None:
    """429 is told on with its seconds."""
    api.faults.add("sendMessage", "429", retry_after=37)
    error = await failing(channel, person.id)
    assert isinstance(error, Throttled)
    assert error.after == 37


async def test_blocked_is_gone(channel: TelegramChannel, person: User) -> None:
    """Who blocked the bot can't be written to."""
    await person.blocks()
    assert isinstance(await failing(channel, person.id), Gone)


async def test_a_stranger_is_gone(channel: TelegramChannel) -> None:
    """So is a chat that Telegram doesn't know."""
    assert isinstance(await failing(channel, 5551234), Gone)


async def test_a_group_that_threw_us_out_is_gone(channel: TelegramChannel, api: BotApi, person: User) -> None:
    """A group without us, or where we may not speak, takes nothing."""
    group = api.group(members=[person])
    await group.mutes_bot()
    assert isinstance(await failing(channel, group.id), Gone)
    await group.kicks_bot()
    assert isinstance(await failing(channel, group.id), Gone)


async def test_a_group_that_moved_says_where_to(channel: TelegramChannel, api: BotApi, person: User) -> None:
    """The new id comes with the refusal, and takes messages."""
    group = api.group(members=[person])
    upgraded = await group.migrate()
    error = await failing(channel, group.id)
    assert isinstance(error, Gone)
    assert error.moved_to == str(upgraded.id)
    assert (await channel.send(Say(error.moved_to, TEXT, tx="1"))).message


async def test_a_rejected_token_is_temporary(api: BotApi) -> None:
    """The message is fine, and waits for a better token."""
    async with channel_to(api, others={"token": "987:wrong"}) as channel:
        error = await failing(channel, 5551234)
    assert isinstance(error, Temporary)
    assert not error.unknown


def test_a_channel_is_what_the_hotline_expects(channel: TelegramChannel) -> None:
    """The type checker holds it against the protocol."""
    expected: Channel = channel
    assert (expected.name, expected.limits.text, expected.limits.per_second) == ("telegram", 4096, 30)


def test_too_large_is_permanent() -> None:
    """413 has no class of its own in the library, but no retry makes a file smaller."""
    assert isinstance(channel_error(NetworkError("Request Entity Too Large")), Permanent)


def test_what_telegram_quotes_is_not_told_on() -> None:
    """Of a refusal whose words we don't know, none is repeated."""
    error = channel_error(BadRequest(f"can't parse entities: {TEXT}"))
    assert isinstance(error, Permanent)
    assert str(error) == "refused"


@pytest.mark.parametrize("fault", [TelegramError("?"), KeyError("result"), RuntimeError(), TimeoutError()])
def test_whatever_is_unclear_is_unknown(fault: Exception) -> None:
    """In doubt a message may have been taken."""
    error = channel_error(fault)
    assert isinstance(error, Temporary)
    assert error.unknown
