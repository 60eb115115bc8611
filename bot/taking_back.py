"""Destroying a case for the staff or an operator: with what stands in chats, as far as messengers let.

What the reporter does themselves is `bot.effects`' business; here nobody takes a draft or another case from
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.cases import erasure
from backend.cases.model import CaseRow
from backend.messengers import TAKES_BACK
from backend.people import posted, reporters
from backend.people.reporters import Reporter
from backend.work import Work
from bot.conversation import codec
from bot.flows.flow import DRAFTS


@dataclass(frozen=True, slots=True)
class Left:
    """What erasing does not reach.

    `staff`: messages in staff chats that the messenger may keep; `reporter`: whether the reporter's own chat
    holds older ones; `busy`: it is left alone, for they have something else with the hotline; `backups`:
    when the last backup that may hold the case expires, None where none is made.
    """

    staff: int
    reporter: bool
    busy: bool
    backups: datetime | None


async def destroy(work: Work, row: CaseRow, *, by: str) -> Left:
    """Destroy the case, and clear the chats of its reporters (see `reporters.hold_of_case`)."""
    was_hidden, opened_at = row.hidden_at is not None, row.opened_at
    people = await reporters.of_case(work, row.id)
    kept = await _too_old(work, row.id)
    await erasure.destroy_row(work, row, by=by)
    await work.session.flush()
    # Of a case that was taken back the chats were cleared then, and what stands there now is something else.
    busy = [person for person in people if was_hidden or not await _cleared(work, person)]
    older = any(work.now - opened_at > TAKES_BACK.get(person.channel, timedelta.max) for person in people)
    backup = work.settings.backup
    until = work.now + backup.kept if backup.recipients else None
    return Left(kept, reporter=older, busy=bool(busy) and not was_hidden, backups=until)


async def _too_old(work: Work, case_id: str) -> int:
    """How many messages about the case stand in staff chats that the messenger may not remove any more."""
    count = 0
    for channel, within in TAKES_BACK.items():
        count += await posted.count_older(work, case_id, channel=channel, than=work.now - within)
    return count


async def _cleared(work: Work, reporter: Reporter) -> bool:
    """Take back what stands in their chat, unless they have another case or are telling of something now."""
    conversation = await reporters.conversation_of(work, reporter)
    state = codec.decode(conversation) if conversation else None
    drafting = state is not None and (state.flow in DRAFTS or bool(state.resume))
    if drafting or await erasure.cases_of(work, reporter):
        return False
    await erasure.clear_chat(work, reporter)
    return True
