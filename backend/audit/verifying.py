"""Whether the past was rewritten: the whole chain walked through, and held against heads that were posted.

A line or a head row that was changed, added, removed or moved shows without any posted head, to whoever has
the keys. That somebody with the keys made a whole other chain shows only against the posted heads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Row, TypeDecorator, bindparam, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import NullType

from backend.audit import chain
from backend.audit.chain import NOTHING, Head, Noted
from backend.audit.model import AuditRow
from backend.cases.codes import ALPHABET, dictated
from backend.vault.keys import Vault

PAGE = 2000
"""Lines that are read at a time: memory stays flat, however long the log."""
_POSTED = re.compile(r"(\d{1,15})\s*:\s*(.*)", re.DOTALL | re.ASCII)

Fault = Literal["changed", "missing", "added", "end", "rewritten", "shorter"]
"""`end`: the head row doesn't fit, so lines may have been cut off behind the last. Against a posted head:
`rewritten`, the line isn't what it was then; `shorter`, the log doesn't go so far any more."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A head as it was posted: `letters` as they are compared."""

    number: int
    letters: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`head`: the last line up to which all fits; `first`: the number that comes next, and doesn't fit."""

    head: Head
    first: int | None = None
    fault: Fault | None = None


def posted(typed: str) -> Posted | None:
    """A head as somebody types it from a message; None if it isn't one."""
    found = _POSTED.fullmatch(typed.strip())
    letters = dictated(found[2]) if found else ""
    known = len(letters) == chain.LETTERS and set(letters) <= set(ALPHABET)
    return Posted(int(found[1]), letters) if found and known else None


async def verify(
    session: AsyncSession,
    vault: Vault,
    *,
    heads: Collection[Posted] = (),
    advance: Callable[[int], None] = lambda _: None,
) -> Verdict:
    """Walk through the whole chain, in a session that sees one moment; `advance` hears how many are done."""
    letters: dict[int, set[str]] = {}
    for each in heads:
        letters.setdefault(each.number, set()).add(each.letters)
    head, after = Head(0, NOTHING), _BEFORE_ALL
    while rows := (await session.execute(_NEXT, {"after": after})).all():
        for row in rows:
            found = _next(vault, head, row)
            if not isinstance(found, Head):
                return Verdict(head, head.number + 1, found)
            if letters.get(found.number, set()) - {found.letters}:
                return Verdict(head, found.number, "rewritten")
            head = found
        after = head.number
        advance(len(rows))
    return await _at_the_end(session, vault, head, letters)


def _next(vault: Vault, head: Head, row: _Line) -> Head | Fault:
    """The line that comes after `head`, or what is wrong with it."""
    if row.number != head.number + 1:
        return "missing" if isinstance(row.number, int) and row.number > head.number else "added"
    link = _link(vault, head.link, row)
    return "changed" if link is None or row.link != link else Head(row.number, link)


def _link(vault: Vault, before: bytes, row: _Line) -> bytes | None:
    """What the line's link must be; None for what the hotline never writes."""
    texts = (row.actor, row.action, *(text for text in (row.reference, row.about) if text is not None))
    if not (isinstance(row.at, int) and all(isinstance(text, str) for text in texts)):
        return None
    noted = Noted(row.actor, row.action, row.reference, row.about)
    return chain.link(vault, before, number=row.number, at=row.at, noted=noted)


async def _at_the_end(
    session: AsyncSession, vault: Vault, head: Head, letters: Mapping[int, set[str]]
) -> Verdict:
    if not await chain.is_sealed(session, vault, head):
        return Verdict(head, head.number + 1, "end")
    if any(number > head.number for number in letters):
        return Verdict(head, head.number + 1, "shorter")
    return Verdict(head)


async def count(session: AsyncSession) -> int:
    """How many lines there are to walk through."""
    return (await session.execute(select(func.count()).select_from(AuditRow))).scalar_one()


class _AsItStands(TypeDecorator[object]):
    """Whatever the column holds, unread."""

    impl = NullType
    cache_ok = True


_BEFORE_ALL = -(2**63)
_Line = Row[int, str, str, str | None, str | None, object, object]
_NEXT = (
    select(
        AuditRow.number,
        AuditRow.actor,
        AuditRow.action,
        AuditRow.reference,
        AuditRow.about,
        # As they stand there: what was changed may be no time and no bytes at all.
        type_coerce(AuditRow.link, _AsItStands()).label("link"),
        type_coerce(AuditRow.at, _AsItStands()).label("at"),
    )
    .where(AuditRow.number > bindparam("after"))
    .order_by(AuditRow.number)
    .limit(PAGE)
)
