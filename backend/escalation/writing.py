"""What the steps of many clocks come to, by one statement a table: entries, messages, clocks, counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import Table as SqlTable

from backend import outbox
from backend.bulk import Insert, Update, plain
from backend.cases import records
from backend.cases.model import CaseRow, EntryRow
from backend.escalation.model import CaseClockRow
from backend.escalation.rules import ASSIGNEE, Due
from backend.escalation.steps import Claimed, Decision
from backend.escalation.whom import Present
from backend.outbox import Item, Json, OutboxRow, Party, Priority
from backend.people.need_to_know import Circle
from backend.vault import keyring
from backend.vault.keys import CaseKey, new_id
from backend.vault.model import microseconds
from backend.work import Work

_ENTRIES = Insert(cast("SqlTable", EntryRow.__table__))
_MESSAGES = Insert(cast("SqlTable", OutboxRow.__table__), once="once")
_STEPS = Update(
    cast("SqlTable", CaseClockRow.__table__), "case_id", "step", "next_at", "decided_at", "snoozed"
)
_RECKONED = Update(cast("SqlTable", CaseClockRow.__table__), "case_id", "next_at")
_COUNTS = Update(cast("SqlTable", CaseRow.__table__), "id", "entries")
_ID, _ONCE, _CASE, _WHILE, _BODY = (
    _MESSAGES.columns.index(name) for name in ("id", "once", "case_id", "while", "body")
)


@dataclass(frozen=True, slots=True)
class Message:
    """What one party is told by steps of one kind: only case, mark and seal differ from row to row."""

    party: Party
    body: bytes
    row: list[object]


@dataclass(frozen=True, slots=True)
class Call:
    """Who is told by steps of one kind: the entry's plain content, and a message for each party."""

    entry: bytes
    messages: list[Message]
    is_revocable: bool
    """Whether nobody need hear of it any more once the clock has stopped."""


@dataclass
class Batch:
    """Steps that are decided and not written yet."""

    work: Work
    present: Present
    rooms: list[Party]
    circles: Mapping[str, Circle] = field(default_factory=dict)
    """Who may read which of the cases that are restricted."""
    calls: dict[tuple[object, ...], Call] = field(default_factory=dict)
    entries: list[tuple[object, ...]] = field(default_factory=list)
    messages: list[list[object]] = field(default_factory=list)
    steps: list[tuple[object, ...]] = field(default_factory=list)
    reckoned: list[tuple[object, ...]] = field(default_factory=list)
    counts: list[tuple[object, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = microseconds(self.work.now)

    def reckon(self, clock: Claimed, next_at: datetime | None) -> None:
        """No step: only the time of the next look changes."""
        self.reckoned.append((clock.case_id, plain(next_at)))

    def take(self, clock: Claimed, decision: Decision, step: Due) -> None:
        """The step is taken. Raises SealBroken, KeysMissing where the case's key can't be unwrapped."""
        call = self._call(clock, step)
        now, mark, entry_id = self.now, clock.mark, new_id()
        body = _key(self.work, clock).seal("case_entries", "body", entry_id, call.entry)
        self.entries.append((entry_id, clock.case_id, clock.entries, now, clock.channel, body))
        self.counts.append((clock.case_id, clock.entries + 1))
        self.steps.append((clock.case_id, step.number, plain(decision.next_at), now, False))
        once = f"{clock.case_id}:{mark}:{step.number}"
        for message in call.messages:
            row, row_id = message.row.copy(), new_id()
            row[_ID], row[_CASE], row[_WHILE] = row_id, clock.case_id, mark if call.is_revocable else None
            row[_ONCE] = self.work.vault.digest("once", f"{once}:{message.party.id}")
            row[_BODY] = message.party.key.seal("outbox", "body", row_id, message.body)
            self.messages.append(row)

    def _call(self, clock: Claimed, step: Due) -> Call:
        circle = self.circles.get(clock.case_id)
        kind = (clock.kind, step.number, step.last, clock.severity == "urgent", step.notify, circle)
        whose = clock.assignee if step.notify == ASSIGNEE else None
        found = self.calls.get((*kind, whose))
        if found is None:
            found = self.calls[*kind, whose] = self._new_call(clock, step, circle)
        return found

    def _new_call(self, clock: Claimed, step: Due, circle: Circle | None) -> Call:
        people = self.present.people(step.notify, assignee=clock.assignee)
        if circle is not None:
            people = self.present.within(circle, people, first=step.number == 1)
        own = [person.party for person in people if person.party]
        # If it is only the officer on the case who is reminded, the rooms needn't know.
        quietly = step.notify == ASSIGNEE and len(own) == 1
        if circle is not None:
            quietly = all(person.id in circle for person in people)
        entry = records.of_hotline(
            "escalated" if clock.kind in ("acknowledge", "first_reply") else "reminded",
            {"clock": clock.kind, "step": step.number, "to": [person.id for person in people]},
        )
        parties = own if quietly else [*self.rooms, *own]
        messages = [self._new_message(clock, step, party) for party in parties]
        return Call(entry, messages, is_revocable=clock.kind != "wait")

    def _new_message(self, clock: Claimed, step: Due, party: Party) -> Message:
        priority = Priority.URGENT if clock.severity == "urgent" else Priority.NOTICE
        said: dict[str, Json] = {"kind": clock.kind, "step": step.number, "last": step.last}
        item = Item(party, "escalated", said, priority)
        row = outbox.new_row(self.work.vault, item, self.work.now)
        return Message(party, outbox.plain(item), _MESSAGES.row(row))

    async def write(self) -> None:
        """Write it all, in the work's transaction."""
        session = self.work.session
        await _ENTRIES(session, self.entries)
        await _MESSAGES(session, self.messages)
        await _STEPS(session, self.steps)
        await _RECKONED(session, self.reckoned)
        await _COUNTS(session, self.counts)


def _key(work: Work, clock: Claimed) -> CaseKey:
    epoch, by, wrapped = clock.epoch or keyring.FIRST, clock.wrapping_key or "", clock.wrapped or b""
    return CaseKey(clock.case_id, epoch, work.vault.unwrap(clock.case_id, epoch, by=by, wrapped=wrapped))
