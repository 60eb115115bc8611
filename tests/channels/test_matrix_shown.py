"""Buttons as numbers: which one a typed answer or a reaction means, and that a restart changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend import leases
from bot.channels.base import Button
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.shown import SHOWN, Press, Shown, numbered
from tests.backend.world import new_world

ROOM, OTHER = "!room:x", "!other:x"
NOTICE = (
    (Button("Принять", "s:ack:K7F3QX"), Button("Взять", "s:take:K7F3QX")),
    (Button("Подробности", "s:d"),),
)
HELD = ((Button("Отправить человеку", "s:send:1"), Button("Оставить заметкой", "s:keep:1")),)
QUESTION = ((Button("Да", "c:1:yes"), Button("Нет", "c:1:no")),)


@pytest_asyncio.fixture
async def memory(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Memory]:
    """Lend what a device remembers."""
    world = new_world(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'hotline.db')}", tmp_path)
    yield Memory(world.backend, "matrix", leases.sole("matrix"))
    await world.backend.database.close()


@pytest.fixture
def shown(memory: Memory) -> Shown:
    """Lend a device on which a notice stands, in a room."""
    made = Shown(memory, [])
    made.note(ROOM, "$notice", NOTICE)
    return made


def typed(
    shown: Shown, words: str, *, reply_to: str | None = None, thread: str = "", private: bool = True
) -> str:
    """What the words press; empty for nothing."""
    found = shown.pressed(ROOM, words, reply_to=reply_to, thread=thread, private=private)
    return found.data if found else ""


def test_numbers_go_through_all_rows() -> None:
    """As people count them; a message without words has only the list."""
    assert numbered("Новое обращение.", NOTICE) == "Новое обращение.\n\n1. Принять\n2. Взять\n3. Подробности"
    assert numbered("слова", ()) == "слова"


@pytest.mark.parametrize(
    ("words", "data"),
    [
        ("1", "s:ack:K7F3QX"),
        (" 2. ", "s:take:K7F3QX"),
        ("3)", "s:d"),
        ("4", ""),
        ("0", ""),
        ("принять", "s:ack:K7F3QX"),
        ("«Взять».", "s:take:K7F3QX"),
        ("подр", "s:d"),
        ("п", ""),
        ("звоню", ""),
        ("", ""),
    ],
)
def test_in_private_the_last_message_is_meant(shown: Shown, words: str, data: str) -> None:
    """By number, by the whole label, by the first letters of one."""
    assert typed(shown, words) == data


def test_in_a_room_only_answers_press(shown: Shown) -> None:
    """Colleagues chatter: without a reply or a thread, and by half a word, nothing is meant."""
    assert typed(shown, "1", private=False) == ""
    assert typed(shown, "1", reply_to="$notice", private=False) == "s:ack:K7F3QX"
    assert typed(shown, "подр", reply_to="$notice", private=False) == ""
    assert typed(shown, "1", reply_to="$unknown", private=False) == ""


def test_in_a_thread_its_last_question_is_meant(shown: Shown) -> None:
    """The notice that began it, until something was asked below."""
    assert typed(shown, "2", reply_to="$notice", thread="$notice", private=False) == "s:take:K7F3QX"
    shown.note(ROOM, "$held", HELD, thread="$notice")
    assert typed(shown, "2", reply_to="$notice", thread="$notice", private=False) == "s:keep:1"
    assert typed(shown, "2", reply_to="$notice", private=False) == "s:take:K7F3QX"


def test_a_guided_question_answers_for_itself(shown: Shown) -> None:
    """Below it, "1" is an answer to it, and presses nothing of what stands above."""
    shown.note(ROOM, "$question", QUESTION)
    assert typed(shown, "1") == ""
    shown.note(ROOM, "$held", HELD)
    assert typed(shown, "1") == "s:send:1"


def test_what_was_edited_away_can_not_be_pressed(shown: Shown) -> None:
    """Numbers mean what a message shows now; one without buttons, or taken back, means nothing."""
    shown.note(ROOM, "$notice", (NOTICE[1],))
    assert typed(shown, "1") == "s:d"
    shown.note(ROOM, "$notice", ())
    assert typed(shown, "1") == ""


@pytest.mark.parametrize(("reaction", "presses"), [("✅", True), ("✔️", True), ("👍", False), ("", False)])
def test_a_tick_acknowledges(shown: Shown, reaction: str, *, presses: bool) -> None:
    """Under a notice that can be acknowledged, and only a tick."""
    expected = Press("s:ack:K7F3QX", "$notice") if presses else None
    assert shown.acknowledged("$notice", reaction) == expected


def test_a_tick_presses_no_other_button(shown: Shown) -> None:
    """Not even the first of a question."""
    shown.note(ROOM, "$held", HELD)
    assert shown.acknowledged("$held", "✅") is None
    assert shown.acknowledged("$unknown", "✅") is None


async def test_it_survives_a_restart(shown: Shown, memory: Memory) -> None:
    """Also which of two messages came last."""
    shown.note(ROOM, "$held", HELD, thread="$notice")
    shown.note(OTHER, "$other", NOTICE)
    await memory.flush()
    again = Shown(memory, await memory.load(SHOWN))
    assert again.acknowledged("$notice", "✅") == Press("s:ack:K7F3QX", "$notice")
    assert typed(again, "2", reply_to="$notice", thread="$notice", private=False) == "s:keep:1"
    assert typed(again, "1") == "s:send:1"
