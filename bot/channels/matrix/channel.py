"""Matrix, as the hotline knows it: the `Channel` of `bot.channels.base`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass

from backend import leases
from backend.leases import Lease
from backend.people import staff
from backend.work import Backend
from bot.channels.base import Limits, OnInbound, Outgoing, Receipt, Say
from bot.channels.matrix.device import Device, load
from bot.channels.matrix.faults import asked
from bot.channels.matrix.files import pieces
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.mapping import NAME
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.pauses import Pauses
from bot.channels.matrix.sending import Sending, not_connected
from bot.channels.matrix.settings import MatrixSettings
from bot.channels.matrix.syncing import Syncing
from bot.channels.pauses import Sleep, until_done

_TEXT = 3500
"""UTF-16 units. An event may have 65,536 bytes; the library writes a Cyrillic letter in six, an edit says all
of it twice, and what is encrypted grows by a third: 3,500 letters make 56,000 bytes."""
_FILE = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds: for a message or a piece of a file, a message with a file, a connection, our signature."""

    call: float = 30.0
    upload: float = 180.0
    connect: float = 15.0
    signed: float = 5.0


class MatrixChannel:
    """One account, one device. Only the node that listens can send: the keys are in its memory."""

    name = NAME

    def __init__(
        self,
        settings: MatrixSettings,
        backend: Backend,
        *,
        timings: Timings | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.limits = Limits(
            text=_TEXT,
            caption=_TEXT,
            file=_FILE,
            per_second=settings.messages_per_second,
            per_chat_second=5.0,
            per_group_minute=120.0,
            threads=True,
            leaves=True,
        )
        self._settings = settings
        self._backend = backend
        self._lease = leases.sole(NAME)
        self._timings = timings or Timings()
        self._sleep = sleep
        self._server = Homeserver(settings.homeserver)
        self._ready = asyncio.Event()
        self._device: Device | None = None

    def take_lease(self, lease: Lease) -> None:
        """What the device remembers is written under this lease from now on."""
        self._lease = lease

    async def listen(self, on_inbound: OnInbound) -> None:
        """Hand over everything that comes in, until cancelled. Reconnects by itself."""
        memory = Memory(self._backend, NAME, self._lease)
        device = await until_done(
            "loading the device",
            lambda: load(self._server, self._settings, memory, self._staff_account),
            Pauses(self._sleep),
        )
        syncing = Syncing(device, on_inbound, sleep=self._sleep)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._open_once_read(device, syncing))
                await syncing.run()
        finally:
            self._device = None
            self._ready.clear()

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand one message to the homeserver. Raises `ChannelError`."""
        has_file = isinstance(outgoing, Say) and outgoing.file is not None
        within = self._timings.upload if has_file else self._timings.call
        return await asked(self._deliver(outgoing), within=within)

    def fetch(self, ref: str) -> AsyncGenerator[bytes, None]:
        """A sent file's content in pieces. Raises `ChannelError`."""
        return pieces(self._server, ref, largest=_FILE, within=self._timings.call)

    async def close(self) -> None:
        """Close every connection, for good: when nothing is sent or listened to any more."""
        await self._server.close()

    async def _staff_account(self, user: str) -> str:
        async with self._backend.looking() as work:
            person = (await staff.recognise(work, [(NAME, user)])).get((NAME, user))
        own = person.accounts if person else ()
        return next((each.id for each in own if (each.channel, each.sender) == (NAME, user)), "")

    async def _all_colleagues(self, users: Collection[str]) -> bool:
        async with self._backend.looking() as work:
            known = await staff.recognise(work, [(NAME, user) for user in users])
        return len(known) == len(users) and all(each.may_work_cases for each in known.values())

    async def _open_once_read(self, device: Device, syncing: Syncing) -> None:
        await syncing.first_read.wait()
        self._device = device
        self._ready.set()

    async def _deliver(self, outgoing: Outgoing) -> Receipt:
        try:
            async with asyncio.timeout(self._timings.connect):
                await self._ready.wait()
        except TimeoutError:
            raise not_connected() from None
        device = self._device
        if device is None:
            raise not_connected()
        with contextlib.suppress(TimeoutError):  # rather seen by a few than by nobody
            async with asyncio.timeout(self._timings.signed):
                await device.signed.wait()
        sending = Sending(device, self._all_colleagues, upload=self._timings.upload)
        return await sending.deliver(outgoing)
