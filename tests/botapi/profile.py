"""The methods about the bot itself: commands and descriptions by language."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from .refusals import Obj, bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from .params import Params
    from .world import World

COMMANDS_LIMIT = 100
COMMAND_DESCRIPTION_LIMIT = 256
_COMMAND = re.compile(r"/?[a-z0-9_]{1,32}")
_DEFAULT_SCOPE: Obj = {"type": "default"}


def get_me(world: World, _params: Params) -> Obj:
    """GetMe."""
    return world.me()


def set_my_commands(world: World, params: Params) -> bool:
    """SetMyCommands."""
    commands = params.objects("commands") or []
    if len(commands) > COMMANDS_LIMIT:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(str(command["command"])):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command["description"])) <= COMMAND_DESCRIPTION_LIMIT:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[_place(world, params)] = commands
    return True


def delete_my_commands(world: World, params: Params) -> bool:
    """DeleteMyCommands."""
    world.commands.pop(_place(world, params), None)
    return True


def get_my_commands(world: World, params: Params) -> list[Obj]:
    """GetMyCommands."""
    return world.commands.get(_place(world, params), [])


def _place(world: World, params: Params) -> tuple[str, str]:
    """The key of a command list: its scope, in one spelling, and its language."""
    scope = params.mapping("scope") or _DEFAULT_SCOPE
    if "chat_id" in scope and scope["chat_id"] not in world.chats:
        raise bad_request("chat not found")
    return json.dumps(scope, sort_keys=True), _language(params)


def _language(params: Params) -> str:
    code = params.text("language_code")
    if code and not re.fullmatch("[a-z]{2}", code):
        raise bad_request("language code is invalid")
    return code


def setter_of(name: str, limit: int) -> Callable[[World, Params], bool]:
    """The method that sets one of the profile's texts, of at most `limit` characters."""

    def set_text(world: World, params: Params) -> bool:
        if len(params.text(name)) > limit:
            raise bad_request(f"{name.upper()}_TOO_LONG")
        world.descriptions[name, _language(params)] = params.text(name)
        return True

    return set_text
