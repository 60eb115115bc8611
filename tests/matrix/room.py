"""A room as one person sees it, and all that they can do there."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from .timeline import Event, Matching, Message, event_id, fits, relation

if TYPE_CHECKING:
    from .people import Client

TEXT = "m.room.message"
KINDS = {"image": "m.image", "audio": "m.audio", "video": "m.video"}
PATIENCE = 60.0
"""Seconds."""


class Room:
    """A room as one person sees it. `messages` are the others' readable ones, in the order they became so."""

    def __init__(self, client: Client, room_id: str) -> None:
        self.client = client
        self.id = room_id
        self.membership = ""
        """One's own: join, invite, leave, ban."""
        self.events: dict[str, Event] = {}
        """Everything that came, by its id; what was decrypted late replaces what it was before."""
        self.messages: list[Message] = []
        self._known: dict[str, Message] = {}
        self._read = 0

    @property
    def unreadable(self) -> list[Event]:
        """What could not be decrypted, so far."""
        return [event for event in self.events.values() if event.failure is not None]

    async def says(
        self,
        text: str,
        *,
        reply_to: Message | None = None,
        thread: Message | str | None = None,
        html: str = "",
    ) -> str:
        """Send a text, as an answer or into a thread if so wished; its event id."""
        rich = {"format": "org.matrix.custom.html", "formatted_body": html} if html else {}
        return await self.sends({"msgtype": "m.text", "body": text, **rich, **relation(reply_to, thread)})

    async def edits(self, message_id: str, text: str) -> str:
        """Replace the text of a message of one's own."""
        new = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": message_id}
        return await self.sends({**new, "body": f"* {text}", "m.new_content": new, "m.relates_to": relation})

    async def reacts(self, message: Message | str, key: str = "✅") -> str:
        """Put a sign to a message; reactions are never encrypted."""
        relation = {"rel_type": "m.annotation", "event_id": event_id(message), "key": key}
        return await self.sends({"m.relates_to": relation}, kind="m.reaction")

    async def sends(self, content: Mapping[str, object], *, kind: str = TEXT) -> str:
        """Send any content, encrypted if the room is."""
        return str(await self.client.ask("send", room=self.id, type=kind, content=content))

    async def sends_plain(self, content: Mapping[str, object], *, kind: str = TEXT) -> str:
        """Send any content in the clear, whatever the room is: what a forger or a careless client does."""
        path = f"/rooms/{quote(self.id)}/send/{kind}/{self.client.next_transaction()}"
        return str((await self.client.request("PUT", path, content))["event_id"])

    async def sends_file(
        self,
        data: bytes,
        name: str = "document.pdf",
        mime: str = "application/pdf",
        *,
        caption: str = "",
        thread: Message | str | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> str:
        """Send an encrypted attachment; pictures, sounds and films as such. `extra` goes into its content."""
        content = {
            "msgtype": KINDS.get(mime.partition("/")[0], "m.file"),
            "body": caption or name,
            "filename": name,
            "info": {"mimetype": mime, "size": len(data)},
            **relation(None, thread),
            **(extra or {}),
        }
        encoded = base64.b64encode(data).decode()
        return str(await self.client.ask("sendFile", room=self.id, content=content, data=encoded))

    async def file(self, message: Message) -> bytes:
        """The attachment of a message, decrypted; Refused if it isn't what was sent."""
        file = message.event.content["file"]
        return base64.b64decode(str(await self.client.ask("download", file=file)))

    async def next_message(self, timeout: float = PATIENCE, matching: Matching = None) -> Message:  # noqa: ASYNC109
        """The others' next message that was not returned yet; earlier ones that don't match are passed over.

        `matching` is a text to be contained, or a predicate.

        Raises:
            TimeoutError: there was none within `timeout` seconds.

        """

        def position() -> int | None:
            unread = range(self._read, len(self.messages))
            return next((place for place in unread if fits(self.messages[place], matching)), None)

        try:
            await self.client.until(lambda: position() is not None, timeout)
        except TimeoutError:
            unread = [message.text for message in self.messages[self._read :]]
            unclear = [event.failure for event in self.unreadable]
            raise TimeoutError(f"no such message in {timeout} s; unread: {unread}, {unclear}") from None
        found = position() or 0
        self._read = found + 1
        return self.messages[found]

    def reactions_to(self, message: Message | str) -> list[tuple[str, str]]:
        """Who put which sign to a message, anybody's."""
        return self._known[event_id(message)].reactions

    def skip(self) -> None:
        """Let `next_message` begin after everything that is there."""
        self._read = len(self.messages)

    async def redacts(self, message: Message | str, reason: str = "") -> None:
        """Take a message back, or another's away."""
        path = f"/rooms/{quote(self.id)}/redact/{quote(event_id(message))}/{self.client.next_transaction()}"
        await self.client.request("PUT", path, {"reason": reason} if reason else {})

    async def invites(self, user_id: str) -> None:
        """Invite somebody."""
        await self._post("invite", {"user_id": user_id})

    async def kicks(self, user_id: str) -> None:
        """Put somebody out."""
        await self._post("kick", {"user_id": user_id})

    async def bans(self, user_id: str) -> None:
        """Put somebody out for good."""
        await self._post("ban", {"user_id": user_id})

    async def unbans(self, user_id: str) -> None:
        """Let somebody be invited again."""
        await self._post("unban", {"user_id": user_id})

    async def leaves(self) -> None:
        """Leave."""
        await self._post("leave", {})

    async def upgrades(self, version: str = "12") -> str:
        """Replace the room by a new one, which its tombstone names; the new one's id."""
        return str((await self._post("upgrade", {"new_version": version}))["replacement_room"])

    async def state(self, kind: str, key: str = "") -> Mapping[str, object]:
        """One state event's content; Refused with M_NOT_FOUND if there is none."""
        return await self.client.request("GET", f"/rooms/{quote(self.id)}/state/{kind}/{quote(key)}")

    async def sets_state(self, kind: str, content: Mapping[str, object], key: str = "") -> None:
        """Write a state event; the server sees it."""
        await self.client.request("PUT", f"/rooms/{quote(self.id)}/state/{kind}/{quote(key)}", content)

    async def members(self) -> dict[str, str]:
        """Who is joined, invited, gone or banned."""
        answer = await self.client.request("GET", f"/rooms/{quote(self.id)}/members")
        events = answer["chunk"]
        assert isinstance(events, list)
        return {event["state_key"]: event["content"]["membership"] for event in events}

    async def until_member(
        self, user_id: str, membership: str = "join", *, patience: float = PATIENCE
    ) -> None:
        """Wait until somebody has joined, or whatever else. Raises TimeoutError."""
        async with asyncio.timeout(patience):
            while (await self.members()).get(user_id) != membership:  # noqa: ASYNC110 - the server is asked
                await asyncio.sleep(0.05)

    async def discards_session(self) -> None:
        """Have the next message encrypted with a new key, which is shared anew."""
        await self.client.ask("discardSession", room=self.id)

    async def _post(self, verb: str, body: Mapping[str, object]) -> Mapping[str, object]:
        return await self.client.request("POST", f"/rooms/{quote(self.id)}/{verb}", body)

    def take(self, event: Event) -> None:
        """Note what came; called by the client."""
        before = self.events.get(event.id)
        self.events[event.id] = event
        if event.failure is None and (before is None or before.failure is not None):
            self._apply(event)

    def _apply(self, event: Event) -> None:
        target = self._known.get(str(event.relation.get("event_id")))
        if event.type == "m.room.redaction":
            self._redact(event)
        elif event.type == "m.reaction" and target is not None:
            target.reactions.append((event.sender, str(event.relation.get("key"))))
        elif event.type == TEXT and event.content:
            self._message(event, target)

    def _redact(self, event: Event) -> None:
        redacted = self._known.get(str(event.content.get("redacts")))
        if redacted is not None:
            redacted.redacted = True

    def _message(self, event: Event, target: Message | None) -> None:
        new = event.content.get("m.new_content")
        if event.relation.get("rel_type") == "m.replace" and isinstance(new, Mapping):
            if target is not None and target.sender == event.sender:
                target.edits.append(target.text)
                target.text = str(new["body"])
            return
        message = self._known[event.id] = Message(event, str(event.content.get("body", "")))
        if event.sender != self.client.user_id:
            self.messages.append(message)
