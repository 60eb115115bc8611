"""All parts of the hotline, put together over whichever channels it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from backend.leases import Lease
from backend.work import Backend
from bot.channels.base import Channel
from bot.inbound import Reception
from bot.outbound import Outbound
from bot.roles import Role, Sharing, UnderLease
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
    sharing: Mapping[str, Sharing]

    async def serve(self) -> None:
        """Listen, deliver and tick until cancelled; then leave what is unfinished to others at once."""
        await self.backend.node.renew()
        self.schedule.start()
        try:
            async with asyncio.TaskGroup() as group:
                for part in self.parts():
                    group.create_task(part)
        finally:
            await self.schedule.stop()
            await self.backend.node.leave()

    def parts(self) -> Iterator[Coroutine[None, None, None]]:
        """All that goes on at the same time, beside the ticks."""
        yield self.backend.node.keep()
        for name, channel in self.channels.items():
            match self.sharing.get(name, "sending"):
                case "everything":
                    yield channel.listen(self.reception.receive)
                    yield self.outbound.deliver(name)
                case "sending":
                    yield Role(self.backend, name, partial(self._listen, channel)).run()
                    yield self.outbound.deliver(name)
                case "nothing":
                    yield Role(self.backend, name, partial(self._listen_and_deliver, channel)).run()

    async def _listen(self, channel: Channel, lease: Lease) -> None:
        if isinstance(channel, UnderLease):
            channel.take_lease(lease)
        await channel.listen(partial(self.reception.receive, lease=lease))

    async def _listen_and_deliver(self, channel: Channel, lease: Lease) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(channel, lease))
            group.create_task(self.outbound.deliver(channel.name))


def put_together(
    backend: Backend, channels: Sequence[Channel], texts: Texts, sharing: Mapping[str, Sharing] | None = None
) -> Hotline:
    """The hotline over these channels. `sharing`: what several nodes may do over each; if not said, send."""
    by_name = {channel.name: channel for channel in channels}
    outbound = Outbound(backend, by_name, texts)
    reception = Reception(backend, texts, outbound)
    schedule = Schedule(backend, reception, by_name)
    return Hotline(backend, by_name, outbound, reception, schedule, sharing or {})
