"""The webhook: Telegram gets its 200 only once the update is saved, and nobody else gets one."""

from __future__ import annotations

import io
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.channels.base import NotSaved, TextSent
from tests.botapi import BotApi
from tests.channels.telegram import Inbox, Naps, channel_to, listening

SECRET = "s-e_c-r_e-t"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server."""
    async with BotApi() as server:
        yield server


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


def at(port: int, secret: str = SECRET) -> dict[str, str]:
    """The settings of a webhook on this port."""
    return {
        "webhook_url": f"http://127.0.0.1:{port}/telegram",
        "webhook_listen": f"127.0.0.1:{port}",
        "webhook_secret": secret,
    }


@asynccontextmanager
async def served(
    api: BotApi, port: int, inbox: Inbox, *, secret: str = SECRET, naps: Naps | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    """A listening channel whose webhook Telegram knows, and a stranger's connection to it."""
    base = f"http://127.0.0.1:{port}"
    async with channel_to(api, naps=naps, others=at(port, secret)) as channel, listening(channel, inbox):
        await api.until(lambda: api.webhook.settings)
        async with aiohttp.ClientSession(base) as stranger:
            yield stranger


def update(number: int, text: str = "hello") -> dict[str, object]:
    """An update as Telegram posts it."""
    person = {"id": 77, "is_bot": False, "first_name": "A"}
    chat = {"id": 77, "type": "private"}
    message = {"message_id": number, "date": 1320408000, "chat": chat, "from": person, "text": text}
    return {"update_id": number, "message": message}


async def test_what_people_write_arrives(api: BotApi, port: int) -> None:
    """Telegram is told where to call, and what it brings is handed over and settled."""
    inbox = Inbox()
    async with served(api, port, inbox):
        await api.user().says("a report")
        assert (await inbox.saved()).event == TextSent("a report")
        await api.until(lambda: not api.updates.pending)
    asked = api.called("setWebhook")[0].params
    assert asked["secret_token"] == SECRET
    assert asked["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]


async def test_telegram_is_answered_after_saving(api: BotApi, port: int) -> None:
    """The update stays Telegram's until it is on disk."""
    inbox = Inbox()
    inbox.open.clear()
    async with served(api, port, inbox):
        await api.user().says("a report")
        await inbox.offer()
        assert len(api.updates.pending) == 1
        inbox.open.set()
        await inbox.saved()
        await api.until(lambda: not api.updates.pending)


async def test_what_is_being_saved_when_we_stop_comes_again(api: BotApi, port: int) -> None:
    """An update that was not saved before the end is Telegram's to bring again."""
    inbox = Inbox()
    inbox.open.clear()
    async with served(api, port, inbox):
        await api.user().says("a report")
        await inbox.offer()
    assert len(api.updates.pending) == 1
    after = Inbox()
    async with served(api, port, after):
        assert (await after.saved()).event == TextSent("a report")


async def test_what_could_not_be_saved_is_refused_and_comes_again(api: BotApi, port: int) -> None:
    """503, and Telegram repeats it until it is saved."""
    inbox = Inbox()
    inbox.faults = [NotSaved(), RuntimeError("a mistake of ours")]
    async with served(api, port, inbox):
        await api.user().says("a report")
        assert (await inbox.saved()).event == TextSent("a report")
    assert len(inbox.offered) == 3
    assert api.webhook.attempts >= 3


@pytest.mark.parametrize("header", [{}, {HEADER: ""}, {HEADER: "wrong"}, {HEADER: "s-e_c-r_e-t "[:-2]}])
async def test_strangers_are_refused(api: BotApi, port: int, header: dict[str, str]) -> None:
    """Without the secret nothing is read, and nothing is handed over."""
    inbox = Inbox()
    async with served(api, port, inbox) as stranger:
        answer = await stranger.post("/telegram", json=update(1), headers=header)
        assert answer.status == 401
    assert inbox.offered == []


async def test_there_is_always_a_secret(api: BotApi, port: int) -> None:
    """Without one in the settings a strong one is made for this run."""
    inbox = Inbox()
    async with served(api, port, inbox, secret="") as stranger:
        async with stranger.post("/telegram", json=update(1)) as answer:
            assert answer.status == 401
        await api.user().says("a report")
        await inbox.saved()
    assert len(str(api.called("setWebhook")[0].params["secret_token"])) >= 40


async def test_one_commit_serves_many(api: BotApi, port: int) -> None:
    """What comes while a batch is being saved makes up the next one, in the order of the update ids."""
    inbox = Inbox()
    inbox.open.clear()
    async with served(api, port, inbox) as stranger:
        people = [api.user() for _ in range(10)]
        await people[0].says("first")
        await inbox.offer()
        for person in people[1:]:
            await person.says("meanwhile")
        for _ in range(50):  # each of these is answered after what came before it
            await stranger.get("/elsewhere")
        assert api.webhook.attempts == 10
        inbox.open.set()
        saved = [await inbox.saved() for _ in range(10)]
    assert [len(batch) for batch in inbox.offered] == [1, 9]
    assert [one.id for one in saved] == sorted(one.id for one in saved)


async def test_what_is_no_update_is_refused_or_passed_over(api: BotApi, port: int) -> None:
    """Neither a broken body nor an update of an unknown shape stops anything."""
    inbox = Inbox()
    bodies = {b"": 400, b"{": 400, b"[]": 400, b"7": 400, b"[" * 100_000: 400, b'{"update_id": "7"}': 400}
    bodies |= {b'{"update_id": 7}': 200, b'{"update_id": 8, "message": {}}': 200, b"x" * 2_000_000: 413}
    async with served(api, port, inbox) as telegram:
        for body, status in bodies.items():
            async with telegram.post("/telegram", data=io.BytesIO(body), headers={HEADER: SECRET}) as answer:
                assert answer.status == status, body[:40]
        async with telegram.get("/telegram", headers={HEADER: SECRET}) as answer:
            assert answer.status == 405
        async with telegram.post("/other", json=update(1), headers={HEADER: SECRET}) as answer:
            assert answer.status == 404
        assert inbox.offered == []
        await api.user().says("a report")
        await inbox.saved()


async def test_setting_the_webhook_is_tried_again(api: BotApi, port: int) -> None:
    """A failing server is told of the webhook when it is back."""
    api.faults.add("setWebhook", "502_html", times=2)
    inbox = Inbox()
    async with served(api, port, inbox):
        await api.user().says("a report")
        await inbox.saved()


async def test_a_port_that_is_taken_is_waited_for(api: BotApi, port: int) -> None:
    """Another program on the port, or our own last run, only delays the beginning."""
    inbox, naps = Inbox(), Naps()
    other = socket.create_server(("127.0.0.1", port))
    async with channel_to(api, naps=naps, others=at(port)) as channel, listening(channel, inbox):
        await naps.reach(2)
        other.close()
        await api.until(lambda: api.webhook.settings)
        await api.user().says("a report")
        await inbox.saved()
