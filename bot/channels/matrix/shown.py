"""Buttons as numbered lines, and which button a typed answer or a reaction means.

A guided question reads typed answers itself, in every language; all other buttons are remembered here until
they are pressed, edited away or old, also over restarts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from backend.devices import Remembered
from bot.channels.base import ACKNOWLEDGE, QUESTION, Button
from bot.channels.matrix.memory import Memory

SHOWN = "shown"
KEPT = timedelta(days=90)
"""As long as messages in staff chats can be answered."""

TICKS = frozenset({"✅", "✔", "☑"})
"""Reactions that acknowledge, without the mark that asks for them in colour."""
_COLOUR = "\ufe0f"
_NUMBER = re.compile(r"\s*(\d{1,2})\s*[.)]?\s*", re.ASCII)
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_SHORTEST = 2
"""Letters that may stand for a label: one would be a slip of the finger."""

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was meant, and the message under which it stands."""

    data: str
    message: str


@dataclass(frozen=True, slots=True)
class _Message:
    room: str
    thread: str
    buttons: tuple[Button, ...]
    """Empty for a guided question: it reads its answers itself, and hides what stands above it."""


def numbered(text: str, rows: Rows) -> str:
    """The text with its buttons under it, numbered through all rows."""
    lines = [f"{number}. {button.label}" for number, button in enumerate(_all(rows), start=1)]
    return "\n\n".join(part for part in (text, "\n".join(lines)) if part)


def _all(rows: Rows) -> Iterator[Button]:
    return (button for row in rows for button in row)


class Shown:
    """The messages with buttons that stand in rooms."""

    def __init__(self, memory: Memory, remembered: Iterable[Remembered]) -> None:
        self._memory = memory
        self._messages: dict[str, _Message] = {}
        for each in remembered:
            room, thread, *buttons = json.loads(each.value)
            self._messages[each.name] = _Message(room, thread, tuple(Button(*pair) for pair in buttons))

    def note(self, room: str, message: str, rows: Rows, *, thread: str = "") -> None:
        """This message shows these buttons now, or none (any more)."""
        buttons = tuple(_all(rows))
        asked = bool(buttons) and all(button.data.startswith(QUESTION) for button in buttons)
        if asked and not any(each.room == room for each in self._messages.values()):
            return
        if not buttons:
            self.forget(message)
            return
        found = _Message(room, thread, () if asked else buttons)
        if self._messages.get(message) != found:
            if asked:
                self._supersede(room)
            self._messages[message] = found
            pairs = [[button.label, button.data] for button in found.buttons]
            self._memory.put(SHOWN, message, json.dumps([room, thread, *pairs]))

    def _supersede(self, room: str) -> None:
        """Of guided questions only the last one counts: older marks of them are dropped."""
        old = [name for name, each in self._messages.items() if each.room == room and not each.buttons]
        for name in old:
            self.forget(name)

    def thread_of(self, message: str) -> str:
        """The thread in which a message stands, as far as it shows buttons."""
        found = self._messages.get(message)
        return found.thread if found else ""

    def forget(self, message: str) -> None:
        """The message is gone, or shows no buttons any more."""
        if self._messages.pop(message, None):
            self._memory.drop(SHOWN, message)

    def forget_room(self, room: str) -> None:
        """We left it."""
        for name in [name for name, each in self._messages.items() if each.room == room]:
            self.forget(name)

    def acknowledged(self, message: str, reaction: str) -> Press | None:
        """The button that a ✅ under this message presses, if it has one."""
        found = self._messages.get(message)
        if found is None or reaction.removesuffix(_COLOUR) not in TICKS:
            return None
        acknowledge = (each for each in found.buttons if each.data.startswith(ACKNOWLEDGE))
        return next((Press(each.data, message) for each in acknowledge), None)

    def pressed(
        self, room: str, words: str, *, reply_to: str | None, thread: str, private: bool
    ) -> Press | None:
        """The button that these words mean.

        An answer to a message means one of its buttons, words in a thread one of the last in it. Elsewhere
        words mean the last buttons of a private room, and nothing in a room of several: people chat there.
        """
        name = self._meant(room, reply_to, thread=thread, private=private)
        if name is None:
            return None
        loosely = private and not reply_to
        data = _chosen(words, self._messages[name].buttons, loosely=loosely)
        return Press(data, name) if data else None

    def _meant(self, room: str, reply_to: str | None, *, thread: str, private: bool) -> str | None:
        if reply_to in self._messages and reply_to != thread:
            return reply_to
        if reply_to and not thread:
            return None
        last_first = reversed(self._messages.items())
        if thread:
            own = (name for name, each in last_first if thread in (each.thread, name))
            return next(own, None)
        in_room = (name for name, each in last_first if each.room == room)
        return next(in_room, None) if private else None


def _chosen(words: str, buttons: tuple[Button, ...], *, loosely: bool) -> str | None:
    """By number, by the whole label, or `loosely` by the first letters of one label."""
    if found := _NUMBER.fullmatch(words):
        place = int(found[1]) - 1
        return buttons[place].data if 0 <= place < len(buttons) else None
    wanted = _plain(words)
    exact = [each.data for each in buttons if wanted and _plain(each.label) == wanted]
    if exact or not loosely or len(wanted) < _SHORTEST:
        return exact[0] if exact else None
    begun = [each.data for each in buttons if _plain(each.label).startswith(wanted)]
    return begun[0] if len(begun) == 1 else None


def _plain(words: str) -> str:
    return " ".join(_EDGES.sub("", words).casefold().replace("ё", "е").split())
