"""Giving a room's key to those who may read it, and encrypting with it.

The library's own way of sharing hangs for good where a claim of keys fails half-way; here a failure is an
exception, and the next message tries again.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Collection, Iterable

from nio.crypto import OlmDevice, TrustState
from nio.responses import KeysClaimResponse, KeysQueryResponse, ToDeviceResponse

from bot.channels.matrix.homeserver import Homeserver, place
from bot.channels.matrix.machine import Machine
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.tree import Json, Tree, table
from bot.channels.matrix.trust import Trust

_log = logging.getLogger(__name__)

ASK_AGAIN = 60.0
"""Seconds before a device that had no key to give is asked once more."""
_SERVER_MAY_WAIT = 8000  # milliseconds in which our homeserver asks others

Device = tuple[str, str]
"""A person's Matrix id and a device's id."""


class Sharing:
    """The room keys of one device of ours."""

    def __init__(self, server: Homeserver, machine: Machine, memory: Memory, trust: Trust) -> None:
        self._server = server
        self._trust = trust
        self._olm = machine.olm
        self._memory = memory
        self._rooms: dict[str, asyncio.Lock] = {}
        self._asking = asyncio.Lock()
        self._changed_meanwhile: set[str] = set()
        self._keyless: dict[Device, float] = {}

    # ── Encrypting ──────────────────────────────────────────────────────────────────────────────

    async def encrypted(self, room: str, kind: str, content: Tree, *, readers: Collection[str]) -> Tree:
        """The content of an `m.room.encrypted` that the devices of `readers` can read. Raises as calls do."""
        async with self._rooms.setdefault(room, asyncio.Lock()):
            await self._share(room, sorted(readers))
            sealed: dict[str, Json] = self._olm.group_encrypt(room, {"type": kind, "content": content})
        relation = content.get("m.relates_to")
        return {**sealed, "m.relates_to": relation} if relation else sealed

    def forget(self, room: str) -> None:
        """Begin a new key with the next message: somebody left."""
        self._olm.outbound_group_sessions.pop(room, None)

    async def _share(self, room: str, readers: list[str]) -> None:
        await self.learn(self.unknown(readers))
        devices = self._devices(readers)
        await self._meet(devices)
        wanted = {(each.user_id, each.id) for each in devices if self._olm.session_store.get(each.curve25519)}
        session = self._olm.outbound_group_sessions.get(room)
        if session and session.shared and not session.expired and session.users_shared_with == wanted:
            return
        self.forget(room)
        for receivers, body in self._olm.share_group_session_parallel(room, readers):
            await self._send(body)
            self._olm.outbound_group_sessions[room].users_shared_with |= receivers
        self._olm.outbound_group_sessions[room].mark_as_shared()

    def _devices(self, readers: Iterable[str]) -> list[OlmDevice]:
        known = self._olm.device_store
        return [
            device
            for user in readers
            for device in known.active_user_devices(user)
            if device.id != self._olm.device_id and not device.blacklisted
        ]

    # ── Others' devices ─────────────────────────────────────────────────────────────────────────

    def changed(self, users: Iterable[str]) -> None:
        """These people have other devices or keys than before."""
        gone = set(users)
        self._changed_meanwhile |= gone
        self._olm.tracked_users.difference_update(gone)
        self._olm.users_for_key_query.update(gone)

    def unknown(self, users: Iterable[str]) -> set[str]:
        """Those of these people whose devices aren't known, or not any more."""
        known: set[str] = self._olm.tracked_users - self._trust.refusing
        return set(users) - known

    async def learn(self, users: Iterable[str]) -> None:
        """Ask for the devices of these people. Raises as calls do."""
        asked = sorted(set(users))
        if not asked:
            return
        async with self._asking:
            self._changed_meanwhile.clear()
            body: Json = {"device_keys": {user: [] for user in asked}, "timeout": _SERVER_MAY_WAIT}
            answer = await self._server.call("POST", place("keys", "query"), body)
            for user, own in table(answer, "device_keys").items():
                if user in asked:
                    refused = await self._trust.refused(user, answer)
                    # Nothing waits between these two: nobody may read whom trust keeps out.
                    self._note(user, table(own))
                    self._keep_out(user, refused)
            self.changed(self._changed_meanwhile.intersection(asked))  # the answer may be older than that

    def _keep_out(self, user: str, refused: Collection[str]) -> None:
        for device in self._olm.device_store[user].values():
            device.trust_state = TrustState.blacklisted if device.id in refused else TrustState.unset

    def _note(self, user: str, devices: Tree) -> None:
        """One person's devices by themselves: garbage in them must not keep the others from reading.

        Somebody whose homeserver didn't answer isn't in the answer at all, and is asked for again.
        """
        try:
            self._olm.handle_response(KeysQueryResponse({user: dict(devices)}, {}))
        except Exception as fault:  # noqa: BLE001 - the library doesn't look at what it is given
            _log.warning("Matrix: somebody's devices could not be read (%s)", type(fault).__name__)

    async def _meet(self, devices: Iterable[OlmDevice]) -> None:
        """Begin a session with those devices with which there is none."""
        now = time.monotonic()
        strangers = [
            each
            for each in devices
            if not self._olm.session_store.get(each.curve25519)
            and self._keyless.get((each.user_id, each.id), 0.0) <= now
        ]
        if strangers:
            await self._claim(strangers)
            self._keyless |= {
                (each.user_id, each.id): now + ASK_AGAIN
                for each in strangers
                if not self._olm.session_store.get(each.curve25519)
            }

    async def _claim(self, devices: Iterable[OlmDevice]) -> None:
        wanted: dict[str, dict[str, str]] = {}
        for device in devices:
            wanted.setdefault(device.user_id, {})[device.id] = "signed_curve25519"
        body: Json = {"one_time_keys": wanted, "timeout": _SERVER_MAY_WAIT}
        answer = await self._server.call("POST", place("keys", "claim"), body)
        for user, own in table(answer, "one_time_keys").items():
            for device_id, keys in table(own).items():
                self._begin(user, device_id, keys)

    def _begin(self, user: str, device_id: str, keys: Json) -> None:
        """One device's answer by itself: garbage in it must not keep the others from reading."""
        try:
            self._olm.handle_response(KeysClaimResponse({user: {device_id: keys}}, {}))
        except Exception as fault:  # noqa: BLE001 - the library doesn't look at what it is given
            _log.warning("Matrix: a one-time key could not be used (%s)", type(fault).__name__)

    # ── To devices ──────────────────────────────────────────────────────────────────────────────

    async def drain(self) -> None:
        """Look at devices that changed, and send what the library wants sent: mostly requests for keys."""
        if self._olm.users_for_key_query:
            await self.learn(set(self._olm.users_for_key_query))
        if self._olm.wedged_devices:
            await self._claim(list(self._olm.wedged_devices))
            # Whoever had no key is noticed again with their next message.
            self._olm.wedged_devices.clear()
        for message in list(self._olm.outgoing_to_device_messages):
            await self._send(message.as_dict(), kind=message.type)
            self._olm.handle_response(ToDeviceResponse(message))

    async def _send(self, body: Tree, *, kind: str = "m.room.encrypted") -> None:
        """The sessions that encrypted it are written before it leaves: a key must never be used twice."""
        await self._memory.flush()
        await self._server.call("PUT", place("sendToDevice", kind, secrets.token_hex(16)), body)
