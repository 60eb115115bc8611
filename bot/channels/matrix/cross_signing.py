"""Signing our own device, so that clients don't take it for a stranger's.

A master key signs a self-signing key, which signs the device; people compare the master key. Without this,
current clients neither show what the hotline says nor send it anything. The keys stay in the sealed store.
Format: client-server API, "Cross-signing".
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nio.api import Api

from backend.devices import Remembered
from bot.channels.matrix.homeserver import Homeserver, Refused, place
from bot.channels.matrix.machine import Machine
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.session import by_password
from bot.channels.matrix.settings import MatrixSettings
from bot.channels.matrix.tree import Json, Tree, table, text

CROSSING = "crossing"
Usage = Literal["master", "self_signing", "user_signing"]
USAGES: tuple[Usage, ...] = ("master", "self_signing", "user_signing")
_UNAUTHORISED = 401


class SigningKey:
    """One ed25519 key."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @property
    def public(self) -> str:
        """As Matrix writes it: base64 without padding."""
        return _unpadded(self._private.public_key().public_bytes_raw())

    @property
    def secret(self) -> str:
        """As the sealed store keeps it."""
        return b64encode(self._private.private_bytes_raw()).decode()

    def sign(self, user: str, body: dict[str, Json]) -> dict[str, Json]:
        """The object with this key's signature beside those that it has."""
        bare = {name: value for name, value in body.items() if name not in ("signatures", "unsigned")}
        signature = _unpadded(self._private.sign(Api.to_canonical_json(bare).encode()))
        own = {**table(body, "signatures", user), f"ed25519:{self.public}": signature}
        return {**body, "signatures": {**table(body, "signatures"), user: own}}


def _unpadded(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True)
class Identity:
    """The three keys of one account."""

    user: str
    keys: dict[Usage, SigningKey]

    @classmethod
    def new(cls, user: str) -> Identity:
        """Keys never used before."""
        return cls(user, {usage: SigningKey(Ed25519PrivateKey.generate()) for usage in USAGES})

    @classmethod
    def remembered(cls, user: str, remembered: list[Remembered]) -> Identity | None:
        """The keys of the last run."""
        for each in remembered:
            if each.kind == CROSSING:
                kept = cast("dict[Usage, str]", json.loads(each.value))
                return cls(user, {usage: _opened(secret) for usage, secret in kept.items()})
        return None

    @property
    def fingerprint(self) -> str:
        """The public master key, which people compare."""
        return self.keys["master"].public

    def keep(self, memory: Memory) -> None:
        """Have the keys written."""
        memory.put(CROSSING, "", json.dumps({usage: key.secret for usage, key in self.keys.items()}))

    def published(self) -> Iterator[tuple[str, dict[str, Json]]]:
        """The bodies that an upload consists of: each key, the two lesser ones signed by the master key."""
        for usage, key in self.keys.items():
            body: dict[str, Json] = {
                "user_id": self.user,
                "usage": [usage],
                "keys": {f"ed25519:{key.public}": key.public},
            }
            yield f"{usage}_key", body if usage == "master" else self.keys["master"].sign(self.user, body)


def _opened(secret: str) -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(b64decode(secret)))


async def sign_own_device(
    server: Homeserver, settings: MatrixSettings, machine: Machine, identity: Identity
) -> None:
    """Publish the keys and the device's signature, unless they are published. Raises as calls do."""
    user, device = identity.user, machine.olm.device_id
    known = await server.call("POST", place("keys", "query"), {"device_keys": {user: []}})
    master = table(known, "master_keys", user)
    if f"ed25519:{identity.fingerprint}" not in table(master, "keys"):
        master = await _publish(server, settings, identity)
    own = dict(table(known, "device_keys", user, device))
    signed = f"ed25519:{identity.keys['self_signing'].public}" in table(own, "signatures", user)
    if own and not signed:
        bodies: dict[str, Json] = {device: identity.keys["self_signing"].sign(user, _bare(own))}
        bodies[identity.fingerprint] = machine.signed(_bare(master))
        await server.call("POST", place("keys", "signatures", "upload"), {user: bodies})


def _bare(body: Tree) -> dict[str, Json]:
    return {name: value for name, value in body.items() if name not in ("signatures", "unsigned")}


async def _publish(server: Homeserver, settings: MatrixSettings, identity: Identity) -> Tree:
    """Upload the three keys, with the password where the homeserver asks for it; the master key's body."""
    bodies: dict[str, Json] = dict(identity.published())
    path = place("keys", "device_signing", "upload")
    try:
        await server.call("POST", path, bodies)
    except Refused as refused:
        if refused.status != _UNAUTHORISED or not text(refused.body, "session"):
            raise
        proof: Json = {**by_password(settings), "session": text(refused.body, "session")}
        await server.call("POST", path, {**bodies, "auth": proof})
    return table(bodies, "master_key")
