"""The chain of the audit log: how lines are bound together and written, one after another.

Format (version 1), so that another program can read it. `‖` joins, 0x1f separates, all text is UTF-8;
the keyed hash is HMAC-SHA256 under the key file's look-up key, cut to 16 bytes (`backend.vault.keys`).
  link of line n = keyed hash("audit/1" ‖ 0x1f ‖ link of line n-1 ‖ 0x1f ‖ number ‖ 0x1f ‖ at ‖ 0x1f ‖ actor
                   ‖ 0x1f ‖ action ‖ 0x1f ‖ reference ‖ 0x1f ‖ about)
      links in lower-case hexadecimal, that before the first line 32 zeros; number and at (microseconds
      since 1970 in UTC) in decimal; reference and about with "=" before them, and empty if there is none
  seal of the head = keyed hash("audit-head/1" ‖ 0x1f ‖ number ‖ 0x1f ‖ link), of the last line
  head, to compare = number ‖ ":" ‖ the link's first 80 bits as 16 letters, five bits each, most significant
                   first, of ABCDEFGHJKLMNPQRSTUVWXYZ23456789, in groups of four with hyphens

Who could rewrite it? Somebody with the database alone can't make a single link or seal: every change,
insertion, removal and reordering is found, and so is a chain cut short, unless they kept a copy of an older
head row. Somebody with the database and the keys can make them all; they can't change what was posted to
the coordinators every day, and the chain they made doesn't lead to the heads that were posted.

The head row is taken last in a transaction, after everything else was written, and held only until it
commits: nothing is waited for under it, so no deadlock can pass through it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table as SqlTable
from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.model import AuditHeadRow, AuditRow
from backend.cases.codes import ALPHABET
from backend.vault.keys import Vault
from backend.vault.model import microseconds

HEAD = 1
"""The id of the one head row."""
NOTHING = bytes(16)
"""The link before the first line."""
LETTERS = 16
_HEAD_TABLE = cast("SqlTable", AuditHeadRow.__table__)
_TABLE = cast("SqlTable", AuditRow.__table__)
_MAKE_HEAD = {
    "sqlite": sqlite.insert(_HEAD_TABLE).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_HEAD_TABLE).on_conflict_do_nothing(),
}
_AT_HEAD = _HEAD_TABLE.c.id == HEAD
_HEAD = select(_HEAD_TABLE.c.number, _HEAD_TABLE.c.link).where(_AT_HEAD)
_SEALED_HEAD = select(_HEAD_TABLE.c.number, _HEAD_TABLE.c.link, _HEAD_TABLE.c.seal).where(_AT_HEAD)
_TAKE_HEAD = _HEAD.with_for_update()


@dataclass(frozen=True, slots=True)
class Noted:
    """What a transaction has to add to the log when it ends."""

    actor: str
    action: str
    reference: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: the last line's number (0: nothing was noted yet) and link."""

    number: int
    link: bytes

    @property
    def letters(self) -> str:
        """The link's first 80 bits, as letters that aren't mistaken for each other."""
        bits = int.from_bytes(self.link[: LETTERS * 5 // 8], "big")
        return "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(LETTERS)))

    def short(self) -> str:
        """The head as people compare it, such as `1234:K7F2-3QXA-BCDE-FGHJ`."""
        letters = self.letters
        return f"{self.number}:" + "-".join(letters[start : start + 4] for start in range(0, LETTERS, 4))


def link(vault: Vault, before: bytes, *, number: int, at: int, noted: Noted) -> bytes:
    """What binds a line to the one whose link is `before`. `at`: microseconds since 1970 in UTC."""
    named = ("" if text is None else f"={text}" for text in (noted.reference, noted.about))
    return vault.digest("audit/1", before.hex(), str(number), str(at), noted.actor, noted.action, *named)


def seal(vault: Vault, head: Head) -> bytes:
    """What the head row is believed by."""
    return vault.digest("audit-head/1", str(head.number), head.link.hex())


async def append(session: AsyncSession, vault: Vault, noted: Sequence[Noted], *, now: datetime) -> None:
    """Add these lines, in this order. Nothing else may be written in this transaction afterwards."""
    await session.flush()
    head, at = await _taken(session, vault), microseconds(now)
    lines: list[Mapping[str, object]] = []
    for each in noted:
        number = head.number + 1
        head = Head(number, link(vault, head.link, number=number, at=at, noted=each))
        what = {"actor": each.actor, "action": each.action, "reference": each.reference, "about": each.about}
        lines.append({"number": number, "at": now, **what, "link": head.link})
    await session.execute(insert(_TABLE), lines)
    moved = {"number": head.number, "link": head.link, "seal": seal(vault, head)}
    await session.execute(update(_HEAD_TABLE).where(_AT_HEAD).values(moved))


async def head(session: AsyncSession) -> Head:
    """Where the chain ends now."""
    row = (await session.execute(_HEAD)).one_or_none()
    return await _last_line(session) if row is None else Head(row.number, row.link)


async def is_sealed(session: AsyncSession, vault: Vault, expected: Head) -> bool:
    """Whether the head row says that the chain ends at `expected`, and can be believed."""
    row = (await session.execute(_SEALED_HEAD)).one_or_none()
    if row is None:
        return expected.number == 0
    return (row.number, row.link, row.seal) == (expected.number, expected.link, seal(vault, expected))


async def _taken(session: AsyncSession, vault: Vault) -> Head:
    """The head, held until this transaction ends: others who note something come after it."""
    row = (await session.execute(_TAKE_HEAD)).one_or_none()
    if row is None:
        begun = await _last_line(session)
        made = {"id": HEAD, "number": begun.number, "link": begun.link, "seal": seal(vault, begun)}
        await session.execute(_MAKE_HEAD[session.get_bind().dialect.name], [made])
        row = (await session.execute(_TAKE_HEAD)).one()
    return Head(row.number, row.link)


async def _last_line(session: AsyncSession) -> Head:
    """Where to begin without a head row: at the beginning, or after what a vandal left."""
    query = select(_TABLE.c.number, _TABLE.c.link).order_by(_TABLE.c.number.desc()).limit(1)
    row = (await session.execute(query)).one_or_none()
    return Head(0, NOTHING) if row is None else Head(row.number, row.link)
