"""People on Matrix: each has a client of its own that is not the bot's library, with all its cryptography.

async with Clients(server) as clients:
    anna, boris = await clients.person("anna"), await clients.person("boris", strict=True)
    room = await anna.opens(invite=[boris.user_id])        # encrypted
    await (await boris.joins(room.id)).says("Здравствуйте")
    message = await room.next_message(matching="Здрав")

Whatever a person does returns once the server has it; what others make of it arrives later, at `next_message`
or `until`. `server`'s interface itself is at hand as `Client.request`, for all that needs no client.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

from .driver import Driver, Json
from .room import PATIENCE, Room
from .synapse import Account, Synapse
from .timeline import read_event

ENCRYPTION = {"algorithm": "m.megolm.v1.aes-sha2"}


@dataclass(frozen=True, slots=True)
class Device:
    """One of a person's devices, as somebody else's client sees it."""

    id: str
    fingerprint: str
    signed: bool
    """Whether its owner's own identity vouches for it."""


class Client:
    """One device of a person, logged in; made by `Clients.login`."""

    def __init__(self, driver: Driver, name: str, account: Account) -> None:
        self.account = account
        self.user_id = account.user_id
        self.device_id = ""
        self.rooms: dict[str, Room] = {}
        self.broken: list[str] = []
        """What the client itself stumbled over; empty in a sound test."""
        self._driver = driver
        self._name = name
        self._transactions = itertools.count(1)
        self._changed = asyncio.Event()
        driver.attach(name, self._hear)

    async def enters(self, url: str, *, signed: bool, strict: bool) -> None:
        """Log in; called by `Clients.login`."""
        given = {"url": url, "user": self.user_id, "password": self.account.password}
        answer = await self.ask("login", **given, signed=signed, strict=strict)
        assert isinstance(answer, Mapping)
        self.device_id = str(answer["device_id"])

    async def ask(self, verb: str, **given: object) -> object:
        """Have the client do something; see `Driver.ask`."""
        return await self._driver.ask(self._name, verb, **given)

    async def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, object] | None = None,
        prefix: str = "/_matrix/client/v3",
    ) -> Mapping[str, object]:
        """Call the server's own interface with this client's token. Raises Refused."""
        if body is None and method != "GET":
            body = {}
        answer = await self.ask("request", method=method, path=path, query=query, body=body, prefix=prefix)
        assert isinstance(answer, Mapping)
        return answer

    def next_transaction(self) -> str:
        """A transaction id that this client has not used."""
        return f"plain-{next(self._transactions)}"

    def room(self, room_id: str) -> Room:
        """A room, as this person sees it."""
        return self.rooms.setdefault(room_id, Room(self, room_id))

    async def opens(
        self,
        *,
        invite: Sequence[str] = (),
        encrypted: bool = True,
        preset: str = "private_chat",
        **further: object,
    ) -> Room:
        """Make a room and be in it; `further` goes into the server's createRoom."""
        initial = [{"type": "m.room.encryption", "state_key": "", "content": ENCRYPTION}] if encrypted else []
        body = {"preset": preset, "invite": list(invite), "initial_state": initial, **further}
        room = self.room(str((await self.request("POST", "/createRoom", body))["room_id"]))
        await self.until(lambda: room.membership == "join")
        return room

    async def opens_direct(self, user_id: str, *, encrypted: bool = True) -> Room:
        """Begin a conversation of two, as clients do it."""
        return await self.opens(
            invite=[user_id], encrypted=encrypted, preset="trusted_private_chat", is_direct=True
        )

    async def invited(self) -> Room:
        """Wait for an invitation that was not answered yet; the room. Raises TimeoutError."""

        def inviting() -> Room | None:
            return next((room for room in self.rooms.values() if room.membership == "invite"), None)

        await self.until(inviting)
        room = inviting()
        assert room is not None
        return room

    async def joins(self, room_id: str) -> Room:
        """Accept an invitation, and be in the room."""
        await self.request("POST", f"/rooms/{quote(room_id)}/join", {})
        room = self.room(room_id)
        await self.until(lambda: room.membership == "join")
        return room

    async def devices(self, user_id: str) -> dict[str, Device]:
        """Ask the server for a person's devices, by their ids, and judge each by its signatures."""
        known = await self.ask("devices", user=user_id)
        assert isinstance(known, list)
        return {device["id"]: Device(**device) for device in known}

    async def until_signed(self, user_id: str, patience: float = PATIENCE) -> None:
        """Wait until somebody vouches for all devices that they have. Raises TimeoutError.

        Before that, a program that was just started for the first time is no one to strict clients.
        """
        async with asyncio.timeout(patience):
            while not await self._sees_signed(user_id):  # noqa: ASYNC110 - the server is asked
                await asyncio.sleep(0.05)

    async def _sees_signed(self, user_id: str) -> bool:
        found = (await self.devices(user_id)).values()
        return bool(found) and all(each.signed for each in found)

    async def identity(self, user_id: str) -> str | None:
        """A person's master key as the server gives it; None while there is none."""
        answer = await self.request("POST", "/keys/query", {"device_keys": {user_id: []}})
        keys = answer.get("master_keys")
        assert isinstance(keys, Mapping)
        return next(iter(keys[user_id]["keys"].values())) if user_id in keys else None

    async def identifies(self) -> None:
        """Make a new cross-signing identity, and sign this device with it."""
        await self.ask("identify", user=self.user_id, password=self.account.password)

    async def signs(self, device_id: str) -> None:
        """Vouch for another device of one's own."""
        await self.ask("signDevice", device=device_id)

    async def wakes(self) -> None:
        """Reconnect now; by itself a client waits some seconds after its server was gone."""
        await self.ask("wake")

    async def until(self, predicate: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait until something is true of what the client was told. Raises TimeoutError."""
        async with asyncio.timeout(patience):
            while not predicate():
                self._changed.clear()
                await self._changed.wait()

    def _hear(self, told: Json) -> None:
        event = told.get("event")
        if isinstance(event, Mapping):
            self._note(event)
        else:
            self.broken.append(str(told))
        self._changed.set()

    def _note(self, event: Mapping[str, object]) -> None:
        room = self.room(str(event["room"]))
        if "membership" in event:
            room.membership = str(event["membership"])
            return
        room.take(read_event(event))


class Clients:
    """The people of one test, all in one Node process, which ends with the block."""

    def __init__(self, server: Synapse) -> None:
        self.server = server
        self.driver = Driver()
        self._everybody: list[Client] = []
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        """Start Node."""
        await self.driver.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing of it outlives the test."""
        await self.driver.stop()

    async def login(
        self, account: Account, *, signed: bool = True, strict: bool = False, url: str = ""
    ) -> Client:
        """Log in on a new device, by way of `url` if that is not the server's own address.

        A `signed` one makes a cross-signing identity, as clients do for a new account: a person's further
        devices are logged in without it, and vouched for with `Client.signs`, or left alone. A `strict` one
        neither reads what comes from unsigned devices nor sends to them.
        """
        client = Client(self.driver, str(next(self._numbers)), account)
        self._everybody.append(client)
        await client.enters(url or self.server.url, signed=signed, strict=strict)
        return client

    async def wake(self) -> None:
        """Have everybody reconnect, once the server is back."""
        for client in self._everybody:
            await client.wakes()

    async def person(self, name: str, *, signed: bool = True, strict: bool = False) -> Client:
        """Somebody new, under a name that begins so, logged in."""
        return await self.login(await self.server.person(name), signed=signed, strict=strict)
