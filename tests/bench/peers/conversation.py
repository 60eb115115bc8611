"""A guided conversation as the library offers it: `ConversationHandler`, its state in memory.

With a third argument, the path of an SQLite file, every step is committed before it is answered.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from telegram import Update
from telegram.ext import (
    Application,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

from tests.bench.peers.echo import ready

QUESTIONS = tuple(
    f"Вопрос {number}: расскажите, как вам удобно, или напишите «дальше»." for number in range(13)
)

Answer: TypeAlias = Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, int]]
Keep: TypeAlias = Callable[[int, int, object], None]


def asking(step: int, keep: Keep) -> Answer:
    """A handler that notes the answer to question `step` - 1 and asks question `step`."""

    async def ask(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        assert update.message is not None
        assert update.message.from_user is not None
        assert context.user_data is not None
        context.user_data[step] = update.message.text
        ended = step == len(QUESTIONS)
        keep(update.message.from_user.id, step, context.user_data)
        await update.message.reply_text("Спасибо, приняли." if ended else QUESTIONS[step])
        return ConversationHandler.END if ended else step + 1

    return ask


def forget(_person: int, _step: int, _answers: object) -> None:
    """Keep nothing beyond this process."""


def keeping(path: str) -> Keep:
    """One commit a step, with the same durability as the hotline's."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE standing (person INTEGER PRIMARY KEY, step INTEGER, answers TEXT)")

    def keep(person: int, step: int, answers: object) -> None:
        row = (person, step, json.dumps(answers, ensure_ascii=False))
        database.execute("INSERT OR REPLACE INTO standing VALUES (?, ?, ?)", row)

    return keep


def main(token: str, url: str, path: str = "") -> None:
    """Poll and converse until stopped."""
    keep = keeping(path) if path else forget
    text = filters.TEXT & ~filters.COMMAND
    steps = range(1, len(QUESTIONS) + 1)
    conversation = ConversationHandler(
        entry_points=[CommandHandler("report", asking(0, keep))],
        states={step: [MessageHandler(text, asking(step, keep))] for step in steps},
        fallbacks=[],
    )
    application = Application.builder().token(token).base_url(f"{url}/bot").post_init(ready).build()
    application.add_handler(conversation)
    application.run_polling(allowed_updates=["message"])


if __name__ == "__main__":
    main(*sys.argv[1:])
