"""Fetching what people sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from bot.channels.base import ChannelError, Permanent, RemoteFile, Temporary, TextSent
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.connection import Timings
from tests.botapi import BotApi
from tests.botapi.faults import Kind
from tests.channels.telegram import Inbox, channel_to, listening


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server."""
    async with BotApi() as server:
        yield server


async def received(channel: TelegramChannel) -> RemoteFile:
    """The file that somebody has sent, as the channel tells of it."""
    inbox = Inbox()
    async with listening(channel, inbox):
        event = (await inbox.saved()).event
    assert isinstance(event, TextSent)
    (file,) = event.files
    return file


async def fetched(channel: TelegramChannel, ref: str) -> list[bytes]:
    """All pieces of a file."""
    return [piece async for piece in channel.fetch(ref)]


async def test_a_file_arrives_in_pieces(api: BotApi) -> None:
    """What was sent is what is fetched, and no piece is large."""
    content = bytes(range(256)) * 4096
    await api.user().sends_document(content, name="повестка.pdf")
    async with channel_to(api) as channel:
        file = await received(channel)
        pieces = await fetched(channel, file.ref)
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 65536
    assert (file.name, file.size, file.kind) == ("повестка.pdf", len(content), "document")


async def test_an_empty_file_is_a_file(api: BotApi) -> None:
    """No bytes are no error."""
    await api.user().sends_document(b"")
    async with channel_to(api) as channel:
        assert b"".join(await fetched(channel, (await received(channel)).ref)) == b""


async def test_what_is_too_big_is_permanent(api: BotApi) -> None:
    """Telegram gives bots 20 MB at most."""
    await api.user().sends_document(size=30_000_000)
    async with channel_to(api) as channel:
        file = await received(channel)
        with pytest.raises(Permanent, match="file is too big"):
            await fetched(channel, file.ref)
    assert file.size == 30_000_000


async def test_a_file_that_grows_while_it_is_fetched_is_left(api: BotApi) -> None:
    """More bytes than Telegram may give are not taken, whatever was declared."""
    await api.user().sends_document(b"x" * (20 * 1024 * 1024 + 1), size=5)
    async with channel_to(api) as channel:
        file = await received(channel)
        with pytest.raises(Permanent, match="file is too big"):
            await fetched(channel, file.ref)


@pytest.mark.parametrize("kind", ["500", "502_html", "cut_before", "429"])
async def test_a_failing_download_can_be_tried_again(api: BotApi, kind: Kind) -> None:
    """The file is still there: later it works. Errors name neither token nor path."""
    await api.user().sends_document(b"content")
    async with channel_to(api) as channel:
        file = await received(channel)
        fault = api.faults.add("file", kind, times=3)
        with pytest.raises(ChannelError) as caught:
            await fetched(channel, file.ref)
        assert isinstance(caught.value, Temporary)
        assert "test-token" not in str(caught.value)
        assert caught.value.__cause__ is caught.value.__context__ is None
        fault.release()
        assert await fetched(channel, file.ref) == [b"content"]


async def test_an_expired_file_is_temporary(api: BotApi) -> None:
    """Telegram says the same of a wrong reference and of a file that it can't give now."""
    async with channel_to(api) as channel:
        with pytest.raises(Temporary):
            await fetched(channel, "BQACAgIAAxkB")


async def test_a_download_that_stalls_ends(api: BotApi) -> None:
    """Nobody waits for ever for a piece."""
    await api.user().sends_document(b"content")
    held = api.faults.add("file", "hold_before")
    async with channel_to(api, timings=Timings(read=0.3)) as channel:
        file = await received(channel)
        with pytest.raises(Temporary):
            await fetched(channel, file.ref)
    held.release()


async def test_a_file_that_is_left_half_fetched_holds_nothing_open(api: BotApi) -> None:
    """Whoever stops in the middle leaves a channel that works on."""
    content = bytes(range(256)) * 4096
    await api.user().sends_document(content)
    async with channel_to(api) as channel:
        file = await received(channel)
        for _ in range(3):
            async with aclosing(channel.fetch(file.ref)) as pieces:
                assert content.startswith(await anext(pieces))
        assert b"".join(await fetched(channel, file.ref)) == content
