"""What becomes of a message once its sending has ended: settled, tried again, or taken another way."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from backend import claims
from backend.claims import Claimed, Settled
from backend.database import is_unavailable
from backend.people import staff
from backend.work import Backend, Work
from backend.wrong_clocks import LONGEST_WAIT
from bot import recipients, retry
from bot.channels.base import ChannelError, Gone, Throttled
from bot.detour import take_another_way
from bot.outcomes import Outcome, remember
from bot.pace import Pace

log = structlog.get_logger("outbound")


class Settling:
    """The ends of one channel's sends."""

    def __init__(self, backend: Backend, pace: Pace) -> None:
        self._backend = backend
        self._pace = pace

    async def settle(self, work: Work, ended: Sequence[Outcome]) -> int:
        """Write down how these ended; the fence under which this transaction may claim. Raises NodeLapsed.

        What was claimed in an earlier term has been put back by another node, which goes on with it; only
        that it was sent is still worth saying.
        """
        fence = await self._backend.node.confirm(work.session)
        ended = await _without_settled(work, ended)
        # Before anything is written: whoever revokes them waits for these rows, and not the other way round.
        here = await staff.still(work, {row.party for row in _to_staff(ended)})
        settled = [await self._settled(work, each) for each in ended if not _is_late(each, fence)]
        if ended:
            await claims.settle(work.session, settled, now=work.now)
            await remember(work, ended, here=here)
        return fence

    async def settle_alone(self, outcome: Outcome) -> None:
        """One outcome by itself, in the bare if nothing else can be written. Raises what says try later."""
        try:
            async with self._backend.work() as work:
                await self.settle(work, [outcome])
        except Exception as error:
            if is_unavailable(error):
                raise
            row = outcome.parcel.row
            log.error("outcome can't be settled", row=row.id, error=type(error).__name__)
            bare = Settled(row.number, "failed" if outcome.error else "sent", claimed_by=row.claimed_by)
            async with self._backend.work() as work:
                await claims.settle(work.session, [bare], now=work.now)

    async def _settled(self, work: Work, outcome: Outcome) -> Settled:
        row, error = outcome.parcel.row, outcome.error
        if error is None:
            return Settled(row.number, "sent", claimed_by=row.claimed_by)
        self._heed(outcome, error)
        if isinstance(error, Gone) and error.moved_to:
            followed = await recipients.moved(work, outcome.parcel.recipient, error.moved_to)
            error = error if followed else Gone("moved where nobody can follow")
        verdict = retry.verdict(error, tries=row.tries + 1, age=work.now - row.made_at)
        if verdict.what == "again":
            # The first pieces of a long message stand in the chat already.
            repeat = verdict.repeat or bool(outcome.receipts)
            after = min(verdict.after, LONGEST_WAIT)
            return Settled(row.number, "due", work.now + after, repeat, row.claimed_by)
        log.warning("message not delivered", row=row.id, error=type(error).__name__)
        await take_another_way(work, outcome.parcel, unreachable=verdict.unreachable)
        return Settled(row.number, "failed", claimed_by=row.claimed_by)

    def _heed(self, outcome: Outcome, error: ChannelError) -> None:
        if isinstance(error, Throttled):
            party = None if error.everywhere else outcome.parcel.row.party
            self._pace.pause(party, error.after)


async def _without_settled(work: Work, ended: Sequence[Outcome]) -> Sequence[Outcome]:
    """Without those whose commit was cut off and happened all the same: they would be remembered twice."""
    unsure = [each.parcel.row for each in ended if each.maybe_settled]
    settled = await claims.settled_among(work.session, unsure) if unsure else set()
    return [each for each in ended if each.parcel.row.number not in settled]


def _to_staff(ended: Sequence[Outcome]) -> list[Claimed]:
    return [each.parcel.row for each in ended if each.parcel.row.party_kind == "staff"]


def _is_late(outcome: Outcome, fence: int) -> bool:
    return outcome.error is not None and outcome.parcel.row.claimed_by != fence
