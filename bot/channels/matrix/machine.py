"""End-to-end encryption: the library's Olm machine, told only what we have looked at ourselves.

Stricter than the library's client in two ways: a message must have been encrypted for its own room, and with
a key that its very sender gave us. Everything that came from outside may be garbage: it never raises here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nio.crypto import InboundGroupSession, Olm
from nio.events import MegolmEvent, OlmEvent, RoomKeyEvent, ToDeviceEvent
from nio.responses import KeysUploadResponse

from bot.channels.matrix.store import SealedStore, session_name
from bot.channels.matrix.tree import Json, Tree, number, table, text

_log = logging.getLogger(__name__)

MEGOLM = "m.megolm.v1.aes-sha2"
SIGNED_KEYS = "signed_curve25519"
DEVICE_KEYS = "device_keys"


class Unreadable(Exception):
    """The key isn't here (yet). `session` is the session that the message was encrypted with."""

    def __init__(self, session: str) -> None:
        super().__init__("no key")
        self.session = session


class Forged(Exception):
    """Not from whom, for where or from when it says: nothing of it may be believed."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was inside of an encrypted event, and the curve25519 key of the device that made it."""

    kind: str
    content: Tree
    device_key: str


class Machine:
    """One device's keys and sessions. `olm` is the library's own."""

    def __init__(self, user: str, device: str, store: SealedStore) -> None:
        self.store = store
        self.olm = Olm(user, device, store)
        self.replays = store.load_replays()

    @property
    def identity(self) -> dict[str, str]:
        """The device's public keys: `ed25519` and `curve25519`, unpadded base64."""
        return dict(self.olm.account.identity_keys)

    # ── What came ───────────────────────────────────────────────────────────────────────────────

    def take(self, events: Iterable[Json]) -> set[tuple[str, str]]:
        """Events sent to this device; returns (room, session) of the room keys among them."""
        found: set[tuple[str, str]] = set()
        for event in events:
            try:
                key = self._room_key(event)
            except Exception as fault:  # noqa: BLE001 - whatever somebody sent, the next event must be read
                _log.warning("Matrix: an event to the device could not be read (%s)", type(fault).__name__)
                continue
            found |= {key} if key else set()
        return found

    def _room_key(self, event: Json) -> tuple[str, str] | None:
        parsed = ToDeviceEvent.parse_event(event) if text(event, "type") == "m.room.encrypted" else None
        if not isinstance(parsed, OlmEvent):
            return None
        opened = self.olm.handle_to_device_event(parsed)
        if not isinstance(opened, RoomKeyEvent):
            return None
        session = self.olm.inbound_group_store.get(opened.room_id, opened.sender_key, opened.session_id)
        if session is None:
            return None
        session.owner = opened.sender
        self.store.save_inbound_group_session(session)
        return opened.room_id, opened.session_id

    def open(self, room: str, event: Tree) -> Opened:
        """Decrypt a room's event. Raises Unreadable, Forged."""
        content = table(event, "content")
        session = self._session(room, event)
        if session is None:
            self._ask_for_key(room, event)
            raise Unreadable(text(content, "session_id"))
        try:
            plain, index = session.decrypt(text(content, "ciphertext"))
            payload = json.loads(plain)
        except Exception:  # noqa: BLE001 - another index, another algorithm, no JSON: nothing that can be read
            raise Unreadable(text(content, "session_id")) from None
        self._believe(event, session, index=index)
        if text(payload, "room_id") != room:
            raise Forged("encrypted for another room")
        return Opened(text(payload, "type"), table(payload, "content"), session.sender_key)

    def _session(self, room: str, event: Tree) -> InboundGroupSession | None:
        """The session, from its sender: newer clients don't say any more which device's it is."""
        wanted, sender = text(event, "content", "session_id"), text(event, "sender")
        of_room = self.olm.inbound_group_store[room]
        found = [sessions[wanted] for sessions in of_room.values() if wanted in sessions]
        own = [session for session in found if getattr(session, "owner", "") == sender]
        return next(iter(own or found), None)

    def _believe(self, event: Tree, session: InboundGroupSession, *, index: int) -> None:
        if getattr(session, "owner", "") != text(event, "sender"):
            raise Forged("encrypted by another than its sender")
        if self.replays.is_replay(session_name(session), index, text(event, "event_id")):
            raise Forged("a message that was read before, brought as another")

    def forget_room(self, room: str) -> None:
        """The keys to what was said in a room that we left."""
        senders = self.olm.inbound_group_store[room]
        for sessions in senders.values():
            for session in sessions.values():
                self.store.forget_inbound_group_session(session)
                self.replays.forget(session_name(session))
        senders.clear()

    def may_command(self, user: str, device_key: str) -> bool:
        """Whether this device is known to be the person's, and isn't kept from reading."""
        device = self.olm.device_store.device_from_sender_key(user, device_key)
        return device is not None and not device.blacklisted

    def _ask_for_key(self, room: str, event: Tree) -> None:
        """Have the library ask the sending device for the key, where it thinks that this helps."""
        try:
            parsed = MegolmEvent.from_dict({**event, "room_id": room})
            if isinstance(parsed, MegolmEvent):
                self.olm.check_if_wedged(parsed)
        except Exception as fault:  # noqa: BLE001 - a message too odd to ask for is told its sender all the same
            _log.debug("Matrix: no key asked for (%s)", type(fault).__name__)

    def forget_requests(self) -> None:
        """Others' wishes to have keys from us: a program has no second device to give them to."""
        self.olm.received_key_requests.clear()

    # ── Our own keys ────────────────────────────────────────────────────────────────────────────

    def heard_of_keys(self, counts: Tree, unused_fallback: Sequence[Json] | None) -> bool:
        """What the homeserver says of our published keys; returns whether a fallback key is wanted.

        It hands out the fallback key once the one-time keys are used up: hundreds may write at once.
        """
        left = number(counts, SIGNED_KEYS)
        self.olm.uploaded_key_count = left or 0
        return unused_fallback is not None and SIGNED_KEYS not in unused_fallback

    def to_publish(self, *, fallback: bool) -> dict[str, Json] | None:
        """The body of an upload of keys, None where all are there. To be written before it leaves."""
        body: dict[str, Json] = self.olm.share_keys() if self.olm.should_upload_keys else {}
        if fallback or DEVICE_KEYS in body:
            body["fallback_keys"] = self._fallback_keys()
        if body:
            self.store.save_account(self.olm.account)
        return body or None

    def published(self, answer: Tree) -> None:
        """The homeserver has them."""
        left = number(answer, "one_time_key_counts", SIGNED_KEYS) or 0
        self.olm.handle_response(KeysUploadResponse(0, left))

    def publish_again(self) -> None:
        """The homeserver has forgotten the device: all its keys have to be published anew."""
        self.olm.account.shared = False
        self.store.save_account(self.olm.account)

    def _fallback_keys(self) -> dict[str, Json]:
        account = self.olm.account._account  # noqa: SLF001 - the library itself knows no fallback keys
        if not account.fallback_key:
            account.generate_fallback_key()
        return {
            f"{SIGNED_KEYS}:{key_id}": self.signed({"key": key.to_base64(), "fallback": True})
            for key_id, key in account.fallback_key.items()
        }

    def signed(self, body: dict[str, Json]) -> dict[str, Json]:
        """The object with the device's signature."""
        signature = self.olm.sign_json(body)
        name = f"ed25519:{self.olm.device_id}"
        return {**body, "signatures": {self.olm.user_id: {name: signature}}}
