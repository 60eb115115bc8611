"""Reading JSON that anybody may have written: whatever isn't of the kind that is asked for is empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
Tree: TypeAlias = Mapping[str, Json]


def at(tree: Json, *keys: str) -> Json:
    """What stands under these keys, None if nothing does."""
    for key in keys:
        if not isinstance(tree, Mapping):
            return None
        tree = tree.get(key)
    return tree


def text(tree: Json, *keys: str) -> str:
    """The text there. JSON may bring half a surrogate pair, which can't be encoded: that is replaced."""
    found = at(tree, *keys)
    if not isinstance(found, str):
        return ""
    return found if found.isascii() else found.encode(errors="replace").decode()


def table(tree: Json, *keys: str) -> Tree:
    """The object there."""
    found = at(tree, *keys)
    return found if isinstance(found, Mapping) else {}


def items(tree: Json, *keys: str) -> Sequence[Json]:
    """The array there."""
    found = at(tree, *keys)
    return found if isinstance(found, list) else []


def number(tree: Json, *keys: str) -> int | None:
    """The whole number there. A truth value is none, though Python counts it as one."""
    found = at(tree, *keys)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
