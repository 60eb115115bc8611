"""What can go wrong for an operator, in one line. Anything else is the program's mistake, and not hidden."""

from __future__ import annotations

import errno
import os

from asyncpg import PostgresError
from sqlalchemy.exc import DBAPIError

from backend.errors import (
    ArchiveRefused,
    CaseNotFound,
    CaseNotSealed,
    ConfigurationInvalid,
    HotlineError,
    IdentityUnreadable,
    IdentityWrong,
    KeysMissing,
    LastCoordinator,
    NameTaken,
    NoSuchStaff,
    SealBroken,
)
from backend.upgrade import DatabaseOutdated
from bot.cli.refusals import (
    AlreadyThere,
    HeadUnreadable,
    LogBroken,
    NameUnfit,
    NotFinished,
    PassphraseUnfit,
    TokenRefused,
)

FACTS = (
    IdentityUnreadable,
    ArchiveRefused,
    ConfigurationInvalid,
    KeysMissing,
    DatabaseOutdated,
    AlreadyThere,
    TokenRefused,
    NameUnfit,
    PassphraseUnfit,
    NotFinished,
    LogBroken,
    HeadUnreadable,
)
"""Errors whose own text is the sentence."""

STAFF: dict[type[HotlineError], str] = {
    CaseNotFound: "there is no case {reference}",
    CaseNotSealed: "{reference} isn't sealed: there is nothing to bring back",
    NameTaken: "somebody on the staff is called {name} already",
    NoSuchStaff: "nobody on the staff is called {name}; `hotline staff list` says who there is",
    LastCoordinator: "the only coordinator can't be revoked: invite another one first",
}

DATABASE = {
    "InvalidPasswordError": "it refuses the user or the password",
    "InvalidAuthorizationSpecificationError": "it refuses the user or the password",
    "InvalidCatalogNameError": "it has no database of that name",
    "TooManyConnectionsError": "it has too many connections already",
    "InsufficientPrivilegeError": "the user may not change tables there",
    "CannotConnectNowError": "it is starting or stopping",
}


def sentence(error: BaseException) -> str | None:
    """What to tell the operator; None where it is nothing that an operator can cause."""
    match error:
        case BaseExceptionGroup():
            return next(filter(None, map(sentence, error.exceptions)), None)
        case HotlineError():
            known = STAFF.get(type(error))
            return known.format(**error.facts) if known else None
        case IdentityWrong():
            return "the identity doesn't fit: it was sealed to others"
        case SealBroken():
            return "something in the database was changed from outside, or sealed by another key file"
        case DBAPIError() | PostgresError():
            return _of_database(error)
        case OSError():
            return _of_system(error)
        case UnicodeError():
            return "something that was typed or written is not text in UTF-8"
    return str(error) if isinstance(error, FACTS) else None


def _of_database(error: DBAPIError | PostgresError) -> str:
    """By class for PostgreSQL, whose own words may quote values; SQLite's speak of files and tables."""
    causes = [error, *_causes(error)]
    known = next((DATABASE[name] for name in map(_name, causes) if name in DATABASE), None)
    if known is None:
        deepest = causes[-1]
        known = str(deepest) if type(deepest).__module__ == "sqlite3" else _name(deepest)
    return f"database.url: the database can't be used: {known}"


def _causes(error: BaseException) -> list[BaseException]:
    cause = error.__cause__ or getattr(error, "orig", None)
    return [cause, *_causes(cause)] if cause is not None else []


def _name(error: BaseException) -> str:
    return type(error).__name__


def _of_system(error: OSError) -> str:
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else (error.strerror or _name(error))
    if error.errno in {errno.EADDRINUSE, errno.EADDRNOTAVAIL}:
        return f"nothing can be served there: {error.strerror or reason}"
    if error.filename is not None:
        return f"{error.filename}: {reason}"
    return f"database.url: the database doesn't answer: {reason}"
