"""What the device remembers, in memory and sealed in the hotline's database.

Changes gather here and are written together: before anything leaves that was encrypted with what changed,
and before the homeserver hears that it may forget what they came from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

from backend import devices, leases
from backend.devices import Key, Remembered
from backend.leases import Lease
from backend.work import Backend, Work

Value = Callable[[], str | None]
"""Gives the value when it is written: a session that ratchets five times is pickled once. None forgets."""


class Memory:
    """The rows of one device. Only the holder of its lease may write them: each write makes sure of that."""

    def __init__(self, backend: Backend, channel: str, lease: Lease) -> None:
        self.backend = backend
        self._channel = channel
        self._lease = lease
        self._changed: dict[Key, Value] = {}
        self._writing = asyncio.Lock()

    @property
    def changed(self) -> bool:
        """Whether something isn't written yet; what is being written may still be lost."""
        return bool(self._changed) or self._writing.locked()

    async def load(self, *kinds: str) -> list[Remembered]:
        """What was written, of these kinds, oldest first."""
        async with self.backend.looking() as work:
            return await devices.load(work, self._channel, kinds)

    def put(self, kind: str, name: str, value: str) -> None:
        """Have this written with the next `flush`."""
        self._changed[kind, name] = lambda: value

    def put_lazily(self, kind: str, name: str, value: Value) -> None:
        """The same for what may change again before."""
        self._changed[kind, name] = value

    def drop(self, kind: str, name: str) -> None:
        """Have this forgotten with the next `flush`."""
        self._changed[kind, name] = lambda: None

    async def forget_old(self, kept: Mapping[str, timedelta]) -> None:
        """Forget what was not written again for as long as its kind is kept. Raises as the database does."""
        backend = self.backend
        async with backend.database.transaction() as session:
            work = Work(session, backend.vault, backend.files, backend.settings, backend.clock.now())
            await leases.confirm(session, self._lease)
            await devices.forget_old(work, self._channel, kept)

    async def flush(self) -> None:
        """Write what changed. Raises what the database raises; then it is all still to be written."""
        async with self._writing:
            taken, self._changed = self._changed, {}
            if not taken:
                return
            try:
                await self._write({key: value() for key, value in taken.items()})
            except BaseException:
                self._changed = taken | self._changed
                raise

    async def _write(self, values: dict[Key, str | None]) -> None:
        backend = self.backend
        async with backend.database.transaction() as session:
            work = Work(session, backend.vault, backend.files, backend.settings, backend.clock.now())
            await leases.confirm(session, self._lease)
            await devices.save(work, self._channel, values)
