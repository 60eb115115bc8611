"""What goes from reporters' chats by itself (`privacy.vanish`), and at once where they say `/burn`.

A conversation that is over (sent, cancelled, had its day) goes when nothing was said for that long; of an
open draft nothing goes but what soon couldn't be taken back any more. The case isn't touched by any of it.

Decided in the database: the messages are marked as going in the transaction that puts `clear` into the
outbox, and are looked up when it is sent, after whatever was under way to that chat. So nothing that was
sent is left out, whoever is killed when; and a messenger is asked once or twice, which is the same.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table as SqlTable
from sqlalchemy import bindparam, case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from backend import outbox
from backend.outbox import Item, Json, Party, Priority
from backend.people import posted, reporters
from backend.people.model import ConversationRow, ReporterRow, VanishingRow
from backend.people.reporters import Reporter
from backend.people.staff import Staff
from backend.work import Work

AT_ONCE = 200
CLEAR = "clear"
"""The intent: what is going from a chat is taken back. `all`: whatever else stands there, too."""

_TABLE = cast("SqlTable", VanishingRow.__table__)


def _writing(insert: Any, *, later_only: bool) -> Any:  # noqa: ANN401 - either dialect's own
    statement = insert(_TABLE)
    new = statement.excluded.at
    at = case((_TABLE.c.at > new, _TABLE.c.at), else_=new) if later_only else new
    return statement.on_conflict_do_update(index_elements=["reporter_id"], set_={"at": at})


_DIALECTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_SET = {name: _writing(insert, later_only=False) for name, insert in _DIALECTS.items()}
_PUT_OFF = {name: _writing(insert, later_only=True) for name, insert in _DIALECTS.items()}
# Built once: it is asked every second, and putting a statement together costs as much as running it.
_ANY_DUE = select(VanishingRow.reporter_id).where(VanishingRow.at <= bindparam("now")).limit(1)


async def ended(work: Work, reporter_ids: Collection[str]) -> None:
    """These people said something, and no report of theirs is being written: their chats go in time."""
    await _write(work, _SET, reporter_ids)


async def went_on(work: Work, reporter_ids: Collection[str]) -> None:
    """Something was said to these people now that they have to have time to read."""
    await _write(work, _PUT_OFF, reporter_ids)


async def _write(work: Work, statements: dict[str, Any], reporter_ids: Collection[str]) -> None:
    span = work.settings.privacy.vanish
    if span is None or not reporter_ids:
        return
    # In one order, so that of two who write the same rows neither waits for the other.
    rows = [{"reporter_id": each, "at": work.now + span} for each in sorted(set(reporter_ids))]
    await work.session.execute(statements[work.session.get_bind().dialect.name], rows)


# ── In time ─────────────────────────────────────────────────────────────────────────────────────


async def anything_due(work: Work) -> bool:
    """Whether a chat is to vanish. One look at a small index."""
    return (await work.session.execute(_ANY_DUE, {"now": work.now})).scalar() is not None


async def next_due(work: Work) -> datetime | None:
    """When the next chat is to vanish."""
    return (await work.session.execute(select(func.min(VanishingRow.at)))).scalar()


async def run_due(work: Work) -> None:
    """Chats whose time has come; of those in which a report is being written what was there before it."""
    query = (
        select(ReporterRow.id, ConversationRow.draft_since)
        .join(VanishingRow, VanishingRow.reporter_id == ReporterRow.id)
        .outerjoin(ConversationRow, ConversationRow.reporter_id == ReporterRow.id)
        .where(VanishingRow.at <= work.now)
        .order_by(VanishingRow.at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=ReporterRow)
    )
    due = [(row.id, row.draft_since) for row in await work.session.execute(query)]
    going = await posted.let_go(work, [each for each, draft_since in due if draft_since is None])
    for each, draft_since in due:
        if draft_since is not None:
            going |= await posted.let_go(work, [each], before=draft_since)
    await _clear(work, going)
    done = VanishingRow.reporter_id.in_([each for each, _ in due])
    await work.session.execute(delete(VanishingRow).where(done, VanishingRow.at <= work.now))


async def heed_age(work: Work) -> None:
    """What messengers soon won't take back goes, whatever goes on in its chat; for once a minute."""
    if work.settings.privacy.vanish is None:
        return
    reporter_ids = await posted.grown_old(work, limit=AT_ONCE)
    if reporter_ids:
        just_old = work.now - posted.KEPT + timedelta(microseconds=1)
        await _clear(work, await posted.let_go(work, reporter_ids, before=just_old))


async def forget_strays(work: Work) -> None:
    """Times of chats whose reporters are gone: written while they were being forgotten."""
    gone = VanishingRow.reporter_id.not_in(select(ReporterRow.id))
    await work.session.execute(delete(VanishingRow).where(gone, VanishingRow.at <= work.now))


async def _clear(work: Work, reporter_ids: Collection[str]) -> None:
    if reporter_ids:
        for reporter in await reporters.by_ids(work, sorted(reporter_ids)):
            work.put(Item(reporter.party, CLEAR, {}, Priority.UPDATE))


# ── At once ─────────────────────────────────────────────────────────────────────────────────────


async def burn(work: Work, reporter: Reporter) -> None:
    """Everything in this chat is taken back now, and no question that is on its way is asked any more.

    Officers' answers and news of the case are not the chat's alone: what is on its way of them arrives.
    """
    await work.flush()
    await outbox.drop_unasked(work.session, reporter.id)
    work.put(Item(reporter.party, CLEAR, {"all": True}, Priority.URGENT))


async def burn_of(work: Work, person: Staff, *, channel: str, chat: str) -> None:
    """The same in a colleague's private chat, who may have asked for help there as well.

    Nothing that is on its way is dropped: an alert has to reach them all the same.
    """
    party = Party("staff", person.id, channel, person.key)
    work.put(Item(party, CLEAR, {"all": True}, Priority.URGENT))
    own = [
        (each.channel, each.sender)
        for each in person.accounts
        if (each.channel, each.chat) == (channel, chat)
    ]
    for known in (await reporters.find(work, own)).values() if own else ():
        await burn(work, known.reporter)


async def take_all_back(work: Work, reporter: Reporter) -> None:
    """The same where everything of theirs is erased: whatever was to be said to them isn't."""
    await work.flush()
    await outbox.drop_due_for_party(work.session, reporter.id)
    everything: dict[str, Json] = {"all": True}
    work.put(Item(reporter.party, CLEAR, everything, Priority.REPLY))
