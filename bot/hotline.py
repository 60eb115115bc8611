"""All parts of the hotline, put together over whichever channels it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.work import Backend
from bot.channels.base import Channel
from bot.inbound import Reception
from bot.outbound import Outbound
from bot.schedule import Schedule
from bot.texts import Texts


@dataclass(frozen=True)
class Hotline:
    """The parts."""

    backend: Backend
    channels: Mapping[str, Channel]
    outbound: Outbound
    reception: Reception
    schedule: Schedule

    async def serve(self) -> None:
        """Listen, deliver and tick until cancelled."""
        self.schedule.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.Event().wait())  # there may be no messenger yet
                group.create_task(self.outbound.run())
                for channel in self.channels.values():
                    group.create_task(channel.listen(self.reception.receive))
        finally:
            self.schedule.stop()


def put_together(backend: Backend, channels: Sequence[Channel], texts: Texts) -> Hotline:
    """The hotline over these channels."""
    by_name = {channel.name: channel for channel in channels}
    outbound = Outbound(backend, by_name, texts)
    reception = Reception(backend, texts, outbound)
    return Hotline(backend, by_name, outbound, reception, Schedule(backend, reception, by_name))
