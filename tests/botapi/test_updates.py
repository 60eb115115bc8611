"""Updates: confirmed, held, fought over, restarted, and posted to a webhook."""

import asyncio

import pytest
from telegram import Bot
from telegram.error import Conflict

from tests.botapi import BotApi, User, schema
from tests.botapi.client import raw, received, texts
from tests.botapi.receiver import Receiver


async def test_updates_stay_until_confirmed(bot: Bot, person: User) -> None:
    """Updates come again until an offset confirms them, at most `limit` at a time."""
    for text in "abc":
        await person.says(text)
    first = await bot.get_updates(limit=3)
    assert await bot.get_updates(limit=3) == first
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert (texts(first), texts(rest)) == (["/start", "a", "b"], ["c"])
    assert await bot.get_updates(offset=-1) == rest


async def test_ids_may_restart(api: BotApi, bot: Bot, person: User) -> None:
    """After the ids have restarted far below, an old offset confirms nothing."""
    old = (await bot.get_updates())[-1].update_id
    await bot.get_updates(offset=old + 1)
    api.updates.next_id = 5
    await person.says("after a week")
    assert [update.update_id for update in await bot.get_updates(offset=old + 1)] == [5]


async def test_long_poll_is_held(api: BotApi, bot: Bot, person: User) -> None:
    """A poll waits for the next update and brings it at once."""
    await received(bot)
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await api.until(lambda: api.updates.polling)
    await person.says("now")
    assert texts(await asyncio.wait_for(poll, 15)) == ["now"]


async def test_second_poller(api: BotApi, bot: Bot) -> None:
    """A second poll ends the first one with 409, as setWebhook does."""
    for method, body in (("getUpdates", {}), ("setWebhook", {"url": "https://127.0.0.1:1/"})):
        poll = asyncio.create_task(bot.get_updates(timeout=20))
        await api.until(lambda: api.updates.polling)
        assert (await raw(api, method, body))[0] == 200
        with pytest.raises(Conflict, match="terminated by"):
            await poll
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()


async def test_allowed_updates(api: BotApi, bot: Bot, person: User) -> None:
    """Only the kinds that were asked for are queued, until something else is asked for."""
    await bot.get_updates(offset=-1, allowed_updates=["callback_query"])
    message = await person.says("unseen")
    await bot.get_updates()
    await person.forges(message, "seen")
    assert [queued.kind for queued in api.updates.pending][1:] == ["callback_query"]


@pytest.mark.parametrize("connections", [1, 40])
async def test_webhook(
    api: BotApi, bot: Bot, person: User, receiver: tuple[Receiver, str], connections: int
) -> None:
    """Updates are posted with the secret, again until taken, in a chat's order; then they are gone."""
    other_end, url = receiver
    other_end.statuses = [500, 302, 503]
    await bot.set_webhook(url, secret_token="secret-1", max_connections=connections)
    await person.says("a")
    await person.says("b")
    await api.until(lambda: not api.updates.pending)
    assert (other_end.taken, other_end.secrets, api.webhook.attempts) == (
        ["/start", "a", "b"],
        {"secret-1"},
        6,
    )
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.max_connections) == (url, 0, connections)
    assert str(info.last_error_message).startswith("Wrong response from the webhook: 503")
    schema.expect("WebhookInfo", api.webhook.info())


@pytest.mark.parametrize(("connections", "at_once"), [(1, 1), (40, 2)])
async def test_webhook_order(
    api: BotApi, bot: Bot, person: User, receiver: tuple[Receiver, str], connections: int, at_once: int
) -> None:
    """Until an update is taken, the next one of its chat waits; other chats wait only for a connection."""
    other_end, url = receiver
    other_end.open.clear()
    await person.says("a")
    await api.user().says("another chat")
    await bot.set_webhook(url, max_connections=connections)
    await api.until(lambda: api.webhook.attempts >= at_once)
    await person.says("b")
    await bot.get_me()
    assert api.webhook.attempts == at_once
    other_end.open.set()
    await api.until(lambda: not api.updates.pending)
    assert [text for text in other_end.taken if text != "another chat"] == ["/start", "a", "b"]
    assert len(other_end.taken) == 4


async def test_webhook_taken_away(
    api: BotApi, bot: Bot, person: User, receiver: tuple[Receiver, str]
) -> None:
    """Without an answering receiver updates stay pending; polling gets them once the webhook is deleted."""
    await bot.set_webhook(receiver[1].replace("/hook", "/nowhere"))
    await api.until(lambda: api.webhook.attempts > 2)
    await bot.delete_webhook()
    assert texts(await bot.get_updates()) == ["/start"]
    await bot.set_webhook(receiver[1], drop_pending_updates=True)
    await person.says("later")
    await api.until(lambda: not api.updates.pending)
    assert receiver[0].taken == ["later"]
