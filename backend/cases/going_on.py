"""A reporter comes back to their case by its receipt; where that is safer, the case goes on there for good.

From then on all of it is protected as the new channel protects: nothing is said any more where it is less
safe, and what was about to be said there goes the other way.
"""

from __future__ import annotations

from sqlalchemy import select

from backend import outbox
from backend.cases import notices, rules
from backend.cases.records import Case, add_entry
from backend.outbox import Item, OutboxRow, Priority
from backend.people import reporters
from backend.people.reporters import Reporter
from backend.work import Work

ANSWERS = frozenset({"reply", "reply-file"})
"""What must not be lost on the way: everything else a reporter sees where they go on."""


async def come_back(work: Work, reporter: Reporter, case: Case) -> str | None:
    """This reporter's words go to the case from now on; the channel it was on, if this one is safer.

    A receipt may have been found by somebody else: the officer hears of each account that is new.
    """
    before = case.row.channel
    if await reporters.choose_case(work, reporter.id, case.row.id):
        if not case.is_sealed:  # opening a sealed one must not begin a new epoch
            add_entry(work, case, "came_back", author="reporter", channel=reporter.channel)
        await notices.came_back(work, case)
    if rules.may_show(reporter.channel, before):
        return None
    await work.session.flush()
    case.row.channel, case.row.touched_at = reporter.channel, work.now
    for other in await reporters.of_case(work, case.row.id):
        if not rules.may_show(reporter.channel, other.channel):
            await _take_along(work, case, other, reporter)
    return before


async def _take_along(work: Work, case: Case, left: Reporter, to: Reporter) -> None:
    """What waits to be said to `left`: answers go to `to`, and the rest isn't said."""
    waiting = (OutboxRow.party == left.id, OutboxRow.case_id == case.row.id, OutboxRow.state == "due")
    query = select(OutboxRow).where(*waiting).order_by(OutboxRow.number).with_for_update(skip_locked=True)
    for row in (await work.session.execute(query)).scalars():
        said = outbox.opened(row.id, row.body, left.key) if row.body else {}
        intent = str(said.pop("intent", ""))
        if intent in ANSWERS:
            work.put(Item(to.party, intent, said, Priority(row.priority), case.row.id, f"along:{row.id}"))
        row.state, row.body, row.settled_at = "unwanted", None, work.now
