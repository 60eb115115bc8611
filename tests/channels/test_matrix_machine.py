"""Encryption without a server: late keys, forgeries, restarts, and who vouches for a device."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from nio.crypto import OlmDevice

from backend import leases
from bot.channels.base import Inbound, TextSent, Undecryptable
from bot.channels.matrix.cross_signing import Identity
from bot.channels.matrix.machine import Forged, Machine, Unreadable
from bot.channels.matrix.memory import Memory
from bot.channels.matrix.reading import Reader
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.shown import Shown
from bot.channels.matrix.store import KINDS, SealedStore
from bot.channels.matrix.tree import Json, table, text
from bot.channels.matrix.trust import Trust
from bot.channels.matrix.waiting import WAITING, Waiting
from tests.backend.world import NOON, World, new_world
from tests.channels.matrix import holds

ROOM, BOT, VERA, EVE = "!room:x", "@hotline:x", "@vera:x", "@eve:x"


@dataclass
class Ours:
    """The bot's device, and what it reads with."""

    memory: Memory
    machine: Machine
    waiting: Waiting
    reader: Reader

    @classmethod
    async def load(cls, memory: Memory) -> Ours:
        """As a process has it after its start."""
        machine = Machine(BOT, "BOTDEVICE", SealedStore(memory, await memory.load(*KINDS)))
        rooms = Rooms(BOT)
        for user in (BOT, VERA):
            state: dict[str, Json] = {"type": "m.room.member", "state_key": user}
            rooms.entered(ROOM).take({**state, "content": {"membership": "join"}})
        rooms.entered(ROOM).encrypted = True
        waiting = Waiting(memory, await memory.load(WAITING))
        return cls(memory, machine, waiting, Reader(BOT, machine, rooms, Shown(memory, []), waiting))

    def read(self, event: dict[str, Json]) -> Inbound | None:
        """What it means."""
        room = Rooms(BOT).entered(ROOM)
        room.encrypted, room.joined = True, {BOT, VERA}
        return self.reader.read(room, event, now=NOON)


@pytest_asyncio.fixture
async def world(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[World]:
    """Lend a hotline without people."""
    made = new_world(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'hotline.db')}", tmp_path)
    yield made
    await made.backend.database.close()


@pytest_asyncio.fixture
async def ours(world: World) -> Ours:
    """Lend the bot's device."""
    return await Ours.load(Memory(world.backend, "matrix", leases.sole("matrix")))


class Theirs:
    """Somebody else's device."""

    def __init__(self, world: World, user: str = VERA) -> None:
        memory = Memory(world.backend, user, leases.sole("matrix"))
        self.user = user
        self.olm = Machine(user, "PHONE", SealedStore(memory, [])).olm
        self.olm.create_outbound_group_session(ROOM)
        self.session = self.olm.outbound_group_sessions[ROOM]
        self.session.mark_as_shared()
        self._key = self.session.session_key

    def gives_key(self, ours: Ours) -> dict[str, Json]:
        """The event that brings the room's key to the bot."""
        other = ours.machine.olm
        key = next(iter(other.share_keys()["one_time_keys"].values()))["key"]
        device = OlmDevice(BOT, "BOTDEVICE", dict(other.account.identity_keys))
        session = self.olm.create_session(key, device.curve25519)
        content = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "room_id": ROOM,
            "session_id": self.session.id,
            "session_key": self._key,
        }
        sealed = self.olm._olm_encrypt(session, device, "m.room_key", content)  # noqa: SLF001 - the library's own
        return {"type": "m.room.encrypted", "sender": self.user, "content": sealed}

    def says(self, words: str, event: str = "$1", **changed: Json) -> dict[str, Json]:
        """An encrypted message as the homeserver brings it."""
        content = {"msgtype": "m.text", "body": words}
        sealed = self.olm.group_encrypt(ROOM, {"type": "m.room.message", "content": content})
        made: dict[str, Json] = {
            "type": "m.room.encrypted",
            "event_id": event,
            "sender": self.user,
            "origin_server_ts": 1,
            "content": sealed,
        }
        return {**made, **changed}


async def test_a_key_that_comes_late_opens_what_waits(ours: Ours, world: World) -> None:
    """Also over a restart, once, and without a word to its sender."""
    vera = Theirs(world)
    assert ours.read(vera.says("они у двери")) is None
    await ours.memory.flush()
    again = await Ours.load(ours.memory)
    keys = again.machine.take([vera.gives_key(again)])
    (sealed,) = again.waiting.of(keys)
    found = again.reader.open_late(sealed, now=NOON)
    assert found is not None
    assert (found.id, found.event) == ("$1", TextSent("они у двери"))
    assert again.waiting.of(keys) == []
    assert again.waiting.overdue(NOON + timedelta(hours=1)) == []


async def test_a_key_that_does_not_come_is_told_once(ours: Ours, world: World) -> None:
    """After a minute, not before; and the message still waits."""
    vera = Theirs(world)
    ours.read(vera.says("они у двери"))
    assert ours.waiting.overdue(NOON + timedelta(seconds=59)) == []
    (sealed,) = ours.waiting.overdue(NOON + timedelta(seconds=60))
    found = ours.reader.unreadable(sealed, now=NOON)
    assert found is not None
    assert (found.event, found.sender, found.private) == (Undecryptable(), VERA, True)
    ours.waiting.told(sealed)
    assert ours.waiting.overdue(NOON + timedelta(hours=1)) == []
    assert ours.waiting.of({(ROOM, vera.session.id)})


async def test_keys_survive_a_restart_and_stand_nowhere_in_the_open(
    ours: Ours, world: World, tmp_path: Path
) -> None:
    """The next process has the same identity and opens what was encrypted before."""
    vera = Theirs(world)
    ours.machine.take([vera.gives_key(ours)])
    identity = ours.machine.identity
    ours.machine.store.save_account(ours.machine.olm.account)
    await ours.memory.flush()
    again = await Ours.load(ours.memory)
    assert again.machine.identity == identity
    assert again.machine.open(ROOM, vera.says("да")).content["body"] == "да"
    assert holds(tmp_path, VERA, ROOM, vera.session.id, identity["curve25519"]) == []


async def test_what_is_forged_is_not_believed(ours: Ours, world: World) -> None:
    """Another sender's name, another room, an old message under a new id."""
    vera = Theirs(world)
    ours.machine.take([vera.gives_key(ours)])
    said = vera.says("раз")
    assert ours.machine.open(ROOM, said).kind == "m.room.message"
    for changed in ({**said, "sender": EVE}, {**said, "event_id": "$2"}):
        with pytest.raises(Forged):
            ours.machine.open(ROOM, changed)
    with pytest.raises(Unreadable):
        ours.machine.open("!other:x", said)
    assert ours.machine.open(ROOM, said).kind == "m.room.message"


async def test_an_old_message_is_not_believed_as_a_new_one_after_a_restart(ours: Ours, world: World) -> None:
    """The homeserver brings it again under another id, to the next process; under its own it may be read."""
    vera = Theirs(world)
    ours.machine.take([vera.gives_key(ours)])
    said, later = vera.says("раз"), vera.says("два", "$2")
    assert ours.read(said) is not None
    ours.machine.replays.keep()
    await ours.memory.flush()
    again = await Ours.load(ours.memory)
    assert again.read({**said, "event_id": "$3", "origin_server_ts": 9}) is None
    assert again.read(later) is not None
    assert again.read(said) is not None


async def test_what_was_encrypted_for_another_room_is_not_believed(ours: Ours, world: World) -> None:
    """Words that somebody said elsewhere can't be carried into this room."""
    vera = Theirs(world)
    ours.machine.take([vera.gives_key(ours)])
    said = vera.says("раз")
    elsewhere = {"type": "m.room.message", "content": {"body": "два"}, "room_id": "!other:x"}
    ciphertext = vera.session.encrypt(json.dumps(elsewhere))
    with pytest.raises(Forged):
        ours.machine.open(ROOM, {**said, "content": {**table(said, "content"), "ciphertext": ciphertext}})


async def test_another_persons_key_does_not_speak_for_somebody(ours: Ours, world: World) -> None:
    """Eve's own session under Vera's name is read by nobody."""
    eve = Theirs(world, EVE)
    ours.machine.take([eve.gives_key(ours)])
    with pytest.raises(Forged):
        ours.machine.open(ROOM, eve.says("это Вера", sender=VERA))


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        {"type": "m.room.encrypted", "sender": VERA},
        {
            "type": "m.room.encrypted",
            "sender": VERA,
            "content": {"algorithm": "m.olm.v1.curve25519-aes-sha2"},
        },
        {"type": "m.room.encrypted", "sender": 5, "content": []},
        {"type": "m.room_key", "sender": VERA, "content": {"session_key": "x"}},
    ],
)
async def test_garbage_to_the_device_is_passed_over(ours: Ours, world: World, event: Json) -> None:
    """The key after it is taken all the same."""
    vera = Theirs(world)
    assert ours.machine.take([event, vera.gives_key(ours)]) == {(ROOM, vera.session.id)}


@pytest.mark.parametrize("ciphertext", ["", "AAAA", "не base64", None])
async def test_a_garbled_message_waits_to_be_told(ours: Ours, world: World, ciphertext: Json) -> None:
    """Its sender will be asked for it again; reading goes on."""
    vera = Theirs(world)
    ours.machine.take([vera.gives_key(ours)])
    said = vera.says("раз")
    assert ours.read({**said, "content": {**table(said, "content"), "ciphertext": ciphertext}}) is None
    assert [each.name for each in ours.waiting.overdue(NOON + timedelta(minutes=2))] == ["$1"]


async def test_all_keys_that_are_published_are_kept_first(ours: Ours) -> None:
    """One-time keys and a fallback key for a crowd: the account is written before they leave."""
    body = ours.machine.to_publish(fallback=True)
    assert body is not None
    assert ours.memory.changed
    assert len(table(body, "one_time_keys")) == 50
    (fallback,) = table(body, "fallback_keys").values()
    assert table(fallback)["fallback"] is True
    assert text(fallback, "signatures", BOT, "ed25519:BOTDEVICE")


# ── Who vouches for a device ────────────────────────────────────────────────────────────────────


def keys_of(user: str, identity: Identity | None, *, signed: tuple[str, ...], bare: tuple[str, ...]) -> Json:
    """The answer to a query of somebody's keys."""
    devices: dict[str, Json] = {}
    for name in (*signed, *bare):
        body: dict[str, Json] = {"user_id": user, "device_id": name, "keys": {f"ed25519:{name}": name}}
        devices[name] = (
            identity.keys["self_signing"].sign(user, body) if identity and name in signed else body
        )
    answer: dict[str, Json] = {"device_keys": {user: devices}}
    for name, body in dict(identity.published()).items() if identity else ():
        answer[f"{name}s"] = {user: body}
    return json.loads(json.dumps(answer))  # type: ignore[no-any-return]


async def refused(trust: Trust, answer: Json) -> set[str]:
    """Who must not read."""
    assert isinstance(answer, dict)
    return await trust.refused(VERA, answer)


def trusting(ours: Ours, *, staff: bool) -> Trust:
    """Nobody is known yet."""
    return linked(ours, ["account" if staff else ""])


def linked(ours: Ours, accounts: list[str]) -> Trust:
    """Nobody is known yet; the last one is the account as which they are on the staff."""

    async def account(_user: str) -> str:
        return accounts[-1]

    return Trust(ours.memory, [], account)


async def test_a_new_device_of_staff_reads_once_it_is_vouched_for(ours: Ours) -> None:
    """Unsigned it is refused and told of; signed it reads, and that is told too."""
    trust, own = trusting(ours, staff=True), Identity.new(VERA)
    assert await refused(trust, keys_of(VERA, own, signed=("PHONE",), bare=())) == set()
    assert trust.news() == []
    assert await refused(trust, keys_of(VERA, own, signed=("PHONE",), bare=("NEW",))) == {"NEW"}
    assert await refused(trust, keys_of(VERA, own, signed=("PHONE",), bare=("NEW",))) == {"NEW"}
    (news,) = trust.news()
    assert (news.device, news.vouched) == ("NEW", False)
    trust.told(news)
    assert await refused(trust, keys_of(VERA, own, signed=("PHONE", "NEW"), bare=())) == set()
    assert [each.vouched for each in trust.news()] == [True]


async def test_another_identity_vouches_for_nothing(ours: Ours) -> None:
    """A homeserver that hands out keys of its own making gets no device of its own in."""
    trust = trusting(ours, staff=True)
    await refused(trust, keys_of(VERA, Identity.new(VERA), signed=("PHONE",), bare=()))
    assert await refused(trust, keys_of(VERA, Identity.new(VERA), signed=("PHONE", "NEW"), bare=())) == {
        "NEW"
    }


async def test_another_identity_is_believed_once_the_account_is_linked_again(ours: Ours) -> None:
    """Somebody who lost all devices proves by a code from elsewhere who they are; so do their new ones."""
    accounts, new = ["account"], Identity.new(VERA)
    trust = linked(ours, accounts)
    await refused(trust, keys_of(VERA, Identity.new(VERA), signed=("PHONE",), bare=()))
    assert await refused(trust, keys_of(VERA, new, signed=("NEW",), bare=())) == {"NEW"}
    accounts.append("linked-again")
    assert await refused(trust, keys_of(VERA, new, signed=("NEW",), bare=())) == set()
    assert await refused(trust, keys_of(VERA, new, signed=("NEW", "TWO"), bare=("LATER",))) == {"LATER"}


async def test_a_reporters_device_reads_and_is_told_of(ours: Ours) -> None:
    """Trusted as it comes, for whoever is in danger can't compare keys; but never silently."""
    trust = trusting(ours, staff=False)
    assert await refused(trust, keys_of(VERA, None, signed=(), bare=("PHONE",))) == set()
    assert await refused(trust, keys_of(VERA, None, signed=(), bare=("PHONE", "NEW"))) == set()
    assert [each.device for each in trust.news()] == ["NEW"]


async def test_a_signature_by_another_key_is_none(ours: Ours) -> None:
    """Neither a forged chain nor a device signed for somebody else counts."""
    trust, own = trusting(ours, staff=True), Identity.new(VERA)
    await refused(trust, keys_of(VERA, own, signed=("PHONE",), bare=()))
    answer = keys_of(VERA, own, signed=("PHONE", "NEW"), bare=())
    assert isinstance(answer, dict)
    answer["self_signing_keys"] = table(keys_of(VERA, Identity.new(VERA), signed=(), bare=()))[
        "self_signing_keys"
    ]
    assert await refused(trust, answer) == {"NEW"}
