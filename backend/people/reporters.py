"""Reporters: found by keyed hash of their address, greeted in their language, forgotten on erasure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, aliased

from backend import outbox
from backend.cases.model import CaseReporterRow, CaseRow
from backend.outbox import Party
from backend.people.model import ConversationRow, PostedRow, ReporterRow, VanishingRow
from backend.vault import keyring
from backend.vault.keys import ReporterKey, Sealed, new_id
from backend.vault.model import DataKeyRow
from backend.work import Work


@dataclass(frozen=True, slots=True)
class Reporter:
    """Somebody writing in private. `sender` and `chat` are the messenger's ids: never log them."""

    id: str
    key: ReporterKey
    channel: str
    sender: str
    chat: str
    language: str

    @property
    def party(self) -> Party:
        """Where the outbox sends what is said to them."""
        return Party("reporter", self.id, self.channel, self.key)


@dataclass(slots=True)
class Known:
    """A reporter with what stands open: the sealed conversation's plain bytes and the current case."""

    reporter: Reporter
    conversation: bytes | None = None
    case_id: str | None = None
    reference: str | None = None
    reachable: bool = True
    erased: bool = False
    """True once they took everything back: nothing is noted of them any more."""


def _address(work: Work, channel: str, sender: str) -> bytes:
    return work.vault.digest("address", channel, sender)


_PERSON = (
    ReporterRow.id,
    ReporterRow.channel,
    ReporterRow.profile,
    DataKeyRow.epoch,
    DataKeyRow.wrapping_key,
    DataKeyRow.wrapped,
)
"""Columns instead of entities: this is read on every step, and entities cost more than the statement."""


def people(*more: InstrumentedAttribute[Any] | ColumnElement[Any]) -> Select[Any]:
    """A query of reporters with their keys, and `more` columns; `opened` reads its rows."""
    whose = (DataKeyRow.owner == ReporterRow.id) & (DataKeyRow.epoch == keyring.FIRST)
    return select(*_PERSON, *more).join(DataKeyRow, whose)


def opened(work: Work, row: Row[Any]) -> Reporter:
    """The reporter of a row of `people`, with their profile unsealed."""
    plain = work.vault.unwrap(row.id, row.epoch, by=row.wrapping_key, wrapped=row.wrapped)
    key = ReporterKey(row.id, row.epoch, plain)
    profile = json.loads(key.open("reporters", "profile", row.id, row.profile))
    return Reporter(row.id, key, row.channel, profile["sender"], profile["chat"], profile["language"])


def _finding() -> Select[Any]:
    """Reporters by address, where they stand, and their current case: chosen last and not hidden."""
    chosen = aliased(CaseRow)
    current = (
        select(CaseReporterRow.case_id)
        .join(chosen, chosen.id == CaseReporterRow.case_id)
        .where(CaseReporterRow.reporter_id == ReporterRow.id, chosen.hidden_at.is_(None))
        .order_by(CaseReporterRow.chosen_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        people(ReporterRow.reachable, ConversationRow.state, CaseRow.id.label("case_id"), CaseRow.reference)
        .outerjoin(ConversationRow, ConversationRow.reporter_id == ReporterRow.id)
        .outerjoin(CaseRow, CaseRow.id == current)
        .where(ReporterRow.address.in_(bindparam("addresses", expanding=True)))
    )


# Built once: putting a statement together costs several times what running it does.
_FIND = _finding()
_HOLD = (
    select(ReporterRow.id)
    .where(ReporterRow.address.in_(bindparam("addresses", expanding=True)))
    .order_by(ReporterRow.id)
    .with_for_update()
)
_BY_ID = people().where(ReporterRow.id.in_(bindparam("ids", expanding=True)))


async def find(work: Work, senders: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """The known reporters among these (channel, sender), with their conversations, in one statement."""
    asked = {"addresses": [_address(work, channel, sender) for channel, sender in senders]}
    if work.session.get_bind().dialect.name != "sqlite":
        # Wait for whoever is about to change where these reporters stand; SQLite's one writer never has to.
        # A statement of its own: one that both waits and reads would read what was before the wait.
        await work.session.execute(_HOLD, asked)
    found: dict[tuple[str, str], Known] = {}
    for row in await work.session.execute(_FIND, asked):
        reporter = opened(work, row)
        state = _state(reporter, row.state)
        found[reporter.channel, reporter.sender] = Known(
            reporter, state, row.case_id, row.reference, row.reachable
        )
    return found


async def by_ids(work: Work, ids: Sequence[str]) -> list[Reporter]:
    """The reporters of these ids, as far as they exist."""
    return [opened(work, row) for row in await work.session.execute(_BY_ID, {"ids": list(ids)})]


def _state(reporter: Reporter, sealed: Sealed | None) -> bytes | None:
    """Where they stand, unsealed; the outer join finds nothing for those who never got an answer."""
    return None if sealed is None else reporter.key.open("conversations", "state", reporter.id, sealed)


def _profile(reporter: Reporter) -> bytes:
    profile = {"sender": reporter.sender, "chat": reporter.chat, "language": reporter.language}
    return json.dumps(profile, separators=(",", ":")).encode()


def make(work: Work, *, channel: str, sender: str, chat: str, language: str) -> Known:
    """A reporter not seen before."""
    reporter_id = new_id()
    key = keyring.make(work.session, work.vault, reporter_id, ReporterKey)
    reporter = Reporter(reporter_id, key, channel, sender, chat, language)
    work.session.add(
        ReporterRow(
            id=reporter_id,
            channel=channel,
            address=_address(work, channel, sender),
            profile=key.seal("reporters", "profile", reporter_id, _profile(reporter)),
            reachable=True,
        )
    )
    return Known(reporter)


async def get(work: Work, reporter_id: str) -> Reporter | None:
    """The reporter of this id, or None if erased."""
    return next(iter(await by_ids(work, [reporter_id])), None)


async def change(
    work: Work, reporter: Reporter, *, language: str | None = None, chat: str | None = None
) -> Reporter:
    """The reporter, speaking another language or writing from another chat from now on."""
    changed = replace(reporter, language=language or reporter.language, chat=chat or reporter.chat)
    sealed = changed.key.seal("reporters", "profile", changed.id, _profile(changed))
    where = ReporterRow.id == reporter.id
    await work.session.execute(update(ReporterRow).where(where).values(profile=sealed))
    return changed


async def set_reachable(work: Work, reporter_id: str, *, reachable: bool) -> None:
    """Note that the messenger said the person blocked the hotline, or that they are back."""
    where = ReporterRow.id == reporter_id
    await work.session.execute(update(ReporterRow).where(where).values(reachable=reachable))


async def of_case(work: Work, case_id: str) -> list[Reporter]:
    """The reporters of a case, the one who chose it last first."""
    return [reporter for reporter, _ in await choices(work, case_id)]


async def choices(work: Work, case_id: str) -> list[tuple[Reporter, datetime]]:
    """The same, with when each of them chose it."""
    query = (
        people(CaseReporterRow.chosen_at)
        .join(CaseReporterRow, CaseReporterRow.reporter_id == ReporterRow.id)
        .where(CaseReporterRow.case_id == case_id)
        .order_by(CaseReporterRow.chosen_at.desc())
    )
    return [(opened(work, row), row.chosen_at) for row in await work.session.execute(query)]


async def conversation_of(work: Work, reporter: Reporter) -> bytes | None:
    """Where this reporter stands, unsealed; None if in no conversation."""
    row = await work.session.get(ConversationRow, reporter.id)
    return None if row is None else _state(reporter, row.state)


async def hold_of_case(work: Work, case_id: str) -> None:
    """Wait for whoever changes the case's reporters, and keep others from it until the transaction ends."""
    ids = select(CaseReporterRow.reporter_id).where(CaseReporterRow.case_id == case_id)
    query = select(ReporterRow.id).where(ReporterRow.id.in_(ids)).order_by(ReporterRow.id)
    await work.session.execute(query.with_for_update())


async def is_reachable(work: Work, reporter_id: str) -> bool:
    """Whether the messenger still lets the hotline write to them, as far as is known."""
    row = await work.session.get(ReporterRow, reporter_id)
    return row is not None and row.reachable


async def choose_case(work: Work, reporter_id: str, case_id: str) -> bool:
    """From now on this reporter's words go to this case; whether they never chose it before."""
    link = await work.session.get(CaseReporterRow, (case_id, reporter_id))
    if link is None:
        work.session.add(CaseReporterRow(case_id=case_id, reporter_id=reporter_id, chosen_at=work.now))
    else:
        link.chosen_at = work.now
    return link is None


@dataclass(frozen=True, slots=True)
class Sleeper:
    """Somebody whose conversation asked to be woken; `expired`: it has had its day meanwhile."""

    id: str
    expired: bool


async def due_to_wake(work: Work, *, limit: int) -> list[Sleeper]:
    """Whose conversation asked to be woken by now. Nothing is unsealed: a bad row must not hide others."""
    query = (
        select(ReporterRow.id, ConversationRow.expires_at)
        .join(ConversationRow, ConversationRow.reporter_id == ReporterRow.id)
        .where(ConversationRow.wake_at <= work.now)
        .order_by(ConversationRow.wake_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=ReporterRow)
    )
    return [Sleeper(row.id, row.expires_at <= work.now) for row in await work.session.execute(query)]


async def wake_later(work: Work, reporter_id: str, at: datetime) -> None:
    """This conversation couldn't be woken now: again at `at`."""
    where = ConversationRow.reporter_id == reporter_id
    await work.session.execute(update(ConversationRow).where(where).values(wake_at=at))


async def let_sleep(work: Work, reporter_ids: Sequence[str]) -> None:
    """Don't wake these conversations: they had their day, and go without a word."""
    if reporter_ids:
        where = ConversationRow.reporter_id.in_(reporter_ids)
        await work.session.execute(update(ConversationRow).where(where).values(wake_at=None))


def _had_its_day(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """One that is still to be woken may be a call for help that wasn't sent: it stays until it was."""
    return and_(ConversationRow.expires_at <= now, ConversationRow.wake_at.is_(None))


# Built once: it is asked every second, and putting a statement together costs as much as running it.
_ANY_DUE = (
    select(ConversationRow.reporter_id)
    .where(or_(ConversationRow.wake_at <= bindparam("now"), _had_its_day(bindparam("now"))))
    .limit(1)
)


async def any_due(work: Work) -> bool:
    """Whether a conversation is to be woken, or had its day."""
    return (await work.session.execute(_ANY_DUE, {"now": work.now})).scalar() is not None


async def next_due(work: Work) -> datetime | None:
    """When the next conversation is to be woken."""
    return (await work.session.execute(select(func.min(ConversationRow.wake_at)))).scalar()


async def end_expired(work: Work) -> dict[str, bool]:
    """Forget conversations that had their day; the reporters' ids, and whether they were writing a report.

    One statement that asks and deletes: what was answered a moment ago stays.
    """
    told = ConversationRow.reporter_id, ConversationRow.draft_since
    gone = delete(ConversationRow).where(_had_its_day(work.now)).returning(*told)
    return {row.reporter_id: row.draft_since is not None for row in await work.session.execute(gone)}


async def end_conversation(work: Work, reporter_id: str) -> None:
    """Forget where this reporter stood."""
    where = ConversationRow.reporter_id == reporter_id
    await work.session.execute(delete(ConversationRow).where(where))


async def forget(work: Work, reporter_id: str) -> None:
    """Destroy a reporter: data key first, then all rows. Their messages in the chat are not touched."""
    await keyring.destroy(work.session, reporter_id)
    await outbox.drop_for_party(work.session, reporter_id)
    await work.session.execute(delete(PostedRow).where(PostedRow.party == reporter_id))
    await work.session.execute(delete(VanishingRow).where(VanishingRow.reporter_id == reporter_id))
    await work.session.execute(delete(ReporterRow).where(ReporterRow.id == reporter_id))


def conversation_values(
    work: Work, known: Known, state: bytes, *, wake_at: datetime | None, drafting: bool = False
) -> dict[str, object]:
    """A row of `conversations` for bulk writing. `drafting`: a report is being written there."""
    return {
        "reporter_id": known.reporter.id,
        "state": known.reporter.key.seal("conversations", "state", known.reporter.id, state),
        "wake_at": wake_at,
        "draft_since": work.now if drafting else None,
        "expires_at": work.now + work.settings.retention.drafts,
    }


def _standing(insert: Any) -> Any:  # noqa: ANN401 - either dialect's own
    statement = insert(ConversationRow.__table__)
    new = statement.excluded
    changed = {name: new[name] for name in ("state", "wake_at", "expires_at")}
    begun = case(
        (new.draft_since.is_(None), None), else_=func.coalesce(ConversationRow.draft_since, new.draft_since)
    )
    return statement.on_conflict_do_update(
        index_elements=["reporter_id"], set_={**changed, "draft_since": begun}
    )


_STAND = {"sqlite": _standing(sqlite.insert), "postgresql": _standing(postgresql.insert)}


async def save_conversations(work: Work, rows: list[dict[str, object]]) -> None:
    """Write down where these reporters stand, in one statement."""
    if not rows:
        return
    await work.session.execute(_STAND[work.session.get_bind().dialect.name], rows)
