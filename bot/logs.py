"""The log: one line an event, with references, ids and classes of errors. Never content, never an address."""

from __future__ import annotations

import logging
import sys

import structlog

LIBRARIES = ("apscheduler", "aiosqlite", "sqlalchemy", "alembic", "asyncio", "aiohttp")


def set_up_logs() -> None:
    """Lines for a person on a terminal, JSON for everything else; to standard error."""
    terminal = sys.stderr.isatty()
    renderer = (
        structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries put what they were given into their records: statements, URLs, people's ids.
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.CRITICAL)
