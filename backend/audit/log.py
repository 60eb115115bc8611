"""What is noted in the audit log: every reading of a case's content, every export, every change of rights.

Lines are kept for as long as the database is: without its oldest line a chain can't be told from one that
was cut. They hold a reference, staff ids, a fixed word and a time, never content or a name, so they outlast
an erased case without saying what was in it.
"""

from __future__ import annotations

from typing import Literal

from backend.audit.chain import Noted
from backend.work import Work

Action = Literal[
    "read",
    "file",
    "export",
    "erase-asked",
    "erase-dropped",
    "erased",
    "sealed",
    "unsealed",
    "backup",
    "restored",
    "keys-rotated",
    "invited",
    "joined",
    "linked",
    "role",
    "revoked",
    "bound",
    "unbound",
    "restricted",
    "unrestricted",
    "audit-read",
]
"""`read`: words of the case were shown; `file`: a file of it was sent; `export`: more than one case's figures
or contents left the hotline. At most 16 letters."""

OPERATOR = "operator"
"""Whoever sits at the command line: the hotline can't tell who that is."""
HOTLINE = "hotline"
REPORTER = "reporter"


async def note(
    work: Work, actor: str, action: Action, *, reference: str | None = None, about: str | None = None
) -> None:
    """Note this in the transaction of the deed itself: it is written when `work` is committed, or not at all.

    `actor`: a staff id, or OPERATOR, HOTLINE, REPORTER; `about`: the id of the staff member whom it concerns.
    """
    work.noted.append(Noted(actor, action, reference, about))
