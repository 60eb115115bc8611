"""What reporters say, step by step, and the two ways in which many of them come."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.messenger import Messenger

REPORT = (
    "/report",
    "да",
    "1",
    "Иван, 34 года",
    "1, 3",
    "Пришли в шесть утра, предъявили постановление, забрали технику и документы. Адвоката не пустили.",
    "2",
    "вчера вечером",
    "Казань",
    "1",
    "В отделении полиции, с утра",
    "2, 3",
    "Писать только сюда, не звонить",
)
"""Most of a report, typed: a command, choices by number and word, free text, a date, a region."""
SENDING = ("отправить сейчас",)
"""Puts the report before the staff, and brings the receipt."""
LEAVING = ("/cancel", "да")
"""Drops the draft, so that the same reporter can begin again."""

CHAT_SECONDS = 1.02
"""Between two messages to one chat: Telegram allows one a second, and the hotline keeps to that."""


@dataclass(frozen=True)
class Load:
    """How reporters come. `at_once`: so many speak in the same moment; their answers are waited for.

    `every`: seconds between one such group and the next.
    """

    name: str
    meaning: str
    at_once: int
    every: float


SURGE = Load("surge", "everybody at once in each step", 100, 0.0)
STEADY = Load("steady", "one after the other, 50 a second", 1, 0.02)


def walk(messenger: Messenger, people: Sequence[int], steps: Sequence[str], load: Load) -> int:
    """Let all of these people take all of these steps; returns how many messages answered them."""
    before = messenger.answered()
    said = 0
    for words in steps:
        began = time.monotonic()
        for start in range(0, len(people), load.at_once):
            group = people[start : start + load.at_once]
            messenger.say([(person, words) for person in group])
            said += len(group)
            _until(began + load.every * (start // load.at_once + 1))
        messenger.wait(before + said)
        _until(began + CHAT_SECONDS)
    return messenger.answered() - before


def _until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
