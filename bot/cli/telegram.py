"""Asking Telegram whether it knows us, for `hotline init` and `hotline check`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal

from telegram.error import InvalidToken

from bot.channels.telegram.connection import Connection, TelegramBot, Timings
from bot.channels.telegram.faults import name_of
from bot.channels.telegram.logs import quiet_loggers
from bot.channels.telegram.settings import TelegramSettings

PATIENCE = Timings(connect=5.0, read=8.0, call=15.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """`known`: `text` is the bot's name. `refused`: the token is wrong. `unreachable`: `text` says how."""

    kind: Literal["known", "refused", "unreachable"]
    text: str


async def ask(settings: TelegramSettings) -> Answer:
    """Who Telegram takes us for."""
    return await _answer(settings, "getMe", "username")


async def ask_webhook(settings: TelegramSettings) -> Answer:
    """Which address Telegram calls (`known`), empty for none."""
    return await _answer(settings, "getWebhookInfo", "url")


async def _answer(settings: TelegramSettings, method: str, field: str) -> Answer:
    async with _connected(settings) as bot:
        try:
            async with asyncio.timeout(PATIENCE.call):
                found = await bot.call(method, {})
        except InvalidToken:
            return Answer("refused", "the token is not one that Telegram knows")
        except Exception as fault:  # noqa: BLE001 - networks fail in many ways, all of them told by class
            return Answer("unreachable", name_of(fault))
    value = found.get(field) if isinstance(found, Mapping) else None
    return Answer("known", str(value or ""))


@contextlib.asynccontextmanager
async def _connected(settings: TelegramSettings) -> AsyncIterator[TelegramBot]:
    quiet_loggers()
    connection = Connection(settings, PATIENCE)
    try:
        yield connection.bot
    finally:
        await connection.close()
