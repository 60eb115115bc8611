"""What is remembered of messages once they stand in a chat, and what they missed on their way there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from backend import messengers
from backend.cases import notices
from backend.outbox import Item, Priority
from backend.people import posted, revoking
from backend.people.staff import Staff
from backend.retention import vanish
from backend.rota import handover
from backend.surge import digests
from backend.work import Work
from bot import clearing
from bot.channels.base import ChannelError, Outgoing, Permanent, Receipt, Say, Temporary, Throttled
from bot.parcels import Parcel

LATE = timedelta(minutes=1)
"""A message on its way for longer was held up: its chat's time to vanish may have passed meanwhile."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the sending of one parcel ended."""

    parcel: Parcel
    receipts: tuple[tuple[Outgoing, Receipt], ...]
    error: ChannelError | None = None
    maybe_settled: bool = False
    """Whether a commit that settled it was cut off: it may have happened all the same."""


async def remember(work: Work, ended: Sequence[Outcome], *, here: Collection[str]) -> None:
    """Where messages stand now, which ones are gone, and whether their case moved on meanwhile.

    `here`: the ids of those colleagues who still are ones; what reached others is taken back.
    """
    ended = await _of_colleagues(work, ended, here)
    standing = [(outcome, _standing(work, outcome)) for outcome in ended]
    rows = [row for _, each in standing for row in each]
    await posted.add(work, [*rows, *(mark for outcome in ended for mark in _unsure(work, outcome))])
    for outcome, each in standing:
        if outcome.parcel.is_digest and each:
            await digests.stands(work, outcome.parcel.recipient.party, str(each[-1]["id"]))
        if outcome.parcel.purpose == "handover" and each:
            party, at = outcome.parcel.recipient.party, outcome.parcel.rendered_at
            await handover.stands(work, party, str(each[-1]["id"]), rendered_at=at)
    await _time_to_read(work, standing)
    _tell_of_what_stays(work, ended)
    gone = [row_id for outcome in ended for row_id in _gone(outcome)]
    if gone:
        await posted.forget(work, gone)
    await _catch_up(work, ended, rows)


async def _of_colleagues(work: Work, ended: Sequence[Outcome], here: Collection[str]) -> list[Outcome]:
    """The outcomes to be remembered: not what was under way to somebody who was revoked meanwhile."""
    kept: list[Outcome] = []
    for outcome in ended:
        person = outcome.parcel.recipient.person
        if not isinstance(person, Staff) or person.id in here:
            kept.append(outcome)
            continue
        account = person.on(outcome.parcel.row.channel)
        said = [
            (message.chat, receipt.message)
            for message, receipt in outcome.receipts
            if receipt.message and isinstance(message, Say)
        ]
        if account and said:
            await revoking.take_back(work, person, account, said)
    return kept


def _standing(work: Work, outcome: Outcome) -> list[dict[str, object]]:
    parcel = outcome.parcel
    if parcel.purpose is None:
        return []
    return [
        posted.row(
            work,
            parcel.recipient.party,
            chat=message.chat,
            message=receipt.message,
            purpose=parcel.purpose,
            case_id=None if parcel.purpose == "chat" else parcel.row.case_id,
        )
        for message, receipt in outcome.receipts
        if receipt.message and isinstance(message, Say)
    ]


def _unsure(work: Work, outcome: Outcome) -> list[dict[str, object]]:
    """The mark of a message that may stand in a reporter's chat, and of which we don't know its id there."""
    parcel = outcome.parcel
    is_sure = not _was_cut_off(outcome) or messengers.of(parcel.row.channel).knows_repeats
    if is_sure or parcel.purpose != "chat":
        return []
    party, chat = parcel.recipient.party, parcel.recipient.chat
    return [posted.row(work, party, chat=chat, message=posted.UNKNOWN, purpose="chat")]


def _was_cut_off(outcome: Outcome) -> bool:
    """Whether a sending of it had no known end: this one, the first such, or one before the last."""
    before, error = outcome.parcel.row.repeat, outcome.error
    if isinstance(error, Temporary):
        return error.unknown and not before
    return before and not isinstance(error, Throttled)


def _tell_of_what_stays(work: Work, ended: Sequence[Outcome]) -> None:
    """Somebody's own messages, which we may not remove: they can, and are told so once."""
    for outcome in ended:
        if "quiet" in outcome.parcel.params or not any(receipt.kept for _, receipt in outcome.receipts):
            continue
        party = outcome.parcel.recipient.party
        if outcome.parcel.recipient.is_group:
            once = f"kept:{party.id}:{work.now.date()}"
            work.put(Item(party, "told", {"key": "told-kept-in-room"}, Priority.NOTICE, once=once))
        else:
            clearing.say_what_stays(work, party)


async def _time_to_read(work: Work, standing: Sequence[tuple[Outcome, list[dict[str, object]]]]) -> None:
    """What reporters were told outside of their own conversation, or late, has its time in the chat too."""
    late = work.now - LATE
    told = {
        outcome.parcel.row.party
        for outcome, rows in standing
        if rows
        and outcome.parcel.purpose == "chat"
        and (outcome.parcel.intent != "say" or outcome.parcel.row.made_at < late)
    }
    await vanish.went_on(work, told)


def _gone(outcome: Outcome) -> tuple[str, ...]:
    """Rows of messages that were taken back, or that the messenger says it doesn't have."""
    if outcome.error is None:
        return outcome.parcel.forgets
    if isinstance(outcome.error, Permanent) and "posted" in outcome.parcel.params:
        return (str(outcome.parcel.params["posted"]),)
    return ()


async def _catch_up(work: Work, ended: Sequence[Outcome], rows: Sequence[dict[str, object]]) -> None:
    """A message that was under way while its case changed or was erased must not go on saying what was."""
    about = {
        outcome.parcel.row.case_id: outcome.parcel for outcome in ended if outcome.parcel.purpose == "notice"
    }
    parties = {outcome.parcel.recipient.party.id: outcome.parcel.recipient.party for outcome in ended}
    of_cases = {str(row["case_id"]) for row in rows if row["case_id"]}
    if not of_cases:
        return
    live = await notices.last_touched(work, of_cases)
    for case_id, parcel in about.items():
        if case_id in live and live[case_id] > parcel.rendered_at:
            await notices.refresh_by_id(work, case_id)
    for row in rows:
        if row["case_id"] and row["case_id"] not in live:
            standing = {"posted": str(row["id"])}
            work.put(Item(parties[str(row["party"])], "remove", {**standing}, Priority.UPDATE))
