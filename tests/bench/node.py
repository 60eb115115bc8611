"""One node at work over a messenger that takes everything: `python -m tests.bench.node URL FOLDER NAME`.

It begins once `FOLDER/go` is there, and writes a line for each message that it handed over to `FOLDER/NAME`.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from backend.clock import SystemClock
from backend.config import BackendSettings
from backend.database import Database, engine_url
from backend.vault.files import FileStore
from backend.vault.keys import Vault
from backend.work import Backend
from bot.channels.base import Limits, OnInbound, Outgoing, Receipt, Say
from bot.hotline import put_together
from tests.backend.world import KEYS, TEXTS

CHANNEL = "telegram"
GO, LOOK_EVERY = "go", 0.02


@dataclass
class Null:
    """A messenger that takes everything at once."""

    taken: TextIO
    name: str = CHANNEL
    limits: Limits = field(default_factory=lambda: Limits(1 << 20, 1 << 20, 0, 1e6, 1e6, 1e6))

    async def listen(self, on_inbound: OnInbound) -> None:  # noqa: ARG002 - the protocol's
        """Nothing comes in."""
        await asyncio.Future()

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Take it, and note which row of the outbox it is."""
        if isinstance(outgoing, Say):
            self.taken.write(f"{outgoing.tx}\n")
        return Receipt(outgoing.tx)

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """No files."""
        yield ref.encode()


async def main(url: str, folder: Path, name: str) -> None:
    """Serve until terminated."""
    database = Database(engine_url(url, base=folder))
    backend = Backend(database, Vault(KEYS), FileStore(folder / "files"), BackendSettings(), SystemClock())
    with (folder / name).open("w") as taken:
        hotline = put_together(backend, [Null(taken)], TEXTS, {CHANNEL: "everything"})
        print("ready", flush=True)
        while not (folder / GO).exists():  # noqa: ASYNC110 - a benchmark's signal to several processes
            await asyncio.sleep(LOOK_EVERY)
        serving = asyncio.create_task(hotline.serve())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
        await asyncio.gather(serving, return_exceptions=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
