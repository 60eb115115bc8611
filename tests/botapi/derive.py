"""Makes `methods.json`, the table this server validates with, from a machine-readable Bot API description.

Run `python tests/botapi/derive.py PATH`, where PATH is such a description: an object with `version`,
`methods` and `types`, each entry with `fields` of `name`, `types` and `required`, unions with `subtypes`.
Only the methods and types named here are kept. A field whose every type lies outside of them is left out,
so the server refuses it: whoever starts using one adds its type here and derives again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

METHODS = [
    "getMe",
    "getUpdates",
    "setWebhook",
    "deleteWebhook",
    "getWebhookInfo",
    "setMyCommands",
    "deleteMyCommands",
    "getMyCommands",
    "setMyDescription",
    "setMyShortDescription",
    "sendMessage",
    "editMessageText",
    "editMessageReplyMarkup",
    "deleteMessage",
    "deleteMessages",
    "sendDocument",
    "sendPhoto",
    "sendVoice",
    "sendVideo",
    "sendAudio",
    "sendLocation",
    "sendChatAction",
    "answerCallbackQuery",
    "getFile",
    "getChat",
    "getChatMember",
    "leaveChat",
    "setMessageReaction",
]

TYPES = [
    "InputFile",
    "MessageEntity",
    "ReplyParameters",
    "LinkPreviewOptions",
    "InlineKeyboardMarkup",
    "InlineKeyboardButton",
    "ReplyKeyboardMarkup",
    "KeyboardButton",
    "ReplyKeyboardRemove",
    "ForceReply",
    "BotCommand",
    "BotCommandScope",
    "BotCommandScopeDefault",
    "BotCommandScopeAllPrivateChats",
    "BotCommandScopeAllGroupChats",
    "BotCommandScopeAllChatAdministrators",
    "BotCommandScopeChat",
    "BotCommandScopeChatAdministrators",
    "BotCommandScopeChatMember",
    "ReactionType",
    "ReactionTypeEmoji",
    "Update",
    "Message",
    "InaccessibleMessage",
    "MaybeInaccessibleMessage",
    "User",
    "Chat",
    "ChatFullInfo",
    "AcceptedGiftTypes",
    "CallbackQuery",
    "ChatMemberUpdated",
    "ChatMember",
    "ChatMemberOwner",
    "ChatMemberAdministrator",
    "ChatMemberMember",
    "ChatMemberRestricted",
    "ChatMemberLeft",
    "ChatMemberBanned",
    "PhotoSize",
    "Document",
    "Voice",
    "Video",
    "Audio",
    "Sticker",
    "Location",
    "File",
    "MessageOrigin",
    "MessageOriginUser",
    "MessageOriginHiddenUser",
    "WebhookInfo",
    "ResponseParameters",
]

PRIMITIVES = frozenset({"Integer", "String", "Boolean", "True", "Float"})


class Field(TypedDict):
    """A parameter or an object's field, as the description lists it."""

    name: str
    types: list[str]
    required: bool


class Entry(TypedDict, total=False):
    """A method or a type of the description."""

    fields: list[Field]
    subtypes: list[str]


class Shape(TypedDict):
    """What is kept of an entry: its required names, and each name with its permitted types."""

    required: list[str]
    fields: dict[str, list[str]]


class Description(TypedDict):
    """The parts of the description that are read."""

    version: str
    methods: dict[str, Entry]
    types: dict[str, Entry]


class Table(TypedDict):
    """The content of `methods.json`."""

    version: str
    methods: dict[str, Shape]
    types: dict[str, Shape]
    unions: dict[str, list[str]]


def _known(kind: str) -> bool:
    innermost = kind.removeprefix("Array of ").removeprefix("Array of ")
    return innermost in PRIMITIVES or innermost in TYPES


def _shape(entry: Entry) -> Shape:
    kept = {f["name"]: [kind for kind in f["types"] if _known(kind)] for f in entry.get("fields", [])}
    return {
        "required": [f["name"] for f in entry.get("fields", []) if f["required"]],
        "fields": {name: kinds for name, kinds in kept.items() if kinds},
    }


def derive(description: Description) -> Table:
    """The table of the methods and types that we use, in the order in which they are named above."""
    types = {name: description["types"][name] for name in TYPES}
    return {
        "version": description["version"],
        "methods": {name: _shape(description["methods"][name]) for name in METHODS},
        "types": {name: _shape(entry) for name, entry in types.items() if "subtypes" not in entry},
        "unions": {
            name: [subtype for subtype in entry["subtypes"] if subtype in TYPES]
            for name, entry in types.items()
            if "subtypes" in entry
        },
    }


def render(table: Table) -> str:
    """The table as JSON, one method or type a line: a new version of the API reads as a short diff."""
    sections: dict[str, Mapping[str, object]] = {
        "methods": table["methods"],
        "types": table["types"],
        "unions": table["unions"],
    }
    lines = [f'{{"version": {json.dumps(table["version"])}']
    for section, entries in sections.items():
        rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in entries.items())
        lines.append(f',\n"{section}": {{\n{rows}\n}}')
    return "".join(lines) + "}\n"


def main(path: str) -> None:
    """Write the table beside this script."""
    description: Description = json.loads(Path(path).read_text(encoding="utf-8"))
    Path(__file__).with_name("methods.json").write_text(render(derive(description)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
