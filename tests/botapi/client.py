"""What the server's own tests ask it with, and read its answers with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aiohttp
from telegram import CallbackQuery, Message, Update

from tests.botapi import schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telegram import Bot

    from tests.botapi import BotApi
    from tests.botapi.updates import Update as Queued


async def raw(
    api: BotApi, method: str, body: object = None, *, token: str = ""
) -> tuple[int, dict[str, object]]:
    """Call a method with JSON and without a client library; the HTTP status and the answer."""
    url = f"{api.url}/bot{token or api.token}/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status, await response.json()


async def received(bot: Bot) -> list[Update]:
    """Take everything that is pending and confirm it."""
    updates = list(await bot.get_updates())
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


def faithful(queued: Queued) -> Update:
    """The update as the client reads it, once it is exactly what the Bot API documents."""
    update = json.loads(queued.body)
    schema.expect("Update", update)
    parsed = Update.de_json(update, None)
    assert not parsed.api_kwargs
    return parsed


def message_in(update: Update) -> Message:
    """The new message that an update carries."""
    assert update.message is not None
    assert not update.message.api_kwargs
    return update.message


def query_in(update: Update) -> CallbackQuery:
    """The button press that an update carries."""
    assert update.callback_query is not None
    return update.callback_query


def texts(updates: Iterable[Update]) -> list[str | None]:
    """The texts of updates that are all new messages."""
    return [message_in(update).text for update in updates]
