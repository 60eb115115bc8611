"""Wrong codes: whoever types many waits before the next one is looked at, and coordinators are told.

Who that is stands here only as a keyed hash. It is decided in the database, so several nodes count together.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table as SqlTable
from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from backend.outbox import Item, Json, Priority
from backend.people import staff
from backend.people.model import WrongCodesRow
from backend.people.wrong_codes_rules import FORGOTTEN, LONGEST_PAUSE, WINDOW, pause_after, worth_telling
from backend.work import Work

_TABLE = cast("SqlTable", WrongCodesRow.__table__)
_BEGIN = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing(),
}


def _who(work: Work, *address: str) -> bytes:
    """The keyed hash of an address; of all together where none is named."""
    return work.vault.digest("wrong-codes", *address)


async def paused(work: Work, channel: str, sender: str) -> timedelta | None:
    """How long no code from this address is looked at yet, right or wrong; None if one may be."""
    query = select(WrongCodesRow.until).where(WrongCodesRow.who == _who(work, channel, sender))
    until = (await work.session.execute(query)).scalar()
    if until is None or until <= work.now:
        return None
    # Never longer than the longest pause: a clock that ran ahead for a while must not keep anybody out.
    return min(until - work.now, LONGEST_PAUSE)


async def note(work: Work, channel: str, sender: str) -> None:
    """A code from this address was wrong."""
    everybody, address = await _locked(work, _who(work), _who(work, channel, sender))
    if work.now - everybody.since >= WINDOW or everybody.since > work.now:
        everybody.count, everybody.since = 0, work.now
    everybody.count, everybody.at = everybody.count + 1, work.now
    if work.now - address.at >= FORGOTTEN:
        address.count = 0
    pause = pause_after(address.count + 1, overall=everybody.count)
    address.count, address.at, address.until = address.count + 1, work.now, work.now + pause
    if worth_telling(everybody.count, paused=bool(pause)) and _may_be_told(everybody, work.now):
        everybody.until = work.now + WINDOW
        await work.session.flush()
        await _tell(work, everybody.count)


def _may_be_told(everybody: WrongCodesRow, now: datetime) -> bool:
    """Once an hour at most; `until` of all together is when they may be told again."""
    return everybody.until <= now or everybody.until - now > WINDOW


async def _locked(work: Work, everybody: bytes, address: bytes) -> tuple[WrongCodesRow, WrongCodesRow]:
    """Both rows, made where there are none. That of all together first: whoever counts waits there."""
    begun = {"count": 0, "since": work.now, "at": work.now, "until": work.now}
    insert = _BEGIN[work.session.get_bind().dialect.name]
    rows = []
    for who in (everybody, address):
        await work.session.execute(insert, [{"who": who, **begun}])
        query = select(WrongCodesRow).where(WrongCodesRow.who == who).with_for_update()
        found = await work.session.execute(query.execution_options(populate_existing=True))
        rows.append(found.scalar_one())
    return rows[0], rows[1]


async def _tell(work: Work, count: int) -> None:
    """How many and from how many addresses; never which."""
    recent = select(func.count()).where(WrongCodesRow.at > work.now - WINDOW, WrongCodesRow.who != _who(work))
    addresses = (await work.session.execute(recent)).scalar_one()
    for person in await staff.with_role(work, "coordinator"):
        if person.party:
            facts: dict[str, Json] = {"key": "told-wrong-codes", "count": count, "addresses": addresses}
            work.put(Item(person.party, "told", facts, Priority.NOTICE))


async def forget_old(work: Work) -> None:
    """Addresses that typed nothing wrong for a day."""
    await work.session.execute(delete(WrongCodesRow).where(WrongCodesRow.at <= work.now - FORGOTTEN))
