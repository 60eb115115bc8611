"""The library's store, over what the device remembers: objects in memory, changed ones written sealed.

Replaces an SQLite file that would hold the ids of everybody who ever wrote. The library calls it while it
works and never waits: `Memory.flush` writes, before anything leaves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from nio.crypto import (
    DeviceStore,
    GroupSessionStore,
    InboundGroupSession,
    OlmAccount,
    OlmDevice,
    OutgoingKeyRequest,
    Session,
    SessionStore,
)

from backend.devices import Remembered
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.replays import READ, Replays

ACCOUNT, OLM, MEGOLM, DEVICE, REQUEST = "account", "olm", "megolm", "device", "request"
KINDS = (ACCOUNT, OLM, MEGOLM, DEVICE, REQUEST, READ)


class SealedStore:
    """What `nio.crypto.Olm` asks of its `MatrixStore`. Whom to trust is decided elsewhere."""

    def __init__(self, memory: Memory, remembered: list[Remembered]) -> None:
        self._memory = memory
        self._remembered = {kind: [each for each in remembered if each.kind == kind] for kind in KINDS}

    # ── Our own keys ────────────────────────────────────────────────────────────────────────────

    def load_account(self) -> OlmAccount | None:
        """The device's identity and one-time keys, None before its first start."""
        for each in self._remembered.pop(ACCOUNT, ()):
            kept = json.loads(each.value)
            return OlmAccount.from_pickle(kept["pickle"].encode(), shared=kept["shared"])
        return None

    def save_account(self, account: OlmAccount) -> None:
        """After one-time keys were made, published or used."""
        self._memory.put_lazily(
            ACCOUNT, "", lambda: json.dumps({"pickle": account.pickle().decode(), "shared": account.shared})
        )

    # ── Sessions ────────────────────────────────────────────────────────────────────────────────

    def load_sessions(self) -> SessionStore:
        """Olm sessions with other devices, the one used last first."""
        sessions = SessionStore()
        for each in self._remembered.pop(OLM, ()):
            kept = json.loads(each.value)
            made = datetime.fromisoformat(kept["made"])  # naive, as the library compares it
            session = Session.from_pickle(
                kept["pickle"].encode(), made, use_time=datetime.fromisoformat(kept["used"])
            )
            sessions.add(kept["key"], session)
        return sessions

    def save_session(self, curve_key: str, session: Session) -> None:
        """After every message that it encrypted or decrypted."""
        self._memory.put_lazily(OLM, session.id, lambda: _session(curve_key, session))

    def load_inbound_group_sessions(self) -> GroupSessionStore:
        """The room keys that others gave us."""
        sessions = GroupSessionStore()
        for each in self._remembered.pop(MEGOLM, ()):
            kept = json.loads(each.value)
            session = InboundGroupSession.from_pickle(
                kept["pickle"].encode(), kept["ed25519"], kept["sender"], kept["room"]
            )
            session.owner = kept["owner"]
            sessions.add(session)
        return sessions

    def save_inbound_group_session(self, session: InboundGroupSession) -> None:
        """Once: what it opens later doesn't change what is kept of it.

        `owner`, the Matrix id of whoever gave us the key, is noted by `machine`. Our own sessions have none
        and aren't kept: what we said ourselves need not be read again.
        """
        if getattr(session, "owner", ""):
            self._memory.put_lazily(MEGOLM, session_name(session), lambda: _room_key(session))

    def forget_inbound_group_session(self, session: InboundGroupSession) -> None:
        """What it opened is nobody's business any more."""
        self._memory.drop(MEGOLM, session_name(session))

    def load_replays(self) -> Replays:
        """What each of them opened."""
        return Replays(self._memory, self._remembered.pop(READ, ()))

    # ── Others' devices ─────────────────────────────────────────────────────────────────────────

    def load_device_keys(self) -> DeviceStore:
        """All devices that were ever seen."""
        devices = DeviceStore()
        for each in self._remembered.pop(DEVICE, ()):
            devices.add(OlmDevice(**json.loads(each.value)))
        return devices

    def save_device_keys(self, device_keys: Mapping[str, Mapping[str, OlmDevice]]) -> None:
        """Those that are new or changed. Their names are nobody's business and aren't kept."""
        for user, own in device_keys.items():
            for device_id, device in own.items():
                kept = {
                    "user_id": user,
                    "device_id": device_id,
                    "keys": device.keys,
                    "deleted": device.deleted,
                }
                self._memory.put(DEVICE, f"{user} {device_id}", json.dumps(kept))

    def is_device_verified(self, device: OlmDevice) -> bool:  # noqa: ARG002 - the library's signature
        """Nobody compares keys with a program."""
        return False

    def is_device_blacklisted(self, device: OlmDevice) -> bool:
        """Whether it is kept from reading, as `trust` decided."""
        return bool(device.blacklisted)

    def is_device_ignored(self, device: OlmDevice) -> bool:  # noqa: ARG002 - the library's signature
        """Written to although not compared by hand: so is every device that may read."""
        return True

    # ── Keys that we asked for ──────────────────────────────────────────────────────────────────

    def load_outgoing_key_requests(self) -> dict[str, OutgoingKeyRequest]:
        """Requests that nobody answered yet."""
        kept = [json.loads(each.value) for each in self._remembered.pop(REQUEST, ())]
        return {each["request_id"]: OutgoingKeyRequest(**each) for each in kept}

    def add_outgoing_key_request(self, key_request: OutgoingKeyRequest) -> None:
        """A request that is on its way."""
        kept = {
            "request_id": key_request.request_id,
            "session_id": key_request.session_id,
            "room_id": key_request.room_id,
            "algorithm": key_request.algorithm,
        }
        self._memory.put(REQUEST, key_request.request_id, json.dumps(kept))

    def remove_outgoing_key_request(self, key_request: OutgoingKeyRequest) -> None:
        """A request that was answered."""
        self._memory.drop(REQUEST, key_request.request_id)


def session_name(session: InboundGroupSession) -> str:
    """By what a room key is remembered."""
    return f"{session.sender_key} {session.id}"


def _room_key(session: InboundGroupSession) -> str:
    return json.dumps(
        {
            "pickle": session.pickle().decode(),
            "ed25519": session.ed25519,
            "sender": session.sender_key,
            "room": session.room_id,
            "owner": session.owner,
        }
    )


def _session(curve_key: str, session: Session) -> str:
    return json.dumps(
        {
            "key": curve_key,
            "pickle": session.pickle().decode(),
            "made": session.creation_time.isoformat(),
            "used": session.use_time.isoformat(),
        }
    )
