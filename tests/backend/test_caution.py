"""What comes by a way that isn't safe isn't taken, which is said; a call for help is taken from anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from itertools import count

from backend import devices
from backend.liveness import facts
from backend.outbox import Json, OutboxRow
from backend.people import reporters, staff
from bot import intents
from bot.channels.base import ChannelEvent, DeviceNew, Inbound, Missing, TextSent, Undecryptable
from bot.inbound import Reception
from bot.outbound import Outbound
from bot.staff import overview
from tests.backend.messenger import Messenger, all_sent, delivering
from tests.backend.world import HIGH, NOON, TEXTS, World

PLAIN, IN_CLEAR, DEVICE = "flaw-not-encrypted", "flaw-in-clear", "flaw-device-unsigned"
_numbers = count()


async def hears(
    world: World,
    event: ChannelEvent,
    *,
    sender: str = "vera",
    chat: str = "",
    flaw: str | None = None,
    private: bool = True,
) -> None:
    """Something comes over Matrix; in private unless said otherwise."""
    outbound = Outbound(world.backend, {"matrix": Messenger("matrix")}, TEXTS)
    where, name = chat or f"chat-{sender}", f"${next(_numbers)}"
    inbound = Inbound("matrix", name, sender, where, private, event, NOON, name, flaw=flaw)
    await Reception(world.backend, TEXTS, outbound).receive([inbound])


async def said(world: World) -> list[tuple[str, str]]:
    """What waits to be said: (to which party's kind, the first text's key)."""
    async with world.backend.looking() as work:
        keys = await world.parties(work)
        return [(row.party_kind, _key(_opened(row, keys))) for row in await world.waiting()]


def _opened(row: OutboxRow, keys: Mapping[str, object]) -> dict[str, Json]:
    assert row.body is not None
    plain: bytes = keys[row.party].key.open("outbox", "body", row.id, row.body)  # type: ignore[attr-defined]
    return dict(json.loads(plain))


def _key(params: dict[str, Json]) -> str:
    return intents.decode(params["card"]).paragraphs[0].key if "card" in params else str(params["key"])


async def test_words_in_an_unencrypted_chat_are_not_taken(world: World) -> None:
    """Nor a report begun there; what is said instead is how to open another chat."""
    for words in ("меня зовут Вера", "/report", "да"):
        await hears(world, TextSent(words), flaw=PLAIN)
    assert await said(world) == [("reporter", PLAIN)] * 3


async def test_a_call_for_help_is_taken_there(world: World) -> None:
    """With what is answered to its one question; what comes after it isn't."""
    for words in ("/sos", "они у двери", "и ещё"):
        await hears(world, TextSent(words), flaw=PLAIN)
    async with world.backend.looking() as work:
        known = (await reporters.find(work, [("matrix", "vera")]))["matrix", "vera"]
    assert known.reference is not None
    assert [key for kind, key in await said(world) if kind == "reporter"][-1] == PLAIN
    history = await world.history(known.reference)
    assert not [entry for entry in history if "и ещё" in entry.body]


async def test_an_unsafe_chat_does_not_become_the_one_that_answers_go_to(world: World) -> None:
    """Whoever has an encrypted chat keeps it, and is answered in the other one once."""
    await hears(world, TextSent("/start"))
    await hears(world, TextSent("привет"), chat="plain", flaw=PLAIN)
    async with world.backend.looking() as work:
        known = (await reporters.find(work, [("matrix", "vera")]))["matrix", "vera"]
    assert known.reporter.chat == "chat-vera"
    async with world.backend.looking() as work:
        last = _opened((await world.waiting())[-1], await world.parties(work))
    assert (_key(last), last["chat"]) == (PLAIN, "plain")


async def test_staff_commands_in_the_clear_are_not_taken(world: World) -> None:
    """Whoever runs the homeserver could have written them; nor from a device that nobody vouches for."""
    anna = await world.person("anna", "coordinator", channel="matrix")
    for flaw in (IN_CLEAR, DEVICE):
        await hears(world, TextSent(f"/revoke {anna.name} да"), sender="anna", flaw=flaw)
    async with world.backend.looking() as work:
        assert await staff.get(work, anna.id)
    assert [key for _, key in await said(world)] == [IN_CLEAR, DEVICE]


async def test_a_reporters_new_device_may_ask_for_help(world: World) -> None:
    """Nobody in danger has to compare keys first."""
    await hears(world, TextSent("/start"), flaw=DEVICE)
    assert (await said(world))[-1][1] != DEVICE


async def test_an_unsafe_room_is_not_bound(world: World) -> None:
    """A sentence says what to change; in a safe one the same command binds."""
    await world.person("anna", "coordinator", channel="matrix")
    for flaw in ("flaw-room-powers", None):
        await hears(world, TextSent("/bind staff"), sender="anna", chat="room", private=False, flaw=flaw)
    assert [key for _, key in await said(world)] == ["flaw-room-powers", "done-bind-sealed"]


async def test_what_nobody_can_read_is_asked_for_again(world: World) -> None:
    """In private of anybody; in the staff room of staff only."""
    await world.person("anna", "coordinator", channel="matrix")
    await world.room(channel="matrix")
    await hears(world, Undecryptable())
    await hears(world, Undecryptable(), sender="anna", chat="chat-room", private=False)
    await hears(world, Undecryptable(), sender="stranger", chat="chat-room", private=False)
    assert await said(world) == [("reporter", "said-undecryptable"), ("room", "said-undecryptable")]


async def test_what_does_not_come_is_asked_for_again(world: World) -> None:
    """In private of anybody, and in the staff room; nobody else's room is written to."""
    await world.room(channel="matrix")
    await hears(world, Missing())
    await hears(world, Missing(), sender="hotline", chat="chat-room", private=False)
    await hears(world, Missing(), sender="hotline", chat="chat-other", private=False)
    assert await said(world) == [("reporter", "said-missing"), ("room", "said-missing")]


async def test_a_new_device_is_told_to_whom_it_concerns(world: World) -> None:
    """A reporter's to the reporter, a vouched-for one to its owner, an unsigned one to all of the staff."""
    await world.person("anna", "coordinator", channel="matrix")
    await world.room(channel="matrix")
    await hears(world, TextSent("/start"))
    before = len(await said(world))
    await hears(world, DeviceNew(vouched=False))
    await hears(world, DeviceNew(vouched=True), sender="anna")
    await hears(world, DeviceNew(vouched=False), sender="anna")
    await hears(world, DeviceNew(vouched=False), sender="stranger")
    assert (await said(world))[before:] == [
        ("reporter", "told-device-new"),
        ("staff", "told-device-own"),
        ("room", "told-device-unsigned"),
    ]


async def test_status_counts_what_could_not_be_read(world: World) -> None:
    """In the last day, and only then."""
    async with world.backend.work() as work:
        await devices.save(work, "matrix", {("unread", "$1"): "", ("unread", "$2"): ""})
    async with world.backend.looking() as work:
        card = await overview.status(work)
    assert "now-undecryptable" in str(card)


async def test_status_counts_the_chats_of_which_something_is_missing(world: World) -> None:
    """For as long as it is missing; monitoring is told as well."""
    async with world.backend.work() as work:
        await devices.save(work, "matrix", {("gap", "!a:x s1"): "{}"})
        assert "now-missing" in str(await overview.status(work))
        assert (await facts.look(work)).missing == 1
        await devices.save(work, "matrix", {("gap", "!a:x s1"): None})
        assert "now-missing" not in str(await overview.status(work))


async def test_a_notice_is_edited_on_the_messenger_where_it_stands(world: World) -> None:
    """Whoever has moved to another messenger since: the message can be changed only where it is."""
    anna = await world.person("anna")
    reference = await world.case(HIGH)
    async with delivering(world, Messenger()) as outbound:
        await all_sent(outbound)
    world.clock.advance(timedelta(minutes=1))
    moved = await world.link(anna, "matrix")
    assert moved.party is not None
    assert moved.party.channel == "matrix"
    await world.acknowledge(reference, moved)
    assert [row.channel for row in await world.waiting() if row.coalesce] == ["telegram"]


async def test_a_colleague_with_a_new_identity_links_their_account_again(world: World) -> None:
    """A code from their other messenger is taken even from a device that nobody vouches for; no other is."""
    anna = await world.person("anna", "coordinator")
    boris = await world.person("boris", "officer")
    for person, name in ((anna, "anna-m"), (boris, "boris-m")):
        async with world.backend.work() as work:
            code = await staff.link_code(work, person)
        await hears(world, TextSent(f"!join {code}"), sender=name)
    before = await _account(world, "anna-m")
    async with world.backend.work() as work:
        code = await staff.link_code(work, anna)
    await hears(world, TextSent(f"!join {code}"), sender="boris-m", flaw=DEVICE)
    await hears(world, TextSent("!queue"), sender="anna-m", flaw=DEVICE)
    assert await _account(world, "anna-m") == before
    await hears(world, TextSent(f"!join {code}"), sender="anna-m", flaw=DEVICE)
    after = await _account(world, "anna-m")
    assert after[0] == before[0] == anna.id
    assert after[1] != before[1]
    assert (await _account(world, "boris-m"))[0] == boris.id


async def _account(world: World, sender: str) -> tuple[str, str]:
    """Who this is on Matrix, and the id of their account there."""
    async with world.backend.looking() as work:
        person = (await staff.recognise(work, [("matrix", sender)]))["matrix", sender]
    (account,) = [each for each in person.accounts if each.sender == sender]
    return person.id, account.id
