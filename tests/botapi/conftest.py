"""A server, a real client of it, and a person who has begun to talk to the bot."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from telegram import Bot

from tests.botapi import BotApi, User
from tests.botapi.receiver import Receiver


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """Lend a server."""
    async with BotApi() as server:
        yield server


@pytest.fixture
async def bot(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """Lend a real client of that server, with durations as it will have them in its next version."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    async with Bot(api.token, base_url=f"{api.url}/bot", base_file_url=f"{api.url}/file/bot") as client:
        yield client


@pytest.fixture
async def person(api: BotApi) -> User:
    """Lend a person who has written to the bot."""
    user = api.user(language_code="ru", first_name="Anna")
    await user.says("/start")
    return user


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    """Lend a receiver and its address."""
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/hook", receiver.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield receiver, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()
