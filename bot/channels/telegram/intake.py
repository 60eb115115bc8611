"""The last stretch of the way in, shared by polling and webhook: read, hand over, confirm presses."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from backend.clock import Clock
from bot.channels.base import OnInbound
from bot.channels.telegram.mapping import Batch, read_batch
from bot.channels.telegram.presses import Presses

_log = logging.getLogger(__name__)


class Intake:
    """Knows whom to hand updates to. `own_name` is the bot's user name."""

    def __init__(self, on_inbound: OnInbound, *, presses: Presses, clock: Clock, own_name: str) -> None:
        self._on_inbound = on_inbound
        self._presses = presses
        self._clock = clock
        self._own_name = own_name

    def read(self, raw: Sequence[object]) -> Batch:
        """Updates as decoded from JSON, read; those that can't be are logged and passed over."""
        batch = read_batch(raw, own_name=self._own_name, now=self._clock.now())
        for fault in batch.unreadable:
            _log.error("Telegram: an update could not be read (%s), passed over", fault)
        return batch

    async def hand_over(self, batch: Batch) -> None:
        """Return once the batch is saved. Raises what `on_inbound` raises."""
        if batch.inbound:
            await self._on_inbound(batch.inbound)
        self._presses.confirm(batch.presses)
