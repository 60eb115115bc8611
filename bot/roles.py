"""What one node does at a time: it is done where a lease says, and elsewhere others stand by.

The holder goes on for as long as its term does. When it dies, another node takes the role once the term is
over; when it stops cleanly, at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Literal, Protocol, runtime_checkable

import structlog

from backend import leases
from backend.database import is_unavailable
from backend.leases import Lease
from backend.work import Backend

log = structlog.get_logger("roles")

LOOK_EVERY = 1.0
"""Seconds between looks at whether the role is free, and whether it was lost."""

Sharing = Literal["nothing", "sending", "everything"]
"""What of a channel several nodes may do at the same time. Listening is the first thing that they may not."""

Performance = Callable[[Lease], Coroutine[None, None, None]]


@runtime_checkable
class UnderLease(Protocol):
    """A channel that writes into the database by itself: it must confirm the lease where it does."""

    def take_lease(self, lease: Lease) -> None:
        """From now on, until it is told of another, it is this lease that it works under."""


class Role:
    """A thing to do while its lease is held."""

    def __init__(self, backend: Backend, name: str, perform: Performance) -> None:
        self._backend = backend
        self._name = name
        self._perform = perform

    async def run(self) -> None:
        """Perform whenever the lease is held, until cancelled. Raises what performing raises."""
        while True:
            lease = await self._taken()
            log.info("role taken", role=self._name, fence=lease.fence)
            try:
                await self._perform_while_held(lease)
            finally:
                await asyncio.shield(self._give_back(lease))

    async def _taken(self) -> Lease:
        while True:
            lease = await self._try_to_take()
            if lease:
                return lease
            await asyncio.sleep(LOOK_EVERY)

    async def _try_to_take(self) -> Lease | None:
        if self._backend.node.is_sole:
            return leases.sole(self._name)
        try:
            async with self._backend.looking() as work:
                if not await leases.is_free(work.session, self._name):
                    return None
            await self._backend.node.fence()
            async with self._backend.work() as work:
                fence = await self._backend.node.confirm(work.session)
                return await leases.take(work.session, self._name, node=fence)
        except Exception as error:
            if is_unavailable(error):
                return None
            raise

    async def _perform_while_held(self, lease: Lease) -> None:
        performing = asyncio.create_task(self._perform(lease))
        losing = asyncio.create_task(self._until_lost(lease))
        try:
            await asyncio.wait({performing, losing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            losing.cancel()
            performing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await performing

    async def _until_lost(self, lease: Lease) -> None:
        """Wait until another node may have the role.

        Where there is no other, a database that is gone changes nothing: whoever writes meanwhile is told
        that it isn't saved yet, for which somebody has to listen.
        """
        node = self._backend.node
        while node.is_in(lease.node) and node.answers_for_itself():  # noqa: ASYNC110 - time itself ends a term
            await asyncio.sleep(LOOK_EVERY)
        log.warning("role lost", role=self._name, fence=lease.fence)

    async def _give_back(self, lease: Lease) -> None:
        try:
            async with self._backend.work() as work:
                await leases.give_back(work.session, lease)
        except Exception as error:  # noqa: BLE001 - it ends with the term, a few seconds later
            log.error("role not given back", role=self._name, error=type(error).__name__)
