"""Chats taken back: which messages go in which calls, and what is said where a messenger keeps some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from backend.claims import Claimed
from backend.outbox import Item, Json, Party, Priority
from backend.people import posted
from backend.people.posted import Purpose
from backend.work import Work
from bot.channels.base import Limits, Remove
from bot.recipients import Recipient

IN_ONE_ROW = 100
"""Messages that one row of the outbox takes back; the next row begins when these are gone."""
GOING: tuple[Purpose, ...] = ("going",)
OF_REPORTERS: tuple[Purpose, ...] = ("chat", "going")
OF_STAFF: tuple[Purpose, ...] = ("notice", "handover", "mention", "chat", "going")


@dataclass(frozen=True, slots=True)
class Standing:
    """A message that is to go, sent `at`, remembered under `row`, as far as either is known."""

    chat: str
    message: str
    at: datetime | None = None
    row: str | None = None


@dataclass(frozen=True, slots=True)
class Cleared:
    """The calls, and the rows of messages that are gone once they are made."""

    calls: tuple[Remove, ...]
    rows: tuple[str, ...]


async def clear(
    work: Work, row: Claimed, recipient: Recipient, params: Mapping[str, Json], *, limits: Limits
) -> Cleared:
    """What this row of the outbox takes back, newest first; what is left after it follows in another row."""
    going = await _going(work, row, recipient, params, limits=limits)
    unsure = [each for each in going if each.message == posted.UNKNOWN]
    late = [each for each in going if not _in_time(each, limits, work.now)]
    staying = [*unsure, *late]
    if staying:
        await posted.forget(work, [each.row for each in staying if each.row])
    if staying and "quiet" not in params:
        say_what_stays(work, recipient.party, sure=late != [])
    gone = [each for each in going if each not in staying]
    return Cleared(_removals(gone, limits=limits, tx=row.id), tuple(each.row for each in gone if each.row))


async def _going(
    work: Work, row: Claimed, recipient: Recipient, params: Mapping[str, Json], *, limits: Limits
) -> list[Standing]:
    if "messages" in params:
        return list(_carried(params["messages"]))
    party, within = recipient.party, limits.removes_within
    # Colleagues' messages are remembered for longer: what is too old to go isn't asked about each time.
    since = work.now - within if within and party.kind == "staff" else None
    found = await posted.going(
        work, party, purposes=_purposes(party, params), since=since, limit=IN_ONE_ROW + 1
    )
    if len(found) > IN_ONE_ROW:
        again = {name: value for name, value in params.items() if name != "intent"}
        work.put(Item(party, "clear", again, Priority(row.priority)))
    return [Standing(each.chat, each.message, each.at, each.id) for each in found[:IN_ONE_ROW]]


def _purposes(party: Party, params: Mapping[str, Json]) -> tuple[Purpose, ...]:
    if "all" not in params:
        return GOING
    return OF_STAFF if party.kind == "staff" else OF_REPORTERS


def _carried(messages: Json) -> Iterator[Standing]:
    for each in messages if isinstance(messages, list) else ():
        match each:
            case [str(chat), str(message), int(at)]:
                yield Standing(chat, message, datetime.fromtimestamp(at, UTC))
            case [str(chat), str(message)]:
                yield Standing(chat, message)


def _in_time(each: Standing, limits: Limits, now: datetime) -> bool:
    """Whether the messenger may still take it back."""
    span = limits.removes_within
    return span is None or each.at is None or now - each.at < span


def _removals(going: Sequence[Standing], *, limits: Limits, tx: str) -> tuple[Remove, ...]:
    """As few calls as the messenger lets."""
    chats = dict.fromkeys(each.chat for each in going)
    calls: list[Remove] = []
    for chat in chats:
        messages = list(dict.fromkeys(each.message for each in going if each.chat == chat))
        for start in range(0, len(messages), limits.removes):
            first, *more = messages[start : start + limits.removes]
            calls.append(Remove(chat, first, f"{tx}.{len(calls)}", tuple(more)))
    return tuple(calls)


def say_what_stays(work: Work, party: Party, *, sure: bool = True) -> None:
    """Some of it can't be taken back by us, but by the person: they are told how, once a day at most.

    `sure`: that it stands there; else it only may.
    """
    key = "told-kept-telegram" if party.channel == "telegram" else "told-kept"
    key = key if sure else "told-kept-maybe"
    once = f"kept:{party.id}:{work.now.date()}"
    work.put(Item(party, "told", {"key": key}, Priority.REPLY, once=once))
