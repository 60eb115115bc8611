"""How far was read is never saved before what was read: looked at on disk after each commit."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from dataclasses import dataclass, field

import pytest

from backend.vault import keyring
from backend.vault.keys import RoomKey
from bot.channels.matrix import syncing
from tests.matrix.hotline import is_received
from tests.matrix.lives import LOOK_EVERY, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 60.0
"""Seconds for an answer."""


@dataclass(frozen=True)
class Moment:
    """What stood in the database after one commit."""

    token: tuple[str, bytes]
    """The row that says how far was read: its id, and the sealed value."""
    inbox: frozenset[bytes]
    keys: int
    """How many room keys there were."""


@dataclass(frozen=True)
class Told:
    """What one sync brought: its token, messages, and how many events for the device."""

    token: str
    events: frozenset[str]
    keys: int


@dataclass
class Watch:
    """What the homeserver told, sync by sync, and what stood in the database after each commit."""

    scene: Scene
    told: list[Told] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)

    def hear(self, answer: dict[str, object]) -> None:
        """Note what a sync brings."""
        tree = json.loads(json.dumps(answer))
        rooms = tree.get("rooms", {}).get("join", {}).values()
        events = frozenset(event["event_id"] for room in rooms for event in room["timeline"]["events"])
        keys = [each["type"] for each in tree.get("to_device", {}).get("events", [])]
        self.told.append(Told(tree["next_batch"], events, keys.count("m.room.encrypted")))

    def look(self) -> None:
        """Note what is on disk, while nothing of the hotline runs."""
        with contextlib.closing(sqlite3.connect(self.scene.lives.file)) as file:
            ((name, sealed),) = file.execute("SELECT id, item FROM device_items WHERE kind = 'token'")
            ((keys,),) = file.execute("SELECT count(*) FROM device_items WHERE kind = 'megolm'")
            inbox = frozenset(row for (row,) in file.execute("SELECT id FROM inbox"))
        self.moments.append(Moment((name, sealed), inbox, keys))

    async def tokens(self) -> list[str]:
        """How far was read at each moment, in the homeserver's words."""
        backend = self.scene.lives.backend
        async with backend.looking() as work:
            key = await keyring.load(work.session, backend.vault, "device-matrix", RoomKey)
        assert key is not None
        opened = [key.open("device_items", "item", *each.token) for each in self.moments]
        return [json.loads(plain)[1] for plain in opened]

    def up_to(self, token: str) -> list[Told]:
        """All syncs up to this token; none if it is from before."""
        last = max((place for place, each in enumerate(self.told) if each.token == token), default=-1)
        return self.told[: last + 1]

    def has_inbox(self, moment: Moment, event: str) -> bool:
        """Whether this message was acted on by then."""
        return self.scene.lives.backend.vault.digest("inbox", "matrix", event) in moment.inbox


async def test_the_token_never_passes_what_is_not_saved(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After every commit: messages and room keys of all syncs up to the saved token are saved as well."""
    monkeypatch.setattr(syncing, "_WRITE_AFTER", 0.0)  # each token is written, not one a second
    person = await scene.clients.person("vera", strict=True)
    room = await person.opens_direct(scene.lives.bot.user_id)
    await room.until_member(scene.lives.bot.user_id, patience=PATIENCE)
    watch = Watch(scene)
    watch.look()
    scene.wire.bend("GET .*/sync", watch.hear)
    monkeypatch.setattr(scene.lives, "look", watch.look)
    sent = [await room.says("/sos")]
    await room.next_message(PATIENCE, "Где вы и что происходит")
    await room.discards_session()  # so that a key comes with the words
    sent.append(await room.says("Они у двери"))
    await room.next_message(PATIENCE, is_received)
    sent.append(await room.says("Их трое"))
    await scene.boris.next_message(PATIENCE, "Их трое")
    await read(watch, sent[-1])
    scene.wire.calm()
    tokens = await watch.tokens()
    for moment, token in zip(watch.moments, tokens, strict=True):
        heard = watch.up_to(token)
        passed = [event for event in sent if any(event in each.events for each in heard)]
        assert [event for event in passed if not watch.has_inbox(moment, event)] == []
        assert moment.keys - watch.moments[0].keys >= sum(each.keys for each in heard)


async def read(watch: Watch, event: str) -> None:
    """Wait until the saved token has passed this message."""
    async with asyncio.timeout(PATIENCE):
        while True:
            *_, token = await watch.tokens()
            if any(event in each.events for each in watch.up_to(token)):
                return
            await asyncio.sleep(LOOK_EVERY)
