"""The floor: python-telegram-bot with its default backend, answering every text with the same text."""

from __future__ import annotations

import sys

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """Answer with what was said."""
    if update.message and update.message.text:
        await update.message.reply_text(update.message.text)


async def ready(_: object) -> None:
    """Tell whoever started this process."""
    print("ready", flush=True)


def main(token: str, url: str) -> None:
    """Poll and answer until stopped."""
    application = Application.builder().token(token).base_url(f"{url}/bot").post_init(ready).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling(allowed_updates=["message"])


if __name__ == "__main__":
    main(*sys.argv[1:])
