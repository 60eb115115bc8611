"""The log: one line an event, with references, ids and classes of errors. Never content, never an address."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor

LIBRARIES = ("apscheduler", "aiosqlite", "sqlalchemy", "alembic", "asyncio", "aiohttp")


def set_up_logs() -> None:
    """Lines for a person on a terminal, JSON for everything else; to standard error."""
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    marks: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*marks, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _channels_too(renderer, marks)
    # Libraries put what they were given into their records: statements, URLs, people's ids.
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _channels_too(renderer: Processor, marks: list[Processor]) -> None:
    """Channels write to the standard library's log: the same lines are made of it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=marks))
    own = logging.getLogger("bot")
    own.handlers = [handler]
    own.propagate = False
    own.setLevel(logging.INFO)
