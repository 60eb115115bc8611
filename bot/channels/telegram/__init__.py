"""Telegram as a channel: long polling or a webhook in, the Bot API out.

`channel.TelegramChannel` puts the parts together; `settings` loads without the Telegram library.
"""
