"""Keeping people's Matrix ids out of the log."""

from __future__ import annotations

import logging

_TALKATIVE = ("nio", "vodozemac", "peewee")


def quiet_loggers() -> None:
    """Silence the loggers of the library, whatever the log level: it writes ids of people, rooms and devices.

    What matters of it, this package logs itself, by error class.
    """
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)
