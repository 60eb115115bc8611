"""What the tests of the Matrix channel share: a channel to a real homeserver that can be restarted."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from backend.vault.keys import new_id
from bot.channels.base import Inbound, Outgoing, Receipt, Say, Temporary
from bot.channels.matrix.channel import MatrixChannel, Timings
from bot.channels.matrix.settings import MatrixSettings
from tests.backend.world import World, new_world
from tests.channels.telegram import Inbox
from tests.matrix import Account, Client, Clients, Room

PATIENCE = 60.0


def settings_for(bot: Account, url: str) -> MatrixSettings:
    """The section of a configuration that names this account."""
    return MatrixSettings(homeserver=url, user=bot.user_id, password=SecretStr(bot.password))


@dataclass
class Bot:
    """The channel under an account of its own, over one database; it can be stopped, killed and started."""

    world: World
    account: Account
    url: str
    inbox: Inbox = field(default_factory=Inbox)
    channel: MatrixChannel = field(init=False)
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen, as a process does that has just been started."""
        self.channel = MatrixChannel(
            settings_for(self.account, self.url), self.world.backend, timings=Timings(connect=PATIENCE)
        )
        self._task = asyncio.create_task(self.channel.listen(self.inbox.take))

    async def stop(self) -> None:
        """Listen no more, and forget everything but the database."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            await self.channel.close()

    async def restart(self) -> None:
        """The next process."""
        await self.stop()
        self.start()

    async def room_with(self, person: Client, *, encrypted: bool = True) -> Room:
        """A private room of this person's, which the bot has joined."""
        room = await person.opens_direct(self.account.user_id, encrypted=encrypted)
        await room.until_member(self.account.user_id, patience=PATIENCE)
        return room

    async def says(self, room: Room, text: str, **more: object) -> Receipt:
        """Send a text there."""
        return await self.send(Say(room.id, text, new_id(), **more))  # type: ignore[arg-type]

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Send it, again if the channel asks for that: as the hotline would."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    return await self.channel.send(outgoing)
                except Temporary:
                    await asyncio.sleep(0.1)

    async def saved(self) -> Inbound:
        """The next thing that came in and was saved."""
        return await self.inbox.saved()


@asynccontextmanager
async def bot_at(clients: Clients, template: Path, folder: Path, *, url: str = "") -> AsyncIterator[Bot]:
    """Lend a bot that listens, over a new database in this folder."""
    world = new_world(f"sqlite:///{shutil.copy(template, folder / 'hotline.db')}", folder)
    bot = Bot(world, await clients.server.person("hotline"), url or clients.server.url)
    bot.start()
    try:
        yield bot
    finally:
        await bot.stop()
        await world.backend.database.close()


async def end_all_sessions(url: str, account: Account) -> None:
    """What an administrator, or a homeserver in trouble, does: every token of the account is taken back."""
    async with aiohttp.ClientSession() as session:
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": account.user_id},
            "password": account.password,
        }
        async with session.post(f"{url}/_matrix/client/v3/login", json=login) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with session.post(f"{url}/_matrix/client/v3/logout/all", headers=headers, json={}) as answer:
            assert answer.status == 200


def holds(folder: Path, *words: str) -> list[str]:
    """Which of these words stand readable in any file of the folder."""
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return [word for word in words if any(word.encode() in content for content in contents)]
