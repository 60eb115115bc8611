"""Devices without a client: known to the homeserver with keys that are in order, and nobody behind them."""

from __future__ import annotations

import asyncio
import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import ClientSession
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.matrix.synapse import Account

API = "/_matrix/client/v3"
ALGORITHMS = ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"]
ONE_TIME = 5
"""Keys of each: their owner's other devices take some, too."""
ONLY_TO_DEVICE: dict[str, dict[str, list[str]]] = {
    "room": {"rooms": []},
    "presence": {"types": []},
    "account_data": {"types": []},
}


@dataclass(frozen=True)
class BareDevice:
    """One of them, by its access token."""

    id: str
    token: str
    session: ClientSession

    async def sent(self) -> list[str]:
        """The types of what was sent to it."""
        query = {"filter": json.dumps(ONLY_TO_DEVICE), "timeout": "0"}
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.get(f"{API}/sync", params=query, headers=headers) as answer:
            found = await answer.json()
        return [event["type"] for event in found.get("to_device", {}).get("events", [])]


async def bare_devices(session: ClientSession, account: Account, number: int) -> list[BareDevice]:
    """Log in so many new devices of this account; `session` is at the homeserver's address."""
    return list(await asyncio.gather(*(_bare_device(session, account) for _ in range(number))))


async def _bare_device(session: ClientSession, account: Account) -> BareDevice:
    name = {"type": "m.id.user", "user": account.user_id}
    login = {"type": "m.login.password", "identifier": name, "password": account.password}
    entered = await _posted(session, "login", login)
    device = BareDevice(entered["device_id"], entered["access_token"], session)
    await _posted(session, "keys/upload", _keys(account.user_id, device.id), token=device.token)
    return device


async def _posted(
    session: ClientSession, path: str, body: Mapping[str, object], *, token: str = ""
) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with session.post(f"{API}/{path}", json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        found: dict[str, str] = await answer.json()
    return found


def _keys(user: str, device: str) -> dict[str, object]:
    signing = Ed25519PrivateKey.generate()

    def signed(body: Mapping[str, object]) -> dict[str, object]:
        plain = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        return {**body, "signatures": {user: {f"ed25519:{device}": _unpadded(signing.sign(plain))}}}

    own = {
        f"ed25519:{device}": _unpadded(signing.public_key().public_bytes_raw()),
        f"curve25519:{device}": _curve25519(),
    }
    about = {"user_id": user, "device_id": device, "algorithms": ALGORITHMS, "keys": own}
    once = {
        f"signed_curve25519:{secrets.token_hex(4)}": signed({"key": _curve25519()}) for _ in range(ONE_TIME)
    }
    return {"device_keys": signed(about), "one_time_keys": once}


def _curve25519() -> str:
    return _unpadded(X25519PrivateKey.generate().public_key().public_bytes_raw())


def _unpadded(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")
