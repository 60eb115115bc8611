"""Keeping tokens, addresses and contents out of the log."""

from __future__ import annotations

import logging

_TALKATIVE = ("httpx", "httpcore", "telegram", "aiohttp", "httpx_aiohttp")


def quiet_loggers() -> None:
    """Silence the loggers of the libraries that this channel is made of, whatever the log level.

    httpx writes each URL, token included; the Telegram library writes whole requests, updates and
    answers that it can't read; aiohttp writes tracebacks of requests. What matters of it, this
    package logs itself, by error class.
    """
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)
