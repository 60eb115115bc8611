"""The log: one line an event, with references, ids and classes of errors. Never content, never an address.

Whoever writes a line takes care of that; here it is seen to once more, for the line that somebody will write
without care: a field or word that isn't of a known kind is withheld, and of an error nobody has caught only
classes and places are told, for its text may quote what a person wrote.
"""

from __future__ import annotations

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor

LIBRARIES = ("apscheduler", "aiosqlite", "sqlalchemy", "alembic", "asyncio", "aiohttp")

WITHHELD = "withheld"
FIELDS = frozenset(
    (
        "case", "channel", "checks", "due", "error", "event",
        "failures", "fence", "fences", "file", "level",
        "node", "party", "reporter", "role", "row", "seconds", "size", "timestamp", "tries",
    )
)  # fmt: skip
"""What a line may tell: our own ids, classes, and how much of something."""
_WORD = re.compile(r"[A-Za-z0-9_.:+-]{1,64}|HTTP [0-9]{3}")
_SENTENCE = re.compile(r"(?!.*\d{6})[A-Za-z0-9_.,:;()' -]{1,200}")
"""Plain English without a long number: chats and people have those."""


def set_up_logs() -> None:
    """Lines for a person on a terminal, JSON for everything else; to standard error."""
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    marks: list[Processor] = [
        withheld,
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


def withheld(_logger: object, _method: str, event: EventDict) -> EventDict:
    """The same line without anything that isn't of a known kind; tracebacks carry what people wrote."""
    # What begins with an underscore is structlog's own, and isn't printed.
    own = {name: value for name, value in event.items() if name.startswith("_")}
    told = {name: _harmless(name, value) for name, value in event.items() if name in FIELDS}
    more = {"fields": WITHHELD} if event.keys() - own.keys() - FIELDS else {}
    return {**own, **told, **more}


def _harmless(name: str, value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset):
        return [_harmless(name, each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    pattern = _SENTENCE if name == "event" else _WORD
    return value if isinstance(value, str) and pattern.fullmatch(value) else WITHHELD
