"""The log: no token, no address and no content, at any level, whatever goes wrong."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.channels.base import ChannelError, NotSaved, Say
from bot.channels.telegram.connection import Timings
from bot.channels.telegram.logs import quiet_loggers
from tests.botapi import BotApi
from tests.botapi.faults import Kind
from tests.channels.telegram import Inbox, channel_to, listening

WORDS = "words that nobody else may read"
FAULTS: tuple[Kind, ...] = ("502_html", "not_json", "500", "429", "cut_before", "cut_after", "delay")


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server."""
    async with BotApi() as server:
        yield server


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that any library would like to log, with the loggers left as they were found."""
    names = ("httpx", "httpcore", "telegram", "aiohttp", "httpx_aiohttp")
    before = {name: (logging.getLogger(name).propagate, logging.getLogger(name).level) for name in names}
    caplog.set_level(logging.DEBUG)
    yield caplog
    for name, (propagate, level) in before.items():
        logging.getLogger(name).propagate = propagate
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).handlers.clear()


def told(log: pytest.LogCaptureFixture) -> str:
    """Everything in the log, tracebacks included."""
    return "\n".join(logging.Formatter().format(record) for record in log.records)


async def trouble(api: BotApi) -> None:
    """Everything that can go wrong, once, going in and going out."""
    person, inbox = api.user(), Inbox()
    inbox.faults = [NotSaved(WORDS), RuntimeError(WORDS)]
    await person.says(WORDS)
    api.updates.push_raw({"message": {"text": WORDS, "chat": {"id": person.id}}})
    for kind in FAULTS:
        api.faults.add("getUpdates", kind, seconds=0.3)
        api.faults.add("sendMessage", kind, seconds=0.3)
    async with channel_to(api, timings=Timings(connect=0.1, read=0.1, poll=0)) as channel:
        async with listening(channel, inbox):
            await inbox.saved()
            await person.forges(person.chat.history[1], WORDS)
            await inbox.saved()
        for _ in FAULTS:
            with contextlib.suppress(ChannelError):
                await channel.send(Say(str(person.id), WORDS, tx="1"))
    for others in ({"proxy_url": "socks5://name:test-token@127.0.0.1:9"}, {"api_url": "https://127.0.0.1:9"}):
        async with channel_to(api, others=others) as channel:
            with contextlib.suppress(ChannelError):
                await channel.send(Say(str(person.id), WORDS, tx="1"))


async def test_nothing_that_is_logged_tells_a_secret(
    api: BotApi, everything: pytest.LogCaptureFixture
) -> None:
    """Time-outs, HTML instead of JSON, cuts, refusals, mistakes of our own: the log names classes and ids."""
    quiet_loggers()
    await trouble(api)
    log = told(everything)
    assert "getUpdates failed" in log
    assert not [secret for secret in (api.token, "test-token", WORDS, "500000000") if secret in log]


async def test_without_it_the_libraries_would_tell(api: BotApi, everything: pytest.LogCaptureFixture) -> None:
    """The silence is `quiet_loggers`' doing: left alone, the libraries log token and words."""
    await trouble(api)
    assert api.token in told(everything)


async def test_answers_that_are_no_json_are_never_logged(
    api: BotApi, everything: pytest.LogCaptureFixture
) -> None:
    """Also where the libraries may log, an answer that can't be read isn't repeated."""
    api.faults.add("sendMessage", "502_html")
    everything.set_level(logging.WARNING)
    async with channel_to(api) as channel:
        with pytest.raises(ChannelError):
            await channel.send(Say("5551234", WORDS, tx="1"))
    assert told(everything) == ""
