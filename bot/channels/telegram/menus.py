"""The menus of commands that chats without one of their own show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from bot.channels.pauses import until_done
from bot.channels.telegram.connection import TelegramBot
from bot.channels.telegram.pauses import Pauses


@dataclass(frozen=True, slots=True)
class CommandMenu:
    """A menu for a kind of chats, and one language or (None) all that have none of their own.

    `commands` are (name without slash, description); `language` is a two-letter ISO 639-1 code.
    """

    scope: Literal["default", "all_private_chats", "all_group_chats", "all_chat_administrators"]
    language: str | None
    commands: tuple[tuple[str, str], ...]


async def publish(bot: TelegramBot, menus: Sequence[CommandMenu], pauses: Pauses) -> None:
    """Put up all menus, each tried until it's done."""
    for menu in menus:
        await until_done("setMyCommands", partial(_put_up, bot, menu), pauses)


async def _put_up(bot: TelegramBot, menu: CommandMenu) -> None:
    fields = {
        "scope": {"type": menu.scope},
        "language_code": menu.language,
        "commands": [{"command": name, "description": said} for name, said in menu.commands],
    }
    await bot.call("setMyCommands", fields)
