"""The one way out: claim, still wanted?, render, send, settle. Nothing else sends.

A message is claimed in one transaction, sent outside any, and settled in the next: whoever dies in between
leaves a claim, and the message goes out again, marked as a repeat where that matters.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import structlog

from backend import claims
from backend.claims import Claimed, Settled
from backend.clock import Clock
from backend.database import is_unavailable
from backend.errors import SealBroken
from backend.outbox import Priority
from backend.surge import announced
from backend.vault.keys import new_id
from backend.work import Backend, Work
from bot import recipients, rendering, retry, threads
from bot.channels.base import (
    Channel,
    ChannelError,
    Edit,
    Inbound,
    Leave,
    Menu,
    Outgoing,
    Permanent,
    Receipt,
    Remove,
    Say,
    Temporary,
    Throttled,
)
from bot.detour import never_in_words
from bot.outcomes import Outcome
from bot.pace import Pace
from bot.parcels import Parcel, StoredFile, message_of_file
from bot.phrases import Phrase
from bot.settling import Settling
from bot.texts import Texts

log = structlog.get_logger("outbound")

IN_FLIGHT = 64
"""Messages handed to one messenger at the same time."""
SEND_WITHIN = 40.0
"""Seconds until a send that hangs is given up, its outcome unknown; shorter than a claim holds."""
LOOK_AGAIN = 1.0
"""Seconds after which the outbox is looked at even if nobody rang: another node may have put something in."""
GATHER = 0.04
"""Seconds in which further ends of sends are waited for, so that one commit settles several."""
NAP = 0.1
"""Seconds between looks at what a messenger's limits hold back."""


class Outbound:
    """Delivery over every channel."""

    def __init__(self, backend: Backend, channels: Mapping[str, Channel], texts: Texts) -> None:
        self._texts = texts
        self._clock: Clock = backend.clock
        self._backend = backend
        self._channels = channels
        self._deliveries = {name: Delivery(backend, channel, texts) for name, channel in channels.items()}
        backend.on_commit.append(self.wake)

    def wake(self) -> None:
        """Something may have been put into the outbox."""
        for delivery in self._deliveries.values():
            delivery.wake()

    async def run(self) -> None:
        """Deliver over every channel until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name in self._deliveries:
                group.create_task(self.deliver(name))

    async def deliver(self, name: str) -> None:
        """Deliver over one channel until cancelled; what is under way then is finished and settled first."""
        await self._deliveries[name].run()

    async def settle_all(self) -> None:
        """Wait until nothing is due or under way: for tests and the demo's clock."""
        for delivery in self._deliveries.values():
            await delivery.until_idle()

    async def tell_directly(self, inbound: Inbound, phrase: Phrase, *, language: str) -> str | None:
        """Say something while the database can't be reached: once, and without a promise that it arrives.

        Returns the messenger's id of it, where it was taken.
        """
        text = self._texts.render(
            phrase, language=language, now=self._clock.now(), zone=self._backend.settings.centre.timezone
        )
        try:
            receipt = await self._channels[inbound.channel].send(Say(inbound.chat, text, new_id()))
        except ChannelError as error:
            log.warning("direct word not delivered", error=type(error).__name__)
            return None
        return receipt.message


class Delivery:
    """Delivery over one channel, in turns: settle what ended, claim what may go now, start sending it."""

    def __init__(
        self,
        backend: Backend,
        channel: Channel,
        texts: Texts,
        *,
        pace: Pace | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`pace` and `sleep` go by the same monotonic time."""
        self._backend = backend
        self._channel = channel
        self._texts = texts
        self._pace = pace or Pace(channel.limits)
        self._settling = Settling(backend, self._pace)
        self._sleep = sleep
        self._bell = asyncio.Event()
        self._news = False
        self._turning = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._ended: list[Outcome] = []

    def wake(self) -> None:
        """Something may have been put into the outbox: look at it now."""
        self._news = True
        self._bell.set()

    async def until_idle(self) -> None:
        """Wait until nothing is due, under way or unsettled."""
        # The outbox is looked at first: what it no longer shows as due is seen under way.
        while await self._anything_due() or self._turning or self._under_way or self._ended:  # noqa: ASYNC110
            await asyncio.sleep(GATHER)

    async def run(self) -> None:
        """Turn after turn, until cancelled."""
        try:
            while True:
                await self._wait(await self._turn_or_pause())
        finally:
            await asyncio.shield(self._finish())

    async def _finish(self) -> None:
        """What was handed over already is settled, so that it isn't sent again at the next start."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=5)
        for task in self._under_way:
            task.cancel()
        try:
            await self._backend.node.fence()
            async with self._backend.work() as work:
                await self._settling.settle(work, self._take_ended())
        except Exception as error:  # noqa: BLE001 - the claims lapse, and these messages go out again as repeats
            log.error("ends of sends not settled", error=type(error).__name__)

    async def _wait(self, seconds: float) -> None:
        # Not `wait_for`: in Python 3.11 it loses a cancellation that comes together with the bell.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        if self._under_way:
            await asyncio.sleep(GATHER)
        self._bell.clear()

    async def _turn_or_pause(self) -> float:
        """One turn; returns the seconds to wait for a bell. A database that is gone is waited for."""
        self._turning = True
        try:
            return await self._turn()
        except Exception as error:  # noqa: BLE001 - a turn that failed is turned again: the loop must never end
            if not is_unavailable(error):
                log.error("delivery turn failed", error=type(error).__name__)
            return LOOK_AGAIN
        finally:
            self._turning = False

    async def _turn(self) -> float:
        ended, news = self._take_ended(), self._take_news()
        if not ended and not (news or await self._anything_due()):
            return LOOK_AGAIN
        room = self._room(urgent=True)
        if not (ended or room):
            self._news = news
            return self._until_room()
        parcels = await self._settled_and_claimed(ended)
        for parcel in parcels:
            self._start(parcel)
        return 0.0 if parcels and len(parcels) >= room else self._until_room()

    async def _settled_and_claimed(self, ended: list[Outcome]) -> list[Parcel]:
        """Raises what settling raised; then the outcomes are kept, and settled in a later turn."""
        try:
            return await self._settle_and_claim(ended)
        except BaseException as error:
            if ended and isinstance(error, Exception) and not is_unavailable(error):
                await self._settle_apart(ended)
                return []
            self._ended[:0] = [replace(each, maybe_settled=True) for each in ended]
            raise

    async def _settle_apart(self, ended: list[Outcome]) -> None:
        """One outcome that can't be settled must not hold up the others: each by itself."""
        while ended:
            try:
                await self._settling.settle_alone(ended[0])
            except BaseException:
                self._ended[:0] = [replace(each, maybe_settled=True) for each in ended]
                raise
            ended = ended[1:]

    def _room(self, *, urgent: bool) -> int:
        """How many more messages may be handed over now."""
        return min(IN_FLIGHT - len(self._under_way), self._pace.free(urgent=urgent))

    def _until_room(self) -> float:
        """Seconds until somebody who had to wait may be written to; naps too short aren't worth it."""
        wait = self._pace.seconds_until_free()
        return LOOK_AGAIN if wait is None else min(LOOK_AGAIN, max(wait, NAP))

    def _take_news(self) -> bool:
        news, self._news = self._news, False
        return news

    async def _settle_and_claim(self, ended: list[Outcome]) -> list[Parcel]:
        await self._backend.node.fence()
        self._pace.share_with(self._backend.node.live)
        async with self._backend.database.transaction() as session:
            work = Work(
                session,
                self._backend.vault,
                self._backend.files,
                self._backend.settings,
                self._backend.clock.now(),
            )
            fence = await self._settling.settle(work, ended)
            await work.flush()
            rows = await self._claim(work, fence)
            parcels = await self._rendered(work, rows)
            await work.conclude()
            return parcels

    def _take_ended(self) -> list[Outcome]:
        ended, self._ended = self._ended, []
        return ended

    async def _anything_due(self) -> bool:
        """A cheap look before a transaction is opened for writing."""
        async with self._backend.database.reading() as session:
            return await claims.anything_due(
                session, channel=self._channel.name, now=self._backend.clock.now()
            )

    # ── Claiming and rendering ──────────────────────────────────────────────────────────────────

    async def _claim(self, work: Work, fence: int) -> list[Claimed]:
        """What may go now: the most pressing first, and urgent messages even where others have to wait."""
        rows = await self._claim_digests(work, fence)
        rows += await self._claim_some(work, fence, urgent=False, besides=rows)
        if self._pace.holds_ordinary():
            rows += await self._claim_some(work, fence, urgent=True, besides=rows)
        return rows

    async def _claim_digests(self, work: Work, fence: int) -> list[Claimed]:
        if self._room(urgent=True) <= 0:
            return []
        return await claims.claim_digests(
            work.session,
            now=work.now,
            channel=self._channel.name,
            paused=self._pace.paused(),
            full=self._pace.full(),
            by=fence,
        )

    async def _claim_some(
        self, work: Work, fence: int, *, urgent: bool, besides: list[Claimed]
    ) -> list[Claimed]:
        limit = self._room(urgent=urgent) - len(besides)
        if limit <= 0:
            return []
        return await claims.claim(
            work.session,
            now=work.now,
            limit=limit,
            channel=self._channel.name,
            not_parties=self._pace.waiting(urgent=urgent) | {row.party for row in besides},
            urgent_only=urgent,
            by=fence,
        )

    async def _rendered(self, work: Work, rows: list[Claimed]) -> list[Parcel]:
        known, folded = await recipients.load(work, rows), await announced.folding(work, rows)
        parcels: list[Parcel] = []
        unwanted: list[Settled] = []
        for row in rows:
            if row.number in folded:
                unwanted.append(Settled(row.number, "folded", claimed_by=row.claimed_by))
                continue
            parcel = await self._parcel(work, row, known.get(row.party))
            if parcel is None or not (parcel.outgoing or parcel.file):
                unwanted.append(Settled(row.number, "unwanted", claimed_by=row.claimed_by))
            else:
                parcels.append(parcel)
        if unwanted:
            await claims.settle(work.session, unwanted, now=work.now)
        return parcels

    async def _parcel(
        self, work: Work, row: Claimed, recipient: recipients.Recipient | None
    ) -> Parcel | None:
        if recipient is None:
            return None
        try:
            limits = self._channel.limits
            parcel = await rendering.render(work, row, recipient, texts=self._texts, limits=limits)
            return await threads.placed(work, parcel) if parcel and limits.threads else parcel
        except Exception as error:  # one message that can't be put into words must not stop all others
            if is_unavailable(error):
                raise
            log.error("message can't be rendered", row=row.id, error=type(error).__name__)
            failed = Settled(row.number, "failed", claimed_by=row.claimed_by)
            await claims.settle(work.session, [failed], now=work.now)
            await never_in_words(work, row, recipient)
            return None

    # ── Sending ─────────────────────────────────────────────────────────────────────────────────

    def _start(self, parcel: Parcel) -> None:
        self._note_pace(parcel, parcel.outgoing[0] if parcel.outgoing else None)
        task = asyncio.create_task(self._deliver(parcel))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _note_pace(self, parcel: Parcel, outgoing: Outgoing | None) -> None:
        # Groups are limited by new messages: edits of a digest, seconds apart, must not use up what is left.
        if isinstance(outgoing, Remove | Menu | Leave) or (parcel.is_digest and isinstance(outgoing, Edit)):
            self._pace.note_overall()
        else:
            group = parcel.recipient.is_group
            self._pace.note(parcel.row.party, group=group, digest=parcel.is_digest)

    async def _deliver(self, parcel: Parcel) -> None:
        receipts: list[tuple[Outgoing, Receipt]] = []
        error: ChannelError | None = None
        try:
            async with asyncio.timeout(SEND_WITHIN):
                await self._send_all(parcel, receipts)
        except ChannelError as failure:
            error = failure
        except TimeoutError:
            error = retry.hung()
        except Exception as failure:  # noqa: BLE001 - a channel's mistake must not lose the claim's end
            log.error("channel broke its word", channel=self._channel.name, error=type(failure).__name__)
            error = retry.hung()
        if not isinstance(error, Throttled):
            self._backend.vitals.handed_over(self._channel.name, taken=error is None)
        self._ended.append(Outcome(parcel, tuple(receipts), error))
        self._bell.set()

    async def _send_all(self, parcel: Parcel, receipts: list[tuple[Outgoing, Receipt]]) -> None:
        messages = parcel.outgoing
        if parcel.file is not None:
            content = await self._content(parcel.file)
            messages = (message_of_file(parcel, content),)
        for index, message in enumerate(messages):
            if index:
                await self._own_turn(parcel, message)
            if not self._backend.node.holds(parcel.row.claimed_by):
                raise Temporary("claimed in a term that is over")
            receipts.append((message, await self._channel.send(message)))

    async def _content(self, stored: StoredFile) -> bytes:
        """A sealed file, opened. Raises Permanent if it is gone or damaged: trying again wouldn't help."""
        try:
            return await asyncio.to_thread(self._backend.files.read, stored.file, stored.key)
        except (FileNotFoundError, SealBroken) as error:
            log.error("stored file can't be opened", file=stored.file, error=type(error).__name__)
            raise Permanent("the stored file can't be opened") from None

    async def _own_turn(self, parcel: Parcel, message: Outgoing) -> None:
        """Further messages of one parcel keep the messenger's pace too."""
        party = None if isinstance(message, Remove | Menu | Leave) else parcel.row.party
        urgent = parcel.row.priority == Priority.URGENT
        while seconds := self._pace.wait_for(party, urgent=urgent):
            await self._sleep(seconds)
        self._note_pace(parcel, message)
