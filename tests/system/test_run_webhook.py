"""By webhook, and by way of a proxy: the same hotline, reached differently."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from tests.botapi import BotApi
from tests.channels.proxies import PASSWORD, USER, HttpProxy, running
from tests.system.hotline_process import Hotline, configuration, desk_on


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def posted(url: str, secret: str | None) -> int:
    """Post an update as somebody who isn't Telegram; the status of the answer."""
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"update_id": 1}, headers=headers) as answer,
    ):
        return answer.status


async def test_a_report_by_webhook(api: BotApi, folder: Path) -> None:
    """A report, a kill and a restart by webhook: everything arrives once, and only Telegram is let in."""
    url = f"http://127.0.0.1:{free_port()}/telegram"
    section = (
        f'webhook_url = "{url}"\nwebhook_listen = "{urlsplit(url).netloc}"\nwebhook_secret = "hush_hush"\n'
    )
    (folder / "config.toml").write_text(configuration(api.url, token=api.token, telegram=section))
    async with desk_on(api, Hotline(folder)) as desk:
        await api.until(lambda: api.webhook.settings is not None, 60)
        assert [await posted(url, secret) for secret in (None, "", "guess")] == [401] * 3
        reporter = api.user()
        await reporter.says("Сломали дверь")
        question = await reporter.next_message(60, "никуда не ушло")
        await desk.hotline.kill()
        await reporter.presses(question, "Отправить сейчас")
        await desk.hotline.start()
        reference = await desk.reference_for(reporter)
        await desk.boris.presses(desk.room.messages[-1], "Принять")
        await reporter.next_message(60, "прочитал обращение")
        await desk.quiet()
        assert desk.hotline.rows("SELECT reference FROM cases") == [(reference,)]
        assert not api.called("getUpdates")
        assert await desk.hotline.stop() == 0


async def test_through_an_http_proxy(api: BotApi, folder: Path) -> None:
    """With `proxy_url` every connection to Telegram goes through the proxy, files too."""
    port = urlsplit(api.url).port
    assert port is not None
    async with running(HttpProxy(port)) as proxy:
        telegram = f'proxy_url = "http://{USER}:{PASSWORD}@127.0.0.1:{proxy.port}"\n'
        text = configuration("http://telegram.example:81", token=api.token, telegram=telegram)
        (folder / "config.toml").write_text(text)
        async with desk_on(api, Hotline(folder)) as desk:
            reporter = api.user()
            await desk.report_by_sos(reporter)
            await reporter.sends_photo()
            await reporter.next_message(matching="Передали")
            await desk.quiet()
    assert set(proxy.asked) == {"telegram.example:81"}
    assert proxy.refused == 0
