"""Asking again for what is missing of rooms, beside the sync loop; people hear of what doesn't come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.channels.base import Inbound, Missing
from bot.channels.matrix import paging
from bot.channels.matrix.device import Device
from bot.channels.matrix.gaps import Gap
from bot.channels.matrix.mapping import NAME
from bot.channels.matrix.pauses import Pauses
from bot.channels.pauses import Sleep, until_done

HandOver = Callable[[Sequence[Inbound]], Awaitable[None]]
"""Saves what came in; returns once it is saved."""


class Filling:
    """Fills the gaps of one device."""

    def __init__(self, device: Device, hand_over: HandOver, sleep: Sleep = asyncio.sleep) -> None:
        self._device = device
        self._hand_over = hand_over
        self._sleep = sleep

    async def fill(self) -> None:
        """Each gap whose turn it is; then tell of those that have been there for long."""
        gaps, now = self._device.gaps, self._device.memory.backend.clock.now()
        for gap in gaps.due(now):
            await self._ask(gap, now)
        for gap in gaps.overdue(now):
            await self._tell(gap, now)

    async def _ask(self, gap: Gap, now: datetime) -> None:
        device = self._device
        room = device.rooms.get(gap.room)
        if room is None:
            device.gaps.put(gap)  # put out of it for now: whoever lets us in again is heard again
            return
        found = await paging.missed(device.server, gap.room, gap.newest, gap.known, self._sleep)
        read = [device.reader.read(room, event, now=now, past=True) for event in found.events]
        await self._hand_over([each for each in read if each is not None])
        device.machine.replays.keep()
        if found.rest:
            device.gaps.put(replace(gap, newest=found.rest))
        else:
            device.gaps.filled(gap)
        await self._write()

    async def _tell(self, gap: Gap, now: datetime) -> None:
        """The one person of a private room, or the room."""
        device = self._device
        room = device.rooms.get(gap.room)
        if room is None:
            return
        people, private = room.others(device.settings.user), device.rooms.is_private(room)
        sender = next(iter(people), "") if private else device.settings.user
        if sender:
            name = f"{gap.name} missing"
            await self._hand_over([Inbound(NAME, name, sender, gap.room, private, Missing(), now)])
        device.gaps.told(gap)
        await self._write()

    async def _write(self) -> None:
        await until_done("writing", self._device.memory.flush, Pauses(self._sleep))
